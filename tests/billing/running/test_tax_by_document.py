"""Runs of a marketplace that taxes by document: each rate is rounded once, and credit ends exactly at the invoice."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Charge, Credit
from billing.rating.explaining import sentences
from companies.models import Marketplace, MarketplaceSettings
from creditmemos.models import CreditMemo, CreditMemoLineTax
from invoices.domain.charging import TaxRate
from invoices.models import Invoice, InvoiceLineTax
from tests.factories.billing import Sold, bill, event, order, plan, sells, subscribe, tax
from tests.factories.world import Market

MAY, FIFTH, TWENTIETH, JUNE = date(2026, 5, 1), date(2026, 5, 5), date(2026, 5, 20), date(2026, 6, 1)
VAT = TaxRate("VAT", Decimal("0.19"))


@pytest.fixture
def by_document(market: Market) -> Market:
    """The market taxes by document, 19 % VAT."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(tax_by="document")
    tax(market, VAT)
    return market


def many(market: Market, price: str, count: int) -> list[Sold]:
    """Subscriptions of one unit each, all on one invoice."""
    seats = plan(market, price)
    return [subscribe(market, seats, quantity="1", start=MAY) for _ in range(count)]


def test_a_runs_invoice_rounds_each_tax_once(by_document: Market) -> None:
    many(by_document, "0.13", 40)
    bill(by_document, MAY)
    invoice = Invoice.objects.get()
    assert (invoice.tax_by, invoice.net, invoice.tax) == ("document", 520, 99)
    assert set(invoice.lines.values_list("tax", flat=True)) == {2, 3}
    told = sentences(Charge.objects.order_by("pk")[0].how, "EUR")[-1].replace("\u00a0", " ")
    assert told == "VAT 19 % of €0.13: €0.03, its share of this tax on the whole document"


def test_what_a_dry_run_foresees_is_what_is_issued(by_document: Market) -> None:
    many(by_document, "0.13", 40)
    dry = bill(by_document, MAY, dry=True)
    real = bill(by_document, MAY)
    assert [line.invoiced for line in dry.lines.all()] == [line.invoiced for line in real.lines.all()] == [619]


def test_credit_in_pieces_ends_exactly_at_the_invoice(by_document: Market) -> None:
    """Three subscriptions end on three days, in three runs, each with credit for the whole period."""
    sold = many(by_document, "0.13", 3)
    bill(by_document, MAY)
    invoice = Invoice.objects.get()
    assert (invoice.net, invoice.tax) == (39, 7)
    source = list(Charge.objects.order_by("pk"))
    for at, each in enumerate(source):
        event(by_document, "refund", date(2026, 5, 6 + at), amount=13, source_key=each.key, subscription=sold[at].row)
        bill(by_document, date(2026, 5, 6 + at))
    memos = list(CreditMemo.objects.order_by("pk"))
    assert [(memo.net, memo.tax, memo.tax_by) for memo in memos] == [
        (13, 2, "document"), (13, 3, "document"), (13, 2, "document")
    ]  # fmt: skip
    assert [credit.tax for credit in Credit.objects.order_by("pk")] == [2, 3, 2]
    told = sentences(Credit.objects.order_by("pk")[0].how, "EUR")[-1].replace("\u00a0", " ")
    assert told == ("VAT 19 % charged on €0.13: €0.02 credited, its share of this tax credited on the invoice")


def test_credit_of_an_invoice_taxed_by_line_stays_by_line(market: Market) -> None:
    tax(market, VAT)
    sold = many(market, "0.13", 3)
    bill(market, MAY)
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(tax_by="document")
    for at, each in enumerate(Charge.objects.order_by("pk")):
        event(market, "refund", FIFTH, amount=13, source_key=each.key, subscription=sold[at].row)
    bill(market, TWENTIETH)
    assert Invoice.objects.get().tax_by == "line"
    memo = CreditMemo.objects.get()
    assert (memo.net, memo.tax) == (39, 6)
    assert set(CreditMemoLineTax.objects.values_list("amount", flat=True)) == {2}


def test_a_charge_and_its_credit_in_one_run(by_document: Market) -> None:
    """Upgraded and downgraded again: the credit undoes a charge of the very same batch."""
    [sold] = many(by_document, "0.13", 1)
    bill(by_document, MAY)
    sold.change(FIFTH, quantity="50")
    sold.change(TWENTIETH, quantity="1")
    bill(by_document, date(2026, 5, 31))
    for row in InvoiceLineTax.objects.all():
        assert 0 <= row.credited <= row.amount
    new = Invoice.objects.latest("pk")
    assert new.tax == (new.net * 19 + 50) // 100


def test_corrections_of_nothing_in_particular_are_rounded_once_on_their_memo(by_document: Market) -> None:
    product = sells(by_document, "Setup")
    for _ in range(10):
        event(by_document, "correction", MAY, amount=-13, product=product)
    bill(by_document, MAY)
    memo = CreditMemo.objects.get()
    assert (memo.net, memo.tax, memo.tax_by) == (130, 25, "document")


def test_without_memos_lines_below_zero_take_the_rates_share(by_document: Market) -> None:
    """V1: what was credited on later invoices counts for the rate as memos do."""
    Marketplace.objects.filter(pk=by_document.marketplace.pk).update(pipeline="v1")
    for at in range(3):
        order(by_document, "0.13", MAY, name=f"order {at}")
    bill(by_document, MAY)
    for at in range(3):
        event(by_document, "refund", date(2026, 5, 6 + at), amount=13, source_key=f"order {at}")
        bill(by_document, date(2026, 5, 6 + at))
    assert [invoice.tax for invoice in Invoice.objects.order_by("pk")] == [7, -2, -3, -2]
