"""Carry out what a second person decided about recorded events: they are billed by the next run, or end."""

from datetime import datetime
from itertools import islice

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.domain.refusals import ImportGoesOn
from billing.models import BillingEvent, EventImport
from billing.operations.asking import EVENT
from billing.operations.event_payers import concerned
from billing.operations.open_events import settle, stood_as
from billing.rating.lines import REJECTED, WITHDRAWN
from companies.domain.refusals import OwnCompany
from companies.queries.people import own_companies_of
from core.actors import Actor
from core.locking import lock, lock_one
from core.models import Approval

Status = BillingEvent.Status
CHUNK = 2000
"""Events at a time."""


def asked_about(approval: Approval) -> QuerySet[BillingEvent]:
    """The events that wait for this decision."""
    about = {"pk": approval.object_id} if approval.kind == EVENT else {"event_import_id": approval.object_id}
    return BillingEvent.objects.filter(marketplace_id=approval.marketplace_id, status=Status.ASKED, **about)


def carry_out(approval: Approval, actor: Actor, now: datetime) -> int:  # noqa: ARG001 - what every verb is told
    """Let them wait for a run; returns how many. Neither person may belong to any of their companies by now (I18)."""
    _lock(approval)
    companies = companies_asked_about(approval)
    _refuse_own(companies, actor.user_id)
    maker = _("The person who recorded this now belongs to the company, so it can't be approved.")
    _refuse_own(companies, approval.requested_by_id, maker)
    return asked_about(approval).update(status=Status.PENDING, approved_by_id=actor.user_id)


def give_back(approval: Approval, actor: Actor, now: datetime) -> None:
    """Rejected or taken back: they are never billed, and say why; what one would have replaced stands as it did."""
    _lock(approval)
    rejected = approval.decision == Approval.Decision.REJECTED
    if rejected:
        _refuse_own(companies_asked_about(approval), actor.user_id)
    for event in BillingEvent.objects.filter(pk__in=asked_about(approval).values("replaces_id")):
        settle(event, stood_as(event), verb="event.restored", note="", actor=actor, now=now)
    asked_about(approval).update(status=Status.REJECTED, reason=REJECTED if rejected else WITHDRAWN)


def _lock(approval: Approval) -> None:
    """The import before its events, as its reader does; what is still being read is not decided."""
    if approval.kind == EVENT:
        rows = BillingEvent.objects.filter(marketplace_id=approval.marketplace_id)
        replaced = rows.filter(pk=approval.object_id, replaces__isnull=False).values_list("replaces_id", flat=True)
        lock(rows.filter(pk__in=[approval.object_id, *replaced]))
        return
    row = lock_one(EventImport.objects.filter(pk=approval.object_id, marketplace_id=approval.marketplace_id))
    if row.is_open:
        raise ImportGoesOn


def companies_asked_about(approval: Approval) -> set[int]:
    """Ids of all companies that these events concern, also through the charges that they are about."""
    rows = asked_about(approval).select_related("account").order_by("pk")
    pairs = rows.order_by().values_list("company_id", "account__payer_id").distinct()
    found = {pk for pair in pairs for pk in pair}
    about = rows.exclude(source_key="").iterator(chunk_size=CHUNK)
    while chunk := list(islice(about, CHUNK)):
        found = found.union(*concerned(chunk).values())
    return found


def _refuse_own(companies: set[int], user_id: int | None, message: str | None = None) -> None:
    if companies & own_companies_of(user_id).own:
        raise OwnCompany(message, field="company")
