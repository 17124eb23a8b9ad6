"""A memo with what its page and its verbs must know beside its row, in one query."""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTransform

from companies.queries.people import is_own, name_at
from core.models import Approval, AuditEntry
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
    ``has_several_lines``, the names of who created, voided and closed it, and ``reason_labels_then``: the labels that
    its reason had when it was issued, None where they are those of today.
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
            reason_labels_then=_labels_then(),
            created_by_name=name_at("created_by_id", "created_at"),
            voided_by_name=name_at("voided_by_id", "voided_at"),
            closed_by_name=name_at("closed_by_id", "closed_at"),
        )
    )


def _labels_then() -> Subquery:
    """The labels that a memo's reason had before the first change that came after the memo's issue."""
    changed = AuditEntry.objects.filter(
        marketplace_id=OuterRef("marketplace_id"), kind="creditreason", object_id=OuterRef("reason_id"),
        verb="creditreason.changed", at__gt=OuterRef("issued_at"), before__has_key="labels",
    ).order_by("pk")  # fmt: skip
    return Subquery(changed.annotate(then=KeyTransform("labels", "before")).values("then")[:1])
