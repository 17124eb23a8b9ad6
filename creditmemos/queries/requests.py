"""Reads about approvals: what waits, and what a member may see of it."""

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When

from companies.members import Member
from companies.queries.names import company_at
from companies.queries.people import name_at
from companies.queries.two_person import verbs
from core.models import Approval
from creditmemos.domain.wording import KIND
from creditmemos.models import CreditMemo


def requests_for(member: Member) -> QuerySet[Approval]:
    """What the member may decide, all of the marketplace, and what they asked for themselves."""
    seen = Q(requested_by_id=member.user.pk)
    for verb in verbs():
        if member.may(verb.permission):
            seen |= Q(kind=verb.kind, verb=verb.name)
    known = Q()
    for verb in verbs():
        known |= Q(kind=verb.kind, verb=verb.name)
    return Approval.objects.filter(seen & known, marketplace_id=member.marketplace.pk)


def with_names(found: QuerySet[Approval]) -> QuerySet[Approval]:
    """With what whoever asked and decided, and the company, were called then.

    ``requested_by_name``, ``decided_by_name`` and ``company_then``.
    """
    return found.annotate(
        company_then=company_at("company_id", "requested_at"),
        requested_by_name=name_at("requested_by_id", "requested_at"),
        decided_by_name=name_at("decided_by_id", "decided_at"),
    )


def with_document(found: QuerySet[Approval]) -> QuerySet[Approval]:
    """With what a row names: company, people, and ``document``, the memo's number or None for a draft."""
    number = CreditMemo.objects.filter(pk=OuterRef("object_id")).values("number")[:1]
    document = Case(When(kind=KIND, then=Subquery(number)))
    return with_names(found.select_related("company")).annotate(document=document)


def earlier_requests(approval: Approval) -> QuerySet[Approval]:
    """Other requests about the same thing, latest first."""
    same = Approval.objects.filter(
        marketplace_id=approval.marketplace_id, kind=approval.kind, object_id=approval.object_id,
        subject=approval.subject,
    )  # fmt: skip
    return with_names(same.exclude(pk=approval.pk)).order_by("-requested_at", "-pk")
