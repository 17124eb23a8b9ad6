"""What rating needs to know of a subscription or an order: plain values, made cheaply from stored rows.

What a run makes by the thousand is a NamedTuple (made positionally it costs a seventh of a frozen dataclass); what a
marketplace has a few of, plans and rules, is a frozen dataclass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, NamedTuple

from billing.rating.discounts import Discount, Off
from billing.rating.items import Item, Key
from billing.rating.taxes import ChargedTax, TaxTable
from core.money import exponent
from subscriptions.domain.pricing import Pricing

Counted = Literal["days", "pieces", "amount"]
"""What a charge was for: days of a period, pieces of an order, or an amount of usage before discount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A marketplace's settings for rating.

    ``change_day_is_new``: the day of a change counts for the new terms (else for the old ones).
    ``cancel_day_is_used``: the day of a cancellation counts as used.
    """

    currency: str
    zone: tzinfo
    taxes: TaxTable = field(default_factory=dict)
    change_day_is_new: bool = True
    cancel_day_is_used: bool = True
    exponent: int = field(init=False)

    def __post_init__(self) -> None:
        """Look the exponent up once. Raises KeyError for an unknown currency."""
        object.__setattr__(self, "exponent", exponent(self.currency))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A price for each period of ``months`` (1 or 12), charged at its start or, in arrears, at its end.

    ``usage`` prices what is metered beside it, per period, in arrears.
    """

    item: Item
    pricing: Pricing
    months: int = 1
    in_advance: bool = True
    usage: Pricing | None = None


class Terms(NamedTuple):
    """Plan and quantity from one day on, until the next terms: one row of the subscription's history.

    ``day`` is the marketplace's day of the change, or with ``at_cycle`` the first day of the cycle that it waits for.
    ``anchor`` starts a new cycle (a change from monthly to yearly); None keeps the one before.
    ``key`` is that of the event that made the change.
    """

    key: Key
    day: date
    plan: Plan
    quantity: Decimal
    at_cycle: bool = False
    anchor: date | None = None


class Cancellation(NamedTuple):
    """The day of the cancellation, or with ``at_cycle`` the last day of the cycle that it waits for.

    Without ``partial_credit`` a period that was begun is owed whole.
    """

    day: date
    partial_credit: bool
    at_cycle: bool = False


class Charged(NamedTuple):
    """A charge made before, with what became of it: amounts in minor units, ``net`` after discount.

    ``whole`` of it (days, pieces or minor units before discount, as ``counted`` says) was charged, and rating has
    given ``undone`` of that back: of days always the last ones. ``credited_net`` is what all memos that are not voided
    have credited, people's too; of it ``price`` lowered what the charge costs, ``timed`` was given by hand for unused
    time, and what neither they nor the runs' own ``cut`` account for counts as nothing (see ``credits``).
    ``void``: its invoice was voided and is not billed again, so that its days and usage are settled, and nothing of it
    can be credited. ``off`` is what it took of fixed discounts.
    """

    key: Key
    account: Key
    terms: Key | None
    counted: Counted
    whole: Decimal | int
    undone: Decimal | int
    quantity: Decimal
    unit_price: Decimal
    first: date | None
    last: date | None
    net: int
    credited_net: int
    taxes: Sequence[ChargedTax] = ()
    void: bool = False
    price: int = 0
    timed: int = 0
    cut: int = 0
    off: Sequence[Off] = ()


class Metered(NamedTuple):
    """How much usage of one period (by its first day) was counted under a plan.

    ``quantity`` is the sum of its records, ``taken`` what those below zero have of it (as a positive number), and
    ``credited`` what was given below zero, where there is no charge to undo: minor units before its ``discount``.
    """

    plan: Key
    period_first: date
    quantity: Decimal
    taken: Decimal = Decimal(0)
    credited: int = 0
    discount: int = 0


class Contract(NamedTuple):
    """A subscription, or with no terms the customer of a one-off order.

    ``terms`` are in the order in which they were agreed for each day; the first begin the subscription. ``charged``
    has, in the order in which they were made, all charges whose days reach into or beyond what the events are about,
    and every charge that an event names. ``account`` is the balance account of new charges; a credit goes to the
    account of what it undoes.
    ``off_elsewhere`` is what the account's other contracts took of general fixed discounts, by key and place.
    """

    key: Key
    account: Key
    country: str
    exempt: bool = False
    terms: Sequence[Terms] = ()
    anchor: date | None = None
    cancellation: Cancellation | None = None
    discounts: Sequence[Discount] = ()
    charged: Sequence[Charged] = ()
    metered: Sequence[Metered] = ()
    off_elsewhere: Mapping[tuple[Key, date], int] = MappingProxyType({})
