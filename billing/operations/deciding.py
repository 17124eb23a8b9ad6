"""Carry out what a second person decided about recorded events: they are billed by the next run, or end."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from billing.domain.refusals import ImportGoesOn
from billing.models import BillingEvent, EventImport
from billing.operations.asking import EVENT
from billing.rating.lines import REJECTED, WITHDRAWN
from companies.domain.refusals import OwnCompany
from companies.queries.people import own_companies_of
from core.actors import Actor
from core.locking import lock_one
from core.models import Approval

Status = BillingEvent.Status


def asked_about(approval: Approval) -> QuerySet[BillingEvent]:
    """The events that wait for this decision."""
    about = {"pk": approval.object_id} if approval.kind == EVENT else {"event_import_id": approval.object_id}
    return BillingEvent.objects.filter(marketplace_id=approval.marketplace_id, status=Status.ASKED, **about)


def carry_out(approval: Approval, actor: Actor, now: datetime) -> int:  # noqa: ARG001 - what every verb is told
    """Let them wait for a run; returns how many. Neither person may belong to any of their companies by now (I18)."""
    _lock(approval)
    _refuse_own(approval, actor.user_id)
    maker = _("Whoever recorded this belongs to the company by now, so it can't be approved.")
    _refuse_own(approval, approval.requested_by_id, maker)
    return asked_about(approval).update(status=Status.PENDING, approved_by_id=actor.user_id)


def give_back(approval: Approval, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - what every verb is told
    """Rejected or taken back: they are never billed, and say why."""
    _lock(approval)
    rejected = approval.decision == Approval.Decision.REJECTED
    if rejected:
        _refuse_own(approval, actor.user_id)
    asked_about(approval).update(status=Status.REJECTED, reason=REJECTED if rejected else WITHDRAWN)


def _lock(approval: Approval) -> None:
    """The import before its events, as its reader does; what is still being read is not decided."""
    if approval.kind == EVENT:
        lock_one(BillingEvent.objects.filter(pk=approval.object_id, marketplace_id=approval.marketplace_id))
        return
    row = lock_one(EventImport.objects.filter(pk=approval.object_id, marketplace_id=approval.marketplace_id))
    if row.is_open:
        raise ImportGoesOn


def _refuse_own(approval: Approval, user_id: int | None, message: str | None = None) -> None:
    own = own_companies_of(user_id).own
    near = Q(company_id__in=own) | Q(account__payer_id__in=own)
    if own and asked_about(approval).filter(near).exists():
        raise OwnCompany(message, field="company")
