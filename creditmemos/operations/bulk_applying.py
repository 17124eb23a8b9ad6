"""Use free credit on many accounts in one transaction: ``apply_automatically``, set by set."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import models

from companies.models import MarketplaceSettings
from core import rows
from core.actors import Actor, pipeline
from core.audit import Note, record_many
from core.ids import uuid7
from core.locking import claim, lock
from core.outbox import publish_many
from creditmemos.domain.balance import balance_of, status_of
from creditmemos.domain.planning import Allocation
from creditmemos.domain.spreading import lessen, spread
from creditmemos.models import Application, CreditMemo, InvoicePart, MemoPart
from creditmemos.operations.application_rows import BooksTorn
from creditmemos.operations.applying import plan_account
from creditmemos.queries.open_amounts import open_on_invoices, open_on_memos
from invoices.models import Invoice
from ledger.kinds import Account
from ledger.models import BalanceAccount
from ledger.posting import Entry, Posting, post_many

_APPLICATION = (
    "id", "marketplace", "account", "currency", "memo", "invoice", "amount", "reverses", "automatic", "posting_date",
    "created_at", "actor", "reason",
)  # fmt: skip
_PART = ("application", "line", "tax", "amount")
_PLANNED = (
    "account", "billed_user", "currency", "issue_date", "document_date", "sequence", "status", "voided_at", "number",
    "total",
)  # fmt: skip
_MEMO = (*_PLANNED, "balance", "applied", "paid_out", "written_off", "sibling_invoice", "source_invoice")
_INVOICE = (*_PLANNED, "due_date", "amount_due", "credited", "paid", "payment_pending", "carried_in", "carried_out")

Document = TypeVar("Document", CreditMemo, Invoice)


@dataclass(slots=True)
class Applied:
    """What was used: applications and their amount in minor units by account, and the accounts that others hold."""

    counts: dict[int, tuple[int, int]] = field(default_factory=dict)
    busy: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Rows:
    """One account's memos and invoices, locked, and what is planned for them."""

    account: BalanceAccount
    memos: dict[int, CreditMemo]
    invoices: dict[int, Invoice]
    plan: Sequence[Allocation] = ()


@dataclass(slots=True)
class _Made:
    """The rows of all applications, as they are written."""

    applications: list[tuple[Any, ...]] = field(default_factory=list)
    gives: list[tuple[Any, ...]] = field(default_factory=list)
    takes: list[tuple[Any, ...]] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)


def apply_many(account_ids: Collection[int], *, marketplace_id: int, now: datetime, wait: bool = False) -> Applied:
    """Use the accounts' free credit on their unpaid invoices by the marketplace's policy, as far as it goes.

    An account of which somebody else holds a memo or an invoice is left alone as a whole and reported as busy, unless
    ``wait``: then it is waited for. Nothing is done where the marketplace does not apply automatically.
    """
    applied = Applied()
    settings = MarketplaceSettings.objects.select_related("marketplace").get(marketplace_id=marketplace_id)
    if not account_ids or not settings.auto_apply:
        return applied
    usable = CreditMemo.objects.filter(account_id__in=account_ids, on_hold=False).usable()
    memos = _take(usable.only(*_MEMO), applied, wait=wait)
    if not memos:
        return applied
    invoices = _take(Invoice.objects.filter(account_id__in=memos).unpaid().only(*_INVOICE), applied, wait=wait)
    met = [pk for pk in memos if pk in invoices and pk not in applied.busy]
    planned = _plan(met, memos, invoices, settings)
    if planned:
        _write(planned, pipeline(marketplace_id), settings, now)
    for each in planned:
        applied.counts[each.account.pk] = len(each.plan), sum(part.amount for part in each.plan)
    return applied


def _take(candidates: models.QuerySet[Document], applied: Applied, *, wait: bool) -> dict[int, list[Document]]:
    """Lock the candidates in id order, by account; accounts of which some are in other hands are noted as busy."""
    if wait:
        locked = lock(candidates)
    else:
        there = dict(candidates.order_by().values_list("pk", "account_id"))
        locked = claim(candidates, len(there)) if there else []
        taken = {row.pk for row in locked}
        applied.busy |= {account for pk, account in there.items() if pk not in taken}
    found: dict[int, list[Document]] = defaultdict(list)
    for row in locked:
        found[row.account_id].append(row)
    return found


def _plan(
    account_ids: Iterable[int],
    memos: dict[int, list[CreditMemo]],
    invoices: dict[int, list[Invoice]],
    settings: MarketplaceSettings,
) -> list[_Rows]:
    accounts = BalanceAccount.objects.filter(pk__in=list(account_ids)).select_related("payer").order_by("pk")
    planned = []
    for account in accounts:
        account.marketplace = settings.marketplace
        own_memos, own_invoices = memos[account.pk], invoices[account.pk]
        plan = plan_account(own_memos, own_invoices, account, settings)
        if plan:
            by_memo, by_invoice = {row.pk: row for row in own_memos}, {row.pk: row for row in own_invoices}
            planned.append(_Rows(account, by_memo, by_invoice, plan))
    return planned


def _write(planned: Sequence[_Rows], actor: Actor, settings: MarketplaceSettings, now: datetime) -> None:
    """Parts first: the application rows close them, and their trigger settles memos and invoices."""
    today = settings.marketplace.today(now)
    open_memos = open_on_memos({part.memo_id for each in planned for part in each.plan})
    open_invoices = open_on_invoices({part.invoice_id for each in planned for part in each.plan})
    made = _Made()
    for each in planned:
        _use(each, made, open_memos, open_invoices, today=today, now=now)
    rows.copy(MemoPart, _PART, made.gives)
    rows.copy(InvoicePart, _PART, made.takes)
    rows.copy(Application, _APPLICATION, made.applications)
    _agree(planned)
    post_many(made.postings, actor=actor, now=now)
    record_many(made.notes, actor=actor, now=now)
    publish_many(topic="creditmemo.applied", events=made.events, marketplace_id=settings.marketplace_id, now=now)


def _use(
    each: _Rows, made: _Made, open_memos: dict[int, Any], open_invoices: dict[int, Any], *, today: date, now: datetime
) -> None:
    """Work out one account's applications, as ``use_credit`` makes them."""
    account = each.account
    pairs = [(each.memos[part.memo_id], each.invoices[part.invoice_id]) for part in each.plan]
    day = max([today, *(row.issue_date for pair in pairs for row in pair if row.issue_date)])
    entries, ids = [], []
    for part, (memo, invoice) in zip(each.plan, pairs, strict=True):
        given, taken = spread(part.amount, memo=open_memos[memo.pk], invoice=open_invoices[invoice.pk])
        open_memos[memo.pk] = lessen(open_memos[memo.pk], given)
        open_invoices[invoice.pk] = lessen(open_invoices[invoice.pk], taken)
        pk = uuid7()
        ids.append(str(pk))
        made.applications.append(
            (
                pk, account.marketplace_id, account.pk, account.currency, memo.pk, invoice.pk, part.amount, None, True,
                day, now, None, "",
            )
        )  # fmt: skip
        made.gives += [(pk, *share.place, share.amount) for share in given]
        made.takes += [(pk, *share.place, share.amount) for share in taken]
        memo.applied += part.amount
        invoice.credited += part.amount
        entries.append(Entry(Account.CUSTOMER_CREDIT, part.amount, memo_id=memo.pk))
        entries.append(Entry(Account.RECEIVABLE, -part.amount, invoice_id=invoice.pk))
    made.postings.append(Posting(account, day, "creditmemo.apply", entries))
    _tell(each, ids, made)


def _tell(each: _Rows, ids: list[str], made: _Made) -> None:
    """One audit row and one event for an account, as ``record`` makes them."""
    first = each.plan[0]
    facts: dict[str, object] = {
        "applications": [
            {"memo_id": part.memo_id, "invoice_id": part.invoice_id, "amount": part.amount} for part in each.plan
        ],
        "automatic": True,
    }
    made.notes.append(Note("creditmemo.applied", "creditmemo", first.memo_id, each.account.payer_id, facts))
    payload: dict[str, object] = {
        "account_id": each.account.pk,
        "application_ids": ids,
        "memo_id": first.memo_id,
        "memo_ids": sorted({part.memo_id for part in each.plan}),
        "invoice_ids": sorted({part.invoice_id for part in each.plan}),
    }
    made.events.append((f"creditmemo.applied:{ids[0]}", payload))


def _agree(planned: Sequence[_Rows]) -> None:
    """Read back what the triggers settled and compare it with what the pure functions say."""
    memos = {pk: row for each in planned for pk, row in each.memos.items()}
    for pk, *figures in CreditMemo.objects.filter(pk__in=memos).values_list("pk", "applied", "balance", "status"):
        if figures != _memo_figures(memos[pk]):
            raise BooksTorn(f"memo {pk}")
    invoices = {pk: row for each in planned for pk, row in each.invoices.items()}
    for pk, *figures in Invoice.objects.filter(pk__in=invoices).values_list("pk", "credited", "amount_due", "status"):
        row = invoices[pk]
        row.amount_due = row.derived_due()
        if figures != [row.credited, row.amount_due, row.derived_status()]:
            raise BooksTorn(f"invoice {pk}")


def _memo_figures(row: CreditMemo) -> list[object]:
    facts = {"total": row.total, "applied": row.applied, "paid_out": row.paid_out, "written_off": row.written_off}
    return [row.applied, balance_of(issued=True, voided=False, **facts), status_of(voided=False, **facts)]
