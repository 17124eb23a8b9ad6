"""Plain mails to everybody who works for a marketplace: that one of them acts alone, and from when on."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from companies.domain.roles import STAFF
from companies.models import Company, Marketplace, Membership
from companies.operations.approvals import ALONE
from companies.queries.people import name_in
from companies.queries.two_person import verb_of
from core import outbox
from core.clock import database_now
from core.formats import locale_of, moment_text
from core.models import Approval, OutboxJob
from core.printable import one_line
from documents.renderer.rendering import RendererDied, RenderError
from notifications.mail import defaults, texts
from notifications.models import Delivery
from notifications.operations.planning import message_id, queue

KIND = "acting_alone"


def register_all() -> None:
    """Called from AppConfig.ready."""
    outbox.register(outbox.Handler(ALONE, "notifications.acting_alone", acting_alone, kind="outside", leaves=True))


def acting_alone(job: OutboxJob, _now: datetime) -> Callable[[], None] | None:
    """Tell all staff what one of them will do without a second person, while they can still object."""
    related = ("marketplace", "requested_by")
    approval = Approval.objects.select_related(*related).get(pk=job.payload["approval_id"])
    if approval.decision != Approval.Decision.WAITING:
        return None
    try:
        mails = [_mail(job, approval, member) for member in staff_of(approval.marketplace)]
    except RendererDied:
        raise
    except RenderError as error:
        raise outbox.Permanent(f"The text of the mail is not usable: {error}") from error
    return lambda: _record(mails)


def staff_of(marketplace: Marketplace) -> list[Membership]:
    """Everybody who works for the marketplace, with their accounts."""
    inside = Membership.objects.filter(company__marketplace=marketplace, company__kind=Company.Kind.OPERATOR)
    rows = inside.active().select_related("user", "company").order_by("pk")
    return [row for row in rows if not set(STAFF).isdisjoint(row.roles)]


def _mail(job: OutboxJob, approval: Approval, member: Membership) -> Delivery:
    marketplace = approval.marketplace
    wishes = (member.language, marketplace.default_language)
    language = defaults.language_for(KIND, wishes)
    source = texts.default_source(KIND, language)
    with translation.override(language), timezone.override(marketplace.zone):
        data: dict[str, object] = {
            "recipient": one_line(member.name),
            "person": one_line(name_in(marketplace.pk, approval.requested_by)),
            "what": one_line(verb_of(approval).title(approval)),
            "moment": moment_text(approval.effective_at, locale_of(language)) if approval.effective_at else "",
            "link": f"{settings.PUBLIC_URL}{reverse('creditmemos:approval', args=[approval.pk])}",
            "marketplace": one_line(marketplace.name),
        }
    words = texts.write(source, data)
    return Delivery(
        marketplace=marketplace,
        kind=KIND,
        event=job.event,
        recipient=member.user.email,
        company_id=member.company_id,
        user_id=member.user_id,
        language=language,
        template_version=source.version,
        subject=words.subject,
        body=words.body,
        message_id=message_id(job.event, KIND, member.user.email),
    )


def _record(mails: list[Delivery]) -> None:
    now = database_now()
    for mail in mails:
        if Delivery.objects.filter(event=mail.event, kind=mail.kind, recipient=mail.recipient).exists():
            continue  # An earlier run has planned it.
        mail.created_at = now
        mail.save(force_insert=True)
        queue(mail, now)
