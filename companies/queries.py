"""Reads that join companies and people."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

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
    return Membership.objects.active().filter(related)


def deciders(marketplace_id: int, permission: str, *, now: datetime, newcomers: bool = False) -> set[int]:
    """The ids of the marketplace's own people who hold a permission and may decide for others (I19).

    Whoever a single person made a member is a newcomer for 30 days, and left out unless ``newcomers`` asks for them.
    """
    rows = Membership.objects.active().filter(
        company__marketplace_id=marketplace_id, company__kind=Company.Kind.OPERATOR, company__is_active=True
    )
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
    members = company.memberships.active().select_related("user").order_by("pk")
    return [member for member in members if {"company_admin", "billing_admin", "reseller"} & set(member.roles)]


def people_seen_by(member: Member) -> QuerySet[User]:
    """Whoever belongs, or ever belonged, to a company that the member sees, ``known_as`` its marketplace knows them."""
    companies = Company.objects.visible_to(member).values("pk")
    people = Membership.objects.filter(company__in=companies).values("user_id")
    return User.objects.known_in(member.marketplace.pk).filter(pk__in=people)


def members_to_choose(company: Company) -> QuerySet[User]:
    """Whoever a document of this company can be made out to: its members, by name."""
    members = company.memberships.active().values("user_id")
    return User.objects.known_in(company.marketplace_id).filter(pk__in=members).order_by(F("known_as"), "pk")


def name_of(user: str, marketplace: str = "marketplace_id") -> Coalesce:
    """An annotation: the name that the row's marketplace has for the person whose id is in the column ``user``."""
    inside = Membership.objects.filter(user_id=OuterRef(user), company__marketplace_id=OuterRef(marketplace))
    return Coalesce(Subquery(inside.order_by("pk").values("name")[:1]), Value(""))


def name_in(marketplace_id: int, user: User | None) -> str:
    """The name that a marketplace has for a person; empty for nobody."""
    if user is None:
        return ""
    inside = Membership.objects.filter(user=user, company__marketplace_id=marketplace_id).order_by("pk")
    return inside.values_list("name", flat=True).first() or ""


def creditable_companies(user_id: int, marketplace_id: int) -> Q:
    """The filter for companies that this person may credit: none that they belong to, nor its relatives."""
    mine = Membership.objects.active().filter(user_id=user_id).values("company_id")
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
