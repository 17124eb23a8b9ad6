"""How many requests wait for a member's decision, for the badge beside *Approvals*."""

from django.db.models import QuerySet

from companies.members import Member
from core.models import Approval
from core.prepared import Prepared
from creditmemos.domain.wording import KIND

MOST_COUNTED = 99
"""A badge says no more than "99+"; nothing beyond is counted."""


def _waiting(marketplace: int, user: int) -> QuerySet[Approval]:
    waiting = Approval.objects.filter(marketplace_id=marketplace, decision=Approval.Decision.WAITING)
    return waiting.exclude(requested_by_id=user).only("pk")[: MOST_COUNTED + 1]


def _waiting_memos(marketplace: int, user: int) -> QuerySet[Approval]:
    waiting = Approval.objects.filter(marketplace_id=marketplace, decision=Approval.Decision.WAITING, kind=KIND)
    return waiting.exclude(requested_by_id=user).only("pk")[: MOST_COUNTED + 1]


WAITING = Prepared(_waiting, count=2)
WAITING_MEMOS = Prepared(_waiting_memos, count=2)


def requests_waiting(member: Member) -> int:
    """Requests that wait for the member's decision, not counting their own; Support decides at most about memos."""
    waiting = WAITING if member.may("approvals.decide") else WAITING_MEMOS
    return len(waiting.rows(member.marketplace.pk, member.user.pk))
