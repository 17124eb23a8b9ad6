"""The jobs that ask a payment provider, one call each, on a queue with workers of its own: a provider may be slow."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core import outbox
from core.models import OutboxJob
from payments.domain import wording
from payments.gateway.errors import Misconfigured
from payments.gateway.protocol import Outcome
from payments.handlers import charges, refunds
from payments.models import Payment, Refund
from payments.operations.charge_states import charge_unknown, settle_charge
from payments.operations.refund_states import refund_unknown, settle_refund_of_provider

QUEUE, LIMIT = "payments", 45
"""Its queue, and the seconds that a job may take."""
log = logging.getLogger(__name__)

Found = Callable[[], Outcome | None]


def register_all() -> None:
    """Called by the room."""
    for topic, name, run, dead, label in (
        (wording.CHARGE_REQUESTED, "payments.create_charge", create_charge, charge_dead, _("Make a charge")),
        (wording.CHARGE_MADE, "payments.confirm_charge", confirm_charge, charge_dead, _("Confirm a charge")),
        (wording.CHARGE_LOOK, "payments.look_at_charge", look_at_charge, charge_dead, _("Look a charge up")),
        (wording.REFUND_REQUESTED, "payments.send_refund", send_refund, refund_dead, _("Send a refund")),
        (wording.REFUND_LOOK, "payments.look_at_refund", look_at_refund, refund_dead, _("Look a refund up")),
    ):
        outbox.register(
            outbox.Handler(
                topic, name, run, kind="outside", limit=LIMIT, queue=QUEUE, on_dead=dead, leaves=True, label=label
            )
        )


def create_charge(job: OutboxJob, now: datetime) -> outbox.Recorder | None:
    """Make the charge, which moves nothing; its reference settles every later doubt."""
    payment = _payment(job)
    return _charge(payment, lambda: charges.make(payment, now, tries=job.attempts), now)


def confirm_charge(job: OutboxJob, now: datetime) -> outbox.Recorder | None:
    """Let the money move, unless it has already."""
    payment = _payment(job)
    return _charge(payment, lambda: charges.confirm(payment, now), now)


def look_at_charge(job: OutboxJob, now: datetime) -> outbox.Recorder | None:
    """Find out how a charge stands; ask for nothing."""
    payment = _payment(job)
    return _charge(payment, lambda: charges.look(payment, now), now)


def send_refund(job: OutboxJob, now: datetime) -> outbox.Recorder | None:
    """Have the money sent back, once."""
    refund = _refund(job)
    return _back(refund, lambda: refunds.send(refund, now, tries=job.attempts), now)


def look_at_refund(job: OutboxJob, now: datetime) -> outbox.Recorder | None:
    """Find out how a refund stands; ask for nothing."""
    refund = _refund(job)
    return _back(refund, lambda: refunds.look(refund, now), now)


def charge_dead(job: OutboxJob, reason: str, now: datetime) -> None:  # noqa: ARG001 - what every such function gets
    """Nobody knows what became of it: it stays pending, people see it, and the sweep goes on looking."""
    charge_unknown(int(job.payload["payment_id"]))


def refund_dead(job: OutboxJob, reason: str, now: datetime) -> None:  # noqa: ARG001 - what every such function gets
    """The same of a refund."""
    refund_unknown(int(job.payload["refund_id"]))


def _payment(job: OutboxJob) -> Payment:
    return Payment.objects.select_related("gateway_account", "method").get(pk=job.payload["payment_id"])


def _refund(job: OutboxJob) -> Refund:
    return Refund.objects.select_related("payment__gateway_account").get(pk=job.payload["refund_id"])


def _charge(payment: Payment, find: Found, now: datetime) -> outbox.Recorder | None:
    with loudly():
        found = find() if payment.status == Payment.Status.PENDING else None
    return None if found is None else lambda: settle_charge(payment.pk, found, now=now)


def _back(refund: Refund, find: Found, now: datetime) -> outbox.Recorder | None:
    with loudly():
        found = find() if refund.status == Refund.Status.PENDING else None
    return None if found is None else lambda: settle_refund_of_provider(refund.pk, found, now=now)


@contextmanager
def loudly() -> Iterator[None]:
    """Tell what a person must mend; the job goes on as the error says."""
    try:
        yield
    except Misconfigured as error:  # The outbox itself tells of what it gives up.
        log.error("a payment provider can't be asked: %s", error)  # noqa: TRY400 - the text says all
        raise
