"""Void what a run made, and say what becomes of it: it is billed again with the next run, or never."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import BillingException, BillingRun, Charge, Credit
from billing.operations.agreeing import Wish, refuse_alone, refuse_asked
from billing.operations.returning import bill_again, count_again
from billing.operations.run_in_progress import check_no_run
from billing.queries.documents import is_billed_again, run_of
from billing.queries.voids import Voiding, voiding_of
from billing.rating.lines import NOT_BILLED_AGAIN, NOT_CREDITED_AGAIN
from companies.models import Marketplace
from companies.operations.own_company import asks_for_own_company
from core.actors import Actor
from core.errors import Refusal
from core.locking import lock_one
from creditmemos import operations
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.guards import check_reason_text
from creditmemos.operations.undoing import check_undo_and_void
from creditmemos.operations.void_invoice import check_with_memos, lock_with_memos, void_with_memos
from creditmemos.operations.voiding import check_void, check_voidable
from invoices.models import Invoice


class Then(StrEnum):
    """What becomes of what a voided document was for."""

    AGAIN = "again"
    NEVER = "never"


class GivenBackElsewhere(Refusal):
    """An invoice of a marketplace without memos gives back lines of this one."""

    code = "given_back_elsewhere"
    text = _("%(other)s gives back lines of %(invoice)s. Void that one first.")


class BilledAgain(Refusal):
    """The invoice that the memo credits is billed again, because it was credited in full."""

    code = "billed_again"
    text = _("%(invoice)s was credited in full and is billed again, so %(memo)s has to stay. Credit the new invoice.")


def check_voidable_invoice(voiding: Voiding) -> None:
    """Ask the guards of voiding an invoice that don't depend on who acts."""
    check_with_memos(voiding.invoice, voiding.plan)
    if voiding.run is not None:
        check_no_run(voiding.invoice.marketplace_id)
        _refuse_given_back(voiding.invoice)


def check_void_invoice(voiding: Voiding, *, actor: Actor) -> bool:
    """Ask every guard of voiding an invoice; whether all that joins the actor to its companies is the operator."""
    is_relative = not actor.is_pipeline and asks_for_own_company([actor.user_id], voiding.companies)
    check_voidable_invoice(voiding)
    refuse_asked(voiding.invoice)
    return is_relative


def check_voidable_memo(memo: CreditMemo, *, is_undone: bool = False) -> None:
    """Ask the guards that don't depend on who acts; ``is_undone``: what was used of the memo is taken back first."""
    check_voidable(memo, is_undone=is_undone)
    if _counts_again(memo, run_of(memo=memo)):
        check_no_run(memo.marketplace_id)
        _refuse_billed_again(memo)


def check_void_memo(memo: CreditMemo, *, actor: Actor) -> None:
    """Ask every guard of voiding a memo, billing's too."""
    check_void(memo, actor=actor)
    check_voidable_memo(memo)


def check_undo_and_void_memo(memo: CreditMemo, live: Sequence[Application], *, actor: Actor) -> None:
    """Ask every guard of voiding a memo whose ``live`` applications are taken back first, as if that was confirmed."""
    invoices = {each.invoice_id: each.invoice for each in live}
    check_undo_and_void(memo, live, invoices, confirmed=True, actor=actor)
    check_voidable_memo(memo, is_undone=True)


@transaction.atomic
def void_invoice(*, invoice: Invoice, reason: str, actor: Actor, now: datetime, then: Then = Then.AGAIN) -> Invoice:
    """Void an unpaid invoice, or one that credit alone settled, with a reason.

    Credit used on it returns to its memos; memos that credit it are voided too. What a run made is billed again with
    the next run, in the same transaction; or never, and an exception says so. Refused while a run goes on, which would
    bill by what it has read before; when a memo can't go with it, which is named; and SecondPersonNeeded where one
    person is not enough (``billing.operations.agreeing``). One that was credited in full before is billed again
    already, or was never to be: that is not done twice.
    """
    reason = check_reason_text(reason)
    invoice, memos = lock_with_memos(invoice=invoice, actor=actor)
    voiding = voiding_of(invoice)
    if voiding.run is not None:
        _lock_runs(actor)
    is_relative = check_void_invoice(voiding, actor=actor)
    is_final = voiding.run is None or then == Then.NEVER
    wish = Wish(voiding=voiding, reason=reason, then=then, is_final=is_final, is_relative=is_relative)
    refuse_alone(wish, actor=actor, now=now)
    voided = void_with_memos(invoice, memos, voiding.plan, reason=reason, actor=actor, now=now)
    if voiding.run is not None and (then == Then.AGAIN or is_billed_again(invoice)):
        bill_again(invoice=invoice, memos=voided, actor=actor, now=now)
    elif voiding.run is not None and Charge.objects.filter(invoice_line__invoice=invoice, state="live").exists():
        leave_exception(voiding.run, NOT_BILLED_AGAIN, invoice.net, now, invoice=invoice)
    return invoice


@transaction.atomic
def void_memo(*, memo: CreditMemo, reason: str, actor: Actor, now: datetime, then: Then = Then.AGAIN) -> CreditMemo:
    """Void an unapplied memo; what a run credited is credited again with the next one, or never."""
    memo = operations.void(memo=memo, reason=reason, actor=actor, now=now, then=then)
    _after_memo(memo, then, actor, now)
    return memo


@transaction.atomic
def undo_and_void_memo(
    *,
    memo: CreditMemo,
    reason: str,
    actor: Actor,
    now: datetime,
    confirmed: bool = False,
    then: Then = Then.AGAIN,
) -> CreditMemo:
    """Take a memo's credit back from its invoices and void it; what a run credited is credited again, or never."""
    memo = operations.undo_and_void(memo=memo, reason=reason, actor=actor, now=now, confirmed=confirmed, then=then)
    _after_memo(memo, then, actor, now)
    return memo


def keep_runs_out(actor: Actor) -> None:
    """Let no run begin until this transaction ends; after memos and invoices. Raises RunInProgress when one goes on."""
    _lock_runs(actor)
    check_no_run(actor.marketplace_id)


def _lock_runs(actor: Actor) -> Marketplace:
    return lock_one(Marketplace.objects.filter(pk=actor.marketplace_id))


def _after_memo(memo: CreditMemo, then: Then, actor: Actor, now: datetime) -> None:
    run = run_of(memo=memo)
    if _counts_again(memo, run):
        keep_runs_out(actor)
        _refuse_billed_again(memo)
        count_again(memo=memo, actor=actor, now=now)
    if run is not None and then == Then.AGAIN:
        bill_again(memos=[memo], actor=actor, now=now)
    elif run is not None:
        leave_exception(run, NOT_CREDITED_AGAIN, memo.net, now, memo=memo)


def _counts_again(memo: CreditMemo, run: BillingRun | None) -> bool:
    """Whether runs count what the memo gave back, and so count it no longer once it is void."""
    return run is not None or memo.source != CreditMemo.Source.AD_HOC


def _refuse_billed_again(memo: CreditMemo) -> None:
    returned = Charge.objects.filter(
        invoice_line__credited_by__memo=memo,
        state=Charge.State.RETURNED,
        invoice_line__invoice__voided_at__isnull=True,
    )
    again = returned.select_related("invoice_line__invoice").first()
    if again:
        raise BilledAgain(invoice=again.invoice_line.invoice.number, memo=memo.number)


def _refuse_given_back(invoice: Invoice) -> None:
    others = Credit.objects.filter(
        charge__invoice_line__invoice=invoice, returned=False, invoice_line__invoice__voided_at__isnull=True
    )
    other = others.exclude(invoice_line__isnull=True).exclude(invoice_line__invoice=invoice).first()
    if other is not None and other.invoice_line is not None:
        raise GivenBackElsewhere(other=str(other.invoice_line.invoice), invoice=str(invoice))


def leave_exception(
    run: BillingRun,
    reason: str,
    amount: int,
    now: datetime,
    *,
    invoice: Invoice | None = None,
    memo: CreditMemo | None = None,
) -> None:
    """Say once, in the list of exceptions, what of a document (``amount``: net, minor units) is not made up for."""
    account = invoice.account_id if invoice else memo.account_id if memo else 0
    BillingException.objects.create(
        marketplace_id=run.marketplace_id, run=run, account_id=account, invoice=invoice, memo=memo, reason=reason,
        amount=amount, created_at=now,
    )  # fmt: skip
