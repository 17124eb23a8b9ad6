"""Appoint somebody from the machine itself: the repair of a marketplace that nobody can manage (I19)."""

from datetime import datetime

from django.db import transaction

from companies.domain.addresses import canonical
from companies.domain.names import check_person_name
from companies.domain.refusals import RoleNotHere
from companies.domain.roles import STAFF, Role
from companies.models import Company, Marketplace, Membership
from companies.operations.invitations import announce
from companies.operations.people import account_of, check_address
from core import audit
from core.actors import Actor
from core.errors import Missing
from core.locking import lock, lock_one


@transaction.atomic
def appoint(
    *,
    marketplace: Marketplace,
    email: str,
    role: str,
    operator: str,
    now: datetime,
    name: str = "",
    is_mailed: bool = True,
) -> Membership:
    """Give a person a role in a marketplace's own company, beside those that they have.

    It counts at once for who has proved their address, and waits for everybody else's yes, who are mailed; not where
    ``is_mailed`` says that whoever sits at the machine hands the link over. ``name`` is for a new member.
    ``operator`` is who sits at the machine, for the audit log. Whoever has the machine has the books anyway, so this
    counts as a second person's consent. Raises Missing, RoleNotHere, NameIsReserved or InvalidInput.
    """
    address = canonical(email)
    check_address(address)
    check_person_name(name)
    company = lock_one(
        Company.objects.filter(
            pk=Company.objects.filter(marketplace=marketplace, kind=Company.Kind.OPERATOR, is_active=True)
            .order_by("pk")
            .values("pk")[:1]
        )
    )
    if role not in STAFF:
        raise RoleNotHere(company=company.name, role=role)
    user = account_of(address)
    if not user.is_active:
        raise Missing
    found = lock(Membership.objects.filter(user=user, company=company))
    membership = found[0] if found else Membership(user=user, company=company)
    before = list(membership.roles) if membership.is_active else []
    membership.roles = [str(each) for each in Role if each == role or each in before]
    membership.name = membership.name or name.strip() or address.partition("@")[0]
    membership.is_active, membership.is_confirmed = True, True
    membership.admitted_at, membership.admitted_by_id = now, None
    membership.invited_at = membership.invited_at or now
    membership.accepted_at = membership.accepted_at if before else None
    if user.proved_at and user.has_usable_password():
        membership.accepted_at = membership.accepted_at or now
    membership.save()
    if membership.accepted_at is None and is_mailed:
        announce(membership, marketplace.pk, now)
    audit.record(
        actor=Actor(marketplace_id=marketplace.pk, label=operator), verb="member.appointed", obj=membership,
        company_id=company.pk, before={"roles": before}, after={"user_id": user.pk, "roles": membership.roles}, now=now,
    )  # fmt: skip
    return membership
