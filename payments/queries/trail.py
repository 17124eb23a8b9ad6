"""What a payment provider was asked about a payment and what it said, for finance; no secrets."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from core.formats import amount_text
from core.models import OutboxJob
from core.outbox import label_of
from payments.domain.states import FAILED
from payments.domain.wording import CHARGE_LOOK, CHARGE_MADE, CHARGE_REQUESTED
from payments.models import Payment, ProviderEvent
from payments.queries.attention import why_failed

MOST = 100
"""Events that are shown at most, the newest."""
ASKING = (CHARGE_REQUESTED, CHARGE_MADE, CHARGE_LOOK)


class Step(NamedTuple):
    """One thing that was asked or told."""

    at: datetime
    text: str
    detail: str = ""


def trail_of(payment: Payment) -> list[Step]:
    """Everything that is known, oldest first; nothing of a payment that no provider moves."""
    if payment.channel != Payment.Channel.GATEWAY:
        return []
    return sorted([*_own(payment), *_events(payment), *_jobs(payment)], key=lambda step: step.at)


def _own(payment: Payment) -> Iterator[Step]:
    asked = {"amount": amount_text(payment.asked, payment.currency), "method": payment.method or _("a saved method")}
    yield Step(payment.requested_at, _("Charge of %(amount)s to %(method)s requested") % asked)
    if payment.first_sent_at:
        yield Step(payment.first_sent_at, _("Payment provider asked for the first time"))
    if payment.settled_at:
        moved = {"amount": amount_text(payment.amount, payment.currency)}
        yield Step(payment.settled_at, _("Answer: succeeded, %(amount)s moved") % moved)
    if payment.status == FAILED and payment.failed_at:
        told = ": ".join(filter(None, (payment.failure_code, payment.failure_text)))
        yield Step(payment.failed_at, _("Answer: failed"), told or str(why_failed("", is_staff=True)))


def _events(payment: Payment) -> Iterator[Step]:
    if not payment.provider_ref:
        return
    rows = ProviderEvent.objects.filter(gateway_account_id=payment.gateway_account_id, object_ref=payment.provider_ref)
    for event in rows.defer("body").order_by("-created", "-pk")[:MOST]:
        outcome = event.get_outcome_display() if event.outcome else _("Not looked up yet")
        yield Step(event.received_at, _("Event %(type)s received") % {"type": event.type}, outcome)


def _jobs(payment: Payment) -> Iterator[Step]:
    """What is being asked now, and what was given up; what is done shows in its answers."""
    jobs = OutboxJob.objects.filter(
        marketplace_id=payment.marketplace_id, topic__in=ASKING, payload__payment_id=payment.pk
    )
    for job in (jobs.open() | jobs.dead()).order_by("pk")[:MOST]:
        said = {"job": label_of(job.topic, job.handler), "n": job.attempts}
        text = _("Given up after %(n)s attempts: %(job)s") if job.dead_at else _("Queued: %(job)s")
        yield Step(job.dead_at or job.created_at, text % said)
