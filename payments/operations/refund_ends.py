"""What becomes of a refund that a bank moves: it went, it failed, or it came back."""

from datetime import date, datetime

from django.db import transaction

from companies.operations.own_company import Ask, asks_for_own_company, refuse_own_company
from core.actors import Actor
from core.checks import LONGEST_REASON, check_text
from core.errors import refusal_of
from core.formats import day_text, reader
from core.locking import lock_one
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from payments.domain.refusals import BackBeforeItWent, NotByHand, RefundEnded
from payments.domain.states import GATEWAY, PENDING, SUCCESSFUL
from payments.domain.wording import REFUND
from payments.models import Payment, Refund
from payments.operations.guards import check_value_date
from payments.operations.refund_moves import Source, come_back, fail, succeed
from payments.operations.refunding import PERMISSION, parties_of

SETTLE, FAIL, RETURN = "settle_refund", "fail_refund", "return_refund"

__all__ = ["FAIL", "PERMISSION", "RETURN", "SETTLE", "fail_refund", "return_refund", "settle_refund"]


def may_settle(refund: Refund) -> bool:
    """Whether people say what became of it."""
    return refusal_of(check_status, refund, PENDING) is None


def may_return(refund: Refund) -> bool:
    """Whether the money went, and people say when it came back."""
    return refusal_of(check_status, refund, SUCCESSFUL) is None


def check_status(refund: Refund, status: str) -> None:
    """Refuse what is not in this status any more, and what a payment provider settles."""
    if refund.status != status:
        raise RefundEnded(refund=str(refund), status=refund.get_status_display().lower())
    if refund.channel == GATEWAY:
        raise NotByHand(payment=str(refund))


def check_refund(refund: Refund, status: str, *, actor: Actor) -> None:
    """Ask every guard of saying what became of a refund with this status."""
    asks_for_own_company([actor.user_id], parties_of(refund.source))
    check_status(refund, status)


def _locked(refund: Refund, actor: Actor) -> tuple[Refund, Source]:
    """The refund and what it pays back, which is locked first."""
    source: Source
    pk, inside = refund.source.pk, {"marketplace_id": actor.marketplace_id}
    if refund.memo_id:
        source = lock_one(CreditMemo.objects.filter(pk=pk, **inside))
    elif refund.invoice_id:
        source = lock_one(Invoice.objects.filter(pk=pk, **inside))
    else:
        source = lock_one(Payment.objects.filter(pk=pk, **inside))
    return lock_one(Refund.objects.filter(pk=refund.pk, marketplace_id=actor.marketplace_id)), source


def _ask_second(refund: Refund, source: Source, verb: str, actor: Actor, reason: str, **told: object) -> None:
    ask = Ask(kind=REFUND, verb=verb, object_id=refund.pk, thing=str(refund), reason=reason, arguments=told)
    refuse_own_company(actor, parties_of(source), ask=ask)


@transaction.atomic
def settle_refund(*, refund: Refund, value_date: date, actor: Actor, now: datetime) -> Refund:
    """The money of a pending refund went to the customer on ``value_date``."""
    refund, source = _locked(refund, actor)
    check_refund(refund, PENDING, actor=actor)
    check_value_date(value_date, source.account, now=now)
    _ask_second(refund, source, SETTLE, actor, "", value_date=value_date.isoformat())
    succeed(refund, source, value_date=value_date, actor=actor, now=now)
    return refund


@transaction.atomic
def fail_refund(*, refund: Refund, why: str, actor: Actor, now: datetime) -> Refund:
    """Nothing went, and nothing will: the credit, or the money on account, is free again."""
    why = check_text(why, longest=LONGEST_REASON, field="why", required=True)
    refund, source = _locked(refund, actor)
    check_refund(refund, PENDING, actor=actor)
    _ask_second(refund, source, FAIL, actor, why)
    fail(refund, source, why=why, actor=actor, now=now)
    return refund


@transaction.atomic
def return_refund(*, refund: Refund, value_date: date, why: str, actor: Actor, now: datetime) -> Refund:
    """The money that went came back on ``value_date``: credit again, on hold, or money on account."""
    why = check_text(why, longest=LONGEST_REASON, field="why", required=True)
    refund, source = _locked(refund, actor)
    check_refund(refund, SUCCESSFUL, actor=actor)
    check_value_date(value_date, source.account, now=now)
    if refund.value_date and value_date < refund.value_date:
        raise BackBeforeItWent(day=day_text(refund.value_date, reader()), field="value_date")
    _ask_second(refund, source, RETURN, actor, why, value_date=value_date.isoformat())
    come_back(refund, source, value_date=value_date, note=why, actor=actor, now=now)
    return refund
