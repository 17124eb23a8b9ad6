"""Nobody is both people: whatever gives somebody more waits for a second one, and nobody changes their own roles (I19).

Each attack goes through the pages, by a manager who tries to be two.
"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from companies.domain.roles import Role
from companies.domain.widening import widening_settings, widens_limit, widens_roles
from companies.members import Member
from companies.models import Grant, MarketplaceSettings, Membership
from core.models import Approval, AuditEntry
from creditmemos.models import CreditMemo
from creditmemos.queries.waiting import requests_waiting
from tests.companies.test_settings_page import values
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, issue_memo
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
MINE = {"password": "correct horse"}
SETTINGS, GRANT = "/settings/", "/permissions/change/"


@pytest.fixture
def finance(market: Market) -> Client:
    return client_of(market.people["finance"])


@pytest.fixture
def second(market: Market) -> Client:
    return client_of(market.people["second_manager"])


def url(name: str, pk: int | None) -> str:
    return reverse(name, args=[pk])


def roles_of(membership: Membership) -> list[str]:
    return list(Membership.objects.values_list("roles", flat=True).get(pk=membership.pk))


def change_roles(client: Client, membership: Membership, *roles: str, **data: str) -> Any:
    sent = {"roles": list(roles), **(data or MINE)}
    return client.post(url("companies:person_roles", membership.pk), sent)


def invite(client: Client, market: Market, email: str, *roles: str) -> Any:
    company = market.operator
    data = {"company": company.pk, "company_text": company.name, "email": email, "name": "New", "roles": list(roles)}
    return client.post("/people/add/", data)


def decide(client: Client, answer: str, **data: str) -> Any:
    """Answer the one request that waits."""
    waiting = Approval.objects.get(decision="waiting")
    return client.post(url(f"creditmemos:approval_{answer}", waiting.pk), data)


def limit(market: Market, amount: int | None) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=amount)


def stored(market: Market) -> int | None:
    return MarketplaceSettings.objects.get(marketplace=market.marketplace).approval_threshold


# --- attacks ----------------------------------------------------------------------------------------------------------


def test_a_manager_does_not_make_herself_finance(market: Market, manager: Client) -> None:
    own = market.people["manager"].membership
    page = manager.get(url("companies:person", own.pk)).content.decode()
    assert url("companies:person_roles", own.pk) not in page
    answer = change_roles(manager, own, "manager", "finance")
    assert answer.status_code == 422
    assert "change your own roles. Ask another manager." in answer.content.decode()
    assert (roles_of(own), Approval.objects.count()) == (["manager"], 0)


def test_nor_by_a_second_membership_or_an_invitation_to_herself(market: Market, manager: Client) -> None:
    user = market.user("manager")
    elsewhere = MembershipFactory.create(user=user, company=market.vendor, roles=["developer"])
    assert change_roles(manager, elsewhere, "developer").status_code == 422
    ended = MembershipFactory.create(user=user, company=market.acme, roles=["user"], is_active=False)
    data = {"company": market.acme.pk, "company_text": market.acme.name, "email": user.email.upper(), "name": "Me"}
    assert manager.post("/people/add/", data | {"roles": ["company_admin"]}).status_code == 422
    assert invite(manager, market, user.email, "finance").status_code == 422
    ended.refresh_from_db()
    assert (ended.is_active, ended.roles, Approval.objects.count()) == (False, ["user"], 0)


def test_nor_with_her_own_approval_of_what_another_asked(market: Market, manager: Client, second: Client) -> None:
    own = market.people["manager"].membership
    assert change_roles(second, own, "manager", "finance").status_code == 302
    answer = decide(manager, "approve")
    assert answer.status_code == 422
    assert "change your own roles. Ask another manager." in answer.content.decode()
    assert roles_of(own) == ["manager"]


def test_a_puppet_does_not_approve(market: Market, manager: Client, finance: Client) -> None:
    assert invite(manager, market, "puppet@example.com", "finance").status_code == 302
    assert not Membership.objects.filter(user__email="puppet@example.com").exists()
    limit(market, 100_00)
    memo = issue_memo(market, "500.00")
    known = MembershipFactory.create(
        company=market.operator, roles=["finance"], admitted_at=NOW, admitted_by=market.user("manager")
    )
    puppet, asked = Client(), Approval.objects.get(object_id=memo.pk, verb="issue")
    puppet.force_login(known.user, backend="companies.backends.PasswordBackend")
    with time_machine.travel(NOW + timedelta(days=29), tick=False):
        answer = puppet.post(url("creditmemos:approval_approve", asked.pk))
    assert answer.status_code == 422
    assert "or after 30 days" in answer.content.decode()
    assert CreditMemo.objects.get(pk=memo.pk).status == "awaiting_approval"


def test_the_limit_is_not_cleared_and_set_again(market: Market, manager: Client) -> None:
    limit(market, 100_00)
    answer = manager.post(SETTINGS, values(approval_threshold=""), follow=True)
    page = answer.content.decode()
    assert "Sent for approval" in page
    assert "no limit" in page
    assert stored(market) == 100_00
    assert issue_memo(market, "500.00").status == "awaiting_approval"
    again = manager.post(SETTINGS, values(approval_threshold="2000.00"))
    assert again.status_code == 422
    assert "This has already been requested and is awaiting approval." in again.content.decode()
    own = Approval.objects.get(verb="change_settings")
    assert manager.post(url("creditmemos:approval_approve", own.pk)).status_code == 422
    assert stored(market) == 100_00


def test_the_right_to_act_alone_is_not_taken_alone(market: Market, manager: Client, finance: Client) -> None:
    manager.post(SETTINGS, values(allow_alone=None))
    settings = MarketplaceSettings.objects.filter(marketplace=market.marketplace)
    assert settings.get().allow_alone is False
    manager.post(SETTINGS, values())
    assert settings.get().allow_alone is False
    assert decide(finance, "approve").status_code == 302
    assert settings.get().allow_alone is True


# --- what two people may do -------------------------------------------------------------------------------------------


def test_staff_is_added_by_two(market: Market, manager: Client, finance: Client) -> None:
    invite(manager, market, "nina@example.com", "finance", "support")
    page = finance.get("/credit-memos/approvals/").content.decode()
    assert "Add New to Operator north" in page
    decide(finance, "approve")
    found = Membership.objects.get(user__email="nina@example.com")
    assert (found.roles, found.is_active, found.is_confirmed) == (["finance", "support"], True, True)
    assert found.admitted_by == market.user("manager")
    assert AuditEntry.objects.get(verb="member.invited").actor == market.user("finance")


def test_roles_are_added_by_two(market: Market, manager: Client, finance: Client) -> None:
    support = market.people["support"].membership
    change_roles(manager, support, "support", "finance")
    assert roles_of(support) == ["support"]
    request = Approval.objects.get()
    page = finance.get(url("creditmemos:approval", request.pk)).content.decode()
    assert "Change the roles of Support North" in page
    assert "Finance, Support" in page
    assert "Change the roles of Support North" in manager.get(url("companies:person", support.pk)).content.decode()
    decide(finance, "approve")
    support.refresh_from_db()
    assert (support.roles, support.is_confirmed) == (["finance", "support"], True)
    assert support.admitted_at == Approval.objects.get().decided_at


def test_roles_that_changed_meanwhile_are_asked_for_again(
    market: Market, manager: Client, second: Client, finance: Client
) -> None:
    membership = MembershipFactory.create(company=market.operator, roles=["finance", "support"])
    change_roles(manager, membership, "manager", "finance", "support")
    change_roles(second, membership, "support")
    answer = decide(finance, "approve")
    assert answer.status_code == 422
    assert "This has changed since it was requested." in answer.content.decode()
    assert roles_of(membership) == ["support"]


def test_a_limit_is_raised_by_two_and_lowered_by_one(market: Market, manager: Client, finance: Client) -> None:
    manager.post(SETTINGS, values(approval_threshold="100.00"))
    assert stored(market) == 100_00
    manager.post(SETTINGS, values(approval_threshold="200.00", payment_terms_days="30"))
    settings = MarketplaceSettings.objects.get(marketplace=market.marketplace)
    assert (settings.approval_threshold, settings.payment_terms_days) == (100_00, 30)
    decide(finance, "approve")
    assert stored(market) == 200_00
    manager.post(SETTINGS, values(approval_threshold="50.00", payment_terms_days="30"))
    assert stored(market) == 50_00


def test_days_back_are_raised_by_two_and_lowered_by_one(market: Market, manager: Client, finance: Client) -> None:
    def days() -> int:
        return MarketplaceSettings.objects.get(marketplace=market.marketplace).effective_days_back

    manager.post(SETTINGS, values(effective_days_back="400"))
    assert days() == 365
    page = finance.get(url("creditmemos:approval", Approval.objects.get().pk)).content.decode()
    assert "Change “Effective date, days in the past at most” to 400" in page
    assert "may be effective up to 400 days in the past from then on" in page
    decide(finance, "approve")
    assert days() == 400
    manager.post(SETTINGS, values(effective_days_back="30"))
    assert days() == 30


def test_a_limit_that_was_lowered_meanwhile_is_not_raised(market: Market, manager: Client, finance: Client) -> None:
    limit(market, 100_00)
    manager.post(SETTINGS, values(approval_threshold="200.00"))
    limit(market, 50_00)
    assert decide(finance, "approve").status_code == 422
    assert stored(market) == 50_00


@pytest.mark.parametrize("kind", ["roles", "grant", "limit", "invite"])
def test_what_is_rejected_leaves_everything(market: Market, manager: Client, finance: Client, kind: str) -> None:
    limit(market, 100_00)
    support = market.people["support"].membership
    if kind == "roles":
        change_roles(manager, support, "finance")
    elif kind == "grant":
        manager.post(GRANT, {"role": "support", "permission": "creditmemos.create", "granted": "yes"})
    elif kind == "limit":
        manager.post(SETTINGS, values(approval_threshold="200.00"))
    else:
        invite(manager, market, "nina@example.com", "finance")
    assert decide(finance, "reject", reason="Why?").status_code == 302
    assert (stored(market), roles_of(support)) == (100_00, ["support"])
    assert not Grant.objects.filter(granted=True).exists()
    assert not Membership.objects.filter(user__email="nina@example.com").exists()


def test_support_decides_about_no_permission(market: Market, manager: Client) -> None:
    manager.post(GRANT, {"role": "support", "permission": "creditmemos.create", "granted": "yes"})
    asked = Approval.objects.get()
    Grant.objects.create(marketplace=market.marketplace, role="support", permission="creditmemos.approve", granted=True)
    support = client_of(market.people["support"])
    assert support.get(url("creditmemos:approval", asked.pk)).status_code == 404
    assert support.post(url("creditmemos:approval_approve", asked.pk)).status_code == 404
    assert "No requests are awaiting a decision" in support.get("/credit-memos/approvals/").content.decode()
    assert [requests_waiting(Member(market.people[name].membership)) for name in ("support", "finance")] == [0, 1]


def test_customers_people_are_added_by_one(market: Market, manager: Client) -> None:
    user = market.people["user"].membership
    change_roles(manager, user, "user", "billing_admin")
    assert roles_of(user) == ["billing_admin", "user"]


# --- the password again -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["", "wrong horse"])
def test_roles_change_with_the_password_only(market: Market, manager: Client, password: str) -> None:
    user = market.people["user"].membership
    answer = change_roles(manager, user, "billing_admin", password=password)
    assert answer.status_code == 422
    assert roles_of(user) == ["user"]
    assert "wrong horse" not in answer.content.decode()


def test_guesses_at_an_open_screen_lock_out_as_at_the_sign_in(market: Market, manager: Client) -> None:
    user = market.people["user"].membership
    for _time in range(5):
        change_roles(manager, user, "billing_admin", password="wrong horse")
    assert change_roles(manager, user, "billing_admin").status_code != 302
    assert roles_of(user) == ["user"]


# --- alone ------------------------------------------------------------------------------------------------------------


def test_a_lone_manager_adds_somebody_after_a_day(market: Market, manager: Client) -> None:
    for person in ("second_manager", "finance"):
        Membership.objects.filter(pk=market.people[person].membership.pk).update(is_active=False)
    with time_machine.travel(NOW, tick=False):
        invite(manager, market, "nina@example.com", "finance")
        asked = Approval.objects.get()
        page = manager.get(url("creditmemos:approval", asked.pk)).content.decode()
        assert "Nobody else may decide this." in page
        assert decide(manager, "alone", password="wrong horse").status_code == 422
        assert decide(manager, "alone", **MINE).status_code == 302
        page = manager.get(url("creditmemos:approval", asked.pk)).content.decode()
        assert "Manager North is acting alone" in page
        assert url("creditmemos:approval_approve", asked.pk) not in page
    with time_machine.travel(NOW + timedelta(hours=23), tick=False):
        assert decide(client_of(market.people["manager"]), "approve").status_code == 422
    with time_machine.travel(NOW + timedelta(hours=24), tick=False):
        manager = client_of(market.people["manager"])
        page = manager.get(url("creditmemos:approval", asked.pk)).content.decode()
        assert url("creditmemos:approval_approve", asked.pk) in page
        assert decide(manager, "approve").status_code == 302
    found = Membership.objects.get(user__email="nina@example.com")
    assert (found.roles, found.is_confirmed) == (["finance"], False)


# --- what widens ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "widens"),
    [
        ([], ["support"], True), (["support"], ["finance"], True), (["support"], ["support", "finance"], True),
        (["manager"], ["finance"], True), (["finance"], ["manager"], True), (["manager"], ["support"], False),
        (["finance"], ["support"], False), (["manager", "finance"], ["finance"], False), (["manager"], [], False),
        (["manager"], ["manager"], False), (["manager"], ["manager", "support"], False),
    ],
)  # fmt: skip
def test_roles_that_widen(before: list[str], after: list[str], widens: bool) -> None:
    assert widens_roles("operator", before, after) is widens
    assert widens_roles("customer", before, after) is False


def test_more_of_the_same_roles_never_widens() -> None:
    for role in Role:
        assert widens_roles("operator", [role], [role]) is False


@pytest.mark.parametrize(
    ("before", "after", "widens"),
    [
        (None, None, False), (None, 0, False), (0, None, True), (100, 100, False), (100, 101, True), (100, 99, False),
    ],
)  # fmt: skip
def test_limits_that_widen(before: int | None, after: int | None, widens: bool) -> None:
    assert widens_limit(before, after) is widens


def test_settings_that_widen() -> None:
    before = {"approval_threshold": 5, "allow_alone": False, "auto_apply": False}
    assert widening_settings(before, {"auto_apply": True}) == []
    assert widening_settings(before, {"approval_threshold": None, "allow_alone": True}) == [
        "approval_threshold", "allow_alone",
    ]  # fmt: skip
    assert widening_settings({"allow_alone": True}, {"allow_alone": False}) == []
