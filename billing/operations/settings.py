"""Change how a marketplace bills: its calendar, the day rules, and the tax table."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain.calendar import LAST_DAY, upcoming
from billing.models import BillingSettings, TaxRule
from companies.models import Marketplace
from core import audit
from core.actors import Actor
from core.checks import check_choice, check_number, check_text
from core.errors import InvalidInput
from core.locking import lock_one

FIELDS = ("frequency", "day", "hour", "change_day_is_new", "cancel_day_is_used", "lanes")
CALENDAR = ("frequency", "day", "hour")
COUNTRY = 2
RATE_PLACES = 6
LONGEST_NAME, LONGEST_CLASS = 60, 40
DAYS = (*range(1, 29), LAST_DAY)
HOURS = range(24)
MOST_WORKERS = 32


class Tax(NamedTuple):
    """One row of the table: ``rate`` is a fraction, "" as class serves every class that has no row of its own."""

    country: str
    tax_class: str
    name: str
    rate: Decimal


@transaction.atomic
def change_billing_settings(*, values: dict[str, Any], actor: Actor, now: datetime) -> BillingSettings:
    """Set what ``values`` names. A calendar that is changed starts with its next moment, not with one that passed."""
    marketplace = lock_one(Marketplace.objects.filter(pk=actor.marketplace_id))
    row, _made = BillingSettings.objects.get_or_create(marketplace=marketplace)
    before = {name: getattr(row, name) for name in FIELDS}
    for name in FIELDS:
        setattr(row, name, values.get(name, before[name]))
    _check_calendar(row)
    after = {name: getattr(row, name) for name in FIELDS}
    changed = [name for name in FIELDS if before[name] != after[name]]
    if not changed:
        return row
    if set(changed) & set(CALENDAR):
        moments = upcoming(row.schedule, marketplace.zone, now, 1)
        row.scheduled_since = moments[0].astimezone(marketplace.zone).date() if moments else None
    row.save()
    audit.record(
        actor=actor, verb="billing_settings.changed", obj=row, before={name: before[name] for name in changed},
        after={name: after[name] for name in changed}, now=now,
    )  # fmt: skip
    return row


def _check_calendar(row: BillingSettings) -> None:
    """Refuse what no calendar can have."""
    check_choice(row.frequency, BillingSettings.Frequency.values, field="frequency")
    check_choice(row.day, DAYS, field="day")
    check_choice(row.hour, HOURS, field="hour")
    check_number(row.lanes, least=1, most=MOST_WORKERS, field="lanes")


@transaction.atomic
def set_tax_rules(*, taxes: Sequence[Tax], actor: Actor, now: datetime) -> list[TaxRule]:
    """Put ``taxes`` in the table's place; documents keep what they were issued with.

    Raises InvalidInput whose ``field`` is ``tax-<row>``, counted from 1.
    """
    marketplace = lock_one(Marketplace.objects.filter(pk=actor.marketplace_id))
    seen: set[tuple[str, str, str]] = set()
    for number, tax in enumerate(taxes, start=1):
        _check(tax, seen, f"tax-{number}")
    stored = TaxRule.objects.filter(marketplace=marketplace)
    before = [_told(row) for row in stored]
    after = [_told(tax) for tax in taxes]
    if before == after:
        return list(stored)
    stored.delete()
    made = TaxRule.objects.bulk_create(
        [TaxRule(marketplace=marketplace, position=at, **tax._asdict()) for at, tax in enumerate(taxes, start=1)]
    )
    audit.record(
        actor=actor,
        verb="tax_table.changed",
        obj=marketplace,
        before={"rules": before},
        after={"rules": after},
        now=now,
    )
    return made


def _check(tax: Tax, seen: set[tuple[str, str, str]], field: str) -> None:
    if len(tax.country) != COUNTRY or not tax.country.isascii() or not tax.country.isupper():
        raise InvalidInput(_("Enter the country as two capital letters, such as DE."), field=field)
    if not tax.name.strip():
        raise InvalidInput(_("Name the tax."), field=field)
    check_text(tax.name, longest=LONGEST_NAME, field=field)
    check_text(tax.tax_class, longest=LONGEST_CLASS, field=field)
    if not tax.rate.is_finite() or not 0 <= tax.rate <= 1 or tax.rate != round(tax.rate, RATE_PLACES):
        raise InvalidInput(_("Enter a tax rate from 0 to 100 % with at most 4 decimals."), field=field)
    key = (tax.country, tax.tax_class, tax.name)
    if key in seen:
        raise InvalidInput(_("This tax is in the table twice."), field=field)
    seen.add(key)


def _told(tax: Tax | TaxRule) -> str:
    rate = f"{(tax.rate * 100).normalize():f} %"
    return " ".join(filter(None, (tax.country, tax.tax_class, tax.name, rate)))
