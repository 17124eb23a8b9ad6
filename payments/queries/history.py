"""Where a payment's money went, in order, with the money on account after each move; and how that sum came about."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.queries.people import name_at
from invoices.models import Invoice
from payments.models import Allocation, KeptSurplus, Payment, PaymentReturn, Refund

RECEIVED, TAKEN_OFF, ALLOCATED, RETURNED, UNRETURNED, KEPT, GIVEN_BACK, CAME_BACK = (
    "received", "taken_off", "allocated", "returned", "unreturned", "kept", "given_back", "came_back",
)  # fmt: skip
KINDS: dict[str, Promise] = {
    RECEIVED: _("Received"),
    TAKEN_OFF: _("Taken off"),
    ALLOCATED: _("Allocated"),
    RETURNED: _("Returned"),
    UNRETURNED: _("Return undone"),
    KEPT: _("Kept"),
    GIVEN_BACK: _("Given back"),
    CAME_BACK: _("Refund returned"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """One row; ``amount`` is what it brought on account or took from there, ``after`` what is there then; minor units.

    ``row_id`` names the allocation or return, for whatever undoes it; ``is_undone`` tells that it was.
    """

    kind: str
    at: datetime
    day: date
    amount: int
    who: str = ""
    after: int = 0
    row_id: UUID | None = None
    invoice: Invoice | None = None
    automatic: bool = False
    is_undone: bool = False
    note: str = ""

    @property
    def label(self) -> Promise:
        """What happened, in a word."""
        return KINDS[self.kind]

    @property
    def may_take_off(self) -> bool:
        """Whether it is money that is still on its invoice."""
        return self.kind == ALLOCATED and not self.is_undone

    @property
    def may_undo(self) -> bool:
        """Whether it is a return that still counts."""
        return self.kind == RETURNED and not self.is_undone


def history_of(payment: Payment) -> list[Move]:
    """Everything that moved the payment's money, oldest first; four queries, none before the money moved."""
    if payment.settled_at is None or payment.posting_date is None:
        return []
    received = Move(RECEIVED, payment.settled_at, payment.posting_date, payment.amount)
    rows = [received, *_allocations(payment), *_returns(payment), *_kept(payment), *_given_back(payment)]
    rows.sort(key=lambda row: (row.at, row.row_id.int if row.row_id else 0))
    on_account, moves = 0, []
    for row in rows:
        on_account += row.amount
        moves.append(replace(row, after=on_account))
    return moves


def _allocations(payment: Payment) -> list[Move]:
    rows = Allocation.objects.filter(payment=payment).select_related("invoice").defer("invoice__frozen")
    found = list(rows.annotate(who=name_at("actor_id", "created_at")).order_by("created_at", "pk"))
    undone = {row.reverses_id for row in found if row.reverses_id}
    return [
        Move(
            TAKEN_OFF if row.reverses_id else ALLOCATED, row.created_at, row.posting_date, -row.amount, row.who,
            row_id=row.pk, invoice=row.invoice, automatic=row.automatic, is_undone=row.pk in undone, note=row.reason,
        )
        for row in found
    ]  # fmt: skip


def _returns(payment: Payment) -> list[Move]:
    rows = PaymentReturn.objects.filter(payment=payment)
    rows = rows.annotate(who=name_at("actor_id", "created_at", "payment__marketplace_id"))
    found = list(rows.order_by("created_at", "pk"))
    undone = {row.reverses_id for row in found if row.reverses_id}
    return [
        Move(
            UNRETURNED if row.reverses_id else RETURNED, row.created_at, row.posting_date, -row.amount, row.who,
            row_id=row.pk, is_undone=row.pk in undone, note=_said(row),
        )
        for row in found
    ]  # fmt: skip


def _said(row: PaymentReturn) -> str:
    reason = "" if row.reverses_id else str(row.get_reason_display())
    return ": ".join(filter(None, (reason, row.note)))


def _kept(payment: Payment) -> list[Move]:
    rows = KeptSurplus.objects.filter(payment=payment)
    rows = rows.annotate(who=name_at("actor_id", "created_at", "payment__marketplace_id"))
    return [
        Move(KEPT, row.created_at, row.posting_date, -row.amount, row.who, row_id=row.pk, note=row.note) for row in rows
    ]


def _given_back(payment: Payment) -> list[Move]:
    """Refunds that went, and those that came back; who said so is in the activity."""
    moves = []
    for row in Refund.objects.filter(payment=payment, memo__isnull=True, settled_at__isnull=False).order_by("pk"):
        if row.settled_at and row.posting_date:
            moves.append(Move(GIVEN_BACK, row.settled_at, row.posting_date, -row.amount, note=row.reason))
        if row.returned_at:
            day = payment.marketplace.today(row.returned_at)
            moves.append(Move(CAME_BACK, row.returned_at, day, row.amount))
    return moves


class Addend(NamedTuple):
    """One part of a sum, minor units."""

    label: str | Promise
    amount: int


def explain_on_account(payment: Payment) -> list[Addend]:
    """What came in and what left, which add up to the money on account; nothing that is zero but the first."""
    parts = [
        Addend(_("Allocated to invoices"), -payment.allocated),
        Addend(_("Returned"), -payment.returned),
        Addend(_("Given back"), -payment.given_back),
        Addend(_("Kept"), -payment.kept),
        Addend(_("Went back beyond it"), payment.overdrawn),
    ]
    return [Addend(_("Received"), payment.amount), *(part for part in parts if part.amount)]
