"""Moving credit between locked memos and invoices: rows in, figures checked, one journal transaction an account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from core import rows
from core.actors import Actor
from core.audit import record_many
from core.ids import uuid7
from core.outbox import publish_many
from creditmemos.domain.planning import Allocation
from creditmemos.domain.spreading import Share, lessen, spread
from creditmemos.models import Application, CreditMemo, InvoicePart, MemoPart
from creditmemos.operations.apply_facts import ApplicationRow, apply_event, apply_notes, move_entries, write_off_entries
from creditmemos.queries.open_amounts import open_on_invoices, open_on_memos
from invoices.models import Invoice
from ledger.models import BalanceAccount
from ledger.posting import Posting, post_many

_MEMO_FIGURES = "SELECT id, applied, written_off, balance, status FROM creditmemos_creditmemo"
_INVOICE_FIGURES = "SELECT id, credited, amount_due, status FROM invoices_invoice"


class BooksOutOfBalance(RuntimeError):
    """Memory and database disagree after a change: a fault in this program, so that nothing may be committed."""


@dataclass(frozen=True, slots=True)
class Locked:
    """Memos and invoices locked by this transaction, by id, all of one balance account."""

    account: BalanceAccount
    memos: dict[int, CreditMemo]
    invoices: dict[int, Invoice]


class PartRow(NamedTuple):
    """The share of an application at one line, or at one of its taxes; minor units."""

    application_id: UUID
    line_id: int
    tax_id: int | None
    amount: int


@dataclass(slots=True)
class _Moves:
    """Applications with their parts on memo lines and on invoice lines."""

    applications: list[ApplicationRow] = field(default_factory=list)
    memo_parts: list[PartRow] = field(default_factory=list)
    invoice_parts: list[PartRow] = field(default_factory=list)

    def add(self, application: ApplicationRow, given: Iterable[Share], taken: Iterable[Share]) -> None:
        self.applications.append(application)
        self.memo_parts += [PartRow(application.id, *share.place, share.amount) for share in given]
        self.invoice_parts += [PartRow(application.id, *share.place, share.amount) for share in taken]

    def write(self) -> None:
        """Parts first: the application row closes them, and its trigger settles memo and invoice."""
        rows.insert(MemoPart, self.memo_parts)
        rows.insert(InvoicePart, self.invoice_parts)
        rows.insert(Application, self.applications)


def use_credit(
    locked: Locked, allocations: Sequence[Allocation], *, actor: Actor, now: datetime, automatic: bool = False
) -> list[Application]:
    """Write the allocations as applications, with their parts, post and publish them; the guards were asked before."""
    [own] = use_many([(locked, allocations)], actor=actor, now=now, automatic=automatic)
    return [Application(**row._asdict()) for row in own]


def use_many(
    uses: Sequence[tuple[Locked, Sequence[Allocation]]],
    *,
    actor: Actor,
    now: datetime,
    automatic: bool,
    bulk: bool = False,
) -> list[list[ApplicationRow]]:
    """Do so on many accounts of one marketplace, each with its own audit rows and event; ``bulk`` as for publishing.

    Applications are dated today, but never before a document that they join: a clock may have gone back since.
    """
    every = [each for _locked, allocations in uses for each in allocations]
    open_memos = open_on_memos({each.memo_id for each in every})
    open_invoices = open_on_invoices({each.invoice_id for each in every})
    moves, found, postings = _Moves(), [], []
    for locked, allocations in uses:
        begin = len(moves.applications)
        documents = [(locked.memos[each.memo_id], locked.invoices[each.invoice_id]) for each in allocations]
        day = max([_today(locked, now), *(row.issue_date for pair in documents for row in pair if row.issue_date)])
        for each, (memo, invoice) in zip(allocations, documents, strict=True):
            given, taken = spread(each.amount, memo=open_memos[memo.pk], invoice=open_invoices[invoice.pk])
            open_memos[memo.pk] = lessen(open_memos[memo.pk], given)
            open_invoices[invoice.pk] = lessen(open_invoices[invoice.pk], taken)
            row = _application(locked, each, actor=actor, now=now, day=day)
            moves.add(row._replace(automatic=automatic), given, taken)
            memo.apply(each.amount)
            invoice.credit(each.amount)
        own = moves.applications[begin:]
        found.append(own)
        postings.append(Posting(locked.account, day, "creditmemo.apply", move_entries(own)))
    moves.write()
    _agree([locked for locked, _allocations in uses])
    post_many(postings, actor=actor, now=now)
    accounts = [locked.account for locked, _allocations in uses]
    notes = map(apply_notes, accounts, found, [locked.invoices for locked, _allocations in uses])
    record_many(chain.from_iterable(notes), actor=actor, now=now)
    publish_many(map(apply_event, accounts, found), marketplace_id=actor.marketplace_id, now=now, bulk=bulk)
    return found


def return_credit(
    locked: Locked, originals: Iterable[Application], *, reason: str, actor: Actor, now: datetime
) -> list[Application]:
    """Reverse applications by negative rows that mirror their parts; a closed memo writes the credit off again.

    What is returned has its memo and invoice at hand.
    """
    originals = list(originals)
    day = max([_today(locked, now), *(original.posting_date for original in originals)])
    moves, rewritten = _Moves(), []
    for original in originals:
        memo = locked.memos[original.memo_id]
        each = Allocation(original.memo_id, original.invoice_id, -original.amount)
        reversal = _application(locked, each, actor=actor, now=now, day=day)
        moves.add(
            reversal._replace(reverses_id=original.pk, reason=reason),
            [Share((part.line_id, part.tax_id), -part.amount) for part in original.memo_parts.order_by("pk")],
            [Share((part.line_id, part.tax_id), -part.amount) for part in original.invoice_parts.order_by("pk")],
        )
        if memo.written_off:
            rewritten += write_off_entries(memo.pk, original.amount)
        memo.take_back(original.amount)
        locked.invoices[original.invoice_id].return_credit(original.amount)
    moves.write()
    _agree([locked])
    reversed_entries = move_entries(moves.applications)
    for verb, entries in (("creditmemo.reverse", reversed_entries), ("creditmemo.close", rewritten)):
        post_many([Posting(locked.account, day, verb, entries)], actor=actor, now=now)
    reversals = [Application(**row._asdict()) for row in moves.applications]
    for row in reversals:
        row.memo, row.invoice = locked.memos[row.memo_id], locked.invoices[row.invoice_id]
    return reversals


def _today(locked: Locked, now: datetime) -> date:
    return locked.account.marketplace.today(now)


def _application(locked: Locked, each: Allocation, *, actor: Actor, now: datetime, day: date) -> ApplicationRow:
    account = locked.account
    return ApplicationRow(
        id=uuid7(),
        marketplace_id=account.marketplace_id,
        account_id=account.pk,
        currency=account.currency,
        memo_id=each.memo_id,
        invoice_id=each.invoice_id,
        amount=each.amount,
        automatic=False,
        posting_date=day,
        created_at=now,
        actor_id=actor.user_id,
    )


def _agree(all_locked: Iterable[Locked]) -> None:
    """Read back what the triggers settled and compare it with the transitions made in memory."""
    memos: dict[int, CreditMemo] = {}
    invoices: dict[int, Invoice] = {}
    for locked in all_locked:
        memos |= locked.memos
        invoices |= locked.invoices
    for pk, *figures in rows.read_back(_MEMO_FIGURES, memos):
        memo = memos[pk]
        if figures != [memo.applied, memo.written_off, memo.balance, memo.status]:
            raise BooksOutOfBalance(f"memo {pk}")
    for pk, *figures in rows.read_back(_INVOICE_FIGURES, invoices):
        invoice = invoices[pk]
        if figures != [invoice.credited, invoice.amount_due, invoice.status]:
            raise BooksOutOfBalance(f"invoice {pk}")
