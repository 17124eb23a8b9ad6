"""The page of one invoice: its figures, lines, credits, journal and activity, as far as each role may know."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing.operations.voiding import void_invoice
from creditmemos import operations
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.world import (
    NOW,
    Market,
    apply,
    charge,
    credit_invoice,
    issue_invoice,
    issue_memo,
    key,
    make_market,
)
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twenty_days_later")]
MAX_QUERIES, MAX_BYTES = 12, 100_000


@pytest.fixture
def market() -> Market:
    return make_market()


def url(invoice: Invoice, name: str = "detail") -> str:
    return reverse(f"invoices:{name}", args=[invoice.pk])


def page(client: Client, invoice: Invoice, name: str = "detail", **asked: Any) -> str:
    answer = client.get(url(invoice, name), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def buttons(html: str) -> list[str]:
    """The actions at the top right, in their order."""
    head = html.partition('<div class="actions">')[2].partition("</main>")[0].partition('<section class="panel"')[0]
    return [word for word in ("Apply credit", "Credit invoice", "Void") if re.search(rf"</svg>{word}</a>", head)]


def test_figures_lines_discount_and_tax_by_rate(market: Market, manager: Client) -> None:
    invoice = issue_invoice(
        market, charge("100.00", quantity="3", discount=3000, description="Seats"), charge("8.00", taxes=())
    )
    apply(market, issue_memo(market), invoice, 2000)

    found = text(page(manager, invoice))

    assert "Total €332.00 Applied €20.00 Due €312.00" in found
    assert "Seats 3 €100.00 €30.00 €270.00 €54.00 €324.00 –" in found
    assert "Discounts, already deducted €30.00 Subtotal €278.00 VAT 20 % on €270.00 €54.00 Total €332.00" in found


def test_credits_name_their_memos_and_reversals(market: Market, manager: Client) -> None:
    invoice, memo, other = issue_invoice(market), issue_memo(market), issue_memo(market, "5.00")
    application = apply(market, memo, invoice, 2000)
    operations.reverse(application=application, reason="Wrong one", actor=market.actor(), now=NOW, key=key())
    live = apply(market, other, invoice, 500)

    html = page(manager, invoice)
    found = text(html)

    assert found.count(f"{memo} Applied (reversed) by Manager North €20.00") == 1
    assert f"{memo} Reversed by Manager North Wrong one (€20.00)" in found
    assert f"{other} Applied by Manager North €5.00" in found
    assert html.count(f'href="{reverse("creditmemos:reverse", args=[other.pk, live.pk])}"') == 1
    assert str(application.pk) not in html
    assert reverse("creditmemos:detail", args=[other.pk]) in html


def test_the_unified_view_sets_credits_beside_charges(market: Market, manager: Client) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market)
    apply(market, memo, invoice, 2000)
    unified = text(page(manager, invoice))
    market.marketplace.settings.unified_invoice = False
    market.marketplace.settings.save()
    apart = text(page(manager, invoice))
    assert f"Total €120.00 {memo} May 18, 2026 (€20.00) Due €100.00" in unified
    assert "Charges and credits" in unified
    assert "Total €120.00 Applied (€20.00) Due €100.00" in apart
    assert "Charges and credits" not in apart


def test_memos_issued_from_it(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    memo = credit_invoice(market, invoice, 1000)
    found = text(page(manager, invoice))
    assert f"Credit memos that credit it Number Date Reason Total Balance Status {memo}" in found
    assert "Goodwill €12.00 €12.00 Unapplied" in found


def test_the_bar_and_the_badge_say_what_became_of_it(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    apply(market, issue_memo(market, "120.00"), invoice, 12000)
    html = page(manager, invoice)
    assert "Settled by credit" in html
    assert 'aria-label="Breakdown of the total: Applied €120.00"' in html


def test_actions_are_those_that_can_work(market: Market, manager: Client) -> None:
    plain, settled, void = issue_invoice(market), issue_invoice(market), issue_invoice(market)
    assert buttons(page(manager, plain)) == ["Credit invoice", "Void"]
    apply(market, issue_memo(market, "120.00"), settled, 12000)
    void_invoice(invoice=void, reason="Wrong", actor=market.actor(), now=NOW)
    issue_memo(market)

    assert buttons(page(manager, plain)) == ["Apply credit", "Credit invoice", "Void"]
    assert buttons(page(manager, settled)) == ["Credit invoice", "Void"]
    assert buttons(page(manager, void)) == []
    whole = credit_invoice(market, plain, 10000)
    assert whole.total == 12000
    assert buttons(page(manager, plain)) == ["Apply credit", "Void"]
    assert buttons(page(client_of(market.people["support"]), plain)) == []


def test_a_paid_invoice_may_be_credited_where_the_marketplace_says_so(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    apply(market, issue_memo(market, "120.00"), invoice, 12000)
    market.marketplace.settings.credit_paid_invoices = False
    market.marketplace.settings.save()
    assert buttons(page(manager, invoice)) == ["Void"]


def test_customers_apply_their_free_credit_only(market: Market) -> None:
    invoice = issue_invoice(market)
    issue_memo(market, use="hold")
    admin = client_of(market.people["company_admin"])
    assert buttons(page(admin, invoice)) == []
    issue_memo(market, use="follow")
    assert buttons(page(admin, invoice)) == ["Apply credit"]


def test_journal_and_activity(market: Market, manager: Client) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market)
    apply(market, memo, invoice, 2000)
    journal = text(page(manager, invoice, "journal"))
    assert "Invoice issued Account Debit Credit Receivable €120.00 Revenue €100.00 Tax payable VAT €20.00" in journal
    assert "Applied Account Debit Credit Customer credit €20.00 Receivable €20.00" in journal
    assert "Issued an invoice Manager North" in text(page(manager, invoice, "activity"))
    part = manager.get(url(invoice, "journal"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


def test_what_each_role_is_told(market: Market) -> None:
    invoice = issue_invoice(market, billed_user=market.user("user"))
    memo = issue_memo(market, use="follow")
    application = apply(market, memo, invoice, 2000)
    operations.reverse(
        application=application, reason="A secret reason", actor=market.actor(), now=NOW, key=key(), hold=False
    )
    apply(market, memo, invoice, 700)
    told = {person: page(client_of(market.people[person]), invoice) for person in ("support", "company_admin", "user")}

    assert ["A secret reason" in told[person] for person in told] == [True, False, False]
    assert ["by Manager North" in told[person] for person in told] == [True, False, False]
    assert ["Show postings" in told[person] for person in told] == [True, False, False]
    assert [reverse("creditmemos:detail", args=[memo.pk]) in told[person] for person in told] == [True, True, False]
    assert [str(memo) in told[person] for person in told] == [True] * 3


def test_a_developer_sees_own_lines_and_their_sums_only(market: Market) -> None:
    own = charge("5.00", vendor_id=market.vendor.pk, description="Own thing", discount=100)
    invoice = issue_invoice(market, own, charge("1234.00", description="Their thing", product_name="Rival"))
    memo = issue_memo(market, "7.77")
    apply(market, memo, invoice, 777)
    developer = client_of(market.people["developer"])

    html = page(developer, invoice)

    assert "Own thing" in html
    assert "Your products together €1.00 €4.00 €0.80 €4.80" in text(html)
    for secret in ("Their thing", "Rival", "1,48", "€7.77", str(memo), "Journal", "Documents", "Applied €"):
        assert secret not in text(html), secret
    for name in ("journal", "activity"):
        assert developer.get(url(invoice, name)).status_code == 403


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("manager", 200), ("finance", 200), ("support", 200), ("developer", 404), ("reseller", 404),
        ("company_admin", 200), ("billing_admin", 200), ("user", 404), ("other_admin", 404), ("client_admin", 404),
    ],
)  # fmt: skip
def test_who_sees_a_customers_invoice(market: Market, person: str, status: int) -> None:
    invoice = issue_invoice(market)
    assert client_of(market.people[person]).get(url(invoice)).status_code == status


def test_a_resellers_invoice_is_hidden_from_its_customer(market: Market) -> None:
    invoice = issue_invoice(market, company=market.client)
    statuses = [client_of(market.people[each]).get(url(invoice)).status_code for each in ("reseller", "client_admin")]
    assert statuses == [200, 404]


def test_strangers_and_visitors(market: Market) -> None:
    invoice = issue_invoice(market)
    stranger = client_of(make_market("south").people["manager"])
    for name in ("detail", "journal", "activity", "void", "apply_credit"):
        assert stranger.get(url(invoice, name)).status_code == 404, name
        assert Client().get(url(invoice, name)).status_code == 302, name
    assert stranger.get("/invoices/99999999999999999999/").status_code == 404


def test_apply_credit_leads_to_the_desk(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    answer = manager.get(url(invoice, "apply_credit"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("creditmemos:apply_to_invoice", args=[invoice.pk]))
    assert client_of(market.people["support"]).get(url(invoice, "apply_credit")).status_code == 403


def test_queries_and_bytes_do_not_grow(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lines = [charge("1.00", product_name=f"Product {n % 7}", description=f"Line {n}") for n in range(250)]
    invoice = issue_invoice(market, *lines)
    memos: list[CreditMemo] = [issue_memo(market, "1.00") for _ in range(60)]
    for memo in memos:
        apply(market, memo, invoice, 1)
    page(manager, invoice)  # The first visit writes the session.
    for asked in ({}, {"lines": "2", "credits": "1"}):
        with django_assert_max_num_queries(MAX_QUERIES):
            html = page(manager, invoice, **asked)
        assert len(html.encode()) < MAX_BYTES
    for name in ("journal", "activity"):
        with django_assert_max_num_queries(MAX_QUERIES):
            html = page(manager, invoice, name)
        assert len(html.encode()) < MAX_BYTES
    admin = client_of(market.people["company_admin"])
    page(admin, invoice)
    with django_assert_max_num_queries(MAX_QUERIES):
        page(admin, invoice)
