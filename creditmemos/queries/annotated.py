"""A memo with what its page and its verbs must know beside its row, in one query."""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from companies.queries.people import is_own, name_at
from core.models import Approval
from creditmemos.domain.wording import KIND
from creditmemos.models import CreditMemo, CreditMemoLine

if TYPE_CHECKING:
    from companies.members import Member

RELATED = (
    "marketplace__settings", "payer", "beneficiary", "merchant__company", "sibling_invoice",
    "divided_from", "reason",
)  # fmt: skip


def annotated_memos(member: "Member") -> QuerySet[CreditMemo]:
    """Memos that the member sees, with their parties, and as annotations:

    ``waiting_id``, ``waiting_verb`` and ``waiting_by`` of the request that waits for a second person, if there is
    one, ``is_own``: whether the member belongs to the payer, the beneficiary, or their relatives (I18),
    ``has_several_lines``, and the names of who created, voided and closed it.
    """
    waiting = Approval.objects.filter(kind=KIND, object_id=OuterRef("pk"), decision=Approval.Decision.WAITING).order_by(
        "pk"
    )
    return (
        CreditMemo.objects.visible_to(member)
        .select_related(*RELATED)
        .annotate(
            waiting_id=Subquery(waiting.values("pk")[:1]),
            waiting_verb=Subquery(waiting.values("verb")[:1]),
            waiting_by=Subquery(waiting.values("requested_by_id")[:1]),
            is_own=is_own(member.user.pk, "payer", "beneficiary"),
            has_several_lines=Exists(CreditMemoLine.objects.filter(memo=OuterRef("pk"), position=2)),
            created_by_name=name_at("created_by_id", "created_at"),
            voided_by_name=name_at("voided_by_id", "voided_at"),
            closed_by_name=name_at("closed_by_id", "closed_at"),
        )
    )
