"""Plain mails to people who work for a marketplace: one for each of them, in their language, without a setting."""

from collections.abc import Callable, Iterable
from functools import partial

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from companies.models import Marketplace, Membership
from core import outbox
from core.clock import database_now
from core.models import OutboxJob
from core.printable import one_line
from documents.renderer.rendering import RendererDied, RenderError
from notifications.domain.truth import NoLongerTrue, Waiting
from notifications.mail import defaults, texts
from notifications.models import Delivery
from notifications.operations.planning import message_id, queue

Told = Callable[[str], dict[str, object]]
"""What the texts may say, in a language that is switched on meanwhile."""


def refuse_stranger(mail: Waiting, readers: Iterable[Membership]) -> None:
    """Raise NoLongerTrue unless the mail's recipient is still one of its readers."""
    if mail.user_id not in {member.user_id for member in readers}:
        raise NoLongerTrue(_("The recipient no longer works for the marketplace."))


def plan_for(
    readers: Iterable[Membership], *, kind: str, job: OutboxJob, marketplace: Marketplace, subject: tuple[str, int],
    told: Told,
) -> Callable[[], None]:  # fmt: skip
    """One mail for each reader, written; returns what records them. ``subject`` is what they are about: kind and id.

    Works outside any transaction, since the words are put together in the renderer process.
    """
    try:
        mails = [_mail(kind, job, marketplace, subject, told, member) for member in readers]
    except RendererDied:
        raise
    except RenderError as error:
        raise outbox.Permanent(f"The text of the mail is not usable: {error}") from error
    return partial(_record, mails)


def _mail(
    kind: str, job: OutboxJob, marketplace: Marketplace, subject: tuple[str, int], told: Told, member: Membership
) -> Delivery:
    language = defaults.language_for(kind, (member.language, marketplace.default_language))
    source = texts.default_source(kind, language)
    with translation.override(language), timezone.override(marketplace.zone):
        data = {**told(language), "recipient": one_line(member.name)}
    words = texts.write(source, data)
    return Delivery(
        marketplace=marketplace,
        kind=kind,
        event=job.event,
        payload=job.payload,
        recipient=member.user.email,
        company_id=member.company_id,
        user_id=member.user_id,
        subject_kind=subject[0],
        subject_id=subject[1],
        language=language,
        template_version=source.version,
        subject=words.subject,
        body=words.body,
        message_id=message_id(job.event, kind, member.user.email),
    )


def _record(mails: Iterable[Delivery]) -> None:
    now = database_now()
    for mail in mails:
        if Delivery.objects.filter(event=mail.event, kind=mail.kind, recipient=mail.recipient).exists():
            continue  # An earlier run has planned it.
        mail.created_at = now
        mail.save(force_insert=True)
        queue(mail, now)
