"""Use free credit on many accounts in one transaction: ``apply_automatically``, set by set."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import models

from companies.models import MarketplaceSettings
from core.actors import pipeline
from core.locking import claim, lock
from creditmemos.domain.planning import Allocation
from creditmemos.models import CreditMemo
from creditmemos.operations.application_rows import Locked, use_many
from creditmemos.operations.applying import plan_account
from creditmemos.queries.sources import own_invoices
from invoices.models import Invoice
from ledger.models import BalanceAccount

_PLANNED = (
    "account", "billed_user", "currency", "issue_date", "document_date", "sequence", "status", "voided_at", "number",
    "total",
)  # fmt: skip
_MEMO = (
    *_PLANNED,
    "balance",
    "applied",
    "paid_out",
    "payout_pending",
    "written_off",
    "sibling_invoice",
)
_INVOICE = (*_PLANNED, "due_date", "amount_due", "credited", "paid", "payment_pending", "carried_in", "carried_out")

Document = TypeVar("Document", CreditMemo, Invoice)


@dataclass(slots=True)
class Applied:
    """What was used: applications and their amount in minor units by account, and the accounts that others hold."""

    counts: dict[int, tuple[int, int]] = field(default_factory=dict)
    busy: set[int] = field(default_factory=set)


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
        use_many(planned, actor=pipeline(marketplace_id), now=now, automatic=True, bulk=True)
    for locked, allocations in planned:
        applied.counts[locked.account.pk] = len(allocations), sum(each.amount for each in allocations)
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
    account_ids: Collection[int],
    memos: dict[int, list[CreditMemo]],
    invoices: dict[int, list[Invoice]],
    settings: MarketplaceSettings,
) -> list[tuple[Locked, list[Allocation]]]:
    accounts = BalanceAccount.objects.filter(pk__in=account_ids).select_related("payer").order_by("pk")
    own = own_invoices(memo for account in account_ids for memo in memos[account])
    planned = []
    for account in accounts:
        account.marketplace = settings.marketplace
        credits_, debts = memos[account.pk], invoices[account.pk]
        plan = plan_account(credits_, debts, account, settings, own=own)
        if plan:
            by_memo, by_invoice = {row.pk: row for row in credits_}, {row.pk: row for row in debts}
            planned.append((Locked(account, by_memo, by_invoice), plan))
    return planned
