"""What every gateway does for us, and the one form of its answers.

Amounts are integers in our ISO 4217 minor units, currencies are upper-case ISO codes, moments are aware datetimes in
UTC, references are the provider's ids. ``key`` is the idempotency key of the row that asks: the same key with the same
arguments has one effect, for as long as the provider remembers it (``FORGETS_KEYS``). The row's key is also kept with
the object at the provider, so that it is found when an answer was lost.

Each method may raise what ``payments.gateway.errors`` says; a decline is no error but an ``Outcome``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

FORGETS_KEYS = timedelta(hours=23)
"""A call whose key was first sent longer ago is looked up, not sent again: Stripe may drop keys after 24 h."""
LISTS_EVENTS = timedelta(days=30)
"""How far back events can be listed."""


class State(StrEnum):
    """Where a charge, a refund or a set-up stands at the provider."""

    CREATED = "created"  # a charge that was made and not confirmed: nothing has moved
    PENDING = "pending"  # on its way, for seconds (cards) or days (bank debits)
    NEEDS_CUSTOMER = "needs_customer"  # waits for the customer: 3-D Secure, or details of the bank
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether the provider is done with it. A refund that succeeded may fail all the same, later."""
        return self in {State.SUCCEEDED, State.FAILED, State.CANCELED}


class FailureClass(StrEnum):
    """What may be done about a charge that did not succeed."""

    NONE = ""
    HARD = "hard"  # never with this method again
    SOFT = "soft"  # another day may do
    NEEDS_CUSTOMER = "needs_customer"  # not without the customer; no automatic try
    TROUBLE = "trouble"  # at the gateway or the bank; says nothing about the customer


class MethodKind(StrEnum):
    """What a saved method is."""

    CARD = "card"
    SEPA_DEBIT = "sepa_debit"
    BANK_DEBIT = "us_bank_account"
    OTHER = "other"


class DisputeState(StrEnum):
    """Where a dispute stands."""

    INQUIRY = "inquiry"  # a question of the bank; no money is taken
    OPEN = "open"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    WITHDRAWN = "withdrawn"  # an inquiry that ended without a dispute


class EventKind(StrEnum):
    """What an event is about; ``ref`` of the event is the id of that object."""

    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"
    SETUP = "setup"
    METHOD = "method"
    OTHER = "other"  # nothing that concerns us


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a charge or a refund stands, as the provider says it.

    ``amount`` is what moved for a charge that succeeded, else what was asked. ``key`` is our row's key as kept with the
    object, empty when somebody else made it. ``code`` and ``text`` are the provider's words, for the trail and for
    finance. ``url`` is a page of the provider where the customer goes on. ``charge_ref`` of a refund is the charge that
    it gives back. ``pending_reason`` says why a refund waits.
    """

    state: State
    ref: str
    amount: int
    currency: str
    key: str = ""
    failure_class: FailureClass = FailureClass.NONE
    code: str = ""
    text: str = ""
    url: str = ""
    charge_ref: str = ""
    customer_ref: str = ""
    method_ref: str = ""
    pending_reason: str = ""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A card or bank account that a customer left with the provider; we never see its number.

    ``brand`` and ``last4`` are what people know it by; ``expires`` is the last day on which a card works.
    """

    ref: str
    kind: MethodKind
    brand: str
    last4: str
    expires: date | None = None
    fingerprint: str = ""
    customer_ref: str = ""
    country: str = ""

    @property
    def label(self) -> str:
        """Such as ``Visa …4242``."""
        return f"{self.brand} …{self.last4}" if self.last4 else self.brand


@dataclass(frozen=True, slots=True)
class Setup:
    """A hosted page on which a customer saves a method. ``url`` is empty once it is done or expired."""

    state: State
    ref: str
    url: str = ""
    customer_ref: str = ""
    method: SavedMethod | None = None
    key: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A charge that the customer's bank takes back or asks about. ``is_refundable``: a refund would still end it."""

    ref: str
    charge_ref: str
    state: DisputeState
    amount: int
    currency: str
    reason: str
    due_by: datetime | None
    is_refundable: bool
    created: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """A hint that an object changed. What it says of the object is not trusted: the object is fetched.

    ``charge_ref`` is told where the event carries it; ``key`` is our row's, when the object carries it.
    """

    ref: str
    kind: EventKind
    type: str
    object_ref: str
    created: datetime
    is_live: bool
    key: str = ""
    charge_ref: str = ""


class Gateway(Protocol):
    """One account at one provider, in one mode."""

    is_live: bool
    """Whether real money moves; an event of the other mode is not for us."""

    def create_customer(self, *, key: str, name: str, email: str) -> str:
        """Make a customer for a payer and return its reference."""
        ...

    def start_setup(self, *, customer_ref: str, currency: str, key: str, done_url: str, cancel_url: str) -> Setup:
        """Open a hosted page on which the customer saves a method, and comes back to one of the addresses."""
        ...

    def setup_state(self, ref: str) -> Setup:
        """How a set-up stands; once it succeeded it names the saved method."""
        ...

    def methods(self, customer_ref: str) -> Sequence[SavedMethod]:
        """The methods that the customer has, newest first."""
        ...

    def method(self, ref: str) -> SavedMethod:
        """One method; ``customer_ref`` is empty when it was detached. Raises NotFound."""
        ...

    def detach(self, method_ref: str) -> None:
        """Take a method from its customer for good. One that is gone already is no error."""
        ...

    def create_charge(
        self,
        *,
        amount: int,
        currency: str,
        customer_ref: str,
        method_ref: str,
        key: str,
        kind: MethodKind = MethodKind.CARD,
        description: str = "",
    ) -> Outcome:
        """Make a charge that moves nothing yet: its reference settles every later doubt. Sends ``key`` + ``:create``.

        ``kind`` is the method's.

        Raises ``payments.gateway.amounts.NotChargeable`` for an amount that the provider can't hold.
        """
        ...

    def confirm_charge(self, ref: str, *, key: str, return_url: str = "", method_ref: str = "") -> Outcome:
        """Move the money. Sends ``key`` + ``:confirm``, or with ``return_url`` ``key`` + ``:present``.

        Without ``return_url`` the customer is absent: a charge that would need them is NEEDS_CUSTOMER, with no address.
        With it they are present: NEEDS_CUSTOMER then has the ``url`` of a page that leads back there. After an attempt
        that failed the provider has let go of the method, so ``method_ref`` names it again. One row gives the same
        arguments each time: it is the same key.
        """
        ...

    def cancel_charge(self, ref: str, *, key: str) -> Outcome:
        """Make sure that the charge never moves money; SUCCEEDED or PENDING when it is too late. Before another try."""
        ...

    def charge_state(self, ref: str) -> Outcome:
        """How a charge stands. Raises NotFound."""
        ...

    def find_charge(self, *, customer_ref: str, key: str, after: datetime) -> Outcome | None:
        """The charge that was made with this key, or None; for an answer that was lost.

        ``after`` is when it was first asked for: only what was made since (less an hour, for clocks) is looked at.
        """
        ...

    def refund(self, *, charge_ref: str, amount: int, currency: str, key: str, reason: str = "") -> Outcome:
        """Give money of a charge back to where it came from. Sends ``key``. GatewayRefused: look it up first.

        Raises NotChargeable, as ``create_charge`` does.
        """
        ...

    def refund_state(self, ref: str) -> Outcome:
        """How a refund stands; one that succeeded may have FAILED since. Raises NotFound."""
        ...

    def find_refund(self, *, charge_ref: str, key: str) -> Outcome | None:
        """The refund of this charge that was made with this key, or None."""
        ...

    def refunds(self, charge_ref: str) -> Sequence[Outcome]:
        """All refunds of a charge, oldest first; those with an empty ``key`` were made by others."""
        ...

    def cancel_refund(self, ref: str, *, key: str) -> Outcome:
        """Stop a refund that waits for the customer. GatewayRefused when it is on its way."""
        ...

    def dispute_state(self, ref: str) -> Dispute:
        """How a dispute stands. Raises NotFound."""
        ...

    def disputes(self, charge_ref: str) -> Sequence[Dispute]:
        """All disputes of a charge, oldest first."""
        ...

    def event_object(self, event: Event) -> Outcome | Dispute | Setup | SavedMethod | None:
        """What the event is about, fetched now; None for what does not concern us."""
        ...

    def events_since(self, event_ref: str, *, after: datetime) -> Iterator[Event]:
        """The events that came after that one, oldest first.

        With an empty reference, or one that the provider no longer lists, those after the moment: some may be known.
        """
        ...
