"""What the notifications app does about events: plan the mails of each kind, then send each mail by itself."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core import outbox
from core.clock import database_now
from core.models import OutboxJob
from documents.renderer.rendering import RendererDied, RenderError
from notifications.domain import kinds
from notifications.domain.kinds import NotificationKind
from notifications.domain.truth import NoLongerTrue
from notifications.mail import mailing
from notifications.mail.mailing import MailDelayed, MailRefused
from notifications.models import Delivery, DeliveryAttempt
from notifications.operations import bouncing, planning
from notifications.operations.truth import Held, check_sendable
from notifications.queries import is_enabled

SENDING = 60
"""Seconds; more than the mail server's answers may take together."""
SENT, DELAYED, REFUSED = DeliveryAttempt.Outcome.SENT, DeliveryAttempt.Outcome.DELAYED, DeliveryAttempt.Outcome.REFUSED


def register(kind: NotificationKind) -> None:
    """Make a kind of mail known, and plan its mails when what causes them happens; from its app's ``ready``."""
    kinds.add(kind)
    name, wanted = f"notifications.{kind.name}", partial(is_enabled, kind.name)
    label = format_lazy("{mail}: {kind}", mail=_("Write a mail"), kind=kind.label)
    outbox.register(
        outbox.Handler(kind.topic, name, partial(_plan, kind), kind="outside", wanted=wanted, leaves=True, label=label)
    )


def register_all() -> None:
    """What is done about this app's own event: each mail is sent by itself."""
    outbox.register(
        outbox.Handler(
            planning.QUEUED,
            "notifications.send",
            send,
            kind="outside",
            leaves=True,
            limit=SENDING,
            queue="mail",
            on_dead=_give_up,
            label=_("Send a mail"),
        )
    )


def _plan(kind: NotificationKind, job: OutboxJob, _now: datetime) -> Callable[[], None] | None:
    """Plan the mails of a kind; a text that cannot be written will not be better next time."""
    try:
        return planning.plan(kind, job)
    except RendererDied:
        raise
    except RenderError as error:
        raise outbox.Permanent(f"The text of the mail is not usable: {error}") from error


def _give_up(job: OutboxJob, reason: str, _now: datetime) -> None:
    _unsent(job).update(state=Delivery.State.FAILED, answer=reason)


def _unsent(job: OutboxJob) -> QuerySet[Delivery]:
    ended = (Delivery.State.SENT, Delivery.State.WITHDRAWN)
    return Delivery.objects.filter(pk=job.payload["delivery_id"]).exclude(state__in=ended)


def send(job: OutboxJob, _now: datetime) -> Callable[[], None] | None:
    """Send one mail if it is still true. What the server refuses for good is given up at once; all else tried again."""
    delivery = _unsent(job).select_related("attachment", "company").first()
    if delivery is None:
        return None
    try:
        check_sendable(delivery)
        message, remark = _written(job, delivery)
        if delivery.attachment_id:
            check_sendable(delivery)  # What goes along may have taken a while.
        answer = mailing.send(message)
    except NoLongerTrue as untrue:
        return partial(_end, job, Delivery.State.WITHDRAWN, untrue.message)
    except Held as held:
        return partial(_end, job, Delivery.State.FAILED, str(held))
    except MailRefused as error:
        with transaction.atomic():
            _note(delivery, REFUSED, str(error))
            if error.is_bounce:
                bouncing.mark(delivery, answer=str(error), now=database_now())
        raise outbox.Permanent(str(error)) from error
    except MailDelayed as error:
        with transaction.atomic():
            _note(delivery, DELAYED, str(error))
            _unsent(job).update(state=Delivery.State.RETRYING, answer=str(error))
        raise
    return partial(_sent, delivery, answer, remark)


def _written(job: OutboxJob, delivery: Delivery) -> tuple[EmailMessage, str]:
    """The mail as it goes out, and its attempt counted. Raises MailRefused."""
    _unsent(job).update(attempts=F("attempts") + 1)
    delivery.refresh_from_db(fields=["attempts"])
    return mailing.message_for(delivery)


def _end(job: OutboxJob, state: str, reason: str) -> None:
    """Write down why it is not sent; nobody was asked to take it, so this is no attempt."""
    _unsent(job).update(state=state, answer=reason)


def _sent(delivery: Delivery, answer: str, remark: str) -> None:
    now = database_now()
    _note(delivery, SENT, answer)
    delivery.state, delivery.answer, delivery.sent_at = Delivery.State.SENT, answer, now
    delivery.remark = "\n".join(filter(None, (delivery.remark, remark)))
    delivery.save(update_fields=["state", "answer", "sent_at", "remark"])
    bouncing.clear_after_success(delivery, now=now)


def _note(delivery: Delivery, outcome: str, answer: str) -> None:
    """Write down what the attempt came to; one that broke off before this leaves its number out."""
    DeliveryAttempt.objects.create(
        delivery=delivery, number=delivery.attempts, outcome=outcome, answer=answer, at=database_now()
    )
