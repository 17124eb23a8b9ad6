"""Who sees money, told once for payments and refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from companies.members import Member

Row = TypeVar("Row", bound=models.Model)


class OfPayers(models.QuerySet[Row]):
    """Rows of a ``marketplace`` and a ``payer``."""

    def visible_to(self, member: Member) -> Self:
        """What this member may see (I20): staff all, payers their own company's; plain users and developers none."""
        inside = self.filter(marketplace_id=member.marketplace.pk)
        if member.is_plain_user or member.is_developer:
            return inside.none()
        return inside if member.is_staff_side else inside.filter(payer_id=member.company.pk)
