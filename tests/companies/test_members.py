"""People: who they are in a company, and the verbs that invite them, change their roles and end their membership."""

import pytest

from companies import operations
from companies.domain.refusals import (
    AlreadyInvited,
    AlreadyMember,
    LastManager,
    NoRoles,
    NotActive,
    NotGrantable,
    NotYourself,
    RoleNotHere,
)
from companies.members import Member
from companies.models import Company, Membership, User
from core.errors import InvalidInput, Missing
from core.models import Approval, AuditEntry
from tests.factories.companies import MembershipFactory, UserFactory
from tests.factories.world import NOW, Market, make_market
from tests.support.verbs import noted, refused


@pytest.fixture
def south(db: None) -> Market:
    return make_market("south")


def invite(market: Market, **changes: object) -> Membership:
    arguments = {
        "company": market.acme, "email": "Ada@Example.com", "name": " Ada Lovelace ", "roles": ["billing_admin"],
        "actor": market.actor(), "now": NOW, **changes,
    }  # fmt: skip
    membership = operations.invite(**arguments)  # type: ignore[arg-type]
    assert isinstance(membership, Membership)
    return membership


def set_roles(market: Market, membership: Membership, *roles: str, person: str = "manager") -> Membership:
    changed = operations.set_roles(membership=membership, roles=roles, actor=market.actor(person), now=NOW)
    assert isinstance(changed, Membership)
    return changed


def deactivate(market: Market, membership: Membership, *, person: str = "manager") -> Membership:
    return operations.deactivate(membership=membership, actor=market.actor(person), now=NOW)


# --- invite -----------------------------------------------------------------------------------------------------------


def test_a_new_person_gets_an_account_without_a_password(market: Market) -> None:
    membership = invite(market, roles=["user", "billing_admin", "user"], language="de")
    user = membership.user
    assert (user.email, user.language, user.is_active, user.proved_at) == ("ada@example.com", "", True, None)
    assert (membership.name, membership.language, membership.accepted_at) == ("Ada Lovelace", "de", None)
    assert user.has_usable_password() is False
    assert (membership.company, membership.roles, membership.is_active) == (
        market.acme,
        ["billing_admin", "user"],
        True,
    )
    entry = noted("member.invited")
    assert (entry.object_id, entry.company, entry.actor) == (membership.pk, market.acme, market.user("manager"))
    assert entry.after == {"user_id": user.pk, "roles": ["billing_admin", "user"]}


def test_whoever_is_known_elsewhere_is_asked_like_a_stranger(market: Market, south: Market) -> None:
    known = market.user("finance")
    membership = invite(south, company=south.acme, email=known.email.upper(), name="Somebody", actor=south.actor())
    known.refresh_from_db()
    assert (membership.user, membership.name, membership.accepted_at) == (known, "Somebody", None)
    assert (known.has_usable_password(), market.people["finance"].membership.name) == (True, "Finance North")
    assert {row.company for row in known.memberships.active()} == {market.operator}


def test_a_member_gets_further_roles_in_the_marketplace_at_once_under_the_same_name(market: Market) -> None:
    membership = invite(market, email=market.user("finance").email, name="Else", language="fr")
    assert (membership.name, membership.language, membership.accepted_at) == ("Finance North", "", NOW)


@pytest.mark.parametrize(
    "typed", ["ADA@example.com", "\uff21da@\uff45xample.com", " ada@EXAMPLE.com ", "ad\u1d43@example.com"]
)
def test_one_mailbox_is_one_person_however_it_is_written(market: Market, typed: str) -> None:
    first = invite(market)
    second = invite(market, company=market.birch, email=typed)
    assert (first.user, User.objects.filter(email__startswith="ada").count()) == (second.user, 1)


def test_a_membership_that_ended_begins_again_with_the_new_roles(market: Market) -> None:
    first = invite(market)
    deactivate(market, first)
    again = invite(market, roles=["user"])
    assert (again.pk, again.is_active, again.roles, again.accepted_at) == (first.pk, True, ["user"], None)
    assert AuditEntry.objects.filter(verb="member.invited").count() == 2


def test_nobody_is_invited_twice(market: Market) -> None:
    invite(market)
    with refused(AlreadyInvited, field="email") as caught:
        invite(market, email="ada@example.COM", roles=["user"])
    assert caught.value.message == "Ada Lovelace is already invited to Acme north. Send the mail again from their page."
    with refused(AlreadyMember, field="email") as caught:
        invite(market, email=market.user("user").email)
    assert caught.value.message == "User North already belongs to Acme north. Change the roles instead."


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@example.com", "ada@example.com\nBcc: x@example.com", "a b@c.de"]
)
def test_an_address_must_be_one(market: Market, email: str) -> None:
    with refused(InvalidInput, field="email"):
        invite(market, email=email)


def test_a_person_has_a_name(market: Market) -> None:
    with refused(InvalidInput, field="name"):
        invite(market, name="  ")


def test_a_company_of_another_marketplace_is_not_there(market: Market, south: Market) -> None:
    with refused(Missing):
        invite(market, company=south.acme)


@pytest.mark.parametrize(
    ("company", "role", "label"),
    [
        ("acme", "manager", "Marketplace manager"), ("acme", "reseller", "Reseller"),
        ("acme", "developer", "Developer"),
        ("operator", "user", "User"), ("reseller", "company_admin", "Company admin"), ("vendor", "finance", "Finance"),
        ("acme", "emperor", "emperor"),
    ],
)  # fmt: skip
def test_each_kind_of_company_has_its_own_roles(market: Market, company: str, role: str, label: str) -> None:
    place: Company = getattr(market, company)
    with refused(RoleNotHere, field="roles") as caught:
        invite(market, company=place, roles=[role])
    assert caught.value.message == f"{place.name} can't have members with the role {label}."


def test_a_member_has_a_role(market: Market) -> None:
    with refused(NoRoles, field="roles"):
        invite(market, roles=[])
    with refused(NoRoles, field="roles"):
        set_roles(market, market.people["user"].membership)


# --- roles ------------------------------------------------------------------------------------------------------------


def test_roles_change_at_once_and_the_old_ones_are_noted(market: Market) -> None:
    membership = market.people["user"].membership
    set_roles(market, membership, "user", "company_admin")
    membership.refresh_from_db()
    assert membership.roles == ["company_admin", "user"]
    entry = noted("member.roles_changed")
    assert (entry.before, entry.after["roles"]) == ({"roles": ["user"]}, ["company_admin", "user"])


def test_somebody_stays_manager(market: Market) -> None:
    first, second = market.people["manager"].membership, market.people["second_manager"].membership
    set_roles(market, second, "support")
    with refused(LastManager) as caught:
        set_roles(market, first, "support", person="second_manager")
    assert caught.value.message.startswith("Manager North is the only marketplace manager.")
    assert set_roles(market, first, "support", "manager", person="second_manager").roles == ["manager", "support"]


def test_a_manager_elsewhere_or_with_a_closed_account_does_not_count(market: Market, south: Market) -> None:
    User.objects.filter(pk=market.user("second_manager").pk).update(is_active=False)
    with refused(LastManager):
        set_roles(market, market.people["manager"].membership, "support", person="finance")


def test_a_stranger_and_a_former_member_are_not_changed(market: Market, south: Market) -> None:
    member, former = market.people["user"].membership, market.people["billing_admin"].membership
    with refused(Missing):
        set_roles(south, member, "user")
    with refused(Missing):
        deactivate(south, member)
    deactivate(market, former)
    with refused(NotActive):
        set_roles(market, former, "user")
    with refused(NotActive):
        deactivate(market, former)


# --- ending -----------------------------------------------------------------------------------------------------------


def test_an_ended_membership_gives_no_rights_and_stays_on_record(market: Market) -> None:
    membership = market.people["company_admin"].membership
    deactivate(market, membership)
    membership.refresh_from_db()
    assert (membership.is_active, membership.roles) == (False, ["company_admin"])
    entry = noted("member.deactivated")
    assert (entry.object_id, entry.company, entry.before) == (membership.pk, market.acme, {"roles": ["company_admin"]})


def test_nobody_ends_their_own(market: Market) -> None:
    with refused(NotYourself):
        deactivate(market, market.people["manager"].membership)


def test_the_last_manager_is_not_ended_by_somebody_else(market: Market) -> None:
    set_roles(market, market.people["second_manager"].membership, "support")
    with refused(LastManager):
        deactivate(market, market.people["manager"].membership, person="second_manager")


# --- what a marketplace grants ----------------------------------------------------------------------------------------


def grant(market: Market, role: str, permission: str, granted: bool = True) -> None:
    """The manager answers a cell; what widens it the other manager approves."""
    asked = operations.set_grant(
        marketplace=market.marketplace, role=role, permission=permission, granted=granted, actor=market.actor(), now=NOW
    )
    if isinstance(asked, Approval):
        operations.approve(approval=asked, actor=market.actor("second_manager"), now=NOW)


def again(member: Member) -> Member:
    """The member as the next page sees them."""
    return Member(member.membership)


def test_a_grant_counts_with_the_next_page_and_only_here(market: Market, south: Market) -> None:
    grant(market, "support", "creditmemos.create")
    assert again(market.people["support"]).may("creditmemos.create") is True
    assert again(south.people["support"]).may("creditmemos.create") is False
    entry = noted("permission.granted")
    assert (entry.before, entry.after) == (
        {"role": "support", "permission": "creditmemos.create", "granted": False},
        {"role": "support", "permission": "creditmemos.create", "granted": True},
    )
    grant(market, "support", "creditmemos.create", granted=False)
    assert again(market.people["support"]).may("creditmemos.create") is False
    assert noted("permission.revoked").after["granted"] is False


def test_what_developers_may_do_can_be_revoked(market: Market) -> None:
    assert market.people["developer"].may("creditmemos.void") is True
    grant(market, "developer", "creditmemos.void", granted=False)
    assert again(market.people["developer"]).may("creditmemos.void") is False


def test_the_same_answer_again_is_not_noted(market: Market) -> None:
    grant(market, "support", "creditmemos.create", granted=False)
    grant(market, "developer", "creditmemos.void", granted=True)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("support", "creditmemos.close"), ("user", "creditmemos.create"), ("manager", "creditmemos.create"),
        ("emperor", "creditmemos.create"), ("support", "creditmemos.forge"),
    ],
)  # fmt: skip
def test_the_other_cells_of_the_table_stay(market: Market, role: str, permission: str) -> None:
    with refused(NotGrantable):
        grant(market, role, permission)


def test_a_stranger_grants_nothing_here(market: Market, south: Market) -> None:
    with refused(Missing):
        operations.set_grant(
            marketplace=market.marketplace, role="support", permission="creditmemos.create", granted=True,
            actor=south.actor(), now=NOW,
        )  # fmt: skip


# --- who a member is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "staff", "developer", "plain"),
    [
        ("manager", True, False, False), ("finance", True, False, False), ("support", True, False, False),
        ("developer", False, True, False), ("reseller", False, False, False), ("company_admin", False, False, False),
        ("billing_admin", False, False, False), ("user", False, False, True),
    ],
)  # fmt: skip
def test_on_which_side_somebody_stands(market: Market, person: str, staff: bool, developer: bool, plain: bool) -> None:
    member = market.people[person]
    assert (member.is_staff_side, member.is_developer, member.is_plain_user) == (staff, developer, plain)


def test_staff_roles_count_in_the_operators_company_only(market: Market) -> None:
    forged = Member(MembershipFactory.create(user=UserFactory.create(), company=market.acme, roles=["manager"]))
    assert forged.is_staff_side is False


def test_a_member_acts_under_their_own_name(market: Market) -> None:
    member = market.people["finance"]
    actor = member.actor
    assert (actor.user_id, actor.company_id, actor.marketplace_id) == (
        member.user.pk, market.operator.pk, market.marketplace.pk
    )  # fmt: skip
    assert (actor.label, actor.kind, str(member)) == ("Finance North", "person", "Finance North (Operator north)")
    assert member.role_labels == ["Finance"]
