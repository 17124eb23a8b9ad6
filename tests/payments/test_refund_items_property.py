"""Refunds of items in any pieces end exactly at the invoice, whatever paid it, in currencies of 0, 2 and 3 decimals."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from companies.models import MarketplaceSettings
from core.errors import Refusal
from creditmemos.domain.cutting import cut_lines
from creditmemos.domain.drafting import DraftLine, DraftTax
from creditmemos.domain.gross_credits import GrossRoom, fill
from creditmemos.models import CreditMemo
from creditmemos.queries.creditable import creditable_lines
from creditmemos.verification import breaches
from invoices.domain.charging import TaxRate
from invoices.models import Invoice
from payments.domain.bearing import share
from payments.models import Refund
from tests.factories.items import refunded
from tests.factories.payments import receive
from tests.factories.world import Market, charge, issue_invoice, make_market

pytestmark = pytest.mark.property

EXAMPLES = {"sqlite": 25, "postgresql": 6}
TAXES = [(), (TaxRate("VAT", Decimal("0.19")),), (TaxRate("VAT", Decimal("0.07")),),
         (TaxRate("VAT", Decimal("0.19")), TaxRate("City", Decimal("0.0333")))]  # fmt: skip
amounts = st.integers(0, 100_000)


class Undo(Exception):
    """Ends an example, so that the next one finds what this one found."""


@given(amounts, st.lists(amounts, max_size=3), st.lists(st.integers(1, 100), max_size=6))
def test_any_pieces_of_a_charge_end_exactly(net: int, taxes: list[int], shares: list[int]) -> None:
    room = GrossRoom(net, taxes, net, list(taxes))
    nets, each = 0, [0] * len(taxes)
    for percent in [*shares, 100]:
        gross = room.left * percent // 100
        if not gross:
            continue
        got, theirs = room.take(gross)
        assert got + sum(theirs) == gross
        assert got >= 0
        assert min(theirs, default=0) >= 0
        nets, each = nets + got, [so_far + tax for so_far, tax in zip(each, theirs, strict=True)]
    assert (nets, each) == (net, taxes)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=5), st.lists(st.integers(1, 100), max_size=4))
def test_documents_are_filled_in_order(wanted: list[int], cuts: list[int]) -> None:
    left, sums = sum(wanted), []
    for percent in cuts:
        if part := left * percent // 100:
            sums.append(part)
            left -= part
    sums += [left] if left else []
    found = list(fill(wanted, sums))
    assert [sum(part for _place, part in parts) for parts in found] == sums
    per_line = [sum(part for parts in found for place, part in parts if place == at) for at in range(len(wanted))]
    assert per_line == wanted
    assert sum(map(len, found)) < len(wanted) + len(sums)  # A line is split only where a document is full.


taxed = st.tuples(st.integers(1, 5000), st.lists(st.integers(0, 900), max_size=2))


@given(st.lists(taxed, min_size=1, max_size=4), st.integers(1, 99))
def test_a_memo_is_cut_without_loss(drawn: list[tuple[int, list[int]]], percent: int) -> None:
    lines_ = [
        DraftLine(
            description="Seats", quantity=Decimal(2), unit_price=Decimal(1), net=net,
            taxes=[DraftTax(f"Tax {at}", Decimal("0.1"), net, tax) for at, tax in enumerate(taxes)],
        )
        for net, taxes in drawn
    ]  # fmt: skip
    total = sum(line.gross for line in lines_)
    first = max(total * percent // 100, 1)
    sums = [each for each in (first, total - first) if each]
    parts = cut_lines(lines_, sums, currency="EUR")
    assert [sum(line.gross for _at, line in part) for part in parts] == sums
    for at, line in enumerate(lines_):
        own = [drafted for part in parts for place, drafted in part if place == at]
        assert sum(drafted.net for drafted in own) == line.net
        for number, tax in enumerate(line.taxes):
            assert sum(drafted.taxes[number].amount for drafted in own) == tax.amount
        assert own == [line] or len(own) > 1  # What is not cut stays as it is.


@given(amounts, amounts, amounts, st.lists(amounts, max_size=4))
def test_nobody_bears_more_than_it_can(total: int, due: int, most: int, rooms: list[int]) -> None:
    found = share(total, due=due, most=most, bearers=list(enumerate(rooms)))
    assert found.applied + found.sent + found.missing == total
    assert found.applied == min(total, due)
    assert all(0 < amount <= rooms[payment] for payment, amount in found.parts)
    assert found.sent == min(total - found.applied, most, sum(rooms))


lines = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 9), st.sampled_from(TAXES)), min_size=1, max_size=4)
payers = st.lists(st.integers(5, 100), min_size=1, max_size=3)
pieces = st.lists(st.lists(st.integers(0, 100), min_size=1, max_size=4), max_size=3)


def go(market: Market, invoice: Invoice, wishes: list[list[int]]) -> None:
    """Refund shares of the lines as wished, where that is not refused, then all that is left."""
    for shares in [*wishes, [100] * 9]:
        rooms = [room for room in creditable_lines(invoice) if room.gross > 0]
        wanted = [(room.line.pk, room.gross * percent // 100) for room, percent in zip(rooms, shares, strict=False)]
        wanted = [(pk, gross) for pk, gross in wanted if gross]
        if wanted:
            refunded(market, invoice, *wanted)
            invoice.refresh_from_db()
            assert breaches() == []


def check(invoice: Invoice, paid: int) -> None:
    """Lines, taxes, credit and money end at zero."""
    assert [(room.net, list(room.taxes)) for room in creditable_lines(invoice)] == [
        (0, [0] * line.taxes.count()) for line in invoice.lines.order_by("position")
    ]
    memos = CreditMemo.objects.filter(source_invoice=invoice)
    assert sum(memo.total for memo in memos) == invoice.total
    assert sum(Refund.objects.filter(memo__in=memos).values_list("amount", flat=True)) == paid == invoice.paid
    assert (invoice.amount_due, invoice.credited) == (0, invoice.total - paid)
    assert {memo.status for memo in memos} <= {"fully_applied", "paid_out"}


@pytest.mark.parametrize("tax_by", ["line", "document"])
@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD"])
def test_any_pieces_of_an_invoice_end_exactly(db: None, currency: str, tax_by: str) -> None:
    market = make_market(currency=currency)
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(tax_by=tax_by)
    exponent = market.marketplace.exponent

    @settings(max_examples=EXAMPLES[connection.vendor])
    @given(lines, payers, pieces)
    def example(prices: list[tuple[int, int, tuple[TaxRate, ...]]], shares: list[int], wishes: list[list[int]]) -> None:
        with transaction.atomic():
            charges = [
                charge(str(Decimal(price).scaleb(-exponent)), quantity=str(number), taxes=taxes)
                for price, number, taxes in prices
            ]
            invoice, paid = issue_invoice(market, *charges), 0
            for percent in shares:
                if amount := (invoice.total - paid) * percent // 100:
                    receive(market, amount, (invoice, amount))
                    paid += amount
            invoice.refresh_from_db()
            if paid:
                go(market, invoice, wishes)
                check(invoice, paid)
            transaction.set_rollback(True)

    try:
        example()
    except Refusal as refusal:
        pytest.fail(refusal.message)
