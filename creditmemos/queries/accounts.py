"""Balance accounts that a member may look into."""

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from companies.models import Company
from ledger.models import BalanceAccount

if TYPE_CHECKING:
    from companies.members import Member


def accounts_visible_to(member: "Member") -> QuerySet[BalanceAccount]:
    """All of the marketplace for its staff; resellers see their debts and what is owed to them.

    Developers and plain users see none: an account tells sums over documents that they do not see.
    """
    inside = BalanceAccount.objects.filter(marketplace_id=member.marketplace.pk)
    if member.is_staff_side:
        return inside
    if member.is_developer or member.is_plain_user:
        return inside.none()
    if member.company.kind == Company.Kind.RESELLER:
        return inside.filter(Q(payer_id=member.company.pk) | Q(merchant__company_id=member.company.pk))
    return inside.filter(payer_id=member.company.pk)
