"""Reverse an application: credit goes back to its memo, the invoice owes again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from companies.operations.owning import Ask, refuse_own_company
from core import audit, idempotency, outbox
from core.actors import Actor
from core.formats import amount_text
from core.locking import lock_one
from creditmemos.domain.balance import CLOSED
from creditmemos.domain.refusals import ConfirmUnpaid, NotReversible
from creditmemos.domain.wording import REVERSE
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.application_rows import Locked, return_credit
from creditmemos.operations.guards import KIND, check_reason_text
from invoices.domain.balance import PAID, UNPAID
from invoices.models import Invoice


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
    refuse_own_company(actor, [memo.payer_id, invoice.beneficiary_id, memo.beneficiary_id], ask=ask)
    check_reversible(application, memo, invoice, confirmed=confirmed)
    locked = Locked(memo.account, {memo.pk: memo}, {invoice.pk: invoice})
    [reversal] = return_credit(locked, [application], reason=reason, actor=actor, now=now)
    if hold and not memo.on_hold:
        memo.on_hold = True
        memo.save(update_fields=["on_hold"])
    record_reversal(memo, [reversal], reason=reason, actor=actor, now=now)
    result: dict[str, object] = {"application_id": str(reversal.pk)}
    idempotency.remember(actor=actor, operation="creditmemos.reverse", key=key, result=result)
    return reversal


def check_reversible(application: Application, memo: CreditMemo, invoice: Invoice, *, confirmed: bool) -> None:
    """Ask every guard under the lock."""
    if application.reverses_id is not None:
        raise NotReversible(why=_("it is a reversal itself."))
    if Application.objects.filter(reverses_id=application.pk).exists():
        raise NotReversible(why=_("it was reversed already."))
    if memo.status == CLOSED:
        raise NotReversible(why=_("%(memo)s is closed.") % {"memo": memo.number})
    if invoice.status not in (UNPAID, PAID):
        status = invoice.get_status_display().lower()
        raise NotReversible(why=_("%(invoice)s is %(status)s.") % {"invoice": invoice.number, "status": status})
    if invoice.status == PAID and invoice.paid > 0 and not confirmed:
        due = amount_text(invoice.amount_due + application.amount, invoice.currency)
        raise ConfirmUnpaid(invoice=invoice.number, amount=due, field="confirmed")


def record_reversal(
    memo: CreditMemo, reversals: list[Application], *, reason: str, actor: Actor, now: datetime
) -> None:
    """One audit row and one event for the reversals of one memo."""
    rows = [{"invoice_id": row.invoice_id, "amount": row.amount} for row in reversals]
    audit.record(
        actor=actor, verb="creditmemo.reversed", obj=memo, company_id=memo.payer_id, note=reason,
        after={"applications": rows, "balance": memo.balance, "on_hold": memo.on_hold}, now=now,
    )  # fmt: skip
    outbox.publish(
        topic="creditmemo.reversed",
        key=f"creditmemo.reversed:{reversals[0].pk}",
        marketplace_id=memo.marketplace_id,
        payload={
            "memo_id": memo.pk,
            "account_id": memo.account_id,
            "application_ids": [str(row.pk) for row in reversals],
            "invoice_ids": sorted({row.invoice_id for row in reversals}),
        },
        now=now,
    )
