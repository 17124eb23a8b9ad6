"""The pages of credit limits: what they explain, who sees what, what is typed wrong, and how many statements they take."""

from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Approval
from limits.models import Allowance, CheckoutToken, CreditCheck
from tests.factories.billing import order, plan, subscribe, tax
from tests.factories.limits import ask, limited, line_of
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, issue_invoice, issue_memo, make_market
from tests.support.visits import client_of


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """The pages' own clock stands at the market's moment."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def market(db: None) -> Market:
    made = make_market()
    tax(made)
    return made


@pytest.fixture
def manager(market: Market) -> Client:
    return client_of(market.people["manager"])


def url(name: str, *args: object) -> str:
    return reverse(f"limits:{name}", args=args)


def told(market: Market) -> None:
    """Something of every addend but V1's."""
    limited(market, 500_00)
    issue_invoice(market)
    receive(market, 30_00, (issue_invoice(market), 30_00), is_pending=True)
    issue_memo(market)
    receive(market, 11_00, keep_on_account=True)
    order(market, "10", TODAY, description="Setup of the mail suite")
    subscribe(market, plan(market, "20.00"), quantity="1", start=TODAY, heard=False)
    ask(market, 25_00, key="shop 1", subject="Ten seats")


def test_the_panel_explains_the_sum_and_each_addend_lists_its_rows(market: Market, manager: Client) -> None:
    told(market)
    page = manager.get(url("panel", market.acme.pk)).content.decode()
    shown = {
        "dues": "€240.00", "pending": "(€30.00)", "periods": "€24.00", "events": "€12.00", "credit": "(€50.00)",
        "on_account": "(€11.00)",
    }  # fmt: skip
    for name, amount in shown.items():
        address = url("addend", market.acme.pk, name)
        assert address in page
        assert amount in page
        rows = manager.get(address).content.decode()
        assert amount.strip("()") in rows
    assert "€500.00" in page


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_panel_takes_few_statements(market: Market, manager: Client, is_shared: bool) -> None:
    told(market)
    market.birch.parent = market.acme
    market.birch.save()
    limited(market, 400_00, is_shared=is_shared)
    ask(market, 900_00, key="shop 2")
    manager.get(url("panel", market.acme.pk))
    with CaptureQueriesContext(connection) as queries:
        manager.get(url("panel", market.acme.pk))
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) <= 12


def test_a_limit_is_lowered_at_once_and_raised_by_two(market: Market, manager: Client) -> None:
    page = url("change", market.acme.pk)
    answer = manager.post(page, {"mode": "limit", "amount": "500", "reason": "New"}, follow=True)
    assert "The credit limit of Acme north: €500.00." in answer.content.decode()
    answer = manager.post(page, {"mode": "unlimited", "reason": "Grows"}, follow=True)
    assert "Sent for approval" in answer.content.decode()
    request = Approval.objects.get()
    shown = client_of(market.people["finance"]).get(reverse("creditmemos:approval", args=[request.pk])).content.decode()
    assert "The credit limit of Acme north is then: No limit." in shown
    assert line_of(market.acme).amount == 500_00


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"mode": "limit", "amount": "-1"}, "Enter"),
        ({"mode": "limit", "amount": "10.005"}, "Enter"),
        ({"mode": "limit", "amount": ""}, "Enter the limit"),
        ({"mode": "limit", "amount": "much"}, "Enter"),
        ({"mode": "", "amount": ""}, "This field is required"),
        ({"mode": "inherit"}, "This is the credit limit already"),
    ],
)
def test_what_is_wrong_is_said_and_kept(market: Market, manager: Client, values: dict[str, str], text: str) -> None:
    answer = manager.post(url("change", market.acme.pk), {"reason": "Because of June", **values})
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert "Because of June" in answer.content.decode()


def test_a_refused_purchase_is_allowed_from_its_row(market: Market, manager: Client) -> None:
    limited(market, 10_00)
    ask(market, 25_00, key="shop 1", subject="Ten seats")
    row = CreditCheck.objects.get()
    page = manager.get(url("panel", market.acme.pk)).content.decode()
    link = f"{url('allow', market.acme.pk)}?check={row.pk}"
    assert link in page
    assert 'value="25.00"' in manager.get(link).content.decode()
    answer = manager.post(link, {"amount": "25.00", "reason": "Old customer"}, follow=True)
    assert "One purchase of up to €25.00 passes within 24 hours." in answer.content.decode()
    assert Allowance.objects.get().amount == 25_00


def test_block_and_unblock(market: Market, manager: Client) -> None:
    limited(market, 10_00)
    manager.post(url("block", market.acme.pk), {"reason": "Insolvent"})
    assert line_of(market.acme).mode == "blocked"
    assert "Unblock credit" in manager.get(url("panel", market.acme.pk)).content.decode()
    answer = manager.post(url("unblock", market.acme.pk), {"reason": "Paid"}, follow=True)
    assert "Sent for approval" in answer.content.decode()


def test_customers_see_their_own_sum_and_nobody_elses(market: Market) -> None:
    told(market)
    admin = client_of(market.people["company_admin"])
    page = admin.get(url("panel", market.acme.pk)).content.decode()
    assert "€240.00" in page
    assert "Last checks" not in page
    assert "Agreed" not in page
    assert admin.get(url("panel", market.birch.pk)).status_code == 404
    assert admin.get(url("change", market.acme.pk)).status_code == 403


def test_the_list_names_who_is_near_over_or_blocked(market: Market, manager: Client) -> None:
    limited(market, 150_00)
    limited(market, 119_99, company=market.birch)
    limited(market, 10_000_00, company=market.reseller)
    limited(market, None, company=market.vendor)
    for company in (market.acme, market.birch, market.reseller):
        issue_invoice(market, company=company)
    page = manager.get(url("list")).content.decode()
    assert [name in page for name in ("Acme north", "Birch north", "Vendor north")] == [True] * 3
    assert "Reseller north" not in page
    for words in ("Near the limit", "Over the limit", "Blocked"):
        assert words in page
    assert manager.get(url("list"), {"export": "csv"}).status_code == 200


def test_a_shared_limit_is_near_by_all_of_its_companies(market: Market, manager: Client) -> None:
    market.birch.parent = market.acme
    market.birch.save()
    limited(market, 150_00, is_shared=True)
    issue_invoice(market, company=market.birch)
    assert "Acme north" in manager.get(url("list")).content.decode()


def test_the_company_page_says_where_it_stands(market: Market, manager: Client) -> None:
    told(market)
    standing = url("standing", market.acme.pk)
    assert f'hx-get="{standing}"' in manager.get(reverse("companies:detail", args=[market.acme.pk])).content.decode()
    page = manager.get(standing, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="part").content.decode()
    assert "<html" not in page
    assert "Credit limit of Acme north" in manager.get(standing).content.decode()
    assert url("panel", market.acme.pk) in page
    assert "Within the limit" in page


def test_a_token_is_shown_once_and_revoked(market: Market, manager: Client) -> None:
    answer = manager.post(url("token_new"), {"name": "Web shop"})
    token = CheckoutToken.objects.get()
    text = answer.content.decode()
    assert "offset_checkout_" in text
    shown = manager.get(url("tokens")).content.decode()
    assert "offset_checkout_" not in shown
    assert token.ending in shown
    again = manager.post(url("token_new"), {"name": "Web shop"})
    assert (again.status_code, "Another token has this name" in again.content.decode()) == (422, True)
    manager.post(url("token_revoke", token.pk))
    token.refresh_from_db()
    assert token.revoked_by_id == market.user("manager").pk
    assert "works" not in manager.post(url("token_revoke", token.pk)).content.decode()
