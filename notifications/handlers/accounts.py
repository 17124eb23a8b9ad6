"""Mails about people's own accounts: an invitation, and a link that proves an address and sets a password.

They go to the owner of the address alone. A link is written when its mail is sent and is kept nowhere: neither the
delivery log nor the database holds one, so that nobody else can read it.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from companies.operations.accounts import LINK_WANTED
from companies.operations.invitations import INVITED
from companies.queries.demo import is_demo_address
from companies.queries.links import Link
from core import outbox
from core.models import OutboxJob
from core.printable import one_line
from documents.renderer.rendering import RendererDied, RenderError
from notifications.mail import defaults, mailing, texts
from notifications.mail.mailing import MailRefused
from notifications.operations.planning import message_id

LIMIT = 60
"""Seconds; more than the mail server's answers may take together."""
INVITATION, FIRST_LINK, NEW_LINK = "account_invitation", "account_first_link", "account_link"
"""The texts: for who has an account, for who gets one, and for who asked."""


def register_all() -> None:
    """Called from AppConfig.ready."""
    for topic, name, run, label in (
        (INVITED, "notifications.invitation", invitation, _("Send an invitation")),
        (LINK_WANTED, "notifications.link", link, _("Send a link for a password")),
    ):
        outbox.register(
            outbox.Handler(topic, name, run, kind="outside", limit=LIMIT, queue="mail", leaves=True, label=label)
        )


def invitation(job: OutboxJob, _now: datetime) -> Callable[[], None] | None:
    """Tell a person of an invitation that still waits; whoever has not proved their address gets a link for it."""
    membership = _membership(job)
    if not membership.is_active or membership.accepted_at or not membership.company.is_active:
        return None
    if membership.user.proved_at and membership.user.has_usable_password():
        _send(job, membership, INVITATION, f"{settings.PUBLIC_URL}{reverse('companies:invitations')}")
    else:
        _send(job, membership, FIRST_LINK, Link(membership.user, membership).address)
    return None


def link(job: OutboxJob, _now: datetime) -> Callable[[], None] | None:
    """Mail a link to whoever asked for one at the sign-in page, unless they used another or lost their place since."""
    membership = _membership(job)
    proved = membership.user.proved_at
    if not membership.is_active or not membership.company.is_active or (proved and proved > job.at):
        return None
    _send(job, membership, NEW_LINK, Link(membership.user).address)
    return None


def _membership(job: OutboxJob) -> Membership:
    related = Membership.objects.select_related("user", "company__marketplace")
    return related.get(pk=job.payload["membership_id"])


def _send(job: OutboxJob, membership: Membership, text: str, address: str | Callable[[], str]) -> None:
    """Write and send one mail; what is refused for good is given up and listed with the failed jobs."""
    user, company = membership.user, membership.company
    if not user.is_active or is_demo_address(user.email):
        return
    wishes = (membership.language, company.language, company.marketplace.default_language)
    source = texts.default_source(text, defaults.language_for(text, wishes))
    data: dict[str, object] = {
        "name": one_line(membership.name),
        "company": one_line(company.name),
        "marketplace": one_line(company.marketplace.name),
        "link": address() if callable(address) else address,
    }
    try:
        words = texts.write(source, data)
    except RendererDied:
        raise
    except RenderError as error:
        raise outbox.Permanent(f"The text of the mail is not usable: {error}") from error
    message = EmailMessage(
        subject=words.subject,
        body=words.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[user.email],
        headers={"Message-ID": message_id(job.event, text, user.email), "Auto-Submitted": "auto-generated"},
    )
    try:
        mailing.send(message)
    except MailRefused as error:
        raise outbox.Permanent(str(error)) from error
