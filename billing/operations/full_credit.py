"""What becomes of the period of a run's invoice that is credited in full: billed again with the next run, or never."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.utils.translation import gettext_lazy as _

from billing.models import BillingRun, Charge
from billing.operations.returning import charge_again
from billing.operations.voiding import Then, keep_runs_out, leave_exception
from billing.queries.documents import run_of
from billing.rating.lines import NOT_BILLED_AGAIN
from core.actors import Actor
from core.errors import Refusal
from creditmemos.models import CreditMemo
from creditmemos.operations.afterwards import Follows
from creditmemos.queries.creditable import credits_in_full
from invoices.models import Invoice


class NothingSaid(Refusal):
    """Nothing would be left to credit of a run's invoice, and it was not said what becomes of its period."""

    code = "nothing_said"
    text = _("This credits %(invoice)s in full: choose whether its period is billed again.")


def after_full_credit(memos: Sequence[CreditMemo], actor: Actor | None) -> Follows | None:
    """What follows when drafts are issued that leave nothing to credit of an invoice that a run made; else None.

    Asked of the memos that a person or program makes from one invoice; what a run credits is the truth already.
    Raises NothingSaid; and RunInProgress, since a run bills by what it has read, unless nobody acts yet.
    """
    memo = memos[0]
    invoice = memo.source_invoice
    run = run_of(invoice=invoice) if invoice else None
    if invoice is None or run is None or not credits_in_full(memos):
        return None
    if not memo.afterwards:
        raise NothingSaid(invoice=str(invoice), field="then")
    if actor is not None:
        keep_runs_out(actor)
    return partial(_follow, invoice, run, Then(memo.afterwards))


def _follow(invoice: Invoice, run: BillingRun, then: Then, actor: Actor, now: datetime) -> None:
    """Let it wait for the next run, or leave one exception."""
    if then == Then.AGAIN:
        charge_again(invoice=invoice, actor=actor, now=now)
        return
    live = Charge.objects.filter(invoice_line__invoice=invoice, state=Charge.State.LIVE)
    live.update(state=Charge.State.SETTLED)
    leave_exception(run, NOT_BILLED_AGAIN, invoice.net, now, invoice=invoice)
