"""What using credit and writing it off says, of one account or a thousand: journal entries, audit note, event."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from core.audit import Note
from core.outbox import Event
from ledger.domain.kinds import Account
from ledger.models import BalanceAccount
from ledger.posting import Entry


class ApplicationRow(NamedTuple):
    """An application as it is written; ``amount`` in minor units, negative when it ``reverses`` another."""

    id: UUID
    marketplace_id: int
    account_id: int
    currency: str
    memo_id: int
    invoice_id: int
    amount: int
    automatic: bool
    posting_date: date
    created_at: datetime
    actor_id: int | None
    reverses_id: UUID | None = None
    reason: str = ""


def move_entries(applications: Iterable[ApplicationRow]) -> list[Entry]:
    """Customer credit of the memos against receivable of the invoices; a reversal posts the other way."""
    entries: list[Entry] = []
    for row in applications:
        entries.append(Entry(Account.CUSTOMER_CREDIT, row.amount, memo_id=row.memo_id))
        entries.append(Entry(Account.RECEIVABLE, -row.amount, invoice_id=row.invoice_id))
    return entries


def write_off_entries(memo_id: int, amount: int) -> list[Entry]:
    """``amount`` of a memo's credit is written off, in minor units; what is taken back is below zero."""
    return [Entry(Account.CUSTOMER_CREDIT, amount, memo_id=memo_id), Entry(Account.CREDIT_WRITTEN_OFF, -amount)]


def apply_note(account: BalanceAccount, applications: Sequence[ApplicationRow]) -> Note:
    """One audit row for applications made together; it stands with the first memo."""
    first = applications[0]
    facts: dict[str, object] = {
        "applications": [
            {"memo_id": row.memo_id, "invoice_id": row.invoice_id, "amount": row.amount} for row in applications
        ],
        "automatic": first.automatic,
    }
    return Note("credit_memo.applied", "credit_memo", first.memo_id, account.payer_id, facts)


def apply_event(account: BalanceAccount, applications: Sequence[ApplicationRow]) -> Event:
    """One event for applications made together; its key is the first one's id."""
    first = applications[0]
    payload: dict[str, object] = {
        "account_id": account.pk,
        "application_ids": [str(row.id) for row in applications],
        "memo_id": first.memo_id,
        "memo_ids": sorted({row.memo_id for row in applications}),
        "invoice_ids": sorted({row.invoice_id for row in applications}),
    }
    return Event("credit_memo.applied", f"credit_memo.applied:{first.id}", payload)
