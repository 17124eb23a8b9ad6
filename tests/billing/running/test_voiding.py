"""Voiding what a run issued: credit of its lines goes with it, or stands in its way."""

from datetime import date

from billing.operations.voiding import void_invoice
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.billing import Sold, bill, plan, subscribe
from tests.factories.world import Market

MAY, LATER = date(2026, 5, 1), date(2026, 5, 20)


def credited(market: Market, *, product: str = "Mail Suite") -> Sold:
    sold = subscribe(market, plan(market, product=product), start=MAY)
    bill(market, MAY)
    sold.change(date(2026, 5, 5), quantity="1")
    return sold


def test_a_memo_of_its_lines_is_voided_with_it(market: Market) -> None:
    market.marketplace.settings.__class__.objects.update(auto_apply=False)
    credited(market)
    bill(market, LATER)
    first, memo = Invoice.objects.order_by("pk")[0], CreditMemo.objects.get()
    void_invoice(invoice=first, reason="Mistake", actor=market.actor(), now=memo.created_at)
    memo.refresh_from_db()
    assert memo.status == "voided"


def test_a_memo_that_credits_other_invoices_too_is_divided(market: Market) -> None:
    market.marketplace.settings.__class__.objects.update(auto_apply=False)
    credited(market)
    credited(market, product="Storage")
    bill(market, LATER)
    first, memo = Invoice.objects.order_by("pk")[0], CreditMemo.objects.get()
    void_invoice(invoice=first, reason="Mistake", actor=market.actor(), now=memo.created_at)
    first.refresh_from_db()
    parts = CreditMemo.objects.filter(divided_from=memo).order_by("pk")
    assert (first.status, [part.status for part in parts]) == ("void", ["voided", "unapplied"])
