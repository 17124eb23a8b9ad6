"""What was voided before voids said what becomes of it leaves one exception each when the database is upgraded."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps

from billing.models import BillingException
from billing.operations.voiding import Then, void_invoice, void_memo
from companies.models import MarketplaceSettings
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.billing import Sold, bill, plan, subscribe
from tests.factories.world import NOW, Market, issue_invoice

say = import_module("billing.migrations.0008_what_was_voided_is_an_exception").say
MAY, LATER = date(2026, 5, 1), date(2026, 5, 20)


@pytest.fixture
def sold(market: Market) -> Sold:
    """Two seats, billed for May; credit is not used by itself."""
    MarketplaceSettings.objects.update(auto_apply=False)
    found = subscribe(market, plan(market), start=MAY, quantity="2")
    bill(market, MAY)
    return found


def credited(market: Market, sold: Sold) -> CreditMemo:
    sold.change(LATER, quantity="1")
    bill(market, LATER)
    return CreditMemo.objects.get()


def void(market: Market, invoice: Invoice, then: Then) -> None:
    void_invoice(invoice=invoice, reason="Wrong", actor=market.actor(), now=NOW.replace(day=21), then=then)


def left() -> list[tuple[str, int | None, int | None, int]]:
    """What the upgrade leaves, told twice."""
    for _ in range(2):
        say(apps, None)
    rows = BillingException.objects.filter(seen_at=None).order_by("pk")
    return list(rows.values_list("reason", "invoice", "memo", "amount"))


def test_an_invoice_that_is_never_billed_again(market: Market, sold: Sold) -> None:
    invoice = Invoice.objects.get()
    void(market, invoice, Then.NEVER)
    BillingException.objects.all().delete()  # As it was voided before.
    assert left() == [("not_billed_again", invoice.pk, None, 6200)]
    row = BillingException.objects.get()
    invoice.refresh_from_db()
    assert (row.run, row.account, row.created_at) == (invoice.run_document.run, invoice.account, invoice.voided_at)


def test_one_that_says_so_already_is_said_once(market: Market, sold: Sold) -> None:
    invoice = Invoice.objects.get()
    void(market, invoice, Then.NEVER)
    assert left() == [("not_billed_again", invoice.pk, None, 6200)]


def test_what_is_billed_again_or_was_made_by_people_leaves_none(market: Market, sold: Sold) -> None:
    for invoice in (Invoice.objects.get(), issue_invoice(market)):
        void(market, invoice, Then.AGAIN)
    assert left() == []


def test_a_memo_that_is_never_credited_again(market: Market, sold: Sold) -> None:
    memo = credited(market, sold)
    void_memo(memo=memo, reason="Wrong", actor=market.actor(), now=NOW.replace(day=21), then=Then.NEVER)
    BillingException.objects.all().delete()
    assert left() == [("not_credited_again", None, memo.pk, memo.net)]


def test_a_memo_that_went_with_its_invoice_leaves_none(market: Market, sold: Sold) -> None:
    credited(market, sold)
    invoice = Invoice.objects.earliest("pk")
    void(market, invoice, Then.NEVER)
    BillingException.objects.all().delete()
    assert CreditMemo.objects.get().status == "voided"
    assert left() == [("not_billed_again", invoice.pk, None, 6200)]
