"""Turns an event into mails to be sent: is the kind on, who gets it, in which language, with which words."""

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from companies.models import Company, Marketplace
from core import outbox
from core.clock import database_now
from core.models import OutboxJob
from core.printable import one_line
from documents.renderer.rendering import RendererDied, RenderError
from notifications.domain.kinds import Notice, NotificationKind
from notifications.mail import defaults, samples, texts
from notifications.mail.recipients import Recipient, recipients_of, who_got
from notifications.mail.texts import Source, Words
from notifications.models import BouncedAddress, Delivery, MailTemplate
from notifications.operations import bouncing
from notifications.queries import Decision, decision_about, texts_in_use

QUEUED = "mail.queued"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Occasion:
    """One event, or one click, and all that its mails have in common."""

    kind: NotificationKind
    event: uuid.UUID
    payload: Mapping[str, Any]
    notice: Notice
    decision: Decision
    marketplace: Marketplace
    own: dict[str, list[MailTemplate]]
    bounced: dict[str, BouncedAddress]
    by_hand: bool = False


def plan(kind: NotificationKind, job: OutboxJob) -> Callable[[], None] | None:
    """Write the mails of one kind about one event; returns what records them. None when there is nothing to send.

    Works outside any transaction, since the words are put together in the renderer process.
    """
    decision = decision_about(kind, job.marketplace_id)
    notice = kind.notice(job) if decision.enabled else None
    if notice is None:
        return None
    if kind.follows:
        to = who_got(kind.follows, notice, job.marketplace_id)
    else:
        to = recipients_of(kind, notice, decision) or [_nobody(notice)]
    found = bouncing.marked(job.marketplace_id, [each.address for each in to])
    occasion = _Occasion(
        kind=kind,
        event=job.event,
        payload=job.payload,
        notice=notice,
        decision=decision,
        marketplace=Marketplace.objects.get(pk=job.marketplace_id),
        own=texts_in_use(job.marketplace_id, kind.name),
        bounced={mark.address: mark for mark in found},
    )
    mails = [_mail(occasion, recipient) for recipient in to]
    return lambda: _record(mails, bulk=job.bulk)


def by_hand(
    kind: NotificationKind, notice: Notice, *, to: list[Recipient], event: uuid.UUID, marketplace: Marketplace
) -> list[Delivery]:
    """The mails that a person sends about a document, to be stored and queued; written as what is planned."""
    occasion = _Occasion(
        kind=kind,
        event=event,
        payload={},
        notice=notice,
        decision=decision_about(kind, marketplace.pk),
        marketplace=marketplace,
        own=texts_in_use(marketplace.pk, kind.name),
        bounced={},
        by_hand=True,
    )
    return [_mail(occasion, recipient) for recipient in to]


def _nobody(notice: Notice) -> Recipient:
    """Stands for the people who are not there: a mail that reaches nobody is written down, not forgotten."""
    return Recipient("", None, Company.objects.get(pk=notice.company_id).name, "", "")


def _mail(occasion: _Occasion, recipient: Recipient) -> Delivery:
    kind, event, notice = occasion.kind, occasion.event, occasion.notice
    language = defaults.language_for(kind.name, [recipient.language, *notice.languages])
    attachment_id = notice.attachment_id if occasion.decision.attach_pdf else None
    protection = occasion.decision.protection if attachment_id is not None else ""
    data = samples.seen_by_text(
        notice.present(language),
        recipient=recipient.name,
        marketplace=occasion.marketplace.name,
        attached=attachment_id is not None,
        lock=defaults.lock_hint(protection, language),
    )
    default = texts.default_source(kind.name, language)
    source = texts.choose(occasion.own.get(language, []), {**notice.facts, "recipient": recipient.role}, default)
    source, words, remark = _written(source, default, data)
    refusal = _why_not(recipient, occasion.bounced)
    return Delivery(
        marketplace=occasion.marketplace,
        kind=kind.name,
        event=event,
        recipient=recipient.address,
        role=recipient.role,
        payload=occasion.payload,
        by_hand=occasion.by_hand,
        company_id=notice.company_id,
        user_id=recipient.user_id,
        subject_kind=notice.subject_kind,
        subject_id=notice.subject_id,
        number=one_line(notice.number),
        attachment_id=attachment_id,
        attach_xml=kind.has_xml and occasion.decision.attach_xml and attachment_id is not None and not protection,
        protection=protection,
        language=language,
        template=source.template,
        template_version=source.version,
        subject=words.subject,
        body=words.body,
        remark=remark,
        message_id=message_id(event, kind.name, recipient.address),
        state=Delivery.State.FAILED if refusal else Delivery.State.QUEUED,
        answer=refusal,
    )


def _written(source: Source, default: Source, data: dict[str, object]) -> tuple[Source, Words, str]:
    """The words; an own text that can't be used this time gives way to the default, and the remark says so."""
    try:
        return source, texts.write(source, data), ""
    except RendererDied:
        raise
    except RenderError as error:
        if source.template is None:
            raise
        log.warning("the mail text %s can't be used: %s", source.version, error)
        remark = _("The text “%(name)s” could not be used (%(reason)s), so the default was sent.")
        return default, texts.write(default, data), remark % {"name": source.template, "reason": error}


def _why_not(recipient: Recipient, bounced: dict[str, BouncedAddress]) -> str:
    """Why this mail is not even tried; empty when it is."""
    if not recipient.address:
        return _("No recipients: nobody in the audience has an address.")
    mark = bounced.get(recipient.address.lower())
    if mark is not None:
        return came_back(mark)
    return ""


def came_back(mark: BouncedAddress) -> str:
    """That nothing is sent to an address by itself, and why."""
    return _("Not sent, because an earlier mail to this address bounced: %(answer)s") % {"answer": mark.answer}


def message_id(event: uuid.UUID, kind: str, address: str) -> str:
    """The Message-ID, always the same for an event, kind of mail and address."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{uuid.uuid5(event, f'{kind} {address.lower()}')}@{domain}>"


def _record(mails: list[Delivery], *, bulk: bool) -> None:
    now = database_now()
    for mail in mails:
        if Delivery.objects.filter(event=mail.event, kind=mail.kind, recipient=mail.recipient).exists():
            continue  # An earlier run has planned it.
        mail.created_at = now
        mail.save(force_insert=True)
        if mail.state == Delivery.State.QUEUED:
            queue(mail, now, bulk=bulk)


def queue(mail: Delivery, now: datetime, *, bulk: bool = False) -> None:
    """Ask for one mail to be sent; inside the transaction that stores it. ``bulk``: behind what people did."""
    outbox.publish(
        topic=QUEUED,
        key=f"delivery:{mail.pk}",
        marketplace_id=mail.marketplace_id,
        payload={"delivery_id": mail.pk},
        now=now,
        bulk=bulk,
    )
