"""Issue an invoice: lines, taxes, discounts, number, journal, days."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from companies.models import MarketplaceSettings
from core.errors import DuplicateRequest, InvalidInput, Missing
from invoices import operations
from invoices.domain.charging import Charge, TaxRate
from invoices.models import Invoice
from tests.factories.world import NOW, TODAY, VAT, Market, charge, key, make_market
from tests.support.verbs import entries, noted, posted, published, refused

REDUCED = TaxRate("Reduced VAT", Decimal("0.07"))


def issue(market: Market, *charges: Charge, **changes: object) -> Invoice:
    arguments = {
        "account": market.account(), "charges": charges or (charge(),), "actor": market.actor(), "now": NOW,
        "key": key(), **changes,
    }  # fmt: skip
    return operations.issue(**arguments)  # type: ignore[arg-type]


def test_charges_become_a_numbered_invoice(market: Market) -> None:
    vendor = market.vendor.pk
    invoice = issue(
        market,
        charge("12.50", quantity="3", discount=250, vendor_id=vendor, period_from=date(2026, 5, 1)),
        charge("9.99", taxes=(REDUCED,)),
        charge("5.00", taxes=()),
        billed_user=market.user("user"),
        source="billing",
    )
    invoice.refresh_from_db()

    assert (invoice.number, invoice.sequence, invoice.status, invoice.source) == (
        "INV-2026-00001",
        1,
        "unpaid",
        "billing",
    )
    assert (invoice.net, invoice.tax, invoice.total, invoice.amount_due) == (4999, 770, 5769, 5769)
    assert (invoice.credited, invoice.paid, invoice.carried_in, invoice.carried_out) == (0, 0, 0, 0)
    assert (invoice.issue_date, invoice.document_date, invoice.effective_date) == (TODAY, TODAY, TODAY)
    assert (invoice.due_date, invoice.issued_at) == (TODAY + timedelta(days=14), NOW)
    assert (invoice.payer, invoice.beneficiary, invoice.billed_user) == (market.acme, market.acme, market.user("user"))
    assert invoice.billed_user_name == "User North"
    lines = [(line.position, line.discount, line.net, line.tax, line.vendor_id) for line in invoice.lines.all()]
    assert lines == [(1, 250, 3500, 700, vendor), (2, 0, 999, 70, None), (3, 0, 500, 0, None)]


def test_it_is_posted_noted_and_published_once(market: Market) -> None:
    invoice = issue(market, charge("10.00"), charge("20.00", taxes=(REDUCED,)), charge("5.00"))
    assert posted("invoice.issue") == [
        [("receivable", 3940), ("revenue", -3500), ("tax_payable", -300), ("tax_payable", -140)]
    ]
    assert [(row.invoice_id, row.detail) for row in entries("invoice.issue")] == [
        (invoice.pk, ""), (None, ""), (None, "VAT"), (None, "Reduced VAT")
    ]  # fmt: skip
    entry = noted("invoice.issued")
    assert (entry.kind, entry.object_id, entry.company) == ("invoice", invoice.pk, market.acme)
    assert entry.after == {"total": 3940, "currency": "EUR"}
    assert published("invoice.issued") == [{"invoice_id": invoice.pk, "account_id": invoice.account_id}]


def test_parties_are_frozen_as_they_were(market: Market) -> None:
    invoice = issue(market)
    market.acme.name = "Acme Holding"
    market.acme.save()
    invoice.refresh_from_db()
    assert (invoice.payer_name, invoice.frozen["payer"]["name"]) == ("Acme north", "Acme north")
    assert invoice.frozen["merchant"]["code"] == "NORTH"


def test_a_repeat_gives_the_same_invoice_and_another_body_is_refused(market: Market) -> None:
    first = issue(market, key="once")
    assert issue(market, key="once") == first
    for change in (
        {"charges": (charge("99.00"),)}, {"terms_days": 3}, {"billed_user": market.user("user")}, {"source": "billing"},
        {"effective_date": date(2026, 5, 2)}, {"account": market.account(market.birch)},
    ):  # fmt: skip
        with refused(DuplicateRequest):
            issue(market, key="once", **change)
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize(
    ("currency", "price", "net", "tax"),
    [("JPY", "333.5", 1001, 200), ("EUR", "3.335", 1001, 200), ("KWD", "0.3335", 1001, 200), ("EUR", "0.01", 3, 1)],
)
def test_rounding_is_half_up_at_the_line_in_every_currency(
    db: None, currency: str, price: str, net: int, tax: int
) -> None:
    invoice = issue(make_market(currency=currency), charge(price, quantity="3"))
    assert (invoice.currency, invoice.net, invoice.tax, invoice.amount_due) == (currency, net, tax, net + tax)


def test_totals_are_sums_of_rounded_lines(market: Market) -> None:
    invoice = issue(market, *[charge("0.33", taxes=(VAT,)) for _ in range(3)])
    assert (invoice.net, invoice.tax) == (99, 21)  # 20 % of 0.99 would be 0.20.


def test_an_invoice_over_nothing_is_issued_as_paid(market: Market) -> None:
    invoice = issue(market, charge("10.00", discount=1000))
    assert (invoice.number, invoice.total, invoice.amount_due, invoice.status) == ("INV-2026-00001", 0, 0, "paid")
    assert posted("invoice.issue") == []


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"price": "10.00", "discount": 1001}, "Line 1 is below zero."),
        ({"quantity": "-1"}, "Enter a quantity"),
        ({"price": "-1"}, "Enter a price"),
        ({"price": "1.123456789"}, "Enter a price"),
        ({"discount": -1}, "too large"),
        ({"price": "9999999999", "quantity": "9999"}, "too large"),
        ({"taxes": (VAT, VAT)}, "each tax of a line once"),
        ({"taxes": (TaxRate("VAT", Decimal("1.5")),)}, "Enter a tax rate"),
    ],
)
def test_lines_that_can_not_be_are_refused(market: Market, wrong: dict[str, object], text: str) -> None:
    market.account()
    with refused(InvalidInput, field="lines") as caught:
        issue(market, charge(**wrong))  # type: ignore[arg-type]
    assert text in caught.value.message


def test_an_invoice_without_lines_is_refused(market: Market) -> None:
    with refused(InvalidInput, field="lines"):
        issue(market, charges=())


# --- days -------------------------------------------------------------------------------------------------------------


def test_payment_terms_are_the_companys_else_the_marketplaces(market: Market) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(payment_terms_days=7)
    assert issue(market).due_date == date(2026, 5, 25)
    market.acme.payment_terms_days = 0
    market.acme.save()
    assert issue(market).due_date == TODAY
    assert issue(market, terms_days=30).due_date == date(2026, 6, 17)


def test_the_effective_date_is_typed_and_the_issue_date_is_not(market: Market) -> None:
    invoice = issue(market, effective_date=date(2026, 5, 1))
    assert (invoice.effective_date, invoice.issue_date) == (date(2026, 5, 1), TODAY)
    with refused(InvalidInput, field="effective_date"):
        issue(market, effective_date=TODAY + timedelta(days=1))


def test_the_effective_date_is_not_in_a_closed_period(market: Market) -> None:
    market.merchant.closed_through = date(2026, 4, 30)
    market.merchant.save()
    with refused(InvalidInput, field="effective_date") as caught:
        issue(market, effective_date=date(2026, 4, 30))
    assert caught.value.message == "The period up to 2026-04-30 is closed."
    assert issue(market, effective_date=date(2026, 5, 1)).is_issued


def test_the_day_begins_where_the_marketplace_is(market: Market) -> None:
    late = datetime(2026, 5, 18, 22, 30, tzinfo=UTC)  # Half past midnight in Berlin.
    invoice = issue(market, now=late)
    assert invoice.issue_date == date(2026, 5, 19)
    assert {row.posting_date for row in entries("invoice.issue")} == {date(2026, 5, 19)}


# --- whose ------------------------------------------------------------------------------------------------------------


def test_a_reseller_owes_for_its_customers(market: Market) -> None:
    invoice = issue(market, account=market.account(market.client), beneficiary=market.client)
    assert (invoice.payer, invoice.beneficiary) == (market.reseller, market.client)


def test_another_company_does_not_pay(market: Market, south: Market) -> None:
    for company in (market.birch, market.client, south.acme):
        with refused(InvalidInput, field="company"):
            issue(market, beneficiary=company)


def test_a_stranger_finds_no_account(market: Market, south: Market) -> None:
    account = market.account()
    with refused(Missing):
        issue(south, account=account)


def test_a_v1_marketplace_issues_invoices(market: Market) -> None:
    market.marketplace.pipeline = "v1"
    market.marketplace.save()
    assert issue(market).number == "INV-2026-00001"
