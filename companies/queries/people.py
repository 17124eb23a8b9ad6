"""Reads that join companies and people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from companies.domain.roles import STAFF, allowed
from companies.models import Company, Grant, Marketplace, Membership, MerchantOfRecord, User
from core.models import PersonAsOf
from core.people import name_then
from core.prepared import Prepared

if TYPE_CHECKING:
    from companies.members import Member

PROBATION = timedelta(days=30)
"""How long somebody whom no second person admitted decides for nobody."""


@dataclass(frozen=True, slots=True)
class OwnCompanies:
    """The companies of one person, with their parents and children, as ids.

    Whoever belongs to the operator is apart: all staff do, so those that are reached by it alone ask a second person.
    """

    own: frozenset[int] = frozenset()
    operators: frozenset[int] = frozenset()


def own_companies_of(user_id: int | None) -> OwnCompanies:
    """One person's; nobody's is empty."""
    return own_companies_of_each([] if user_id is None else [user_id]).get(user_id or 0, OwnCompanies())


def own_companies_of_each(user_ids: Iterable[int]) -> dict[int, OwnCompanies]:
    """Those of each person who belongs anywhere, in one statement."""
    mine = Membership.objects.active().filter(user_id__in=list(user_ids))
    reached = [
        mine.values_list("user_id", company, "company__kind")
        for company in ("company_id", "company__parent_id", "company__children")
    ]
    own: dict[int, set[int]] = defaultdict(set)
    operators: dict[int, set[int]] = defaultdict(set)
    for user_id, company, kind in reached[0].union(*reached[1:]):
        if company is not None:
            (operators if kind == Company.Kind.OPERATOR else own)[user_id].add(company)
    people = own.keys() | operators.keys()
    return {pk: OwnCompanies(frozenset(own[pk]), frozenset(operators[pk] - own[pk])) for pk in people}


def kinds_of_own(user_ids: Iterable[int], company_ids: Collection[int]) -> set[str]:
    """The kinds of those companies, or of their parents and children, to which any of these people belongs (I18)."""
    mine = Membership.objects.active().filter(_around(company_ids), user_id__in=list(user_ids))
    return set(mine.values_list("company__kind", flat=True))


def _around(company_ids: Collection[int]) -> Q:
    """Memberships in these companies, in their parents and in their children."""
    return Q(company_id__in=company_ids) | Q(company__children__in=company_ids) | Q(company__parent_id__in=company_ids)


def is_own(user_id: int, *parties: str) -> Exists:
    """Whether the person belongs to a company that a row names, or to its parent or children (I18).

    ``parties`` are the row's foreign keys; the operator does not count, to which all staff belong.
    """
    related = Q()
    for party in parties:
        related |= Q(company_id=OuterRef(f"{party}_id")) | Q(company_id=OuterRef(f"{party}__parent_id"))
        related |= Q(company__parent_id=OuterRef(f"{party}_id"))
    mine = Membership.objects.active().filter(user_id=user_id).exclude(company__kind=Company.Kind.OPERATOR)
    return Exists(mine.filter(related))


def members_around(company_ids: Collection[int]) -> set[int]:
    """The ids of everybody who belongs to these companies, or to their parents or children, other than the operator."""
    rows = Membership.objects.active().filter(_around(company_ids))
    return set(rows.exclude(company__kind=Company.Kind.OPERATOR).values_list("user_id", flat=True))


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


def name_at(user: str, at: str, marketplace: str = "marketplace_id") -> Coalesce:
    """An annotation: what the row's marketplace called the person of the column ``user`` at the moment of ``at``.

    For whoever did what the row says: a later name changes nothing of it.
    """
    return Coalesce(name_then(user, at, marketplace), name_of(user, marketplace))


def member_at() -> Coalesce:
    """An annotation of audit rows about memberships: what the marketplace called the member at the row's moment."""
    known = PersonAsOf.objects.filter(
        user__memberships=OuterRef("object_id"), marketplace_id=OuterRef("marketplace_id")
    )
    then = known.filter(since__lte=OuterRef("at")).order_by("-since", "-pk").values("name")[:1]
    today = Membership.objects.filter(pk=OuterRef("object_id")).values("name")[:1]
    return Coalesce(Subquery(then), Subquery(known.order_by("pk").values("name")[:1]), Subquery(today))


def name_in(marketplace_id: int, user: User | None) -> str:
    """The name that a marketplace has for a person; empty for nobody."""
    if user is None:
        return ""
    inside = Membership.objects.filter(user=user, company__marketplace_id=marketplace_id).order_by("pk")
    return inside.values_list("name", flat=True).first() or ""


def known_in(marketplace_id: int, user: User | None) -> User | None:
    """The person, ``known_as`` the marketplace knows them; None for nobody."""
    return User.objects.known_in(marketplace_id).get(pk=user.pk) if user else None


def creditable_companies(user_id: int, marketplace_id: int) -> Q:
    """The filter for companies that this person may credit: none that they belong to, nor its relatives."""
    mine = Membership.objects.active().filter(user_id=user_id).exclude(company__kind=Company.Kind.OPERATOR)
    own = mine.values("company_id")
    parents = Company.objects.filter(pk__in=own, parent__isnull=False).values("parent_id")
    near = Q(pk__in=own) | Q(pk__in=parents) | Q(parent_id__in=own)
    return Q(marketplace_id=marketplace_id, is_active=True) & ~near & ~Q(kind=Company.Kind.OPERATOR)


def _merchants(marketplace: int) -> QuerySet[MerchantOfRecord]:
    rows = MerchantOfRecord.objects.filter(marketplace_id=marketplace).select_related("company")
    return rows.only("code", "marketplace_id", "company__name").order_by("pk")


MERCHANTS = Prepared(_merchants)


def merchants_of(marketplace: Marketplace) -> list[MerchantOfRecord]:
    """Who sells in a marketplace, with the names of their companies, in the order in which they came."""
    return MERCHANTS.rows(marketplace.pk)
