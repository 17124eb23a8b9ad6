"""What using credit and writing it off says, of one account or a thousand: journal entries, audit notes, event."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from core.audit import Note
from core.outbox import Event
from creditmemos.domain.wording import APPLIED, REVERSED
from creditmemos.models import Application, CreditMemo
from invoices.models import Invoice
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


class Moved(Protocol):
    """An application or a reversal; ``amount`` in minor units, negative for a reversal."""

    @property
    def memo_id(self) -> int: ...
    @property
    def invoice_id(self) -> int: ...
    @property
    def amount(self) -> int: ...


def told(moved: Iterable[Moved], invoices: Mapping[int, Invoice]) -> list[dict[str, object]]:
    """Applications or reversals as an audit row keeps them: each invoice by id and number, with its own amount.

    ``creditmemos.queries.evidence`` reads them from the invoice's side too.
    """
    return [
        {"memo_id": row.memo_id, "invoice_id": row.invoice_id, "invoice": invoices[row.invoice_id].number,
         "amount": row.amount}
        for row in moved
    ]  # fmt: skip


def apply_notes(
    account: BalanceAccount, applications: Sequence[ApplicationRow], invoices: Mapping[int, Invoice]
) -> list[Note]:
    """An audit row for each memo that was used, with its own amounts and the invoices that it was used on."""
    own: dict[int, list[ApplicationRow]] = defaultdict(list)
    for row in applications:
        own[row.memo_id].append(row)
    return [
        Note(
            verb=APPLIED,
            kind="credit_memo",
            object_id=memo_id,
            company_id=account.payer_id,
            after={"applications": told(rows, invoices), "automatic": rows[0].automatic},
        )
        for memo_id, rows in own.items()
    ]


def reverse_note(memo: CreditMemo, reversals: Sequence[Application], *, reason: str) -> Note:
    """The audit row of what one memo got back; reversals have their invoices at hand."""
    invoices = {row.invoice_id: row.invoice for row in reversals}
    return Note(
        verb=REVERSED,
        kind="credit_memo",
        object_id=memo.pk,
        company_id=memo.payer_id,
        after={"applications": told(reversals, invoices), "balance": memo.balance, "on_hold": memo.on_hold},
        note=reason,
    )


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
    return Event(APPLIED, f"{APPLIED}:{first.id}", payload)
