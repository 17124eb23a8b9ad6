"""Moving credit between locked memos and invoices: rows in, figures checked, one journal transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from core.actors import Actor
from core.ids import uuid7
from core.rows import insert
from creditmemos.domain.planning import Allocation
from creditmemos.domain.spreading import Share, lessen, spread
from creditmemos.models import Application, CreditMemo, InvoicePart, MemoPart
from creditmemos.queries.open_amounts import open_on_invoices, open_on_memos
from invoices.models import Invoice
from ledger.kinds import Account
from ledger.models import BalanceAccount
from ledger.posting import Entry, post

_APPLICATION = (
    "id", "marketplace", "account", "currency", "memo", "invoice", "amount", "reverses", "automatic", "posting_date",
    "created_at", "actor", "reason",
)  # fmt: skip
_MEMO_FIGURES = "SELECT id, applied, written_off, balance, status FROM creditmemos_creditmemo"
_INVOICE_FIGURES = "SELECT id, credited, amount_due, status FROM invoices_invoice"


class BooksTorn(RuntimeError):
    """Memory and database disagree after a change: a fault in this program, so that nothing may be committed."""


@dataclass(frozen=True, slots=True)
class Locked:
    """Memos and invoices locked by this transaction, by id, all of one balance account."""

    account: BalanceAccount
    memos: dict[int, CreditMemo]
    invoices: dict[int, Invoice]


def use_credit(
    locked: Locked, allocations: Sequence[Allocation], *, actor: Actor, now: datetime, automatic: bool = False
) -> list[Application]:
    """Write the allocations as applications, with their parts, and post them; the guards were asked before.

    They are dated today, but never before a document that they join: a clock may have gone back since.
    """
    documents = [(locked.memos[each.memo_id], locked.invoices[each.invoice_id]) for each in allocations]
    day = max([_today(locked, now), *(row.issue_date for pair in documents for row in pair if row.issue_date)])
    open_memos = open_on_memos({each.memo_id for each in allocations})
    open_invoices = open_on_invoices({each.invoice_id for each in allocations})
    applications, gives, takes = [], [], []
    for each in allocations:
        given, taken = spread(each.amount, memo=open_memos[each.memo_id], invoice=open_invoices[each.invoice_id])
        open_memos[each.memo_id] = lessen(open_memos[each.memo_id], given)
        open_invoices[each.invoice_id] = lessen(open_invoices[each.invoice_id], taken)
        application = _application(locked, each, actor=actor, now=now, day=day, automatic=automatic)
        applications.append(application)
        gives += [(application.pk, share) for share in given]
        takes += [(application.pk, share) for share in taken]
        locked.memos[each.memo_id].apply(each.amount)
        locked.invoices[each.invoice_id].credit(each.amount)
    _write(applications, gives, takes)
    _agree(locked)
    _post(locked.account, applications, verb="creditmemo.apply", actor=actor, now=now, day=day)
    return applications


def return_credit(
    locked: Locked, originals: Iterable[Application], *, reason: str, actor: Actor, now: datetime
) -> list[Application]:
    """Reverse applications by negative rows that mirror their parts; a closed memo writes the credit off again."""
    originals = list(originals)
    day = max([_today(locked, now), *(original.posting_date for original in originals)])
    reversals, gives, takes, rewritten = [], [], [], []
    for original in originals:
        memo = locked.memos[original.memo_id]
        each = Allocation(original.memo_id, original.invoice_id, -original.amount)
        reversal = _application(locked, each, actor=actor, now=now, day=day)
        reversal.reverses, reversal.reason = original, reason
        reversals.append(reversal)
        gives += [(reversal.pk, Share((p.line_id, p.tax_id), -p.amount)) for p in original.memo_parts.order_by("pk")]
        takes += [(reversal.pk, Share((p.line_id, p.tax_id), -p.amount)) for p in original.invoice_parts.order_by("pk")]
        if memo.written_off:
            rewritten.append(Entry(Account.CUSTOMER_CREDIT, original.amount, memo_id=memo.pk))
            rewritten.append(Entry(Account.CREDIT_WRITTEN_OFF, -original.amount))
        memo.take_back(original.amount)
        locked.invoices[original.invoice_id].return_credit(original.amount)
    _write(reversals, gives, takes)
    _agree(locked)
    _post(locked.account, reversals, verb="creditmemo.reverse", actor=actor, now=now, day=day)
    post(account=locked.account, posting_date=day, verb="creditmemo.close", entries=rewritten, actor=actor, now=now)
    return reversals


def _today(locked: Locked, now: datetime) -> date:
    return locked.account.marketplace.today(now)


def _application(
    locked: Locked, each: Allocation, *, actor: Actor, now: datetime, day: date, automatic: bool = False
) -> Application:
    account = locked.account
    return Application(
        id=uuid7(),
        marketplace_id=account.marketplace_id,
        account_id=account.pk,
        currency=account.currency,
        memo_id=each.memo_id,
        invoice_id=each.invoice_id,
        amount=each.amount,
        automatic=automatic,
        posting_date=day,
        created_at=now,
        actor_id=actor.user_id,
    )


def _write(applications: list[Application], gives: list[tuple[UUID, Share]], takes: list[tuple[UUID, Share]]) -> None:
    """Parts first: the application row closes them, and its trigger settles memo and invoice."""
    for model, shares in ((MemoPart, gives), (InvoicePart, takes)):
        insert(
            model,
            ("application", "line", "tax", "amount"),
            [(key, *share.place, share.amount) for key, share in shares],
        )
    insert(
        Application,
        _APPLICATION,
        [
            (
                row.pk, row.marketplace_id, row.account_id, row.currency, row.memo_id, row.invoice_id, row.amount,
                row.reverses_id, row.automatic, row.posting_date, row.created_at, row.actor_id, row.reason,
            )
            for row in applications
        ],
    )  # fmt: skip


def _agree(locked: Locked) -> None:
    """Read back what the triggers settled and compare it with the transitions made in memory."""
    for pk, *figures in _read(_MEMO_FIGURES, locked.memos):
        memo = locked.memos[pk]
        if figures != [memo.applied, memo.written_off, memo.balance, memo.status]:
            raise BooksTorn(f"memo {pk}")
    for pk, *figures in _read(_INVOICE_FIGURES, locked.invoices):
        invoice = locked.invoices[pk]
        if figures != [invoice.credited, invoice.amount_due, invoice.status]:
            raise BooksTorn(f"invoice {pk}")


def _read(statement: str, ids: Iterable[int]) -> list[tuple[Any, ...]]:
    keys = list(ids)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} WHERE id IN ({', '.join(['%s'] * len(keys))})", keys)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _post(
    account: BalanceAccount, applications: Sequence[Application], *, verb: str, actor: Actor, now: datetime, day: date
) -> None:
    entries: list[Entry] = []
    for row in applications:
        entries.append(Entry(Account.CUSTOMER_CREDIT, row.amount, memo_id=row.memo_id))
        entries.append(Entry(Account.RECEIVABLE, -row.amount, invoice_id=row.invoice_id))
    post(account=account, posting_date=day, verb=verb, entries=entries, actor=actor, now=now)
