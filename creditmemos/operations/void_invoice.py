"""Void an invoice with its credit: what was used on it goes back, and what was issued from it goes too (I11)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from companies.operations.owning import Ask, refuse_own_company
from core.actors import Actor
from core.locking import lock, lock_one
from creditmemos.balance import UNAPPLIED, UNISSUED, VOIDED
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.guards import check_reason_text
from creditmemos.operations.moving import Locked, return_credit
from creditmemos.operations.reversing import record_reversal
from creditmemos.operations.voiding import void_locked
from creditmemos.refusals import MemoInTheWay, TooBusy
from invoices import operations as invoices
from invoices.models import Invoice

ATTEMPTS = 3
VOID_INVOICE = "void_invoice"


@transaction.atomic
def void_invoice(*, invoice: Invoice, reason: str, actor: Actor, now: datetime) -> Invoice:
    """Void an unpaid invoice, or one that credit alone settled, with a reason (see ``void_with_memos``)."""
    return void_with_memos(invoice=invoice, reason=reason, actor=actor, now=now)[0]


@transaction.atomic
def void_with_memos(
    *, invoice: Invoice, reason: str, actor: Actor, now: datetime, then: str = ""
) -> tuple[Invoice, list[CreditMemo]]:
    """Void an invoice and the memos that undo it; returns both. What billing made of it is billing's verb.

    ``then`` is what billing does afterwards, for the request where a second person is asked.

    Credit used on it returns to its memos (a closed memo writes it off again); memos issued from it are voided with
    it. Refused when such a memo is used elsewhere, closed, paid out or waiting for a payout, and names it.
    """
    reason = check_reason_text(reason)
    memos, invoice = _lock_all(invoice, actor)
    parties = {invoice.payer_id, invoice.beneficiary_id, *(memo.beneficiary_id for memo in memos)}
    ask = Ask(
        kind="invoice",
        verb=VOID_INVOICE,
        object_id=invoice.pk,
        thing=str(invoice),
        reason=reason,
        arguments={"then": then},
    )
    refuse_own_company(actor, parties, ask=ask)
    _refuse_money(invoice)
    originals = list(_live(invoice).order_by("created_at", "pk"))
    if originals:
        locked = Locked(invoice.account, {memo.pk: memo for memo in memos}, {invoice.pk: invoice})
        reversals = return_credit(locked, originals, reason=reason, actor=actor, now=now)
        for memo in memos:
            own = [row for row in reversals if row.memo_id == memo.pk]
            if own:
                record_reversal(memo, own, reason=reason, actor=actor, now=now)
    voided = [memo for memo in memos if memo.status != VOIDED and _undoes(memo, invoice)]
    for memo in voided:
        _void_source(memo, invoice, reason, actor, now)
    return invoices.void(invoice=invoice, reason=reason, actor=actor, now=now), voided


def _refuse_money(invoice: Invoice) -> None:
    if invoice.paid or invoice.payment_pending:
        raise invoices.InvoiceHasMoney(invoice=invoice.number)
    if invoice.status not in ("unpaid", "paid"):
        raise invoices.InvoiceNotVoidable(invoice=str(invoice), status=invoice.get_status_display().lower())


def _undoes(memo: CreditMemo, invoice: Invoice) -> bool:
    """Whether the memo credits lines of the invoice: all its own, or it stands in the way.

    A billing run's memo may credit lines of several invoices; it can't be voided for one of them.
    """
    if memo.source_invoice_id == invoice.pk:
        return True
    lines = memo.lines.values_list("invoice_line__invoice_id", flat=True)
    credited = set(lines)
    if invoice.pk not in credited:
        return False
    if credited != {invoice.pk}:
        status = _("crediting other invoices too")
        raise MemoInTheWay(memo=memo.number, invoice=invoice.number, status=status)
    return True


def _void_source(memo: CreditMemo, invoice: Invoice, reason: str, actor: Actor, now: datetime) -> None:
    if memo.status != UNAPPLIED or memo.payout_pending:
        status = _("being paid out") if memo.payout_pending else memo.get_status_display().lower()
        raise MemoInTheWay(memo=memo.number, invoice=invoice.number, status=status)
    void_locked(memo, reason=reason, actor=actor, now=now)


def _live(invoice: Invoice) -> QuerySet[Application]:
    return Application.objects.filter(invoice=invoice, reverses__isnull=True, reversal__isnull=True)


def _concerned(invoice: Invoice) -> set[int]:
    used = _live(invoice).values_list("memo_id", flat=True)
    concerned = Q(source_invoice=invoice) | Q(lines__invoice_line__invoice=invoice)
    issued_from = CreditMemo.objects.filter(concerned).exclude(status__in=[*UNISSUED, VOIDED])
    return set(used) | set(issued_from.values_list("pk", flat=True))


def _lock_all(invoice: Invoice, actor: Actor) -> tuple[list[CreditMemo], Invoice]:
    """Memos before the invoice: read their ids, lock, read again; a new one starts it over, from a savepoint."""
    for _attempt in range(ATTEMPTS):
        ids = _concerned(invoice)
        savepoint = transaction.savepoint()
        memos = lock(CreditMemo.objects.filter(pk__in=ids))
        locked = lock_one(Invoice.objects.filter(pk=invoice.pk, marketplace_id=actor.marketplace_id))
        if _concerned(invoice) <= ids:
            transaction.savepoint_commit(savepoint)
            return memos, locked
        transaction.savepoint_rollback(savepoint)
    raise TooBusy(invoice=str(invoice))
