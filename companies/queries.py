"""Reads that join companies and people."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet

from companies.models import Company, Grant, Marketplace, Membership, MerchantOfRecord, User
from companies.roles import STAFF, allowed
from core.prepared import Prepared

if TYPE_CHECKING:
    from companies.members import Member

PROBATION = timedelta(days=30)
"""How long somebody whom no second person admitted decides for nobody."""


def relatives(companies: Iterable[Company]) -> set[int]:
    """The companies themselves, their parents and their children, as ids."""
    own = {company.pk for company in companies}
    parents = {company.parent_id for company in companies if company.parent_id}
    children = Company.objects.filter(parent_id__in=own).values_list("pk", flat=True)
    return own | parents | set(children)


def members_of(companies: Collection[Company]) -> set[int]:
    """The ids of everybody with an active membership in the companies or their parents and children (I18)."""
    return set(_memberships_around(companies).values_list("user_id", flat=True))


def belongs_to(user_ids: Iterable[int], companies: Collection[Company]) -> bool:
    """Whether any of these people has an active membership in the companies or their parents and children (I18)."""
    return _memberships_around(companies).filter(user_id__in=list(user_ids)).exists()


def _memberships_around(companies: Collection[Company]) -> QuerySet[Membership]:
    own = {company.pk for company in companies}
    parents = {company.parent_id for company in companies if company.parent_id}
    related = Q(company_id__in=own | parents) | Q(company__parent_id__in=own)
    return Membership.objects.filter(related, is_active=True)


def deciders(marketplace_id: int, permission: str, *, now: datetime, newcomers: bool = False) -> set[int]:
    """The ids of the marketplace's own people who hold a permission and may decide for others (I19).

    Whoever a single person made a member is a newcomer for 30 days, and left out unless ``newcomers`` asks for them;
    so is who never set a password.
    """
    rows = Membership.objects.filter(
        company__marketplace_id=marketplace_id, company__kind=Company.Kind.OPERATOR, company__is_active=True,
        is_active=True, user__is_active=True,
    ).exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)  # fmt: skip
    if not newcomers:
        rows = rows.filter(Q(is_confirmed=True) | Q(admitted_at__lte=now - PROBATION))
    answers = Grant.objects.filter(marketplace_id=marketplace_id, permission=permission)
    grants = {(role, permission): granted for role, granted in answers.values_list("role", "granted")}
    return {
        row.user_id for row in rows if any(allowed(role, permission, grants) for role in STAFF if role in row.roles)
    }


def stands_for(user_id: int, marketplace_id: int, *, now: datetime) -> set[int]:
    """The ids of people who made this one a member of the marketplace's staff by themselves, less than 30 days ago.

    What such a newcomer asks for, they may have asked for themselves.
    """
    rows = Membership.objects.filter(
        user_id=user_id, company__marketplace_id=marketplace_id, company__kind=Company.Kind.OPERATOR,
        is_confirmed=False, admitted_at__gt=now - PROBATION, admitted_by__isnull=False,
    )  # fmt: skip
    return set(rows.values_list("admitted_by_id", flat=True))


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
