"""People: the list, inviting somebody, roles, ending a membership."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies.models import Membership, User
from companies.queries.links import Link
from core.models import Approval, AuditEntry
from tests.factories.companies import CompanyFactory, MembershipFactory
from tests.factories.world import Market, make_market
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
PEOPLE = "/people/"
MAX_QUERIES = 12
MINE = {"password": "correct horse"}
"""What confirms a change of roles."""


def invitation(market: Market, **changes: object) -> dict[str, object]:
    return {
        "company": market.acme.pk,
        "company_text": market.acme.name,
        "email": "Nina@Example.com",
        "name": "Nina New",
        "roles": ["billing_admin"],
        **changes,
    }


def person_url(membership: Membership, verb: str = "") -> str:
    return reverse(f"companies:person{verb}", args=[membership.pk])


def test_list_names_everybody_of_the_marketplace(market: Market, manager: Client) -> None:
    make_market("south")
    page = manager.get(PEOPLE).content.decode()
    assert "11 members" in page
    assert "Billing Admin North" in page
    assert "Billing Admin South" not in page


def test_list_filters_by_role_and_name(market: Market, manager: Client) -> None:
    assert "2 members" in manager.get(PEOPLE, {"role": "manager"}).content.decode()
    assert "3 members" in manager.get(PEOPLE, {"role": "company_admin"}).content.decode()
    assert "1 member<" in manager.get(PEOPLE, {"q": "finance"}).content.decode()
    assert "No people match" in manager.get(PEOPLE, {"q": "nobody@"}).content.decode()
    assert manager.get(PEOPLE, {"q": "\0"}).status_code == 200


def test_list_and_person_stay_within_their_queries(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    manager.post("/people/add/", invitation(market))
    invited = Membership.objects.get(user__email="nina@example.com")
    with django_assert_max_num_queries(MAX_QUERIES):
        manager.get(PEOPLE)
    with django_assert_max_num_queries(MAX_QUERIES):
        manager.get(person_url(invited))


def test_adding_a_new_person_invites_them_and_shows_no_link(market: Market, manager: Client) -> None:
    page = manager.post("/people/add/", invitation(market), follow=True).content.decode()
    assert "Nina New is invited to Acme north and gets a mail." in page
    assert "set-password" not in page
    membership = Membership.objects.get(user__email="nina@example.com")
    assert (membership.company, membership.roles) == (market.acme, ["billing_admin"])
    assert person_url(membership, "_mail_again") in page


def test_a_password_by_link_must_be_good_and_typed_twice(market: Market, manager: Client) -> None:
    manager.post("/people/add/", invitation(market))
    membership = Membership.objects.get(user__email="nina@example.com")
    person, link = Client(), Link(membership.user, membership).address()
    inside = person.get(link.removeprefix(settings.PUBLIC_URL), follow=True).redirect_chain[-1][0]
    for first, second, problem in [
        ("password", "password", "too short"),
        ("red bicycle under rain", "red bicycle", "The two passwords differ."),
    ]:
        answer = person.post(inside, {"new_password1": first, "new_password2": second})
        assert answer.status_code == 422
        assert problem in answer.content.decode()
    membership.refresh_from_db()
    assert (membership.accepted_at, membership.user.has_usable_password()) == (None, False)


def test_a_member_keeps_their_name(market: Market, manager: Client) -> None:
    known = market.user("other_admin")
    answer = manager.post("/people/add/", invitation(market, email=known.email, name="Else"), follow=True)
    assert "Other Admin North now belongs to Acme north." in answer.content.decode()


def test_finance_reads_but_gets_no_buttons(market: Market, manager: Client) -> None:
    manager.post("/people/add/", invitation(market))
    finance = client_of(market.people["finance"])
    membership = Membership.objects.get(user__email="nina@example.com")
    page = finance.get(person_url(membership)).content.decode()
    assert person_url(membership, "_mail_again") not in page
    assert person_url(membership, "_roles") not in page
    assert finance.get("/people/add/").status_code == 403


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"roles": ["manager"]}, "have members with the role Marketplace manager"),
        ({"roles": []}, "This field is required."),
        ({"roles": ["emperor"]}, "emperor is not one of the available choices"),
        ({"email": "no address"}, "Enter a valid email address."),
        ({"name": " "}, "This field is required."),
        ({"company": 10**30, "company_text": ""}, "No company matches."),
    ],
)
def test_bad_invitations_are_refused_and_keep_what_was_typed(
    market: Market, manager: Client, changes: dict[str, object], problem: str
) -> None:
    answer = manager.post("/people/add/", invitation(market, **changes))
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert not User.objects.filter(email="nina@example.com").exists()


def test_companies_of_other_marketplaces_cannot_be_chosen(market: Market, manager: Client) -> None:
    south = make_market("south")
    answer = manager.post("/people/add/", invitation(market, company=south.acme.pk, company_text=""))
    assert answer.status_code == 422
    assert "Acme south" not in answer.content.decode()


def test_member_is_not_added_twice(market: Market, manager: Client) -> None:
    answer = manager.post("/people/add/", invitation(market, email=market.user("user").email))
    assert answer.status_code == 422
    assert "Change the roles instead." in answer.content.decode()


def test_only_roles_that_fit_the_company_are_offered(market: Market, manager: Client) -> None:
    page = manager.get(person_url(market.people["user"].membership, "_roles")).content.decode()
    assert 'value="billing_admin"' in page
    assert 'value="manager"' not in page
    answer = manager.post(person_url(market.people["user"].membership, "_roles"), {"roles": ["manager"], **MINE})
    assert answer.status_code == 422


def test_roles_change_and_the_change_is_logged(market: Market, manager: Client) -> None:
    membership = market.people["user"].membership
    manager.post(person_url(membership, "_roles"), {"roles": ["company_admin", "billing_admin"], **MINE})
    membership.refresh_from_db()
    assert membership.roles == ["company_admin", "billing_admin"]
    entry = AuditEntry.objects.get(verb="member.roles_changed")
    assert (entry.before["roles"], entry.after["roles"]) == (["user"], ["company_admin", "billing_admin"])


def test_a_lost_role_counts_with_the_next_page(market: Market, manager: Client) -> None:
    finance = client_of(market.people["finance"])
    assert finance.get("/settings/").status_code == 200
    manager.post(person_url(market.people["finance"].membership, "_roles"), {"roles": ["support"], **MINE})
    assert finance.get("/settings/").status_code == 403


def test_membership_ends_and_begins_again(market: Market, manager: Client) -> None:
    membership = market.people["finance"].membership
    finance = client_of(market.people["finance"])
    manager.post(person_url(membership, "_deactivate"))
    assert finance.get(PEOPLE).status_code == 403
    page = manager.get(person_url(membership)).content.decode()
    again = f"/people/add/?member={membership.pk}"
    assert again in page
    form = manager.get(again).content.decode()
    assert membership.user.email in form
    data = {"company": membership.company_id, "company_text": membership.company.name}
    data |= {"email": membership.user.email, "name": membership.name, "roles": ["finance"]}
    manager.post(again, data)
    assert finance.get(PEOPLE).status_code == 403
    asked = Approval.objects.get(verb="invite")
    client_of(market.people["second_manager"]).post(reverse("creditmemos:approval_approve", args=[asked.pk]))
    finance.post(reverse("companies:accept_invitation", args=[membership.pk]))
    assert finance.get(PEOPLE).status_code == 200


def test_managers_do_not_end_their_own_membership(market: Market, manager: Client) -> None:
    membership = market.people["manager"].membership
    assert person_url(membership, "_deactivate") not in manager.get(person_url(membership)).content.decode()
    assert manager.post(person_url(membership, "_deactivate")).status_code == 422


@pytest.mark.parametrize("verb", ["", "_roles", "_deactivate"])
def test_people_of_other_marketplaces_are_not_found(market: Market, manager: Client, verb: str) -> None:
    south = make_market("south")
    url = person_url(south.people["user"].membership, verb)
    with writes() as written:
        assert manager.get(url).status_code == 404
        assert manager.post(url, {"roles": ["user"]}).status_code in (404, 405)
    assert written == []


def test_person_shows_other_memberships_of_this_marketplace_only(market: Market, manager: Client) -> None:
    south = make_market("south")
    other = CompanyFactory.create(marketplace=market.marketplace, name="Cedar", kind="customer")
    for company in (other, south.birch):
        MembershipFactory.create(user=market.user("user"), company=company, roles=["user"])
    page = manager.get(person_url(market.people["user"].membership)).content.decode()
    assert "Cedar" in page
    assert "Birch south" not in page
