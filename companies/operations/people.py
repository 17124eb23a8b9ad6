"""People: invite somebody into a company, change their roles, end their membership."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import Company, Membership, User
from companies.refusals import AlreadyMember, LastManager, NoRoles, NotActive, NotYourself, RoleNotHere
from companies.roles import ROLES_OF_KIND, Role
from core import audit
from core.actors import Actor
from core.errors import InvalidInput
from core.locking import lock, lock_one


@transaction.atomic
def invite(
    *,
    company: Company,
    email: str,
    name: str,
    roles: Sequence[str],
    actor: Actor,
    now: datetime,
    language: str = "",
) -> Membership:
    """Give a person roles in a company; whoever has no account yet gets one, without a password.

    A person is known by e-mail address; who is known already keeps name and language. A membership that had ended
    begins again.
    """
    company = lock_one(Company.objects.filter(pk=company.pk, marketplace_id=actor.marketplace_id))
    chosen = _check_roles(company, roles)
    user = _person(email, name, language)
    membership = Membership.objects.filter(user=user, company=company).first()
    if membership is None:
        membership = Membership(user=user, company=company)
    elif membership.is_active:
        raise AlreadyMember(person=user.name, company=company.name, field="email")
    membership.roles, membership.is_active = chosen, True
    membership.admitted_at, membership.admitted_by_id, membership.is_confirmed = now, actor.user_id, False
    membership.save()
    audit.record(
        actor=actor, verb="member.invited", obj=membership, company_id=company.pk,
        after={"user_id": user.pk, "roles": chosen}, now=now,
    )  # fmt: skip
    return membership


@transaction.atomic
def set_roles(*, membership: Membership, roles: Sequence[str], actor: Actor, now: datetime) -> Membership:
    """Change what a member may do; somebody must stay a manager of the marketplace."""
    membership = _lock_active(membership, actor)
    chosen = _check_roles(membership.company, roles)
    if Role.MANAGER not in chosen:
        _refuse_last_manager(membership, actor)
    before = list(membership.roles)
    membership.roles = chosen
    membership.save(update_fields=["roles"])
    audit.record(
        actor=actor, verb="member.roles_changed", obj=membership, company_id=membership.company_id,
        before={"roles": before}, after={"user_id": membership.user_id, "roles": chosen}, now=now,
    )  # fmt: skip
    return membership


@transaction.atomic
def deactivate(*, membership: Membership, actor: Actor, now: datetime) -> Membership:
    """End a membership: the person loses all rights in the company with the next page; what they did stays."""
    membership = _lock_active(membership, actor)
    if membership.user_id == actor.user_id:
        raise NotYourself
    _refuse_last_manager(membership, actor)
    membership.is_active = False
    membership.save(update_fields=["is_active"])
    audit.record(
        actor=actor, verb="member.deactivated", obj=membership, company_id=membership.company_id,
        before={"roles": list(membership.roles)}, after={"user_id": membership.user_id}, now=now,
    )  # fmt: skip
    return membership


def _person(email: str, name: str, language: str) -> User:
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], field="email") from error
    if not name.strip():
        raise InvalidInput(_("Enter the person's name."), field="name")
    fresh = {"name": name.strip(), "language": language, "password": make_password(None)}
    return User.objects.get_or_create(email=User.objects.normalize_email(email).lower(), defaults=fresh)[0]


def _check_roles(company: Company, roles: Sequence[str]) -> list[str]:
    """The roles once each, in the table's order, as far as a company of this kind can give them."""
    if not roles:
        raise NoRoles(field="roles")
    for role in roles:
        if role not in ROLES_OF_KIND[company.kind]:
            label = Role(role).label if role in Role.values else role
            raise RoleNotHere(company=company.name, role=label, field="roles")
    return [str(role) for role in Role if role in roles]


def _lock_active(membership: Membership, actor: Actor) -> Membership:
    """Lock the operator's memberships when one of them is meant, so that two managers can't remove each other."""
    inside = Membership.objects.filter(company__marketplace_id=actor.marketplace_id)
    lock(inside.filter(company__memberships=membership.pk))
    found = lock_one(inside.filter(pk=membership.pk).select_related("company", "user"))
    if not found.is_active:
        raise NotActive(person=found.user.name, company=found.company.name)
    return found


def _refuse_last_manager(membership: Membership, actor: Actor) -> None:
    if Role.MANAGER not in membership.roles:
        return
    others = Membership.objects.filter(
        company__marketplace_id=actor.marketplace_id, is_active=True, user__is_active=True
    ).exclude(pk=membership.pk)
    if not any(Role.MANAGER in roles for roles in others.values_list("roles", flat=True)):
        raise LastManager(person=membership.user.name)
