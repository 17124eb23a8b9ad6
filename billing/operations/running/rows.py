"""The rows that a batch writes: named tuples whose fields are the columns."""

from datetime import date, datetime
from typing import NamedTuple

from billing.models import Charge
from billing.rating import Key
from core.rows import Json


class NewCharge(NamedTuple):
    """A charge on an invoice line; ``whole`` and ``undone`` as ``counted`` says, ``how`` as rating tells it."""

    id: int
    marketplace_id: int
    key: str
    invoice_line_id: int
    account_id: Key
    subscription_id: int | None
    terms_id: int | None
    event_id: int | None
    kind: str
    counted: str
    whole: int
    undone: int
    first: date | None
    last: date | None
    how: Json
    state: str = Charge.State.LIVE


class UndoneCharge(NamedTuple):
    """How much of an earlier charge was given back by now."""

    id: int
    undone: int


class NewCredit(NamedTuple):
    """A credit on a memo line or an invoice line; ``net`` and ``tax`` in minor units."""

    marketplace_id: int
    key: str
    memo_line_id: int | None
    invoice_line_id: int | None
    charge_id: int | None
    subscription_id: int | None
    event_id: int | None
    kind: str
    net: int
    tax: int
    how: Json
    undone: int
    counted_id: int | None
    returned: bool = False


class BilledEvent(NamedTuple):
    """What became of an event, and the count of usage that it is in."""

    id: int
    status: str
    reason: str
    run_id: int
    counted_id: int | None


class NewException(NamedTuple):
    """What was not billed; ``amount`` in minor units."""

    marketplace_id: int
    run_id: int
    account_id: Key
    event_id: int | None
    subscription_id: int | None
    charge_id: int | None
    reason: str
    amount: int
    created_at: datetime


class NewRunDocument(NamedTuple):
    """An invoice or a memo that the run made."""

    run_id: int
    line_id: int
    invoice_id: int | None = None
    memo_id: int | None = None


class IssuedLine(NamedTuple):
    """A payer's line once its documents are drafted; ``RunLine`` says what the figures are."""

    id: int
    state: str
    charges: int
    invoices: int
    memos: int
    failed_events: int
    invoiced: int
    credited: int
    applications: int
    applied: int
    due: int
    error: str = ""


class AppliedLine(NamedTuple):
    """A payer's line once credit was used."""

    id: int
    state: str
    applications: int
    applied: int
    due: int
