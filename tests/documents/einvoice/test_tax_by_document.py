"""Documents that EN 16931 refuses when each line is rounded pass when each tax is rounded once for its rate."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companies.models import MarketplaceSettings
from core.money import to_major
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.part_credits import RateRoom
from creditmemos.models import CreditMemo
from documents.domain.kinds import Content, Line, kind_called
from documents.einvoice.translation import NotRepresentable
from invoices.domain.charging import TaxRate
from invoices.domain.taxing import taxes_of
from invoices.models import Invoice
from invoices.printing import tax_summary
from tests.documents.einvoice.reading import written
from tests.documents.einvoice.test_property import Tax
from tests.factories.world import NOW, Market, charge, issue_invoice, key
from tests.support.kinds import content

USUAL = TaxRate("USt.", Decimal("0.19"))
RATES = [TaxRate("USt.", Decimal(rate)) for rate in ("0.005", "0.07", "0.081", "0.19", "0.255", "1")]
EXAMPLES = 20


def small_invoice(market: Market, tax_by: str) -> Invoice:
    """250 lines of 0.13 at 19 %."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(tax_by=tax_by)
    return issue_invoice(market, *[charge("0.13", taxes=(USUAL,)) for _ in range(250)])


def content_of(document: CreditMemo | Invoice) -> tuple[Content, str]:
    kind = "invoice" if isinstance(document, Invoice) else "credit_memo"
    return kind_called(kind).content(document.pk), kind


def test_by_line_it_drifts_too_far(market: Market) -> None:
    with pytest.raises(NotRepresentable) as refused:
        written(*content_of(small_invoice(market, "line")))
    assert refused.value.reasons == ["The tax at 19 % is 5.00, and the standard requires 19 % of 32.50."]


def test_by_document_it_passes_with_its_memos(market: Market) -> None:
    invoice = small_invoice(market, "document")
    documents: list[CreditMemo | Invoice] = [invoice]
    pks = list(invoice.lines.order_by("position").values_list("pk", flat=True))
    for part in (pks[:100], pks[100:]):
        memo = operations.issue_from_invoice(
            invoice=invoice, lines=[InvoiceCredit(pk, net=13) for pk in part], actor=market.actor(), now=NOW, key=key(),
            details=Details(reason_id=market.reason().pk, use="hold"),
        )  # fmt: skip
        documents.append(memo)
    for document, tax in zip(documents, ("6.18", "2.47", "3.71"), strict=True):
        printed, kind = content_of(document)
        assert [(row["rate"], row["base"], row["amount"]) for row in printed["taxes"]] == [
            ("0.19", document.net, document.tax)
        ]
        for read in written(printed, kind):
            assert read.broken() == set()
            assert read.all("taxes") == [tax]


def document(lines: list[tuple[int, TaxRate]], amounts: list[int], currency: str) -> Content:
    """What a document of these lines prints."""
    taxes = [Tax(tax.name, tax.rate, net, amount) for (net, tax), amount in zip(lines, amounts, strict=True)]
    net, tax = sum(net for net, _tax in lines), sum(amounts)
    return content(
        currency=currency,
        lines=[
            Line(
                description="Seats", period_from="", period_to="", quantity="1", unit_price=str(to_major(net, currency=currency)),
                discount=0, net=net, taxes=[{"name": tax.name, "rate": f"{tax.rate:f}"}],
            )
            for net, tax in lines
        ],
        taxes=tax_summary(taxes),  # type: ignore[arg-type]
        net=net, tax=tax, total=net + tax, carried=0, due=net + tax,
    )  # fmt: skip


drawn = st.lists(st.tuples(st.integers(1, 99) | st.integers(1, 10**7), st.sampled_from(RATES)), min_size=1, max_size=60)


@settings(max_examples=EXAMPLES)
@given(drawn, st.sampled_from(["EUR", "JPY"]))
def test_every_invoice_passes(lines: list[tuple[int, TaxRate]], currency: str) -> None:
    amounts = taxes_of([(net, (tax,)) for net, tax in lines], by_document=True)
    for read in written(document(lines, [own for (own,) in amounts], currency), "invoice"):
        assert read.broken() == set()


@settings(max_examples=EXAMPLES)
@given(drawn, st.data())
def test_every_memo_of_an_invoice_passes(lines: list[tuple[int, TaxRate]], data: st.DataObject) -> None:
    """The second of two memos over parts of the lines, worked out as crediting works it out."""
    amounts = taxes_of([(net, (tax,)) for net, tax in lines], by_document=True)
    rooms = {tax: RateRoom() for _net, tax in lines}
    for (net, tax), (amount,) in zip(lines, amounts, strict=True):
        rooms[tax].net, rooms[tax].tax = rooms[tax].net + net, rooms[tax].tax + amount
    first = [data.draw(st.integers(0, net)) for net, _tax in lines]
    second = [data.draw(st.integers(0, net - taken)) for (net, _tax), taken in zip(lines, first, strict=True)]
    shares: dict[int, int] = {}
    for parts in (first, second):
        shares = {}
        for tax, room in rooms.items():
            places = [at for at, part in enumerate(parts) if part and lines[at][1] == tax]
            shares |= dict(zip(places, room.take([parts[at] for at in places]), strict=True))
    if not shares:
        return
    credited = [(second[at], lines[at][1]) for at in sorted(shares)]
    for read in written(document(credited, [shares[at] for at in sorted(shares)], "EUR"), "credit_memo"):
        assert read.broken() == set()
