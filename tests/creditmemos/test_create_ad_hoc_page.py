"""Credit that undoes no charge, in the form: company, payer, person, lines, taxes and what comes after."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies.models import Marketplace
from core.models import IdempotencyRecord
from creditmemos.models import CreditMemo
from tests.factories.companies import MembershipFactory
from tests.factories.world import Market, issue_invoice, make_market
from tests.support.amounts import READ, REFUSED
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
URL = reverse("creditmemos:create")
MAX_QUERIES, MAX_BYTES = 12, 100_000
VAT_KEY = "0.2 VAT"


def row(
    at: int = 1, price: str = "50.00", quantity: str = "1", tax: str = "", description: str = "Outage"
) -> dict[str, str]:
    return {
        f"line-{at}-description": description,
        f"line-{at}-quantity": quantity,
        f"line-{at}-price": price,
        f"line-{at}-tax": tax,
    }


def send(client: Client, market: Market, **fields: Any) -> Any:
    base = {
        "token": str(uuid4()),
        "rows": "1",
        "company": market.acme.pk,
        "reason": market.reason().pk,
        "use": "hold",
        **(row() if "line-1-price" not in fields else {}),
    }
    return client.post(URL, base | fields)


def text(answer: Any) -> str:
    found = re.sub(r"</?(?:span|time)[^>]*>", "", answer.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", found)).replace("&#x27;", "'").replace("\u00a0", " ")


def names(answer: Any) -> list[str]:
    return re.findall(r'name="(line-\d+-description)"', answer.content.decode())


def test_memo_is_issued_with_its_lines(market: Market, manager: Client) -> None:
    issue_invoice(market)
    fields = row(1, "10.505"[:5], "3", VAT_KEY) | row(2, "5.00", "1", "", "Trouble")
    answer = send(manager, market, rows="2", billed_user="", customer_note="Sorry.", **fields)
    memo = CreditMemo.objects.get()
    assert answer["Location"] == f"/credit-memos/{memo.pk}/"
    lines = list(memo.lines.order_by("position").values_list("description", "quantity", "unit_price", "net", "tax"))
    assert lines == [
        ("Outage", Decimal(3), Decimal("10.50"), 31_50, 6_30),
        ("Trouble", Decimal(1), Decimal(5), 5_00, 0),
    ]
    assert (memo.total, memo.payer, memo.beneficiary, memo.customer_note) == (42_80, market.acme, market.acme, "Sorry.")
    assert (memo.source, memo.billed_user, memo.on_hold) == ("ad_hoc", None, True)
    assert "CM-2026-00001 for €42.80 has been issued." in text(manager.get(answer["Location"]))


def test_company_may_be_typed(market: Market, manager: Client) -> None:
    assert send(manager, market, company=market.birch.pk, company_text="Birch north").status_code == 302
    answer = manager.post(
        URL, {"company_text": "birch", "rows": "1", **row(), "reason": market.reason().pk, "use": "hold"}
    )
    assert answer.status_code == 302
    assert set(CreditMemo.objects.values_list("payer_name", flat=True)) == {"Birch north"}
    several = manager.post(
        URL, {"company_text": "north", "rows": "1", **row(), "reason": market.reason().pk, "use": "hold"}
    )
    assert several.status_code == 422
    assert 'name="company_pick"' in several.content.decode()


def test_payer_is_named_before_saving(market: Market, manager: Client) -> None:
    page = text(manager.get(URL, {"company": market.client.pk}))
    assert "Reseller north pays for Client north, so the credit goes to Reseller north." in page
    assert "Acme north pays its own invoices" in text(manager.get(URL, {"company": market.acme.pk}))
    assert send(manager, market, company=market.client.pk).status_code == 302
    memo = CreditMemo.objects.get()
    assert (memo.payer, memo.beneficiary) == (market.reseller, market.client)


def test_people_are_the_companys_members(market: Market, manager: Client) -> None:
    page = manager.get(URL, {"company": market.acme.pk}).content.decode()
    assert "User North" in page
    assert "Other Admin North" not in page
    assert send(manager, market, user=market.user("user").pk).status_code == 302
    assert CreditMemo.objects.get().billed_user == market.user("user")
    refused = send(manager, market, user=market.user("other_admin").pk)
    assert refused.status_code == 422
    assert CreditMemo.objects.count() == 1


def test_nobody_is_warned_about_where_users_are_billed(market: Market, manager: Client) -> None:
    market.acme.company_wide_billing = False
    market.acme.save()
    page = text(manager.get(URL, {"company": market.acme.pk}))
    assert "Without a billed user, the credit is applied automatically only to invoices without one." in page


def test_taxes_come_from_recent_invoices_and_default_to_none(market: Market, manager: Client) -> None:
    options = r'<option value="([^"]*)"[^>]*>([^<]*)</option>'
    part = manager.get(URL).content.decode().split('name="line-1-tax"')[1].split("</select>")[0]
    assert re.findall(options, part) == [("", "No tax")]
    issue_invoice(market)
    part = manager.get(URL).content.decode().split('name="line-1-tax"')[1].split("</select>")[0]
    assert re.findall(options, part) == [("", "No tax"), (VAT_KEY, "VAT 20\u00a0%")]
    assert send(manager, market, **row(tax="0.99 Bribe")).status_code == 422


def test_lines_are_added_and_removed_without_a_script(market: Market, manager: Client) -> None:
    market.reason()
    with writes() as written:
        added = send(manager, market, go="add")
    assert written == []
    assert added.status_code == 200
    assert names(added) == ["line-1-description", "line-2-description"]
    assert 'value="50.00"' in added.content.decode()
    fields = row(1, description="First") | row(2, "7.00", description="Second")
    removed = send(manager, market, rows="2", go="remove-1", **fields)
    assert names(removed) == ["line-1-description"]
    assert 'value="Second"' in removed.content.decode()
    assert 'value="First"' not in removed.content.decode()
    assert "There is a problem" not in text(removed)


@pytest.mark.parametrize("rows", ["", "x", "-1", "999999", "\u0661"])
def test_number_of_rows_is_bounded(market: Market, manager: Client, rows: str) -> None:
    page = send(manager, market, rows=rows, go="refresh")
    assert page.status_code == 200
    assert len(names(page)) <= 50
    assert len(page.content) < MAX_BYTES


def test_blank_lines_are_left_out(market: Market, manager: Client) -> None:
    fields = row() | row(2, "", "1", "", "")
    assert send(manager, market, rows="2", **fields).status_code == 302
    assert CreditMemo.objects.get().lines.count() == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (row(price="", description=""), "Credit at least one line."),
        (row(description=""), "This field is required."),
        (row(quantity=""), "This field is required."),
        (row(quantity="0"), "Enter a quantity above 0."),
        (row(price="0.01", quantity="0.1"), "A line must credit more than zero."),
        (row(description="x" * 301), "at most 300 characters"),
        ({"reason": ""}, "Choose a reason."),
        ({"company": ""}, "This field is required."),
        ({"use": "apply_now"}, "Select a valid choice."),
        ({"effective_date": "2099-01-01"}, "after today"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(
    market: Market, manager: Client, fields: dict[str, str], says: str
) -> None:
    page = send(manager, market, customer_note="Kept.", **fields)
    assert page.status_code == 422
    assert says in text(page)
    assert "Kept.</textarea>" in page.content.decode()
    assert CreditMemo.objects.count() == 0


@pytest.mark.parametrize("typed", REFUSED)
def test_prices_are_read_strictly(market: Market, manager: Client, typed: str) -> None:
    page = send(manager, market, **row(price=typed))
    assert page.status_code == 422
    assert CreditMemo.objects.count() == 0
    assert 'href="#id_line-1-price"' in page.content.decode()


@pytest.mark.parametrize("typed", ["-1", "NaN", "1e3", "1_000", "+5", "5.", ".5", "\uff11", "1.1234567", "1,,5"])
def test_quantities_are_read_strictly(market: Market, manager: Client, typed: str) -> None:
    assert send(manager, market, **row(quantity=typed)).status_code == 422
    assert CreditMemo.objects.count() == 0


@pytest.mark.parametrize(("typed", "net"), READ.items())
def test_prices_that_are_read(market: Market, manager: Client, typed: str, net: int) -> None:
    assert send(manager, market, **row(price=typed)).status_code == 302
    assert CreditMemo.objects.get().net == net


@pytest.mark.parametrize(
    ("currency", "price", "quantity", "net"),
    [("JPY", "10.50", "3", 32), ("KWD", "1.2345", "1", 1235), ("EUR", "0.00000001", "50000000", 50)],
)
def test_a_unit_price_may_be_finer_than_the_currency(currency: str, price: str, quantity: str, net: int) -> None:
    market = make_market(currency=currency)
    client = client_of(market.people["manager"])
    assert send(client, market, **row(price=f"{price}000000001", quantity=quantity)).status_code == 422
    assert send(client, market, **row(price=price, quantity=quantity)).status_code == 302
    line = CreditMemo.objects.get().lines.get()
    assert (line.unit_price, line.net) == (Decimal(price), net)


def test_amounts_too_large_are_refused(market: Market, manager: Client) -> None:
    page = send(manager, market, **row(price="999999999999", quantity="999999999999"))
    assert page.status_code == 422
    assert CreditMemo.objects.count() == 0


def test_preview_equals_the_result(market: Market, manager: Client) -> None:
    issue_invoice(market)
    market.reason()
    fields = row(1, "3.33", "3.5", VAT_KEY)
    with writes() as written:
        live = send(manager, market, go="live", **fields)
    assert written == []
    assert "<html" not in live.content.decode()
    assert send(manager, market, **fields).status_code == 302
    memo = CreditMemo.objects.get()
    assert f"Total €{memo.total / 100:.2f}" in text(live)
    assert (memo.net, memo.tax) == (11_66, 2_33)


def test_preview_says_what_is_wrong_beside_its_box(market: Market, manager: Client) -> None:
    live = send(manager, market, go="live", rows="2", **row(1, "1e3"), **row(2, "7.00"))
    part = live.content.decode().split('id="line-1-price_error"')[1].split("</div>")[0]
    assert "Enter a number with at most 8 decimals" in part
    assert "Total €7.00" in text(live)


def test_above_the_threshold_a_second_person_is_asked(market: Market, manager: Client) -> None:
    market.marketplace.settings.approval_threshold = 49_99
    market.marketplace.settings.save()
    live = text(send(manager, market, go="live"))
    assert "will be sent for approval" in live
    assert "Request approval" in live
    answer = send(manager, market, then="apply")
    memo = CreditMemo.objects.get()
    assert memo.status == "awaiting_approval"
    assert answer["Location"] == f"/credit-memos/{memo.pk}/"


def test_apply_to_leads_to_the_desk(market: Market, manager: Client) -> None:
    answer = send(manager, market, then="apply")
    assert answer["Location"] == reverse("creditmemos:apply", args=[CreditMemo.objects.get().pk])


def test_sent_twice_has_one_effect_and_one_answer(market: Market, manager: Client) -> None:
    token = str(uuid4())
    answers = [send(manager, market, token=token) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert CreditMemo.objects.count() == 1
    assert IdempotencyRecord.objects.filter(key=token).count() == 1, "an act claims its key once"


def test_same_token_with_other_content_is_refused(market: Market, manager: Client) -> None:
    token = str(uuid4())
    send(manager, market, token=token)
    page = send(manager, market, token=token, **row(price="60.00"))
    assert page.status_code == 422
    assert "already handled with different content" in text(page)
    assert CreditMemo.objects.count() == 1


def test_own_company_and_its_relatives_are_no_choice(market: Market, manager: Client) -> None:
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    market.birch.parent = market.acme
    market.birch.save()
    for company in (market.acme, market.birch, market.operator):
        page = send(manager, market, company=company)
        assert page.status_code == 422, company
    assert CreditMemo.objects.count() == 0


def test_company_of_another_marketplace_is_no_choice(market: Market, south: Market, manager: Client) -> None:
    page = send(manager, market, company=south.acme.pk)
    assert page.status_code == 422
    assert "Acme south" not in page.content.decode()
    assert "Acme south" not in manager.get(URL, {"company": south.acme.pk}).content.decode()
    assert CreditMemo.objects.count() == 0


@pytest.mark.parametrize("company", ["x", "-1", "9" * 40, "\u0661", "1\x00"])
def test_nonsense_companies_are_refused(market: Market, manager: Client, company: str) -> None:
    answer = manager.post(URL, {"company": company, "rows": "1", **row(), "reason": market.reason().pk, "use": "hold"})
    assert answer.status_code == 422
    assert manager.get(URL, {"company": company}).status_code == 200


def test_v1_marketplaces_have_no_credit_memos(market: Market, manager: Client) -> None:
    market.marketplace.pipeline = Marketplace.Pipeline.V1
    market.marketplace.save()
    assert "has no credit memos" in text(manager.get(URL))
    assert send(manager, market).status_code == 422
    assert CreditMemo.objects.count() == 0


@pytest.mark.parametrize(
    "person", ["support", "developer", "reseller", "company_admin", "billing_admin", "user", "client_admin"]
)
def test_roles_that_create_nothing(market: Market, person: str) -> None:
    client = client_of(market.people[person])
    assert client.get(URL).status_code == 403
    assert send(client, market).status_code == 403
    assert CreditMemo.objects.count() == 0


def test_visitors_sign_in_first_and_other_methods_are_refused(market: Market, manager: Client) -> None:
    assert Client().get(URL).status_code == 302
    assert manager.put(URL).status_code == 405


def test_stays_small_and_quick(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    issue_invoice(market)
    manager.get("/")
    with django_assert_max_num_queries(MAX_QUERIES):
        page = manager.get(URL, {"company": market.client.pk})
    assert len(page.content) < MAX_BYTES
    fields = {"rows": "1", "company": market.acme.pk, "go": "live", **row()}
    with django_assert_max_num_queries(MAX_QUERIES):
        manager.post(URL, fields)
