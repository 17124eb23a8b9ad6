"""Reverse an application: credit goes back to its memo, the invoice owes again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.operations.own_company import Ask
from core import audit, idempotency, outbox
from core.actors import Actor
from core.errors import Refusal
from core.formats import amount_text
from core.locking import lock_one
from creditmemos.domain.balance import CLOSED
from creditmemos.domain.wording import KIND, REVERSE, REVERSED
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.application_rows import Locked, return_credit
from creditmemos.operations.apply_facts import reverse_note
from creditmemos.operations.guards import check_reason_text, refuse_own
from invoices.domain.balance import PAID, UNPAID
from invoices.models import Invoice


class NotReversible(Refusal):
    code = "not_reversible"
    text = gettext_lazy("This application can't be reversed: %(why)s")


class ConfirmUnpaid(Refusal):
    code = "confirm_unpaid"
    text = gettext_lazy("%(invoice)s becomes unpaid, with %(amount)s due. Confirm that you want this.")


PERMISSION = "creditmemos.reverse"


def takes_back(memo: CreditMemo) -> bool:
    """Whether credit may come back to this memo by itself; what a closed one gets back is written off again.

    An adjustment is no credit that anybody could use: it goes as a whole, by reversing and voiding it.
    """
    return memo.status != CLOSED and not memo.is_adjustment


def gives_back(invoice: Invoice) -> bool:
    """Whether credit may be taken from this invoice."""
    return invoice.status in (UNPAID, PAID)


def check_reverse(
    application: Application,
    memo: CreditMemo,
    invoice: Invoice,
    *,
    confirmed: bool,
    actor: Actor,
    ask: Ask | None = None,
) -> None:
    """Ask every guard of reversing; ``ask`` is what a second person is asked about a relative of the operator."""
    refuse_own(memo, actor, ask=ask, besides=[invoice.beneficiary_id])
    if memo.is_adjustment:
        raise NotReversible(why=_("%(memo)s is reversed and voided as a whole.") % {"memo": memo.number})
    if application.reverses_id is not None:
        raise NotReversible(why=_("it is a reversal itself."))
    if Application.objects.filter(reverses_id=application.pk).exists():
        raise NotReversible(why=_("it has already been reversed."))
    check_given_back(application, memo, invoice, confirmed=confirmed)


def check_given_back(application: Application, memo: CreditMemo, invoice: Invoice, *, confirmed: bool) -> None:
    """Ask the guards of memo and invoice about an application that still counts."""
    if memo.status == CLOSED:
        raise NotReversible(why=_("%(memo)s is closed.") % {"memo": memo.number})
    if not gives_back(invoice):
        status = invoice.get_status_display().lower()
        raise NotReversible(why=_("%(invoice)s is %(status)s.") % {"invoice": invoice.number, "status": status})
    if invoice.status == PAID and invoice.paid > 0 and not confirmed:
        due = amount_text(invoice.amount_due + application.amount, invoice.currency)
        raise ConfirmUnpaid(invoice=invoice.number, amount=due, field="confirmed")


@transaction.atomic
def reverse(
    *,
    application: Application,
    reason: str,
    actor: Actor,
    now: datetime,
    key: str | None,
    hold: bool = True,
    confirmed: bool = False,
) -> Application:
    """Reverse an application once, with a reason, and return the reversal.

    ``hold`` keeps automatic application from taking the credit straight back. ``confirmed`` is needed where money
    paid the rest of the invoice, which then falls back to unpaid.
    """
    reason = check_reason_text(reason)
    body = [str(application.pk), reason, hold, confirmed]
    again = idempotency.claim(actor=actor, operation="creditmemos.reverse", key=key, body=body, now=now)
    if again:
        return Application.objects.get(pk=again.result["application_id"])
    memo = lock_one(CreditMemo.objects.filter(pk=application.memo_id, marketplace_id=actor.marketplace_id))
    invoice = lock_one(Invoice.objects.filter(pk=application.invoice_id))
    told: dict[str, object] = {"application": str(application.pk), "hold": hold, "confirmed": confirmed}
    ask = Ask(kind=KIND, verb=REVERSE, object_id=memo.pk, thing=str(memo), reason=reason, arguments=told)
    check_reverse(application, memo, invoice, confirmed=confirmed, actor=actor, ask=ask)
    locked = Locked(memo.account, {memo.pk: memo}, {invoice.pk: invoice})
    [reversal] = return_credit(locked, [application], reason=reason, actor=actor, now=now)
    if hold and not memo.on_hold:
        memo.on_hold = True
        memo.save(update_fields=["on_hold"])
    record_reversal(memo, [reversal], reason=reason, actor=actor, now=now)
    result: dict[str, object] = {"application_id": str(reversal.pk)}
    idempotency.remember(actor=actor, operation="creditmemos.reverse", key=key, result=result)
    return reversal


def record_reversal(
    memo: CreditMemo, reversals: list[Application], *, reason: str, actor: Actor, now: datetime
) -> None:
    """One audit row and one event for the reversals of one memo."""
    audit.record_many([reverse_note(memo, reversals, reason=reason)], actor=actor, now=now)
    outbox.publish(
        topic=REVERSED,
        key=f"{REVERSED}:{reversals[0].pk}",
        marketplace_id=memo.marketplace_id,
        payload={
            "memo_id": memo.pk,
            "account_id": memo.account_id,
            "application_ids": [str(row.pk) for row in reversals],
            "invoice_ids": sorted({row.invoice_id for row in reversals}),
        },
        now=now,
    )
