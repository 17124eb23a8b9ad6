"""Plain mails to people who work for a marketplace: somebody asks for their decision, has decided, or acts alone."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Marketplace, Membership
from companies.operations.approvals import ALONE, DECIDED, REQUESTED, others_who_decide
from companies.queries.people import name_in
from companies.queries.two_person import verb_of
from core import outbox
from core.clock import database_now
from core.formats import locale_of, moment_text
from core.models import Approval, OutboxJob
from core.money import format_amount
from core.printable import one_line
from notifications.domain import kinds
from notifications.domain.kinds import StaffKind
from notifications.domain.truth import NoLongerTrue, StillTrue, Waiting
from notifications.mail.recipients import staff_of
from notifications.operations.to_staff import plan_for, refuse_stranger

SUBJECT = "approval"
"""What these mails are about, in the log of deliveries."""
Readers = Callable[[Approval], list[Membership]]


def register_all() -> None:
    """Called from AppConfig.ready."""
    _register("acting_alone", gettext_lazy("Somebody acts alone"), ALONE, _all_staff, _while_it_waits_alone)
    _register("approval_requested", gettext_lazy("Approval requested"), REQUESTED, _deciders, _while_they_decide)
    _register("approval_decided", gettext_lazy("Approval decided"), DECIDED, _maker, _while_it_is_theirs)


def _register(name: str, label: Promise, topic: str, readers: Readers, still_true: StillTrue) -> None:
    kinds.add_staff(StaffKind(name, label, still_true))
    run = partial(_plan, name, readers)
    title = format_lazy("{mail}: {kind}", mail=gettext_lazy("Write a mail"), kind=label)
    outbox.register(outbox.Handler(topic, f"notifications.{name}", run, kind="outside", leaves=True, label=title))


# --- who is told, and until when that is true -------------------------------------------------------------------------


def _all_staff(approval: Approval) -> list[Membership]:
    """While they can still object."""
    waits = approval.decision == Approval.Decision.WAITING
    return staff_of(approval.marketplace) if waits else []


def _deciders(approval: Approval) -> list[Membership]:
    """Whoever may decide about it; never who asked."""
    if approval.decision != Approval.Decision.WAITING:
        return []
    ids = others_who_decide(approval, now=database_now())
    return [member for member in staff_of(approval.marketplace) if member.user_id in ids]


def _maker(approval: Approval) -> list[Membership]:
    """Who asked, unless they decided themselves: withdrew it, or let it take effect alone."""
    if approval.decided_by_id == approval.requested_by_id:
        return []
    return list(_memberships(approval.marketplace_id, approval.requested_by_id)[:1])


def _memberships(marketplace_id: int, user_id: int) -> QuerySet[Membership]:
    """Those of one person that count in a marketplace, the first one first."""
    inside = Membership.objects.active().filter(company__marketplace_id=marketplace_id, user_id=user_id)
    return inside.select_related("user", "company").order_by("pk")


def _approval_of(mail: Waiting) -> Approval:
    rows = Approval.objects.select_related("marketplace")
    return rows.get(pk=mail.payload["approval_id"], marketplace_id=mail.marketplace_id)


def _while_it_waits_alone(mail: Waiting) -> None:
    """Mails of earlier releases don't say which request they are about."""
    if "approval_id" in mail.payload:
        _refuse_decided(_approval_of(mail))
    refuse_stranger(mail, staff_of(Marketplace.objects.get(pk=mail.marketplace_id)))


def _while_they_decide(mail: Waiting) -> None:
    approval = _approval_of(mail)
    _refuse_decided(approval)
    if mail.user_id not in {member.user_id for member in _deciders(approval)}:
        raise NoLongerTrue(_("The recipient may no longer decide this request."))


def _while_it_is_theirs(mail: Waiting) -> None:
    """A decision stays; whoever asked may have left."""
    if mail.user_id is None or not _memberships(mail.marketplace_id, mail.user_id).exists():
        raise NoLongerTrue(_("The recipient no longer works for the marketplace."))


def _refuse_decided(approval: Approval) -> None:
    if approval.decision != Approval.Decision.WAITING:
        answer = approval.get_decision_display().lower()
        raise NoLongerTrue(_("The request was decided before this mail was sent: %(answer)s.") % {"answer": answer})


# --- what they read ---------------------------------------------------------------------------------------------------


def _plan(kind: str, readers: Readers, job: OutboxJob, _now: datetime) -> Callable[[], None] | None:
    """One mail for each of the people it concerns."""
    related = ("marketplace", "company", "requested_by", "decided_by")
    approval = Approval.objects.select_related(*related).get(pk=job.payload["approval_id"])
    return plan_for(
        readers(approval), kind=kind, job=job, marketplace=approval.marketplace, subject=(SUBJECT, approval.pk),
        told=partial(_told, approval),
    )  # fmt: skip


def _told(approval: Approval, language: str) -> dict[str, object]:
    """What the texts may say of a request; what it has not is an empty text."""
    marketplace, verb, locale = approval.marketplace, verb_of(approval), locale_of(language)
    waits = approval.decision == Approval.Decision.WAITING
    return {
        "marketplace": one_line(marketplace.name),
        "person": one_line(name_in(marketplace.pk, approval.requested_by)),
        "what": one_line(verb.title(approval)),
        "amount": format_amount(approval.amount, approval.currency, language) if approval.amount else "",
        "company": one_line(approval.company.name) if approval.company else "",
        "why": one_line(approval.request_reason),
        "consequence": one_line(verb.consequence(approval)) if waits else "",
        "moment": moment_text(approval.effective_at, locale) if approval.effective_at else "",
        "decision": approval.decision,
        "decided_by": one_line(name_in(marketplace.pk, approval.decided_by)),
        "answer": one_line(approval.decision_reason),
        "link": f"{settings.PUBLIC_URL}{reverse('creditmemos:approval', args=[approval.pk])}",
    }
