"""What an event from outside must say: pure checks, the same for a form, an API and a file."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _

from billing.rating import events as kinds
from core.checks import check_day, check_text
from core.errors import InvalidInput
from core.money import MAX_AMOUNT

OUTSIDE = (kinds.USAGE, kinds.ORDER, kinds.CORRECTION, kinds.REFUND)
"""Kinds that come from outside; changes of subscriptions have verbs of their own."""
RESERVED = "subscription:"
"""How the keys of our own events begin."""
LONGEST_KEY = 120
LONGEST = {"description": 200, "source_key": 160}
WHOLE, DECIMALS, PRICE_PLACES = 12, 6, 8
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What neither a database nor a document takes."""


class Subscribed(Protocol):
    """What is asked of a subscription."""

    started_on: date
    cancelled_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One event as it was told. Quantity and price (major units) are Decimals, ``amount`` is minor units.

    ``usage_model`` says how the subscription's plan prices usage on the day ("": not at all).
    """

    kind: str
    key: str
    company: Any = None
    day: date | None = None
    at: datetime | None = None
    subscription: Any = None
    billed_user: Any = None
    quantity: Decimal | None = None
    amount: int | None = None
    price: Decimal | None = None
    product: Any = None
    description: str = ""
    source_key: str = ""

    def body(self) -> list[object]:
        """What makes it this event and no other, for its hash."""
        ids = [each and each.pk for each in (self.company, self.subscription, self.billed_user, self.product)]
        numbers = [None if each is None else f"{each.normalize():f}" for each in (self.quantity, self.price)]
        moment = self.at and self.at.astimezone(UTC).isoformat()
        return [self.kind, *ids, str(self.day), moment, *numbers, self.amount, self.description, self.source_key]


def checked(
    facts: Facts,
    *,
    today: Callable[[datetime], date],
    is_member: Callable[[], bool],
    usage_model: Callable[[], str],
) -> Facts:
    """The facts with their day, or InvalidInput that names the field at fault.

    ``is_member`` says whether the billed user belongs to the company; it is asked only where there is one.
    """
    if facts.kind not in OUTSIDE:
        _refuse(
            "kind",
            _("Only usage, orders, corrections and refunds can be recorded. Change subscriptions on their own page."),
        )
    check_key(facts.key)
    if facts.company is None:
        _refuse("company", _("Enter the company."))
    if facts.billed_user is not None and not is_member():
        _refuse("billed_user", _("This person is not a member of the company."))
    _check_texts(facts)
    _check_when(facts)
    found = facts if facts.day else replace(facts, day=today(facts.at))  # type: ignore[arg-type]
    _check_numbers(found)
    _CHECKS[found.kind](found)
    if found.kind == kinds.USAGE:
        _check_usage_model(found, usage_model())
    return found


def _refuse(field: str, text: str) -> None:
    raise InvalidInput(text, field=field)


def check_key(key: str) -> None:
    """Refuse what is no key of an event, or one of our own; what is kept for a purchase has the same keys."""
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable() or key != key.strip():
        _refuse("key", _("Enter a key of 1 to 120 printable characters."))
    if key.startswith(RESERVED):
        _refuse("key", _('Keys that begin with "subscription:" are reserved.'))


def _check_texts(facts: Facts) -> None:
    for field, longest in LONGEST.items():
        text: str = getattr(facts, field)
        check_text(text, longest=longest, field=field)
        if not text.isprintable() and _UNPRINTABLE.search(text):
            _refuse(field, _("This text contains characters that can't be printed."))


def _check_when(facts: Facts) -> None:
    if facts.day is None and facts.at is None:
        _refuse("day", _("Enter the day."))
    if facts.at is not None and facts.at.tzinfo is None:
        _refuse("at", _("Enter the time with its time zone."))
    for field, day in (("day", facts.day), ("at", facts.at and facts.at.date())):
        if day is not None:
            check_day(day, field=field)


def _check_numbers(facts: Facts) -> None:
    quantity, price = facts.quantity, facts.price
    if quantity is not None and not (
        quantity.is_finite() and abs(quantity) < 10**WHOLE and quantity == round(quantity, DECIMALS)
    ):
        _refuse("quantity", _("Enter a quantity with at most 12 digits and 6 decimals."))
    if price is not None and not (price.is_finite() and 0 <= price < 10**WHOLE and price == round(price, PRICE_PLACES)):
        _refuse("price", _("Enter a price with at most 12 digits and 8 decimals."))
    if facts.amount is not None and abs(facts.amount) > MAX_AMOUNT:
        _refuse("amount", _("This amount is too large."))


def _none_of(facts: Facts, *names: str) -> None:
    for name in names:
        if getattr(facts, name) not in (None, ""):
            _refuse(name, _("Leave this empty: this kind of event does not use it."))


def _usage(facts: Facts) -> None:
    _none_of(facts, "amount", "price", "source_key")
    row: Subscribed | None = facts.subscription
    if row is None:
        _refuse("subscription", _("Enter the subscription that the usage belongs to."))
        return
    if facts.quantity is None:
        _refuse("quantity", _("Enter the quantity used."))
    day = facts.day or date.min
    if day < row.started_on or (row.cancelled_on and day > row.cancelled_on):
        _refuse("day", _("The subscription is not active on this day."))


def _check_usage_model(facts: Facts, model: str) -> None:
    if not model:
        _refuse("subscription", _("The plan has no price for usage."))
    if model == "volume" and (facts.quantity or 0) < 0:
        _refuse("quantity", _("Products priced by volume can't have negative usage."))


def _order(facts: Facts) -> None:
    _none_of(facts, "subscription", "amount", "source_key")
    if facts.product is None:
        _refuse("product", _("Enter what was ordered."))
    if facts.quantity is None or facts.quantity <= 0:
        _refuse("quantity", _("Enter a quantity above 0."))
    if facts.price is None:
        _refuse("price", _("Enter the unit price."))


def _correction(facts: Facts) -> None:
    if (facts.amount or 0) == 0 and (facts.quantity or 0) == 0:
        _refuse("amount", _("Enter an amount or a quantity; a negative one gives credit."))
    if facts.amount is not None and facts.quantity is not None:
        _refuse("quantity", _("Enter an amount or a quantity, not both."))
    if facts.source_key:
        _none_of(facts, "price")
    elif facts.product is None:
        _refuse("source_key", _("Enter what is corrected: the event that made the charge, or a product."))
    elif facts.quantity is not None and facts.price is None:
        _refuse("price", _("Enter the unit price."))


def _refund(facts: Facts) -> None:
    _none_of(facts, "quantity", "price", "product")
    if not facts.source_key:
        _refuse("source_key", _("Enter what is refunded: the event that made the charge."))
    if facts.amount is not None and facts.amount <= 0:
        _refuse("amount", _("Enter an amount above 0, or leave it empty to refund all that remains."))


_CHECKS: dict[str, Callable[[Facts], None]] = {
    kinds.USAGE: _usage,
    kinds.ORDER: _order,
    kinds.CORRECTION: _correction,
    kinds.REFUND: _refund,
}
