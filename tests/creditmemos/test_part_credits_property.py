"""Any sequence of part credits of a taxed, discounted line ends at exactly its net and each tax, in the database."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo
from creditmemos.verification import breaches
from invoices.domain.charging import TaxRate
from invoices.models import Invoice, InvoiceLine
from tests.factories.world import NOW, Market, charge, issue_invoice, key, make_market

pytestmark = pytest.mark.property

EXAMPLES = {"sqlite": 40, "postgresql": 10}
DECIMALS = {"JPY": 0, "EUR": 2, "KWD": 3}

rates = st.lists(st.decimals(0, "0.3", places=4), min_size=1, max_size=2)
wanted = st.lists(
    st.tuples(st.sampled_from(["net", "net", "quantity", "tax_only", "void"]), st.integers(1, 60)), max_size=7
)


def part(line: InvoiceLine, how: str, percent: int) -> InvoiceCredit:
    if how == "quantity":
        return InvoiceCredit(line.pk, quantity=round(line.quantity * percent / 100, 6))
    if how == "tax_only":
        return InvoiceCredit(line.pk, tax_only=max(1, line.tax * percent // 100))
    return InvoiceCredit(line.pk, net=max(1, line.net * percent // 100))


def credit(market: Market, invoice: Invoice, wish: InvoiceCredit) -> CreditMemo:
    return operations.issue_from_invoice(
        invoice=invoice, lines=[wish], actor=market.actor(), now=NOW, key=key(),
        details=Details(reason_id=market.reason().pk, use="hold"),
    )  # fmt: skip


def credit_the_rest(market: Market, invoice: Invoice) -> None:
    line = invoice.lines.get()
    if line.credited_net < line.net:
        credit(market, invoice, InvoiceCredit(line.pk, net=line.net - line.credited_net))
    left = sum(tax.amount - tax.credited for tax in line.taxes.all())
    if left:  # Only where the net had been credited before a void gave tax back.
        credit(market, invoice, InvoiceCredit(line.pk, tax_only=left))


def test_part_credits_end_exactly(db: None) -> None:
    markets = {currency: make_market(currency.lower(), currency=currency) for currency in DECIMALS}

    @settings(max_examples=EXAMPLES[connection.vendor])
    @given(
        currency=st.sampled_from(sorted(DECIMALS)), price=st.integers(1, 99_999), quantity=st.integers(1, 9),
        percent=st.integers(0, 99), taxes=rates, wishes=wanted,
    )  # fmt: skip
    def run(
        currency: str, price: int, quantity: int, percent: int, taxes: list[Decimal],
        wishes: list[tuple[str, int]],
    ) -> None:  # fmt: skip
        market = markets[currency]
        rated = tuple(TaxRate(f"Tax {number}", rate) for number, rate in enumerate(taxes))
        line = charge(
            str(Decimal(price).scaleb(-DECIMALS[currency])), quantity=str(quantity), taxes=rated,
            discount=price * quantity * percent // 100,
        )  # fmt: skip
        with transaction.atomic():
            go(market, issue_invoice(market, line), wishes)
            transaction.set_rollback(True)

    run()


def go(market: Market, invoice: Invoice, wishes: list[tuple[str, int]]) -> None:
    """Credit as wished, where that is not refused, then the rest; every figure is used up exactly."""
    memos: list[CreditMemo] = []
    for how, percent in wishes:
        try:
            if how == "void" and memos:
                operations.void(memo=memos.pop(percent % len(memos)), reason="Test", actor=market.actor(), now=NOW)
            else:
                memos.append(credit(market, invoice, part(invoice.lines.get(), how, percent)))
        except Refusal as refusal:
            assert refusal.code == "over_credit"  # noqa: PT017 - the only one that may be met
    credit_the_rest(market, invoice)
    row = invoice.lines.get()
    assert row.credited_net == row.net
    assert all(tax.credited == tax.amount for tax in row.taxes.all())
    found = CreditMemo.objects.filter(source_invoice=invoice, voided_at__isnull=True)
    assert sum(memo.total for memo in found) == invoice.total
    assert breaches() == []
