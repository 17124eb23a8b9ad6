"""Requests answered together from the list: each under its own rules, with a line of its own."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies import operations as people
from core.models import Approval
from creditmemos import operations
from creditmemos.models import CreditMemo
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, issue_memo
from tests.support.drafts import waiting_memo
from tests.support.verbs import set_threshold
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
LIST, APPROVE, REJECT = (
    reverse(f"creditmemos:{name}") for name in ("approvals", "approvals_approve", "approvals_reject")
)
MAX_QUERIES = 12


@pytest.fixture
def second(market: Market) -> Client:
    return client_of(market.people["second_manager"])


def ask(market: Market, *prices: str) -> list[Approval]:
    return [waiting_memo(market, price)[1] for price in prices]


def send(client: Client, url: str, *asked: Approval, token: str = "", **fields: str) -> str:
    """What the confirmation page sends, and the lines of the answer."""
    given = {"pk": [each.pk for each in asked], "token": token or str(uuid4()), **fields}
    answer = client.post(url, given)
    assert answer.status_code == 200
    return str(answer.content.decode())


def decisions() -> list[str]:
    return list(Approval.objects.order_by("pk").values_list("decision", flat=True))


def boxes(page: str) -> list[int]:
    return [int(part.split('"')[0]) for part in page.split('name="pk" value="')[1:]]


def test_only_what_waits_for_ones_own_answer_can_be_chosen(market: Market, second: Client) -> None:
    """Neither one's own, nor what is decided, nor what one has no say in."""
    first, other = ask(market, "50.00", "60.00")
    people.reject(approval=first, reason="No", actor=market.actor("finance"), now=NOW)
    assert boxes(second.get(LIST, {"state": "all"}).content.decode()) == [other.pk]
    own = client_of(market.people["manager"]).get(LIST).content.decode()
    assert "€60.00" in own
    assert boxes(own) == []


def test_the_selection_is_shown_before_anything_happens(
    market: Market, second: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    asked = ask(market, "50.00", "60.00", "70.00", "80.00")
    second.get("/")
    with writes() as written, django_assert_max_num_queries(MAX_QUERIES):
        page = second.post(APPROVE, {"pk": [each.pk for each in asked]}).content.decode()
    assert written == []
    assert "Approve 4 requests" in page
    assert boxes(page) == [each.pk for each in asked]


def test_all_are_approved(market: Market, second: Client) -> None:
    asked = ask(market, "50.00", "60.00")
    page = send(second, APPROVE, *asked)
    assert "2 requests were decided." in page
    assert page.count("Approved. CM-2026-0000") == 2
    assert decisions() == ["approved", "approved"]
    assert list(CreditMemo.objects.values_list("status", flat=True)) == ["unapplied", "unapplied"]


def test_one_that_does_not_work_keeps_none_of_the_others(market: Market, second: Client) -> None:
    """One's own, one of one's own company, and one whose reason is gone are refused, each in its own words."""
    fine, without_reason = ask(market, "50.00", "70.00")
    of_birch = waiting_memo(market, "60.00", company=market.birch)[1]
    CreditMemo.objects.filter(pk=without_reason.object_id).update(reason=None)
    own = issue_memo(market, "80.00", person="second_manager")
    mine = Approval.objects.get(object_id=own.pk)
    MembershipFactory.create(user=market.user("second_manager"), company=market.birch, roles=["user"])
    page = send(second, APPROVE, fine, without_reason, of_birch, mine)
    assert decisions() == ["approved", "waiting", "waiting", "waiting"]
    assert "One request was decided." in page
    assert "3 could not be decided; their rows say why." in page
    rows = page.split("<tbody>")[1].split("</tr>")
    said = ("Approved. CM-2026-00001", "Choose a reason.", "a company you belong to", "decide your own request")
    assert [text in row for text, row in zip(said, rows, strict=False)] == [True] * 4


def test_all_are_rejected_with_one_reason(market: Market, second: Client) -> None:
    asked = ask(market, "50.00", "60.00")
    refused = second.post(REJECT, {"pk": [each.pk for each in asked], "token": str(uuid4()), "reason": " "})
    assert refused.status_code == 422
    assert decisions() == ["waiting", "waiting"]
    page = send(second, REJECT, *asked, reason="Too much")
    assert page.count("Rejected.") == 2
    assert set(Approval.objects.values_list("decision", "decision_reason")) == {("rejected", "Too much")}


def test_a_form_that_is_sent_twice_answers_the_same(market: Market, second: Client) -> None:
    asked, token = ask(market, "50.00", "60.00"), str(uuid4())
    first = send(second, APPROVE, *asked, token=token)
    assert send(second, APPROVE, *asked, token=token).count("Approved. CM-2026-0000") == first.count("Approved.") == 2


def test_requests_of_all_kinds_go_together(market: Market, second: Client) -> None:
    set_threshold(market, 100)
    people.invite(
        company=market.operator, email="new@corp.example", name="Nora New", roles=["finance"], actor=market.actor(),
        now=NOW,
    )  # fmt: skip
    operations.change_settings(
        marketplace=market.marketplace, values={"approval_threshold": 500}, actor=market.actor(), now=NOW
    )
    page = send(second, APPROVE, *ask(market, "50.00"), *Approval.objects.exclude(kind="creditmemo"))
    assert "3 requests were decided." in page
    assert "Nora New is added to Operator north." in page


@pytest.mark.parametrize("url", [APPROVE, REJECT])
def test_who_may_not_and_strangers(market: Market, south: Market, url: str) -> None:
    (asked,) = ask(market, "50.00")
    data = {"pk": [asked.pk], "token": str(uuid4()), "reason": "No"}
    assert client_of(market.people["billing_admin"]).post(url, data).status_code in {403, 404}
    assert client_of(south.people["manager"]).post(url, data).status_code == 404
    assert decisions() == ["waiting"]
    second = client_of(market.people["second_manager"])
    assert second.get(url)["Location"] == LIST
    assert "Select requests first." in second.post(url, follow=True).content.decode()
