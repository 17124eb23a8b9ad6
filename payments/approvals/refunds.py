"""What a second person is asked about money that is sent back (I18, I19), in words and figures."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from companies.operations.own_company import asks_for_relatives
from companies.queries.people import members_around
from companies.queries.two_person import Change, TwoPersonVerb, register
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.formats import DASH, amount_text, day_text, reader
from core.models import Approval
from creditmemos.domain.wording import INVOICE, PAY_OUT
from creditmemos.domain.wording import KIND as MEMO_REQUEST
from creditmemos.models import Application, CreditMemo
from creditmemos.queries.accounts import owed_by
from invoices.models import Invoice
from payments import operations
from payments.domain.states import PENDING, SUCCESSFUL
from payments.domain.wording import GIVE_BACK, KIND, REFUND
from payments.models import Payment, Refund
from payments.operations import paying_out_used, refund_ends
from payments.operations.refund_moves import Source
from payments.operations.refunding import check_agreed, parties_of, send_agreed, sending_of


def _source(approval: Approval) -> Source:
    if approval.kind == KIND:
        return Payment.objects.select_related("account__payer").get(pk=approval.object_id)
    if approval.kind == INVOICE:
        return Invoice.objects.select_related("account__payer").get(pk=approval.object_id)
    return CreditMemo.objects.select_related("account__payer").get(pk=approval.object_id)


def facts_of(approval: Approval) -> list[Change]:
    """How the money goes, and why."""
    sending = sending_of(approval.arguments)
    day = gettext("not moved yet") if sending.is_pending else day_text(sending.value_date, reader())
    told = [
        (gettext("Amount"), amount_text(approval.amount or 0, approval.currency)),
        *_applied(approval),
        (gettext("Means"), str(dict(Payment.Means.choices)[sending.means])),
        (gettext("Value date"), day),
        (gettext("Reference"), sending.reference or DASH),
        (gettext("Reason"), approval.request_reason),
        (gettext("Internal note"), sending.note or DASH),
        (gettext("The customer owes"), amount_text(owed_by(_source(approval).account_id), approval.currency)),
    ]
    return [Change(label, DASH, DASH, value) for label, value in told]


def _foresee(approval: Approval, actor: Actor, _now: datetime) -> Refusal | None:
    source = _source(approval)
    if isinstance(source, CreditMemo) and paying_out_used.is_of_used(approval.arguments):
        return refusal_of(paying_out_used.check_agreed, approval, source, actor)
    return refusal_of(check_agreed, approval, source, actor)


def _perform(approval: Approval, actor: Actor, now: datetime) -> Refund:
    if paying_out_used.is_of_used(approval.arguments):
        return paying_out_used.pay_out_agreed(approval, actor, now)
    return send_agreed(approval, actor, now)


def _applied(approval: Approval) -> Iterator[tuple[str, str]]:
    """What is taken off invoices, and what is applied to them again, where the memo is in use."""
    if not paying_out_used.is_of_used(approval.arguments):
        return
    off = paying_out_used.off_of(approval.arguments)
    rows = Application.objects.filter(pk__in=approval.arguments["live"]).select_related("invoice").order_by("pk")
    for row in rows:
        text = gettext("Taken off %(invoice)s") if row.pk in off else gettext("Applied to %(invoice)s again")
        yield text % {"invoice": row.invoice}, amount_text(row.amount, row.currency)


def _consequence(approval: Approval) -> str:
    is_pending = sending_of(approval.arguments).is_pending
    pending = gettext("A refund of %(amount)s to %(company)s is pending until it is recorded as sent.")
    text = pending if is_pending else gettext("%(amount)s is refunded to %(company)s.")
    return text % {"amount": amount_text(approval.amount or 0, approval.currency), "company": approval.company}


def _done(approval: Approval, result: object) -> str:
    is_pending = isinstance(result, Refund) and result.status == PENDING
    pending = gettext("Approved. The refund of %(amount)s is pending.")
    text = pending if is_pending else gettext("Approved. %(amount)s is refunded.")
    return text % {"amount": amount_text(approval.amount or 0, approval.currency)}


def _verb(kind: str, name: str, label: str | Promise, page: str, kept: str | Promise, noted: str) -> TwoPersonVerb:
    return TwoPersonVerb(
        kind=kind, name=name, label=label, noted=noted, perform=_perform, foresee=_foresee,
        changes=facts_of, consequence=_consequence, kept=lambda _approval: str(kept),
        title=lambda approval: f"{label} {approval.arguments['thing']}",
        done=_done,
        page=lambda approval: reverse(page, args=[approval.object_id]),
        barred=lambda approval: frozenset(members_around(parties_of(_source(approval)))),
    )  # fmt: skip


# --- what became of a refund, for relatives of the operator ---


def _refund(approval: Approval) -> Refund:
    return Refund.objects.select_related("memo", "payment", "invoice").get(pk=approval.object_id)


def _day(approval: Approval) -> date:
    return date.fromisoformat(approval.arguments["value_date"])


def _settle(approval: Approval, actor: Actor, now: datetime) -> object:
    return operations.settle_refund(refund=_refund(approval), value_date=_day(approval), actor=actor, now=now)


def _fail(approval: Approval, actor: Actor, now: datetime) -> object:
    return operations.fail_refund(refund=_refund(approval), why=approval.request_reason, actor=actor, now=now)


def _return(approval: Approval, actor: Actor, now: datetime) -> object:
    return operations.return_refund(
        refund=_refund(approval), value_date=_day(approval), why=approval.request_reason, actor=actor, now=now
    )


def _is(status: str) -> Callable[[Approval], None]:
    return lambda approval: refund_ends.check_status(_refund(approval), status)


def _ended(approval: Approval) -> list[Change]:
    refund = _refund(approval)
    told: list[tuple[str, Any]] = [(gettext("Amount"), amount_text(refund.amount, refund.currency))]
    if "value_date" in approval.arguments:
        told.append((gettext("Value date"), day_text(_day(approval), reader())))
    return [Change(label, DASH, DASH, value) for label, value in told]


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(
        _verb(
            MEMO_REQUEST, PAY_OUT, gettext_lazy("Pay out"), "creditmemos:detail",
            gettext_lazy("The credit memo stays on hold."), "request",
        )
    )  # fmt: skip
    register(
        _verb(
            KIND, GIVE_BACK, gettext_lazy("Give back money of"), "payments:detail",
            gettext_lazy("The money stays on account."), "request",
        )
    )  # fmt: skip
    ends: Iterable[tuple[str, str | Promise, Any, str]] = (
        (refund_ends.SETTLE, gettext_lazy("Record as sent: refund of"), _settle, PENDING),
        (refund_ends.FAIL, gettext_lazy("Record as failed: refund of"), _fail, PENDING),
        (refund_ends.RETURN, gettext_lazy("Record as returned: refund of"), _return, SUCCESSFUL),
    )
    for name, label, act, status in ends:
        asks_for_relatives(kind=REFUND, name=name, label=label, act=act, check=_is(status), changes=_ended)
