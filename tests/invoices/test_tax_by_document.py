"""Taxed by document: each tax is rounded once for its rate; the invoice keeps how it was taxed."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from companies.models import MarketplaceSettings
from core.models import AuditEntry
from creditmemos import operations
from invoices.domain.charging import TaxRate
from invoices.models import Invoice, InvoiceLineTax
from tests.factories.world import NOW, Market, charge, issue_invoice
from web.activity import changes

USUAL = TaxRate("USt.", Decimal("0.19"))
REDUCED = TaxRate("USt.", Decimal("0.07"))


def tax_by(market: Market, value: str) -> MarketplaceSettings:
    return operations.change_settings(
        marketplace=market.marketplace, values={"tax_by": value}, actor=market.actor(), now=NOW
    )


def small(lines: int, *taxes: TaxRate) -> list[object]:
    return [charge("0.13", taxes=taxes or (USUAL,)) for _line in range(lines)]


def test_many_small_lines_bear_the_rate_of_their_sum(market: Market) -> None:
    by_line = issue_invoice(market, *small(250))  # type: ignore[arg-type]
    tax_by(market, "document")
    by_document = issue_invoice(market, *small(250))  # type: ignore[arg-type]
    assert (by_line.tax_by, by_line.net, by_line.tax) == ("line", 3250, 500)
    assert (by_document.tax_by, by_document.net, by_document.tax) == ("document", 3250, 618)
    assert set(by_document.lines.values_list("tax", flat=True)) == {2, 3}


def test_each_name_and_rate_is_rounded_by_itself(market: Market) -> None:
    tax_by(market, "document")
    city = TaxRate("City", Decimal("0.07"))
    invoice = issue_invoice(
        market, charge("0.13", taxes=(USUAL, city)), charge("0.13", taxes=(USUAL,)), charge("0.22", taxes=(REDUCED,)),
        charge("0.22", taxes=(REDUCED, city)), charge("1.00", taxes=()),
    )  # fmt: skip
    rows = InvoiceLineTax.objects.filter(line__invoice=invoice).order_by("pk")
    assert [(row.name, row.rate.normalize(), row.base, row.amount) for row in rows] == [
        ("USt.", USUAL.rate, 13, 3), ("City", city.rate, 13, 1), ("USt.", USUAL.rate, 13, 2),
        ("USt.", REDUCED.rate, 22, 2), ("USt.", REDUCED.rate, 22, 1), ("City", city.rate, 22, 1),
    ]  # fmt: skip


def test_the_setting_moves_no_invoice_and_is_noted(market: Market) -> None:
    before = issue_invoice(market)
    tax_by(market, "document")
    before.refresh_from_db()
    assert before.tax_by == "line"
    entry = AuditEntry.objects.get(verb="settings.changed")
    assert [str(change) for change in changes(entry, "EUR")] == [
        "Tax rounding: On each line → Once for each rate on the document"
    ]


@pytest.mark.damage
def test_an_issued_invoice_keeps_how_it_was_taxed(market: Market) -> None:
    invoice = issue_invoice(market)
    with pytest.raises(IntegrityError, match="i10_issued_is_frozen"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(tax_by="document")
