"""Change the Invoice & Credit Memo settings of a marketplace.

It lives here because it asks the numbers of both kinds of document: a verb lives in the highest app that it touches.
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import combinations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.domain.refusals import AlreadyAsked, ChangedSince
from companies.domain.widening import widening_settings
from companies.models import Marketplace, MarketplaceSettings, MerchantOfRecord, TaxBy
from companies.operations.approvals import request
from core import audit
from core.actors import Actor
from core.errors import InvalidInput, Refusal
from core.locking import lock_one
from core.models import Approval
from core.money import MAX_AMOUNT
from creditmemos.queries.numbers import first_taken, next_numbers
from documents.domain import patterns
from documents.domain.kinds import kind_called, numbered


class ResetNeedsYear(Refusal):
    code = "reset_needs_year"
    text = gettext_lazy("Numbers that restart each year need {YYYY} or {YY} in both prefixes.")


class PatternsCollide(Refusal):
    code = "patterns_collide"
    text = gettext_lazy("Invoices and credit memos could get the same number. Use prefixes that differ in a letter.")


class NumberExists(Refusal):
    code = "number_exists"
    text = gettext_lazy("%(number)s would be used twice: choose another prefix.")


SWITCHES = (
    "auto_apply", "apply_to_existing", "allow_close", "credit_paid_invoices", "grouped_creation", "unified_invoice",
    "customers_may_apply", "shared_numbers", "yearly_reset", "allow_alone", "auto_allocate",
)  # fmt: skip
OTHERS = (
    "apply_order", "approval_threshold", "payment_terms_days", "effective_days_back", "tax_by", "einvoice_in_pdf",
    "small_difference", "credit_limit", "credit_window_days",
)  # fmt: skip
LONGEST_TERMS = 365
LONGEST_WINDOW = 999
MOST_DAYS_BACK = 3650
"""The widest that ``effective_days_back`` can be set."""
KIND, CHANGE = "marketplacesettings", "change_settings"
"""What a second person is asked about settings."""


def numbering() -> list[str]:
    """The settings that decide the numbers: the prefix of every kind, and how they count."""
    return [*(kind.prefix_setting for kind in numbered()), "shared_numbers", "yearly_reset"]


def changeable() -> set[str]:
    """Every setting that can be changed."""
    return {*SWITCHES, *OTHERS, *numbering()}


@transaction.atomic
def change_settings(
    *, marketplace: Marketplace, values: Mapping[str, object], actor: Actor, now: datetime
) -> MarketplaceSettings:
    """Change some settings, named as the columns of MarketplaceSettings, and return all of them.

    Refused: prefixes that could give a number twice, values outside their range; ``field`` names the setting.
    Issued documents stay as they are. What would let people do more alone, such as a higher approval limit, stays as
    it is and is asked of a second person; the rest counts at once. Raises KeyError for a name that is no setting.
    """
    if unknown := values.keys() - changeable():
        raise KeyError(*unknown)
    inside = MarketplaceSettings.objects.filter(marketplace_id=actor.marketplace_id)
    settings = lock_one(inside.filter(marketplace=marketplace).select_related("marketplace"))
    before = {name: getattr(settings, name) for name in values}
    for name, value in values.items():
        setattr(settings, name, value)
    check_values(settings)
    wider = widening_settings(before, values)
    for name in wider:
        setattr(settings, name, before[name])
    _store(settings, before, actor, now)
    for name in wider:
        _ask(settings, name, before[name], values[name], actor, now)
    return settings


def setting_approved(approval: Approval, actor: Actor, now: datetime) -> MarketplaceSettings:
    """Change what a second person agreed to, unless somebody changed it meanwhile."""
    settings = lock_one(MarketplaceSettings.objects.filter(pk=approval.object_id).select_related("marketplace"))
    name = approval.subject
    if getattr(settings, name) != approval.snapshot[name]:
        raise ChangedSince
    before = {name: getattr(settings, name)}
    setattr(settings, name, approval.arguments[name])
    check_values(settings)
    return _store(settings, before, actor, now)


def _ask(settings: MarketplaceSettings, name: str, before: object, wanted: object, actor: Actor, now: datetime) -> None:
    try:
        request(
            kind=KIND, verb=CHANGE, object_id=settings.pk, subject=name, arguments={name: wanted},
            snapshot={name: before, "currency": settings.marketplace.currency}, actor=actor, now=now,
        )  # fmt: skip
    except AlreadyAsked as refusal:
        raise AlreadyAsked(field=name) from refusal


def _store(
    settings: MarketplaceSettings, before: Mapping[str, object], actor: Actor, now: datetime
) -> MarketplaceSettings:
    changed = [name for name in before if before[name] != getattr(settings, name)]
    if not changed:
        return settings
    if not set(changed).isdisjoint(numbering()):
        check_numbers(settings, now=now)
    settings.save(update_fields=changed)
    audit.record(
        actor=actor, verb="settings.changed", obj=settings, before={name: before[name] for name in changed},
        after={name: getattr(settings, name) for name in changed}, now=now,
    )  # fmt: skip
    return settings


def check_values(settings: MarketplaceSettings) -> None:
    """Refuse values that no setting can have."""
    if settings.apply_order not in MarketplaceSettings.ApplyOrder.values:
        raise InvalidInput(_("Choose one of the orders."), field="apply_order")
    if settings.tax_by not in TaxBy.values:
        raise InvalidInput(_("Choose where taxes are rounded."), field="tax_by")
    if settings.einvoice_in_pdf not in MarketplaceSettings.EInvoiceInPdf.values:
        raise InvalidInput(_("Choose one of the formats."), field="einvoice_in_pdf")
    if settings.approval_threshold is not None and not 0 <= settings.approval_threshold <= MAX_AMOUNT:
        raise InvalidInput(_("Enter an amount, or leave it empty for no limit."), field="approval_threshold")
    _check_credit_limit(settings)
    if not 0 <= settings.small_difference <= MAX_AMOUNT:
        raise InvalidInput(_("Enter an amount, or 0 for none."), field="small_difference")
    if not 0 <= settings.payment_terms_days <= LONGEST_TERMS:
        raise InvalidInput(_("Enter a number of days from 0 to 365."), field="payment_terms_days")
    if not 0 <= settings.effective_days_back <= MOST_DAYS_BACK:
        raise InvalidInput(_("Enter a number of days from 0 to 3650."), field="effective_days_back")


def _check_credit_limit(settings: MarketplaceSettings) -> None:
    if settings.credit_limit is not None and not 0 <= settings.credit_limit <= MAX_AMOUNT:
        raise InvalidInput(_("Enter an amount, or leave it empty for no limit."), field="credit_limit")
    if not 1 <= settings.credit_window_days <= LONGEST_WINDOW:
        raise InvalidInput(_("Enter a number of days from 1 to 999."), field="credit_window_days")


def check_numbers(settings: MarketplaceSettings, *, now: datetime) -> None:
    """Refuse prefixes with wrong characters, or under which a number could come twice (I12)."""
    _check_prefixes(settings, [kind.prefix_setting for kind in numbered()])
    for upcoming in next_numbers(settings, today=settings.marketplace.today(now)):
        taken = first_taken(upcoming, shared=settings.shared_numbers)
        if taken is not None:
            raise NumberExists(number=taken, field=kind_called(upcoming.kind).prefix_setting)


def _check_prefixes(settings: MarketplaceSettings, fields: list[str]) -> None:
    for field in fields:
        patterns.check_prefix(getattr(settings, field), field=field)
    for field in fields:
        if settings.yearly_reset and not patterns.has_year(getattr(settings, field)):
            raise ResetNeedsYear(field=field)
    for merchant in MerchantOfRecord.objects.filter(marketplace_id=settings.marketplace_id):
        for one, other in combinations(fields, 2):
            prefixes = getattr(settings, one), getattr(settings, other)
            if patterns.can_meet(*prefixes, merchant_code=merchant.code, same_series=settings.shared_numbers):
                raise PatternsCollide(field=other)
