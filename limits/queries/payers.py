"""Whose credit limit a member may look into."""

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from companies.models import Company

if TYPE_CHECKING:
    from companies.members import Member


def payers_for(member: "Member") -> QuerySet[Company]:
    """All companies of the marketplace for its staff, else the own one alone: the line is about what it owes."""
    rows = Company.objects.visible_to(member)
    return rows if member.is_staff_side else rows.filter(pk=member.company.pk)
