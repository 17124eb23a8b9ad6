"""Turns an event into mails to be sent: is the kind on, who gets it, in which language, with which words."""

import uuid
from collections.abc import Callable
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings

from companies.models import Marketplace
from core import outbox
from core.clock import database_now
from core.models import OutboxJob
from documents import rendering
from documents.printing import clean
from notifications import defaults
from notifications.kinds import Notice, NotificationKind
from notifications.models import Delivery
from notifications.queries import Decision, decision_about
from notifications.recipients import Recipient, recipients_of

QUEUED = "mail.queued"
LONGEST_SUBJECT = 250


def plan(kind: NotificationKind, job: OutboxJob) -> Callable[[], None] | None:
    """Write the mails of one kind about one event; returns what records them. None when there is nothing to send.

    Works outside any transaction, since the words are put together in the renderer process.
    """
    decision = decision_about(kind, job.marketplace_id)
    notice = kind.notice(job) if decision.enabled else None
    if notice is None:
        return None
    marketplace = Marketplace.objects.get(pk=job.marketplace_id)
    mails = [
        _mail(kind, job, notice, recipient, decision, marketplace)
        for recipient in recipients_of(notice, cc=decision.cc)
    ]
    return lambda: _record(mails)


def _mail(
    kind: NotificationKind,
    job: OutboxJob,
    notice: Notice,
    recipient: Recipient,
    decision: Decision,
    marketplace: Marketplace,
) -> Delivery:
    language = defaults.language_for(kind.name, [recipient.language, *notice.languages])
    attachment_id = notice.attachment_id if decision.attach_pdf else None
    template = defaults.template(kind.name, language)
    words = rendering.render_texts(
        {"subject": template.subject, "body": template.body},
        {
            **notice.present(language),
            "recipient": clean(recipient.name),
            "marketplace": clean(marketplace.name),
            "link": settings.PUBLIC_URL,
            "attached": attachment_id is not None,
        },
    )
    return Delivery(
        marketplace=marketplace,
        kind=kind.name,
        event=job.event,
        recipient=recipient.address,
        company_id=notice.company_id,
        user_id=recipient.user_id,
        subject_kind=notice.subject_kind,
        subject_id=notice.subject_id,
        attachment_id=attachment_id,
        language=language,
        subject=one_line(words["subject"]),
        body=words["body"],
        message_id=message_id(job.event, kind.name, recipient.address),
    )


def one_line(text: str) -> str:
    """A header's text: no control characters, line breaks or reading-direction marks."""
    return " ".join(clean(text).split())[:LONGEST_SUBJECT]


def message_id(event: uuid.UUID, kind: str, address: str) -> str:
    """The Message-ID, always the same for an event, kind of mail and address."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{uuid.uuid5(event, f'{kind} {address.lower()}')}@{domain}>"


def _record(mails: list[Delivery]) -> None:
    now = database_now()
    for mail in mails:
        if Delivery.objects.filter(event=mail.event, kind=mail.kind, recipient=mail.recipient).exists():
            continue  # An earlier run has planned it.
        mail.created_at = now
        mail.save(force_insert=True)
        queue(mail, now)


def queue(mail: Delivery, now: datetime) -> None:
    """Ask for one mail to be sent; inside the transaction that stores it."""
    outbox.publish(
        topic=QUEUED,
        key=f"delivery:{mail.pk}",
        marketplace_id=mail.marketplace_id,
        payload={"delivery_id": mail.pk},
        now=now,
    )
