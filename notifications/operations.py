"""What people do with mails: send one again, and decide which kinds are sent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit
from core.actors import Actor
from core.errors import InvalidInput, Refusal
from core.ids import uuid7
from core.locking import lock
from notifications.kinds import NotificationKind, kind_called
from notifications.models import Delivery, NotificationSetting
from notifications.planning import message_id, queue
from notifications.queries import Decision, decision_about, decisions

MOST_COPIES = 10
LONGEST_ADDRESS = 254


class StillOnItsWay(Refusal):
    """A mail that is queued or being retried will go by itself."""

    code = "mail_on_its_way"
    text = gettext_lazy("This mail is still on its way; there is nothing to send again yet.")


@transaction.atomic
def resend(*, delivery: Delivery, actor: Actor, now: datetime) -> Delivery:
    """Send the same mail once more, under a Message-ID of its own. Raises StillOnItsWay."""
    (found,) = lock(Delivery.objects.filter(pk=delivery.pk, marketplace_id=actor.marketplace_id))
    if found.state not in {Delivery.State.SENT, Delivery.State.FAILED}:
        raise StillOnItsWay
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
        attachment_id=found.attachment_id,
        language=found.language,
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
def decide_all(*, wanted: Mapping[str, Decision], actor: Actor, now: datetime) -> list[NotificationKind]:
    """Decide about several kinds of mail, by name, all or none; returns the kinds that changed.

    Raises InvalidInput with the field "<kind>_cc", and KeyError for a name that no kind has.
    """
    kinds = [kind_called(name) for name in sorted(wanted)]
    held = decisions(actor.marketplace_id)
    changed = [kind for kind in kinds if wanted[kind.name] != held[kind.name]]
    for kind in changed:
        one = wanted[kind.name]
        try:
            decide(kind=kind, enabled=one.enabled, attach_pdf=one.attach_pdf, cc=one.cc, actor=actor, now=now)
        except InvalidInput as refusal:
            raise InvalidInput(refusal.message, field=f"{kind.name}_{refusal.field}") from refusal
    return changed


@transaction.atomic
def decide(
    *, kind: NotificationKind, enabled: bool, attach_pdf: bool, cc: Sequence[str], actor: Actor, now: datetime
) -> NotificationSetting:
    """Switch a kind of mail on or off in the actor's marketplace, and say who gets copies. Raises InvalidInput."""
    copies = check_copies(cc)
    lock(NotificationSetting.objects.filter(marketplace_id=actor.marketplace_id, kind=kind.name))
    before = decision_about(kind, actor.marketplace_id)
    setting, _made = NotificationSetting.objects.update_or_create(
        marketplace_id=actor.marketplace_id,
        kind=kind.name,
        defaults={"enabled": enabled, "attach_pdf": attach_pdf, "cc": copies},
    )
    audit.record(
        actor=actor,
        verb="notification.changed",
        now=now,
        obj=setting,
        before={"enabled": before.enabled, "attach_pdf": before.attach_pdf, "cc": list(before.cc)},
        after={"notification": kind.name, "enabled": enabled, "attach_pdf": attach_pdf, "cc": copies},
    )
    return setting


def check_copies(addresses: Iterable[str]) -> list[str]:
    """The addresses without blanks and repetitions, however they are written. Raises InvalidInput, field "cc"."""
    by_address: dict[str, str] = {}
    for address in filter(None, (text.strip() for text in addresses)):
        by_address.setdefault(address.lower(), address)
    cleaned = list(by_address.values())
    if len(cleaned) > MOST_COPIES:
        raise InvalidInput(_("At most %(n)s addresses can get a copy.") % {"n": MOST_COPIES}, field="cc")
    for address in cleaned:
        try:
            validate_email(address)
        except ValidationError as error:
            raise InvalidInput(_("%(address)s is not an e-mail address.") % {"address": address}, field="cc") from error
        if len(address) > LONGEST_ADDRESS:
            raise InvalidInput(_("An address has at most %(n)s characters.") % {"n": LONGEST_ADDRESS}, field="cc")
    return cleaned
