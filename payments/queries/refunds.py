"""Refunds with what pages show beside their rows."""

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from companies.queries.people import is_own, name_at
from payments.models import Refund

if TYPE_CHECKING:
    from companies.members import Member

RELATED = ("payer", "memo", "payment", "invoice", "account__marketplace", "marketplace__settings")


def annotated_refunds(member: "Member") -> QuerySet[Refund]:
    """Refunds that the member sees, with what they pay back, and as annotations:

    ``is_own``: whether the member belongs to the payer or its relatives (I18); ``requested_by_name`` and
    ``approved_by_name``, empty where nobody approved.
    """
    return (
        Refund.objects.visible_to(member)
        .select_related(*RELATED)
        .defer("memo__frozen", "invoice__frozen")
        .annotate(
            is_own=is_own(member.user.pk, "payer"),
            requested_by_name=name_at("requested_by_id", "requested_at"),
            approved_by_name=name_at("approved_by_id", "requested_at"),
        )
    )
