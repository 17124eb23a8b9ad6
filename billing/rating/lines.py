"""What rating answers: charge lines, credit lines, and what could not be billed. All amounts are positive."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from billing.rating.contracts import Charged, Counted, Metered
from billing.rating.discounts import Off
from billing.rating.items import Item, Key
from billing.rating.taxes import ChargedTax, TaxAmount

Step = tuple[Any, ...]
"""How one figure came about: a word and its figures (see ``billing.rating.explaining``)."""

OVER_CREDITABLE = "over_creditable"
NO_SOURCE = "no_source"
NO_TERMS = "no_terms"
NOT_SUBSCRIBED = "not_subscribed"
NOT_METERED = "not_metered"
VOLUME_NEGATIVE = "volume_negative"
VOLUME_LATE = "volume_late"
INCOMPLETE = "incomplete"
AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
UNKNOWN_KIND = "unknown_kind"
ALREADY_CHARGED = "already_charged"
REPLACED = "replaced"
ENDED = "ended"
NOT_BILLED_AGAIN = "not_billed_again"
NOT_CREDITED_AGAIN = "not_credited_again"
COUNTED = "counted"
CREDITED_BEFORE = "credited_before"
TAX_NOT_DETERMINED = "tax_not_determined"
OWN_COMPANY = "own_company"
REJECTED = "rejected"
WITHDRAWN = "withdrawn"
RENEWAL_WAITS = "renewal_waits_for_credit"
NOTHING_TO_BILL = frozenset({ALREADY_CHARGED, REPLACED, ENDED, COUNTED, CREDITED_BEFORE})
"""Reasons that need nobody: the event is settled, and had nothing to bill."""


class ChargeLine(NamedTuple):
    """A charge: ``amount`` less ``discount`` is ``net``, with its taxes; minor units.

    ``quantity`` x ``unit_price`` (major units, eight decimals) is what is printed; ``how`` is what was reckoned.
    ``terms``, ``counted`` and ``whole`` are stored with it, for the credits that may undo it (see ``Charged``).
    """

    key: str
    event: Key
    kind: str
    account: Key
    item: Item | None
    terms: Key | None
    counted: Counted
    whole: Decimal | int
    quantity: Decimal
    unit_price: Decimal
    first: date | None
    last: date | None
    amount: int
    discount: int
    net: int
    tax: int
    taxes: Sequence[TaxAmount]
    how: Sequence[Step]
    off: Sequence[Off] = ()


class CreditLine(NamedTuple):
    """A credit of ``net`` and its taxes (minor units) for the charge ``source``, on that charge's account.

    Only usage and corrections may have no source; then ``item`` says what it is for. ``undone`` is what it undoes of
    the charge, as that is counted; of usage below zero the amount before discount.
    """

    key: str
    event: Key
    kind: str
    account: Key
    source: Key | None
    item: Item | None
    quantity: Decimal
    unit_price: Decimal
    first: date | None
    last: date | None
    net: int
    tax: int
    taxes: Sequence[TaxAmount]
    how: Sequence[Step]
    undone: Decimal | int = 0


class Unbilled(NamedTuple):
    """What an event asked for and did not get; ``amount`` is the net in minor units that is missing from a credit."""

    event: Key
    reason: str
    amount: int = 0
    source: Key | None = None


class Rated(NamedTuple):
    """All lines of one contract's events.

    ``undone`` maps each charge that was cut to the ``undone`` to store with it, also where nothing could be credited;
    ``metered`` are the counts of usage to store, ``counted`` says in which of them (plan and first day of the period) a
    record is. An event that is in none of them had nothing to bill.
    """

    charges: list[ChargeLine]
    credits: list[CreditLine]
    unbilled: list[Unbilled]
    undone: dict[Key, Decimal | int]
    metered: list[Metered]
    counted: dict[Key, tuple[Key, date]]

    @property
    def net(self) -> int:
        """Charges less credits before tax, in minor units."""
        return sum(line.net for line in self.charges) - sum(line.net for line in self.credits)

    @property
    def total(self) -> int:
        """Charges less credits with tax, in minor units."""
        taxes = sum(line.tax for line in self.charges) - sum(line.tax for line in self.credits)
        return self.net + taxes


def as_charged(line: ChargeLine) -> Charged:
    """The line as a charge made before: what a store keeps of it."""
    return Charged(
        line.key, line.account, line.terms, line.counted, line.whole, 0, line.quantity, line.unit_price,
        line.first, line.last, line.net, 0,
        tuple([ChargedTax(None, tax.name, tax.rate, tax.amount) for tax in line.taxes]), off=line.off,
    )  # fmt: skip
