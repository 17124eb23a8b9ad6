"""Reads that join companies and people."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from companies.models import Company, Marketplace, Membership, MerchantOfRecord, User
from core.prepared import Prepared

if TYPE_CHECKING:
    from companies.members import Member


def relatives(companies: Iterable[Company]) -> set[int]:
    """The companies themselves, their parents and their children, as ids."""
    own = {company.pk for company in companies}
    parents = {company.parent_id for company in companies if company.parent_id}
    children = Company.objects.filter(parent_id__in=own).values_list("pk", flat=True)
    return own | parents | set(children)


def belongs_to(user_ids: Iterable[int], companies: Collection[Company]) -> bool:
    """Whether any of these people has an active membership in the companies or their parents and children (I18)."""
    own = {company.pk for company in companies}
    parents = {company.parent_id for company in companies if company.parent_id}
    related = Q(company_id__in=own | parents) | Q(company__parent_id__in=own)
    return Membership.objects.filter(related, user_id__in=list(user_ids), is_active=True).exists()


def billing_contacts(company: Company) -> list[Membership]:
    """Active company and billing admins of a company, with their users, in a stable order."""
    members = company.memberships.filter(is_active=True, user__is_active=True).select_related("user").order_by("pk")
    return [member for member in members if {"company_admin", "billing_admin", "reseller"} & set(member.roles)]


def people_seen_by(member: Member) -> QuerySet[User]:
    """Whoever belongs to a company that the member sees, active or not."""
    companies = Company.objects.visible_to(member).values("pk")
    return User.objects.filter(pk__in=Membership.objects.filter(company__in=companies).values("user_id"))


def creditable_companies(user_id: int, marketplace_id: int) -> Q:
    """The filter for companies that this person may credit: none that they belong to, nor its relatives."""
    mine = Membership.objects.filter(user_id=user_id, is_active=True).values("company_id")
    parents = Company.objects.filter(pk__in=mine, parent__isnull=False).values("parent_id")
    own = Q(pk__in=mine) | Q(pk__in=parents) | Q(parent_id__in=mine)
    return Q(marketplace_id=marketplace_id, is_active=True) & ~own & ~Q(kind=Company.Kind.OPERATOR)


def _merchants(marketplace: int) -> QuerySet[MerchantOfRecord]:
    rows = MerchantOfRecord.objects.filter(marketplace_id=marketplace).select_related("company")
    return rows.only("code", "marketplace_id", "company__name").order_by("pk")


MERCHANTS = Prepared(_merchants)


def merchants_of(marketplace: Marketplace) -> list[MerchantOfRecord]:
    """Who sells in a marketplace, with the names of their companies, in the order in which they came."""
    return MERCHANTS.rows(marketplace.pk)
