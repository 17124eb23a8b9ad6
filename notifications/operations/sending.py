"""Sending by hand: one mail again, some of them, or a test to oneself; and trusting an address again."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import User
from core import audit
from core.actors import Actor
from core.errors import Missing, Refusal
from core.ids import uuid7
from core.locking import lock
from notifications.domain.kinds import NotificationKind
from notifications.mail.texts import LONGEST_SUBJECT, Words
from notifications.models import BouncedAddress, Delivery
from notifications.operations.planning import message_id, queue
from notifications.operations.truth import check_true


class StillOnItsWay(Refusal):
    """A mail that is queued or being retried will go by itself."""

    code = "mail_on_its_way"
    text = gettext_lazy("This mail is still being sent. Wait for the result before sending it again.")


class NothingToSend(Refusal):
    """A test is repeated from the text; a mail without a recipient has no way to go."""

    code = "mail_not_to_be_sent"
    text = gettext_lazy("This mail can't be sent again.")


@transaction.atomic
def resend(*, delivery: Delivery, actor: Actor, now: datetime) -> Delivery:
    """Send the same mail once more, under a Message-ID of its own, while it is still true.

    One that was withdrawn goes too once its reason is gone, or was only that nobody wanted it sent by itself.
    Raises StillOnItsWay, NothingToSend or NoLongerTrue.
    """
    found = _locked(delivery, actor)
    _check_resend(found)
    check_true(found, by_hand=True)
    return _copied(found, actor, now)


def _locked(delivery: Delivery, actor: Actor) -> Delivery:
    (found,) = lock(Delivery.objects.filter(pk=delivery.pk, marketplace_id=actor.marketplace_id))
    return found


def _check_resend(found: Delivery) -> None:
    on_its_way = (Delivery.State.QUEUED, Delivery.State.RETRYING)
    if found.state in on_its_way or found.copies.filter(state__in=on_its_way).exists():
        raise StillOnItsWay
    if found.is_test or not found.recipient:
        raise NothingToSend


def _copied(found: Delivery, actor: Actor, now: datetime) -> Delivery:
    event = uuid7()
    copy = Delivery(
        marketplace_id=found.marketplace_id,
        kind=found.kind,
        event=event,
        recipient=found.recipient,
        company_id=found.company_id,
        user_id=found.user_id,
        subject_kind=found.subject_kind,
        subject_id=found.subject_id,
        number=found.number,
        role=found.role,
        payload=found.payload,
        by_hand=True,
        attachment_id=found.attachment_id,
        attach_xml=found.attach_xml,
        protection=found.protection,
        language=found.language,
        template_id=found.template_id,
        template_version=found.template_version,
        subject=found.subject,
        body=found.body,
        message_id=message_id(event, found.kind, found.recipient),
        resend_of=found,
        created_at=now,
    )
    copy.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="notifications.resend",
        now=now,
        kind=found.subject_kind,
        object_id=found.subject_id,
        company_id=found.company_id,
        before={"delivery_id": found.pk, "state": found.state},
        after={"delivery_id": copy.pk, "recipient": copy.recipient},
    )
    queue(copy, now)
    return copy


@transaction.atomic
def resend_many(*, deliveries: Iterable[Delivery], actor: Actor, now: datetime) -> list[Delivery]:
    """Send those that failed once more, and leave the others alone; one that a copy has followed is not sent twice.

    A copy that is no longer true is withdrawn when its turn comes.
    """
    wanted = [each.pk for each in deliveries]
    rows = Delivery.objects.filter(marketplace_id=actor.marketplace_id, pk__in=wanted, state=Delivery.State.FAILED)
    open_ones = rows.exclude(recipient="").filter(is_test=False, copies__isnull=True).order_by("pk")
    found = [_locked(each, actor) for each in open_ones]
    return [_copied(each, actor, now) for each in found if each.state == Delivery.State.FAILED]


@transaction.atomic
def send_test(*, kind: NotificationKind, language: str, words: Words, actor: Actor, now: datetime) -> Delivery:
    """Mail made-up words to the actor's own address, and to no other; returns the delivery. Raises Missing."""
    if actor.user_id is None or actor.company_id is None:
        raise Missing(_("Only a person can send a test."))
    user = User.objects.get(pk=actor.user_id)
    event = uuid7()
    mail = Delivery.objects.create(
        marketplace_id=actor.marketplace_id,
        kind=kind.name,
        event=event,
        recipient=user.email,
        company_id=actor.company_id,
        user=user,
        language=language,
        subject=(_("[Test] %(subject)s") % {"subject": words.subject})[:LONGEST_SUBJECT],
        body=words.body,
        remark=_("A test with sample figures; nothing is attached to it."),
        message_id=message_id(event, kind.name, user.email),
        is_test=True,
        created_at=now,
    )
    audit.record(
        actor=actor,
        verb="notification.tested",
        now=now,
        obj=mail,
        after={"notification": kind.name, "language": language, "recipient": user.email},
    )
    queue(mail, now)
    return mail


@transaction.atomic
def clear_bounce(*, bounced: BouncedAddress, actor: Actor, now: datetime) -> BouncedAddress:
    """Let an address be mailed again; done twice, the second changes nothing. Raises Missing."""
    found = next(iter(lock(BouncedAddress.objects.filter(pk=bounced.pk, marketplace_id=actor.marketplace_id))), None)
    if found is None:
        raise Missing(_("This address is not on record."))
    if found.cleared_at is None:
        found.cleared_at = now
        found.save(update_fields=["cleared_at"])
        audit.record(
            actor=actor,
            verb="bounce.cleared",
            now=now,
            obj=found,
            company_id=found.delivery.company_id,
            after={"recipient": found.address, "answer": found.answer},
        )
    return found
