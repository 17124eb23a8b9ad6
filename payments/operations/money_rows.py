"""Moving money between locked payments and invoices: rows in, figures checked. Who calls posts, notes and publishes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from core import rows
from core.actors import Actor
from core.ids import uuid7
from creditmemos.domain.spreading import Place, Share, lessen, share_out
from creditmemos.operations.application_rows import BooksOutOfBalance
from creditmemos.queries.open_amounts import open_on_invoices
from invoices.models import Invoice
from ledger.models import BalanceAccount
from payments.domain.planning import Use
from payments.models import Allocation, AllocationPart, Payment

_PAYMENT_FIGURES = """
    SELECT id, allocated, returned, given_back, give_back_pending, kept, on_account, overdrawn, status
    FROM payments_payment"""
_INVOICE_FIGURES = "SELECT id, paid, payment_pending, amount_due, status FROM invoices_invoice"


@dataclass(frozen=True, slots=True)
class Locked:
    """Invoices and payments locked by this transaction, by id, all of one balance account."""

    account: BalanceAccount
    invoices: dict[int, Invoice]
    payments: dict[int, Payment]


class AllocationRow(NamedTuple):
    """An allocation as it is written; ``amount`` in minor units, negative when it ``reverses`` another."""

    id: UUID
    marketplace_id: int
    account_id: int
    currency: str
    payment_id: int
    invoice_id: int
    amount: int
    automatic: bool
    posting_date: date
    created_at: datetime
    actor_id: int | None
    reverses_id: UUID | None = None
    reason: str = ""


class PartRow(NamedTuple):
    """The share of an allocation at one line, or at one of its taxes; minor units."""

    allocation_id: UUID
    line_id: int
    tax_id: int | None
    amount: int


@dataclass(slots=True)
class _Moves:
    allocations: list[AllocationRow] = field(default_factory=list)
    parts: list[PartRow] = field(default_factory=list)

    def add(self, row: AllocationRow, shares: Iterable[tuple[Place, int]]) -> None:
        self.allocations.append(row)
        self.parts += [PartRow(row.id, *place, amount) for place, amount in shares]

    def write(self) -> None:
        """Parts first: the allocation row closes them, and its trigger settles payment, invoice and lines."""
        rows.insert(AllocationPart, self.parts)
        rows.insert(Allocation, self.allocations)


def use_money(
    locked: Locked, uses: Sequence[Use], *, actor: Actor, now: datetime, day: date, automatic: bool = False
) -> list[AllocationRow]:
    """Write uses of money on account as allocations with their parts; the guards were asked before.

    Each amount falls on the invoice's lines and taxes pro rata over what is open, by largest remainder.
    """
    open_places = open_on_invoices({use.invoice_id for use in uses}) if uses else {}
    moves = _Moves()
    for use in uses:
        shares = share_out(use.amount, open_places[use.invoice_id])
        open_places[use.invoice_id] = lessen(open_places[use.invoice_id], shares)
        row = _row(locked, use, actor=actor, now=now, day=day)._replace(automatic=automatic)
        moves.add(row, [(share.place, share.amount) for share in shares])
        locked.payments[use.payment_id].use(use.amount)
        locked.invoices[use.invoice_id].pay(use.amount)
    moves.write()
    agree(locked)
    return moves.allocations


def give_money_back(
    locked: Locked, originals: Sequence[Allocation], *, reason: str, actor: Actor, now: datetime, day: date
) -> list[AllocationRow]:
    """Reverse allocations by negative rows that mirror their parts: the money is on account again."""
    moves = _Moves()
    for original in originals:
        use = Use(original.payment_id, original.invoice_id, -original.amount)
        row = _row(locked, use, actor=actor, now=now, day=day)._replace(reverses_id=original.pk, reason=reason)
        shares = [Share((part.line_id, part.tax_id), -part.amount) for part in original.parts.order_by("pk")]
        moves.add(row, [(share.place, share.amount) for share in shares])
        locked.payments[original.payment_id].use(-original.amount)
        locked.invoices[original.invoice_id].take_off(original.amount)
    moves.write()
    agree(locked)
    return moves.allocations


def posting_day(locked: Locked, *, now: datetime) -> date:
    """Today in the marketplace's zone, but never before a document that moves: a clock may have gone back since."""
    today = locked.account.marketplace.today(now)
    issued = (invoice.issue_date for invoice in locked.invoices.values() if invoice.issue_date)
    settled = (payment.posting_date for payment in locked.payments.values() if payment.posting_date)
    return max([today, *issued, *settled])


def _row(locked: Locked, use: Use, *, actor: Actor, now: datetime, day: date) -> AllocationRow:
    account = locked.account
    return AllocationRow(
        id=uuid7(),
        marketplace_id=account.marketplace_id,
        account_id=account.pk,
        currency=account.currency,
        payment_id=use.payment_id,
        invoice_id=use.invoice_id,
        amount=use.amount,
        automatic=False,
        posting_date=day,
        created_at=now,
        actor_id=actor.user_id,
    )


def agree(locked: Locked) -> None:
    """Read back what the triggers settled and compare it with the transitions made in memory."""
    for pk, *figures in rows.read_back(_PAYMENT_FIGURES, locked.payments):
        payment = locked.payments[pk]
        if figures != [
            payment.allocated, payment.returned, payment.given_back, payment.give_back_pending, payment.kept,
            payment.on_account, payment.overdrawn, payment.status,
        ]:  # fmt: skip
            raise BooksOutOfBalance(f"payment {pk}")
    for pk, *figures in rows.read_back(_INVOICE_FIGURES, locked.invoices):
        invoice = locked.invoices[pk]
        if figures != [invoice.paid, invoice.payment_pending, invoice.amount_due, invoice.status]:
            raise BooksOutOfBalance(f"invoice {pk}")
