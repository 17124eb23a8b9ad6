"""A memo with what its page and its verbs must know beside its row, in one query."""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from companies.models import Membership
from core.models import Approval
from creditmemos.models import CreditMemo

if TYPE_CHECKING:
    from companies.members import Member

KIND = "creditmemo"
RELATED = (
    "marketplace__settings", "payer", "beneficiary", "merchant__company", "billed_user", "source_invoice",
    "sibling_invoice", "reason", "created_by", "voided_by", "closed_by",
)  # fmt: skip


def memos_with_standing(member: "Member") -> QuerySet[CreditMemo]:
    """Memos that the member sees, with their parties, and as annotations:

    ``waiting_id``, ``waiting_verb`` and ``waiting_by`` of the request that waits for a second person, if there is
    one, and ``is_own``: whether the member belongs to the payer, the beneficiary, or their relatives (I18).
    """
    waiting = Approval.objects.filter(kind=KIND, object_id=OuterRef("pk"), decision=Approval.Decision.WAITING).order_by(
        "pk"
    )
    mine = Membership.objects.filter(user_id=member.user.pk, is_active=True)
    own = (
        Q(company_id=OuterRef("payer_id"))
        | Q(company_id=OuterRef("beneficiary_id"))
        | Q(company_id=OuterRef("payer__parent_id"))
        | Q(company_id=OuterRef("beneficiary__parent_id"))
        | Q(company__parent_id=OuterRef("payer_id"))
        | Q(company__parent_id=OuterRef("beneficiary_id"))
    )
    return (
        CreditMemo.objects.visible_to(member)
        .select_related(*RELATED)
        .annotate(
            waiting_id=Subquery(waiting.values("pk")[:1]),
            waiting_verb=Subquery(waiting.values("verb")[:1]),
            waiting_by=Subquery(waiting.values("requested_by_id")[:1]),
            is_own=Exists(mine.filter(own)),
        )
    )
