"""The page of a company: facts, relatives, members, dues and credit, the statement, and the switch of its billing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies.models import Company
from core.models import AuditEntry
from creditmemos import operations
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from ledger.operations import account_for
from tests.factories.companies import CompanyFactory, MerchantFactory
from tests.factories.world import NOW, Market, apply, charge, issue_invoice, issue_memo, key, make_market
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twenty_days_later")]
MAX_QUERIES, MAX_BYTES = 12, 100_000


def url(company: Company, name: str = "detail") -> str:
    return reverse(f"companies:{name}", args=[company.pk])


def page(client: Client, company: Company, name: str = "detail", **asked: Any) -> str:
    answer = client.get(url(company, name), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\N{EN DASH}", "-")


def test_facts_relatives_and_members(market: Market, manager: Client) -> None:
    child = CompanyFactory.create(marketplace=market.marketplace, name="Acme Child", parent=market.acme)
    found = text(page(manager, market.acme))
    for words in ("Customer", "Long Street 1 10115 Berlin DE", "14 days (marketplace)", "by the whole company"):
        assert words in found
    assert "Children Acme Child" in found
    assert "Billing Admin North Billing admin billing.admin.north@example.com" in found
    assert "Parent Acme north" in text(page(manager, child))
    assert "Reseller Reseller north" in text(page(manager, market.client))
    assert "Customers Client north" in text(page(manager, market.reseller))


def test_dues_credit_and_their_balance(market: Market, manager: Client) -> None:
    issue_invoice(market)
    issue_memo(market)
    issue_invoice(market, company=market.birch)
    assert "Due €120.00 Credit €50.00 Balance €70.00" in text(page(manager, market.acme))


def test_the_statement_runs_and_ends_at_what_is_open(market: Market, manager: Client) -> None:
    first, second, memo = issue_invoice(market), issue_invoice(market, charge("10.00")), issue_memo(market)
    application = apply(market, memo, first, 3000)
    operations.reverse(application=application, reason="Wrong one", actor=market.actor(), now=NOW, key=key())
    apply(market, memo, second, 1200)
    operations.close(memo=memo, reason="Old", actor=market.actor(), now=NOW)

    found = text(page(manager, market.acme))

    rows = [
        "Opening balance -", f"May 18, 2026 Invoice {first} €120.00 €120.00", f"Invoice {second} €12.00 €132.00",
        f"Credit memo {memo} €50.00 €82.00", f"Credit applied {memo} {first} €30.00 €82.00",
        f"Application reversed {memo} {first} (€30.00) €82.00", f"Credit applied {memo} {second} €12.00 €82.00",
        f"Credit written off {memo} €38.00 €120.00", "Closing balance €170.00 €50.00 €120.00",
    ]  # fmt: skip
    places = [found.find(row) for row in rows]
    assert -1 not in places
    assert places == sorted(places)
    due = sum(Invoice.objects.values_list("amount_due", flat=True))
    assert due - sum(CreditMemo.objects.values_list("balance", flat=True)) == 12000


def test_days_and_pages_of_the_statement(market: Market, manager: Client) -> None:
    for days in range(60):
        issue_invoice(market, charge("1.00", taxes=()), now=NOW + timedelta(hours=days))
    last, first = text(page(manager, market.acme)), text(page(manager, market.acme, page="1"))
    cut = text(page(manager, market.acme, **{"from": "2026-05-19", "to": "2026-05-19"}))
    assert "Carried from the previous page €50.00" in last
    assert "2 of 2" in last
    assert "Closing balance €10.00 - €60.00" in last
    for asked, number in (("", 2), ("9" * 50, 2), ("-1", 2), ("x", 1), ("9" * 5000, 1)):
        assert f"{number} of 2" in text(page(manager, market.acme, page=asked))
    assert "Carried to the next page €50.00 - €50.00" in first
    assert "Opening balance €13.00" in cut
    assert "Opening balance €13.00 Debits €24.00 Credits - Closing balance €37.00" in cut
    assert "with Operator north, May 19, 2026 to May 19, 2026" in cut
    assert "Enter days such as" in text(page(manager, market.acme, **{"from": "yesterday"}))
    assert "Nothing was posted in this period." in text(page(manager, market.acme, to="2020-01-01"))


def test_each_account_has_its_own_statement(market: Market, manager: Client) -> None:
    issue_invoice(market)
    seller = MerchantFactory.create(company=market.reseller, code="RES")
    other = account_for(payer=market.acme, merchant=seller)
    found = text(page(manager, market.acme))
    assert "Merchant Currency Due Credit Balance Operator north EUR €120.00 - €120.00 Reseller north EUR - - -" in found
    assert "Nothing was posted" in text(page(manager, market.acme, account=other.pk))
    assert manager.get(url(market.acme), {"account": market.account(market.birch).pk}).status_code == 404
    assert manager.get(url(market.acme), {"account": "x"}).status_code == 404


def test_the_statement_as_a_file(market: Market, manager: Client) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market)
    apply(market, memo, invoice, 3000)
    answer: Any = manager.get(url(market.acme), {"export": "csv"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == [
        '"Statement","Acme north"',
        '"Merchant","Operator north"',
        '"Period","up to Jun 7, 2026"',
        '"Currency","EUR"',
        '"Opening balance",0.00',
        '"Closing balance",70.00',
        "",
        '"Date","Value date","Transaction","Documents","Applied","Paid","Debit","Credit","Money","Balance"',
        f'"2026-05-18","","Invoice","{invoice}",0.00,0.00,120.00,0.00,0.00,120.00',
        f'"2026-05-18","","Credit memo","{memo}",0.00,0.00,0.00,50.00,0.00,70.00',
        f'"2026-05-18","","Credit applied","{memo}, {invoice}",30.00,0.00,0.00,0.00,0.00,70.00',
    ]
    sheet: Any = manager.get(url(market.acme), {"export": "xlsx"})
    assert b"".join(sheet.streaming_content)[:2] == b"PK"
    assert manager.get(url(market.client), {"export": "csv"}).status_code == 404


def test_a_resold_company_says_who_pays(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, company=market.client)
    found = text(page(manager, market.client))
    assert "Reseller north is billed for this company" in found
    assert str(invoice) not in found
    assert str(invoice) in text(page(manager, market.reseller))


@pytest.mark.parametrize(
    ("person", "acme", "client", "reseller"),
    [
        ("manager", 200, 200, 200), ("support", 200, 200, 200), ("company_admin", 200, 404, 404),
        ("other_admin", 404, 404, 404), ("client_admin", 404, 200, 404), ("reseller", 404, 200, 200),
        ("user", 403, 404, 404), ("developer", 404, 404, 404),
    ],
)  # fmt: skip
def test_who_sees_which_company(market: Market, person: str, acme: int, client: int, reseller: int) -> None:
    visitor = client_of(market.people[person])
    statuses = [visitor.get(url(each)).status_code for each in (market.acme, market.client, market.reseller)]
    assert statuses == [acme, client, reseller]


def test_what_customers_and_resellers_are_told(market: Market) -> None:
    invoice = issue_invoice(market, company=market.client)
    issue_invoice(market)
    seen_by_customer = page(client_of(market.people["client_admin"]), market.client)
    seen_by_reseller = page(client_of(market.people["reseller"]), market.client)
    own = page(client_of(market.people["company_admin"]), market.acme)
    assert str(invoice) not in text(seen_by_customer) + text(seen_by_reseller)
    assert url(market.reseller) not in seen_by_customer
    assert "Members" not in text(seen_by_reseller)
    assert "Closing balance €120.00" in text(own)
    assert url(market.acme, "billing") not in own


def test_strangers_and_visitors(market: Market) -> None:
    stranger = client_of(make_market("south").people["manager"])
    for name in ("detail", "billing"):
        assert stranger.get(url(market.acme, name)).status_code == 404
        assert Client().get(url(market.acme, name)).status_code == 302
    assert stranger.post(url(market.acme, "billing"), {"on": "no"}).status_code == 404


def test_actions(market: Market, manager: Client) -> None:
    desk = reverse("creditmemos:apply_account", args=[market.account().pk])
    issue_invoice(market)
    assert desk not in page(manager, market.acme)
    issue_memo(market)
    assert desk in page(manager, market.acme)
    assert desk not in page(client_of(market.people["support"]), market.acme)
    assert url(market.acme, "billing") in page(manager, market.acme)
    assert url(market.acme, "billing") not in page(client_of(market.people["finance"]), market.acme)
    assert url(market.operator, "billing") not in page(manager, market.operator)
    create = f"{reverse('creditmemos:create')}?company="
    assert f"{create}{market.acme.pk}" in page(manager, market.acme)
    assert create not in page(manager, market.operator) + page(client_of(market.people["support"]), market.acme)


def test_its_payments_are_one_click_away(market: Market, manager: Client) -> None:
    issue_invoice(market)
    listed = f"{reverse('payments:list')}?company={market.acme.pk}"
    record = f"{reverse('payments:record')}?company="
    seen = page(manager, market.acme)
    assert listed in seen
    assert f"{record}{market.acme.pk}" in seen
    assert listed in page(client_of(market.people["billing_admin"]), market.acme)
    for other in (page(manager, market.operator), page(client_of(market.people["support"]), market.acme)):
        assert record not in other


def test_the_switch_names_the_memos_first(market: Market, manager: Client) -> None:
    hers, nobodys = issue_memo(market, billed_user=market.user("user")), issue_memo(market, "7.00", billed_user=None)
    gone, theirs = issue_memo(market, "9.00"), issue_memo(market, company=market.birch)
    operations.void(memo=gone, reason="Twice", actor=market.actor(), now=NOW)

    found = text(page(manager, market.acme, "billing"))

    assert "2 credit memos with €57.00 of credit are affected" in found
    assert f"{hers} User North €50.00 only this billed user's invoices" in found.replace("&#x27;", "'")
    assert f"{nobodys} - €7.00 any invoice by hand, automatically those without a billed user" in found
    assert str(gone) not in found
    assert theirs.payer_name not in found


def test_it_is_switched_and_back(market: Market, manager: Client) -> None:
    answer = manager.post(url(market.acme, "billing"), {"on": "no"})
    market.acme.refresh_from_db()
    assert (answer.status_code, market.acme.company_wide_billing) == (302, False)
    assert "by the same billed user only" in text(page(manager, market.acme))
    manager.post(url(market.acme, "billing"), {"on": "yes"})
    market.acme.refresh_from_db()
    assert market.acme.company_wide_billing is True
    assert AuditEntry.objects.filter(verb="company.billing_changed", object_id=market.acme.pk).count() == 2


def test_who_was_quicker_is_not_undone(market: Market, manager: Client) -> None:
    for _ in range(2):
        answer = manager.post(url(market.acme, "billing"), {"on": "no"})
    market.acme.refresh_from_db()
    assert (answer.status_code, market.acme.company_wide_billing) == (422, False)
    assert manager.post(url(market.acme, "billing"), {"on": "maybe"}).status_code == 422
    assert client_of(market.people["finance"]).post(url(market.acme, "billing"), {"on": "yes"}).status_code == 403


def test_queries_and_bytes_do_not_grow(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    memo = issue_memo(market)
    for _ in range(60):
        apply(market, memo, issue_invoice(market, charge("1.00")), 10)
    people = [manager, client_of(market.people["company_admin"])]
    for client in people:
        page(client, market.acme)  # The first visit writes the session.
        for asked in ({}, {"page": "1"}):
            with django_assert_max_num_queries(MAX_QUERIES):
                html = page(client, market.acme, **asked)
            assert len(html.encode()) < MAX_BYTES
    page(manager, market.acme, "billing")
    with django_assert_max_num_queries(MAX_QUERIES):
        page(manager, market.acme, "billing")
