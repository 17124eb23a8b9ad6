"""Void an invoice with its credit: what was used on it goes back, and what credits it goes too (I11).

The parts of billing's verb, ``billing.operations.voiding.void_invoice``, which alone calls them: it knows whether the
invoice is billed again, and so who has to agree.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.actors import Actor
from core.errors import Refusal
from core.locking import lock, lock_one
from creditmemos.models import Application, CreditMemo, CreditMemoLine
from creditmemos.operations.application_rows import Locked, return_credit
from creditmemos.operations.dividing import Division, divide_locked
from creditmemos.operations.reversing import record_reversal
from creditmemos.operations.voiding import void_locked
from creditmemos.queries.invoice_credits import VoidPlan, concerned_by
from creditmemos.queries.sources import crediting
from invoices import operations as invoices
from invoices.models import Invoice


class MemoInTheWay(Refusal):
    code = "memo_in_the_way"
    text = _("%(memo)s credits %(invoice)s and is %(status)s. Reverse that first.")


class TooBusy(Refusal):
    code = "too_busy"
    text = _("Credit is being applied to %(invoice)s right now. Please try again in a moment.")


ATTEMPTS = 3


def lock_with_memos(*, invoice: Invoice, actor: Actor) -> tuple[Invoice, list[CreditMemo]]:
    """Lock an invoice and the memos that voiding it concerns: those used on it, and those that credit its lines.

    Memos come before the invoice: read their ids, lock, read again; a new one starts it over, from a savepoint.
    """
    for _attempt in range(ATTEMPTS):
        ids = _concerned(invoice)
        savepoint = transaction.savepoint()
        memos = lock(CreditMemo.objects.filter(pk__in=ids))
        locked = lock_one(Invoice.objects.filter(pk=invoice.pk, marketplace_id=actor.marketplace_id))
        if _concerned(invoice) <= ids:
            transaction.savepoint_commit(savepoint)
            return locked, memos
        transaction.savepoint_rollback(savepoint)
    raise TooBusy(invoice=str(invoice))


def check_with_memos(invoice: Invoice, plan: VoidPlan) -> None:
    """Refuse what has money on it, was voided, or has a memo that can't go with it; the refusal names the memo."""
    invoices.check_voidable(invoice)
    if plan.in_the_way:
        first = plan.in_the_way[0]
        raise MemoInTheWay(memo=first.memo.number, invoice=invoice.number, status=first.why)


def void_with_memos(
    invoice: Invoice, memos: Sequence[CreditMemo], plan: VoidPlan, *, reason: str, actor: Actor, now: datetime
) -> list[CreditMemo]:
    """Void what is locked as it was planned; returns the memos that are voided with the invoice.

    Credit used on it returns to its memos; a closed memo writes it off again. A memo that credits others too is
    divided, and the memo of its lines of this invoice is voided.
    """
    originals = list(_live(invoice).order_by("created_at", "pk"))
    if originals:
        locked = Locked(invoice.account, {memo.pk: memo for memo in memos}, {invoice.pk: invoice})
        reversals = return_credit(locked, originals, reason=reason, actor=actor, now=now)
        for memo in memos:
            own = [row for row in reversals if row.memo_id == memo.pk]
            if own:
                record_reversal(memo, own, reason=reason, actor=actor, now=now)
    going = {memo.pk for memo in plan.voided}
    voided = [memo for memo in memos if memo.pk in going]
    for memo in voided:
        void_locked(memo, reason=reason, actor=actor, now=now)
    parts = _parted(invoice, memos, plan, reason=reason, actor=actor, now=now)
    voided += [void_locked(part, reason=reason, actor=actor, now=now) for part in parts]
    invoices.void(invoice=invoice, reason=reason, actor=actor, now=now)
    return voided


def _parted(
    invoice: Invoice, memos: Sequence[CreditMemo], plan: VoidPlan, *, reason: str, actor: Actor, now: datetime
) -> list[CreditMemo]:
    """Divide what credits others too; the new memos of this invoice's lines."""
    going = {each.memo.pk for each in plan.divided}
    divisions = [Division(memo, _by_invoice(memo, invoice)) for memo in memos if memo.pk in going]
    parts = divide_locked(divisions, reason=reason, actor=actor, now=now)
    own = CreditMemo.objects.filter(crediting(invoice), divided_from__in=going).values_list("pk", flat=True)
    here = set(own) if going else set()
    return [part for found in parts.values() for part in found if part.pk in here]


def _by_invoice(memo: CreditMemo, invoice: Invoice) -> list[list[int]]:
    """The memo's lines in two groups, those of the invoice and the others; the group of the first line comes first."""
    lines = CreditMemoLine.objects.filter(memo=memo).order_by("position")
    groups: dict[bool, list[int]] = {}
    for pk, source in lines.values_list("pk", "invoice_line__invoice_id"):
        groups.setdefault(source == invoice.pk, []).append(pk)
    return list(groups.values())


def _live(invoice: Invoice) -> QuerySet[Application]:
    return Application.objects.filter(invoice=invoice, reverses__isnull=True, reversal__isnull=True)


def _concerned(invoice: Invoice) -> set[int]:
    used = _live(invoice).values_list("memo_id", flat=True)
    return set(used) | set(concerned_by(invoice).values_list("pk", flat=True))
