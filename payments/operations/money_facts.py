"""What moving money says: journal entries, audit notes and events, each built in one place."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.actors import Actor
from core.audit import Note
from core.outbox import publish
from invoices.models import Invoice
from ledger.domain.kinds import Account
from ledger.posting import Entry
from payments.domain.wording import KIND
from payments.models import Payment
from payments.operations.money_rows import AllocationRow


def receive_entries(payment: Payment, allocations: Iterable[AllocationRow]) -> list[Entry]:
    """Money clearing against the receivable of each invoice, and the rest on account."""
    used = list(allocations)
    rest = payment.amount - sum(row.amount for row in used)
    return [
        _clearing(payment, payment.amount),
        *(Entry(Account.RECEIVABLE, -row.amount, invoice_id=row.invoice_id) for row in used),
        Entry(Account.UNALLOCATED, -rest, payment_id=payment.pk),
    ]


def allocate_entries(allocations: Iterable[AllocationRow]) -> list[Entry]:
    """Money on account against the receivable of each invoice; a reversal posts the other way."""
    entries: list[Entry] = []
    for row in allocations:
        entries.append(Entry(Account.UNALLOCATED, row.amount, payment_id=row.payment_id))
        entries.append(Entry(Account.RECEIVABLE, -row.amount, invoice_id=row.invoice_id))
    return entries


def return_entries(payment: Payment, amount: int, moved: Iterable[AllocationRow]) -> list[Entry]:
    """Receivable of the invoices that lose their money, else money on account, against money clearing.

    ``moved`` are reversals, and what was allocated anew of the rest; ``amount`` below zero is a return undone.
    """
    by_invoice: dict[int, int] = {}
    for row in moved:
        by_invoice[row.invoice_id] = by_invoice.get(row.invoice_id, 0) - row.amount
    owed = sum(by_invoice.values())
    return [
        *(Entry(Account.RECEIVABLE, each, invoice_id=invoice_id) for invoice_id, each in by_invoice.items()),
        Entry(Account.UNALLOCATED, amount - owed, payment_id=payment.pk),
        _clearing(payment, -amount),
    ]


def keep_entries(payment: Payment, amount: int) -> list[Entry]:
    """Money on account against small differences."""
    return [
        Entry(Account.UNALLOCATED, amount, payment_id=payment.pk),
        Entry(Account.SMALL_DIFFERENCES, -amount),
    ]


def _clearing(payment: Payment, amount: int) -> Entry:
    return Entry(Account.MONEY_CLEARING, amount, payment_id=payment.pk, detail=f"{payment.channel} {payment.means}")


def told(moved: Iterable[AllocationRow], invoices: Mapping[int, Invoice]) -> list[dict[str, object]]:
    """Allocations or reversals as an audit row keeps them: each invoice by id and number, with its own amount."""
    return [
        {"invoice_id": row.invoice_id, "invoice": invoices[row.invoice_id].number, "amount": row.amount}
        for row in moved
    ]


def payment_note(verb: str, payment: Payment, *, note: str = "", **after: object) -> Note:
    """The audit row of what one payment did."""
    return Note(
        verb=verb, kind=KIND, object_id=payment.pk, company_id=payment.payer_id, note=note,
        after={**after, "on_account": payment.on_account},
    )  # fmt: skip


def publish_payment(
    topic: str, payment: Payment, *, actor: Actor, now: datetime, key: object, moved: Sequence[AllocationRow] = ()
) -> None:
    """The event; ``key`` tells it from others of the same payment."""
    publish(
        topic=topic,
        key=f"{topic}:{key}",
        marketplace_id=actor.marketplace_id,
        payload={
            "payment_id": payment.pk,
            "account_id": payment.account_id,
            "allocation_ids": [str(row.id) for row in moved],
            "invoice_ids": sorted({row.invoice_id for row in moved}),
        },
        now=now,
    )
