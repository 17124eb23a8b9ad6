"""Reads about approvals: what waits, and what a member may see of it."""

from django.db.models import OuterRef, QuerySet, Subquery

from companies.members import Member
from core.models import Approval
from creditmemos.models import CreditMemo

KIND = "creditmemo"


def requests_for(member: Member) -> QuerySet[Approval]:
    """Requests about credit memos: all of the marketplace for who may decide, one's own for everybody else."""
    found = Approval.objects.filter(marketplace_id=member.marketplace.pk, kind=KIND)
    return found if member.may("creditmemos.approve") else found.filter(requested_by_id=member.user.pk)


def with_document(found: QuerySet[Approval]) -> QuerySet[Approval]:
    """With what a row names: company, people, and ``document``, the memo's number or None for a draft."""
    number = CreditMemo.objects.filter(pk=OuterRef("object_id")).values("number")[:1]
    return found.select_related("company", "requested_by", "decided_by").annotate(document=Subquery(number))


def earlier_requests(approval: Approval) -> QuerySet[Approval]:
    """Other requests about the same document, latest first."""
    same = Approval.objects.filter(
        marketplace_id=approval.marketplace_id, kind=approval.kind, object_id=approval.object_id
    )
    return same.exclude(pk=approval.pk).select_related("requested_by", "decided_by").order_by("-requested_at", "-pk")
