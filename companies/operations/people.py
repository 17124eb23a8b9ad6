"""People: invite somebody into a company, change their roles, end their membership."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from companies.domain.addresses import canonical
from companies.domain.names import check_person_name
from companies.domain.refusals import (
    AlreadyInvited,
    AlreadyMember,
    ChangedSince,
    CompanyIsOff,
    LastManager,
    NoRoles,
    NotActive,
    NotYourself,
    OwnRoles,
    RoleNotHere,
)
from companies.domain.roles import ROLES_OF_KIND, Role
from companies.domain.widening import widens_roles
from companies.models import Company, Membership, User
from companies.operations.approvals import request
from companies.operations.invitations import announce
from core import audit
from core.actors import Actor
from core.checks import check_text
from core.errors import InvalidInput, refusal_of
from core.locking import lock, lock_one
from core.models import Approval
from core.search_keys import folded

PERMISSION = "people.change"

LONGEST_ADDRESS = 254
"""Letters of an e-mail address."""


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
) -> Membership | Approval:
    """Offer a person roles in a company: they count once the person accepts them, who is told by mail.

    A person is known by e-mail address. Whoever is a member of the marketplace already keeps name and language, and
    the further roles count at once; whoever is known elsewhere only, or was a member once, is asked like a stranger.
    Returns the request where the person would join the marketplace's own staff: a second person decides.
    """
    person = Invitation(email=email, name=name, language=language, roles=list(roles))
    company = lock_one(Company.objects.filter(pk=company.pk, marketplace_id=actor.marketplace_id))
    check_invitation(company, person, actor)
    if widens_roles(company.kind, [], person.roles):
        return request(
            kind="company", verb="invite", object_id=company.pk, company_id=company.pk, subject=person.address,
            arguments={**asdict(person), "company": company.name}, actor=actor, now=now,
        )  # fmt: skip
    return _admit(company, person, actor=actor, maker_id=actor.user_id, is_confirmed=False, now=now)


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom a company is to have as a member, as it was typed."""

    email: str
    name: str
    language: str
    roles: list[str]

    @property
    def address(self) -> str:
        """The address as accounts have it."""
        return canonical(self.email)


def check_invitation(company: Company, person: Invitation, actor: Actor) -> None:
    """Ask the guards of inviting: the address, the name, the roles, and that it is nobody who has roles already."""
    if not company.is_active:
        raise CompanyIsOff(company=company.name, field="company")
    check_address(person.address)
    if not person.name.strip():
        raise InvalidInput(_("Enter the person's name."), field="name")
    check_person_name(person.name)
    _check_roles(company, person.roles)
    known = company.memberships.filter(user__email=person.address).first()
    if User.objects.filter(email=person.address, pk=actor.user_id or 0).exists():
        raise OwnRoles(field="email")
    if known is not None:
        _check_ended(known)


def may_invite_again(membership: Membership) -> bool:
    """Whether the membership ended, and so can be offered anew."""
    return refusal_of(_check_ended, membership) is None


def _check_ended(membership: Membership) -> None:
    if membership.is_active:
        refusal = AlreadyMember if membership.accepted_at else AlreadyInvited
        raise refusal(person=membership.name, company=membership.company.name, field="email")


def check_address(address: str, *, field: str = "email") -> None:
    """Refuse what is no e-mail address, or one that is longer than mail allows (RFC 5321)."""
    check_text(address, longest=LONGEST_ADDRESS, field=field)
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], field=field) from error


def account_of(address: str) -> User:
    """The account of an address; a new one has no password."""
    return User.objects.get_or_create(email=address, defaults={"password": make_password(None)})[0]


def invite_approved(approval: Approval, actor: Actor, now: datetime) -> Membership:
    """Invite somebody to the staff, which a second person agreed to."""
    company = lock_one(Company.objects.filter(pk=approval.object_id, marketplace_id=approval.marketplace_id))
    given = approval.arguments
    person = Invitation(**{name: given[name] for name in ("email", "name", "language", "roles")})
    for somebody in (actor.user_id, approval.requested_by_id):
        check_invitation(company, person, replace(actor, user_id=somebody))
    return _admit(
        company, person, actor=actor, maker_id=approval.requested_by_id, is_confirmed=is_confirmed(approval), now=now
    )


def _admit(
    company: Company, person: Invitation, *, actor: Actor, maker_id: int | None, is_confirmed: bool, now: datetime
) -> Membership:
    """The membership: it counts at once for who is a member of the marketplace, and waits for everybody else's yes."""
    user = account_of(person.address)
    here = lock(Membership.objects.filter(user=user, company__marketplace_id=actor.marketplace_id))
    membership = next((each for each in here if each.company_id == company.pk), Membership(user=user, company=company))
    member = next((each for each in here if each.is_active and each.accepted_at), None)
    membership.roles, membership.is_active = _check_roles(company, person.roles), True
    membership.admitted_at, membership.admitted_by_id, membership.is_confirmed = now, maker_id, is_confirmed
    membership.invited_at, membership.accepted_at = now, now if member else None
    called = (member.name, member.language) if member else (person.name.strip(), person.language)
    membership.name, membership.language = called
    membership.save()
    if member is None:
        Membership.objects.filter(pk__in=[each.pk for each in here]).update(
            name=called[0], search_key=folded(called[0]), language=called[1]
        )
        announce(membership, actor.marketplace_id, now)
    audit.record(
        actor=actor, verb="member.invited", obj=membership, company_id=company.pk,
        after={"user_id": user.pk, "roles": membership.roles}, now=now,
    )  # fmt: skip
    return membership


def may_set_roles(membership: Membership, *, actor: Actor) -> bool:
    """Whether it goes on, and is somebody else's."""
    return refusal_of(check_set_roles, membership, people=[actor.user_id]) is None


def check_set_roles(membership: Membership, *, people: Sequence[int | None]) -> None:
    """Ask the guards of changing roles, before any is chosen: none of these ``people`` may be the member (I19)."""
    _check_active(membership)
    if membership.user_id in people:
        raise OwnRoles


@transaction.atomic
def set_roles(*, membership: Membership, roles: Sequence[str], actor: Actor, now: datetime) -> Membership | Approval:
    """Change what a member may do; somebody must stay a manager of the marketplace. Nobody changes their own.

    Returns the request where one of the marketplace's own staff would gain anything: a second person decides.
    """
    membership, chosen = _lock_for_roles(membership, roles, [actor.user_id], actor)
    if widens_roles(membership.company.kind, membership.roles, chosen):
        return request(
            kind="membership", verb="change_roles", object_id=membership.pk, company_id=membership.company_id,
            arguments={"roles": chosen}, actor=actor, now=now,
            snapshot={
                "roles": membership.roles, "person": membership.name, "company": membership.company.name,
                "user_id": membership.user_id,
            },
        )  # fmt: skip
    return _change_roles(membership, chosen, actor, now)


def roles_approved(approval: Approval, actor: Actor, now: datetime) -> Membership:
    """Give a member further rights, which a second person agreed to."""
    people = [actor.user_id, approval.requested_by_id]
    asked = Membership(pk=approval.object_id)
    membership, chosen = _lock_for_roles(asked, approval.arguments["roles"], people, actor)
    if membership.roles != approval.snapshot["roles"]:
        raise ChangedSince
    membership.admitted_at, membership.admitted_by_id = now, approval.requested_by_id
    membership.is_confirmed = is_confirmed(approval)
    membership.save(update_fields=["admitted_at", "admitted_by", "is_confirmed"])
    return _change_roles(membership, chosen, actor, now)


def is_confirmed(approval: Approval) -> bool:
    """Whether a second person agreed, and nobody acted alone."""
    return approval.decided_by_id != approval.requested_by_id


def _lock_for_roles(
    membership: Membership, roles: Sequence[str], people: Sequence[int | None], actor: Actor
) -> tuple[Membership, list[str]]:
    """The membership, locked, and its new roles."""
    membership = _lock(membership, actor)
    check_set_roles(membership, people=people)
    chosen = _check_roles(membership.company, roles)
    if Role.MANAGER not in chosen:
        _refuse_last_manager(membership, actor)
    return membership, chosen


def _change_roles(membership: Membership, chosen: list[str], actor: Actor, now: datetime) -> Membership:
    before = list(membership.roles)
    membership.roles = chosen
    membership.save(update_fields=["roles"])
    audit.record(
        actor=actor, verb="member.roles_changed", obj=membership, company_id=membership.company_id,
        before={"roles": before}, after={"user_id": membership.user_id, "roles": chosen}, now=now,
    )  # fmt: skip
    return membership


def may_deactivate(membership: Membership, *, actor: Actor) -> bool:
    """Whether it goes on, and is somebody else's."""
    return refusal_of(_check_leaving, membership, actor) is None


def check_deactivate(membership: Membership, *, actor: Actor) -> None:
    """Ask every guard of ending a membership; somebody must stay a manager of the marketplace."""
    _check_leaving(membership, actor)
    _refuse_last_manager(membership, actor)


def _check_leaving(membership: Membership, actor: Actor) -> None:
    _check_active(membership)
    if membership.user_id == actor.user_id:
        raise NotYourself


@transaction.atomic
def deactivate(*, membership: Membership, actor: Actor, now: datetime) -> Membership:
    """End a membership: the person loses all rights in the company with the next page; what they did stays."""
    membership = _lock(membership, actor)
    check_deactivate(membership, actor=actor)
    membership.is_active = False
    membership.save(update_fields=["is_active"])
    audit.record(
        actor=actor, verb="member.deactivated", obj=membership, company_id=membership.company_id,
        before={"roles": list(membership.roles)}, after={"user_id": membership.user_id}, now=now,
    )  # fmt: skip
    return membership


def _check_roles(company: Company, roles: Sequence[str]) -> list[str]:
    """The roles once each, in the table's order, as far as a company of this kind can give them."""
    if not roles:
        raise NoRoles(field="roles")
    for role in roles:
        if role not in ROLES_OF_KIND[company.kind]:
            label = Role(role).label if role in Role.values else role
            raise RoleNotHere(company=company.name, role=label, field="roles")
    return [str(role) for role in Role if role in roles]


def _lock(membership: Membership, actor: Actor) -> Membership:
    """Lock the operator's memberships when one of them is meant, so that two managers can't remove each other."""
    inside = Membership.objects.filter(company__marketplace_id=actor.marketplace_id)
    lock(inside.filter(company__memberships=membership.pk))
    return lock_one(inside.filter(pk=membership.pk).select_related("company", "user"))


def _check_active(membership: Membership) -> None:
    if not membership.is_active:
        raise NotActive(person=membership.name, company=membership.company.name)


def _refuse_last_manager(membership: Membership, actor: Actor) -> None:
    if Role.MANAGER not in membership.roles:
        return
    others = Membership.objects.active().filter(company__marketplace_id=actor.marketplace_id).exclude(pk=membership.pk)
    if not any(Role.MANAGER in roles for roles in others.values_list("roles", flat=True)):
        raise LastManager(person=membership.name)
