"""Every state of memos and invoices, reached by the verbs, is a valid e-invoice whose totals are the document's."""

from datetime import date
from decimal import Decimal

import pytest

from billing.operations.voiding import void_invoice
from core.money import to_major
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo
from documents.domain.kinds import Content, kind_called
from documents.einvoice.translation import NotRepresentable
from invoices.domain.charging import TaxRate
from invoices.models import Invoice
from tests.documents.einvoice.reading import Read, written
from tests.factories.billing import bill, plan, subscribe, tax
from tests.factories.world import (
    NOW,
    VAT,
    Market,
    apply,
    charge,
    credit_invoice,
    issue_invoice,
    issue_memo,
    key,
    make_market,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
REDUCED, NIL = TaxRate("VAT", Decimal("0.07")), TaxRate("VAT", Decimal(0))
CITY = TaxRate("City", Decimal("0.05"))


def content_of(document: CreditMemo | Invoice) -> Content:
    return kind_called("invoice" if isinstance(document, Invoice) else "credit_memo").content(document.pk)


def holds(document: CreditMemo | Invoice) -> list[Read]:
    """It is valid in both syntaxes, and says the document's own figures."""
    document.refresh_from_db()
    is_invoice = isinstance(document, Invoice)
    found = written(content_of(document), "invoice" if is_invoice else "credit_memo")
    for read in found:
        assert read.broken() == set()
        assert (read.one("number"), read.one("type")) == (document.number, "380" if is_invoice else "381")
        assert (read.one("currency"), read.one("issue_date")) == (document.currency, str(document.issue_date))
        for name in ("net", "tax", "total"):
            assert read.amount(name) == to_major(getattr(document, name), currency=document.currency)
        assert sum(read.amounts("nets")) == sum(read.amounts("bases")) == read.amount("net")
        assert sum(read.amounts("taxes")) == read.amount("tax")
        assert read.amount("due") == read.amount("total") - read.amount("paid")
    return found


def test_a_memo_in_every_state(market: Market) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market, "50.00", taxes=(VAT,))
    states = []

    def look() -> None:
        first = holds(memo)[0]
        states.append((memo.status, first.amount("due"), first.one("preceding")))

    look()
    application = apply(market, memo, invoice, 2500)
    look()
    apply(market, memo, invoice, 3500)
    look()
    operations.reverse(application=application, reason="Wrong", actor=market.actor(), now=NOW, key=key())
    memo.refresh_from_db()
    operations.close(memo=memo, reason="Too small", actor=market.actor(), now=NOW)
    look()
    expected = ["unapplied", "partially_applied", "fully_applied", "closed"]
    assert states == [(state, Decimal("60.00"), "") for state in expected]


def test_an_invoice_in_every_state(market: Market) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market, "200.00")
    for amount in (5000, 7000):
        [ubl, cii] = holds(invoice)
        assert (ubl.one("due_date"), cii.one("due_date")) == ("2026-06-01", "2026-06-01")
        apply(market, memo, invoice, amount)
    holds(invoice)
    assert invoice.status == "paid"
    assert {read.amount("due") for read in holds(invoice)} == {Decimal("120.00")}  # As it was issued.
    free = issue_invoice(market, charge("0.00", taxes=()))
    assert {read.amount("due") for read in holds(free)} == {Decimal(0)}


def test_a_memo_names_the_invoice_that_it_credits(market: Market) -> None:
    invoice = issue_invoice(market, charge("100.00", quantity="3", taxes=(REDUCED,)), charge("10.00"))
    [first, second] = invoice.lines.order_by("position")
    memo = operations.issue_from_invoice(
        invoice=invoice,
        lines=[InvoiceCredit(first.pk, quantity=Decimal(2)), InvoiceCredit(second.pk, net=333)],
        details=Details(reason_id=market.reason().pk, use="hold", customer_note="Sorry"),
        actor=market.actor(),
        now=NOW,
        key=key(),
    )
    for read in holds(memo):
        assert (read.one("preceding"), read.one("note")) == ("INV-2026-00001", "Sorry")
        assert read.one("terms") == "This credit is used on open invoices or paid back."
        assert (read.all("percents"), read.all("categories")) == (["7", "20"], ["S", "S"])
        assert (read.all("quantities"), read.all("prices")) == (["2", "1"], ["100", "3.33"])
        assert (read.all("nets"), read.all("taxes")) == (["200.00", "3.33"], ["14.00", "0.67"])


def test_thirds_of_a_line_are_exact(market: Market) -> None:
    invoice = issue_invoice(market, charge("10.00"))
    taxes = [holds(credit_invoice(market, invoice, net))[0].one("tax") for net in (333, 333, 334)]
    assert taxes == ["0.67", "0.66", "0.67"]


def test_a_discount_is_an_allowance_of_its_line(market: Market) -> None:
    invoice = issue_invoice(market, charge("100.00", quantity="2", discount=2550))
    for read in holds(invoice):
        assert (read.all("quantities"), read.all("prices")) == (["2"], ["100"])
        assert (read.all("discounts"), read.all("nets")) == (["25.50"], ["174.50"])
    memo = credit_invoice(market, invoice, 10000)
    assert [read.all("discounts") for read in holds(memo)] == [[], []]


def test_several_rates_are_rows_of_the_breakdown(market: Market) -> None:
    charges = [charge("100.00"), charge("50.00", taxes=(REDUCED,)), charge("9.00"), charge("8.00", taxes=(NIL,))]
    for read in holds(issue_invoice(market, *charges, charge("7.00", taxes=()))):
        rows = zip(read.all("categories"), read.all("percents"), read.all("bases"), read.all("taxes"), strict=True)
        assert list(rows) == [
            ("S", "20", "109.00", "21.80"),
            ("S", "7", "50.00", "3.50"),
            ("Z", "0", "8.00", "0.00"),
            ("E", "0", "7.00", "0.00"),
        ]
        assert read.all("reasons") == ["No tax is charged on this supply."]


def test_two_names_of_one_rate_are_one_row(market: Market) -> None:
    other = TaxRate("GST", VAT.rate)
    for read in holds(issue_invoice(market, charge("100.00"), charge("50.00", taxes=(other,)))):
        assert (read.all("percents"), read.all("bases"), read.all("taxes")) == (["20"], ["150.00"], ["30.00"])


def test_a_seller_without_a_tax_number_is_outside_of_tax(market: Market) -> None:
    market.operator.tax_number = ""
    market.operator.save()
    market.acme.tax_number = "DE 136 695 976"
    market.acme.save()
    for read in holds(issue_memo(market)):
        assert (read.all("categories"), read.all("percents")) == (["O"], [])
        assert (read.one("seller_vat"), read.one("buyer_vat")) == ("", "")
        assert read.all("reasons") == ["Not subject to tax."]
    with pytest.raises(NotRepresentable) as refused:
        holds(issue_memo(market, taxes=(VAT,)))
    assert refused.value.reasons == ["Operator north has no tax number, and charges tax."]


def test_tax_numbers_that_are_no_vat_numbers(market: Market) -> None:
    market.operator.tax_number, market.acme.tax_number = "21/815/08150", "DE 136 695 976"
    for company in (market.operator, market.acme):
        company.save()
    for read in holds(issue_memo(market, taxes=(VAT,))):
        assert (read.one("seller_vat"), read.one("seller_tax")) == ("", "21/815/08150")
        assert read.one("buyer_vat") == "DE136695976"


@pytest.mark.parametrize(("currency", "total"), [("EUR", "120.00"), ("USD", "120.00"), ("JPY", "120")])
def test_currencies_of_two_decimals_and_none(currency: str, total: str) -> None:
    market = make_market(currency.lower(), currency=currency)
    invoice = issue_invoice(market, charge("100"))
    memo = credit_invoice(market, invoice, invoice.net)
    assert [read.one("total") for document in (invoice, memo) for read in holds(document)] == [total] * 4


def test_a_currency_of_three_decimals_is_refused() -> None:
    market = make_market("kuwait", currency="KWD")
    with pytest.raises(NotRepresentable) as refused:
        holds(issue_memo(market, "1.500"))
    assert refused.value.reasons == ["Amounts in KWD have three decimals, and the standard allows two."]


def test_a_tax_only_correction_is_refused(market: Market) -> None:
    invoice = issue_invoice(market)
    memo = operations.issue_from_invoice(
        invoice=invoice,
        lines=[InvoiceCredit(invoice.lines.get().pk, tax_only=1500)],
        details=Details(reason_id=market.reason().pk, use="hold"),
        actor=market.actor(),
        now=NOW,
        key=key(),
    )
    with pytest.raises(NotRepresentable) as refused:
        holds(memo)
    assert refused.value.reasons == ["The tax at 20 % is 15.00, and the standard requires 20 % of 0.00."]


def test_two_taxes_on_a_line_are_refused(market: Market) -> None:
    with pytest.raises(NotRepresentable) as refused:
        holds(issue_invoice(market, charge(), charge(taxes=(VAT, CITY))))
    assert refused.value.reasons == ["Line 2 has several taxes, and the standard allows one."]


def test_what_is_void_is_refused(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    operations.void(memo=memo, reason="Twice", actor=market.actor(), now=NOW)
    void_invoice(invoice=invoice, reason="Wrong", actor=market.actor(), now=NOW)
    for document in (memo, invoice):
        with pytest.raises(NotRepresentable) as refused:
            holds(document)
        assert refused.value.reasons == ["It is void, which the standard can't express."]


def test_balances_carried_from_invoice_to_invoice(market: Market) -> None:
    """A marketplace without memos: credit is a line below zero, and a total below zero is carried on."""
    market.marketplace.pipeline = "v1"
    market.marketplace.save()
    tax(market)
    sold = subscribe(market, plan(market), start=date(2026, 5, 1))
    for day in (date(2026, 5, 1), date(2026, 5, 20), date(2026, 6, 1)):
        bill(market, day)
        if day == date(2026, 5, 1):
            sold.change(date(2026, 5, 5), quantity="10")
    first, negative, third = Invoice.objects.order_by("pk")
    holds(first)
    for read in holds(negative):
        assert [read.one(name) for name in ("total", "paid", "due")] == ["-162.00", "-162.00", "0.00"]
        assert min(read.amounts("quantities")) < 0 < min(read.amounts("prices"))
    for read in holds(third):
        assert [read.one(name) for name in ("total", "paid", "due")] == ["372.00", "162.00", "210.00"]


def test_a_run_prints_what_was_really_charged(market: Market) -> None:
    """Parts of a month: the printed price is the month's, the e-invoice's is the one that was taken."""
    tax(market)
    sold = subscribe(market, plan(market), start=date(2026, 5, 1))
    bill(market, date(2026, 5, 1))
    sold.change(date(2026, 5, 5), quantity="10")
    bill(market, date(2026, 6, 1))
    for document in [*Invoice.objects.all(), *CreditMemo.objects.all()]:
        for read in holds(document):
            figures = zip(read.amounts("quantities"), read.amounts("prices"), read.amounts("nets"), strict=True)
            assert all(round(quantity * price, 2) == net for quantity, price, net in figures)
    assert CreditMemo.objects.get().net == 40500
