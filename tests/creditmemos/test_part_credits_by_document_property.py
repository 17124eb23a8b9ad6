"""Credits in any pieces of an invoice taxed by document end exactly at it, for each rate, in the database."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from companies.models import MarketplaceSettings
from core.errors import Refusal
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo, CreditMemoLineTax
from creditmemos.queries.creditable import creditable_lines, rate_rooms
from creditmemos.verification import breaches
from invoices.domain.charging import TaxRate
from invoices.models import Invoice, InvoiceLine
from tests.factories.world import NOW, Market, charge, issue_invoice, key, make_market

pytestmark = pytest.mark.property

EXAMPLES = {"sqlite": 30, "postgresql": 8}
TAXES = [(), (TaxRate("VAT", Decimal("0.19")),), (TaxRate("VAT", Decimal("0.07")),),
         (TaxRate("VAT", Decimal("0.19")), TaxRate("City", Decimal("0.0333")))]  # fmt: skip

lines = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 9), st.sampled_from(TAXES)), min_size=1, max_size=6)
hows = st.sampled_from(["net", "net", "all", "quantity", "tax_only"])
memos = st.lists(st.lists(st.tuples(st.integers(0, 5), hows, st.integers(1, 70)), min_size=1, max_size=4), max_size=4)


def part(line: InvoiceLine, how: str, percent: int) -> InvoiceCredit:
    if how == "quantity":
        return InvoiceCredit(line.pk, quantity=round(line.quantity * percent / 100, 6))
    if how == "tax_only":
        return InvoiceCredit(line.pk, tax_only=max(1, line.tax * percent // 100))
    left = line.net - line.credited_net
    return InvoiceCredit(line.pk, net=max(1, left if how == "all" else line.net * percent // 100))


def credit(market: Market, invoice: Invoice, wishes: Sequence[InvoiceCredit]) -> CreditMemo:
    return operations.issue_from_invoice(
        invoice=invoice, lines=wishes, actor=market.actor(), now=NOW, key=key(),
        details=Details(reason_id=market.reason().pk, use="hold"),
    )  # fmt: skip


def check_shares(memo: CreditMemo) -> None:
    """Each line has its share of the memo's tax at the rate, within one minor unit."""
    rows = list(CreditMemoLineTax.objects.filter(line__memo=memo, line__net__gt=0))
    for row in rows:
        alike = [other for other in rows if (other.name, other.rate) == (row.name, row.rate)]
        together, base = sum(other.amount for other in alike), sum(other.base for other in alike)
        assert abs(row.amount * base - together * row.base) < base


def go(market: Market, invoice: Invoice, pieces: list[list[tuple[int, str, int]]]) -> None:
    """Credit as wished, where that is not refused, and void one in three; then the rest."""
    for number, wishes in enumerate(pieces, start=1):
        rows = list(invoice.lines.order_by("position"))
        wanted = {rows[at % len(rows)].pk: part(rows[at % len(rows)], how, size) for at, how, size in wishes}
        try:
            memo = credit(market, invoice, list(wanted.values()))
        except Refusal as refusal:
            assert refusal.code in ("over_credit", "invalid")  # noqa: PT017 - too much, or units that come to nothing
            continue
        check_shares(memo)
        if number % 3 == 0:
            operations.void(memo=memo, reason="Test", actor=market.actor(), now=NOW)
    credit_the_rest(market, invoice)
    rows = list(invoice.lines.prefetch_related("taxes"))
    assert all(row.credited_net == row.net for row in rows)
    assert all(room.credited_tax == room.tax for room in rate_rooms(rows).values())
    found = CreditMemo.objects.filter(source_invoice=invoice, voided_at__isnull=True)
    assert sum(memo.total for memo in found) == invoice.total
    assert breaches() == []


def credit_the_rest(market: Market, invoice: Invoice) -> None:
    """All that the form offers, line by line in one memo; what tax is left when the net was used up, in another."""
    for _again in range(2):
        rooms = [room for room in creditable_lines(invoice) if room.gross]
        if rooms:
            credit(market, invoice, [
                InvoiceCredit(room.line.pk, net=room.net) if room.net else InvoiceCredit(room.line.pk, tax_only=room.tax)
                for room in rooms
            ])  # fmt: skip


def test_any_pieces_end_exactly(db: None) -> None:
    market = make_market()
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(tax_by="document")

    @settings(max_examples=EXAMPLES[connection.vendor])
    @given(lines, memos)
    def run(drawn: list[tuple[int, int, tuple[TaxRate, ...]]], pieces: list[list[tuple[int, str, int]]]) -> None:
        charges = [
            charge(str(Decimal(cents) / 100), quantity=str(quantity), taxes=taxes) for cents, quantity, taxes in drawn
        ]
        with transaction.atomic():
            go(market, issue_invoice(market, *charges), pieces)
            transaction.set_rollback(True)

    run()
