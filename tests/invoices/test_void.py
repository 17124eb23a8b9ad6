"""Void an invoice on which nothing lies; the credit memos' verb returns credit first and then calls this one."""

from datetime import timedelta

import pytest
from django.db import transaction

from core.errors import Refusal
from invoices import operations
from invoices.models import Invoice
from invoices.operations import InvoiceHasCredit, InvoiceHasMoney, InvoiceIsBeingPaid, InvoiceNotVoidable
from tests.factories.world import NOW, TODAY, VAT, Market, apply, charge, issue_invoice, issue_memo
from tests.support.verbs import entries, make_pending, noted, pay, posted, published, refused


def void(market: Market, invoice: Invoice) -> Invoice:
    invoice.refresh_from_db()
    with transaction.atomic():
        return operations.void(invoice=invoice, reason="Ordered twice", actor=market.actor(), now=NOW)


def test_it_owes_nothing_any_more_and_keeps_its_number(market: Market) -> None:
    invoice = issue_invoice(market, charge("10.00"), charge("1.00", taxes=()))
    void(market, invoice)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.number, invoice.total, invoice.amount_due) == ("void", "INV-2026-00001", 1300, 0)
    assert (invoice.voided_at, invoice.voided_by, invoice.void_reason) == (NOW, market.user("manager"), "Ordered twice")
    assert issue_invoice(market).number == "INV-2026-00002"


def test_the_issue_is_mirrored_today(market: Market) -> None:
    invoice = issue_invoice(market, charge("10.00", taxes=(VAT,)), now=NOW - timedelta(days=5))
    void(market, invoice)
    assert posted("invoice.void") == [[("receivable", -1200), ("revenue", 1000), ("tax_payable", 200)]]
    assert {row.posting_date for row in entries("invoice.void")} == {TODAY}
    entry = noted("invoice.voided")
    assert (entry.object_id, entry.note, entry.after) == (invoice.pk, "Ordered twice", {"total": 1200})
    assert published("invoice.voided") == [{"invoice_id": invoice.pk, "account_id": invoice.account_id}]


def test_an_invoice_over_nothing_can_be_voided(market: Market) -> None:
    invoice = void(market, issue_invoice(market, charge("10.00", discount=1000)))
    assert (invoice.status, posted("invoice.void")) == ("void", [])


@pytest.mark.parametrize(
    ("state", "refusal", "text"),
    [
        (
            "part paid",
            InvoiceHasMoney,
            "Take the payment off INV-2026-00001 first. It is on account then and can be returned.",
        ),
        (
            "paid",
            InvoiceHasMoney,
            "Take the payment off INV-2026-00001 first. It is on account then and can be returned.",
        ),
        (
            "pending",
            InvoiceIsBeingPaid,
            "A payment for INV-2026-00001 is pending. Record that it arrived, or that it failed, first.",
        ),
        ("credited", InvoiceHasCredit, "Credit is still applied to INV-2026-00001."),
        ("void", InvoiceNotVoidable, "INV-2026-00001 is void and can't be voided."),
    ],
)
def test_whatever_lies_on_it_goes_first(market: Market, state: str, refusal: type[Refusal], text: str) -> None:
    invoice = issue_invoice(market)
    if state in ("part paid", "paid"):
        pay(market, invoice, 12000 if state == "paid" else 1)
    if state == "pending":
        make_pending(market, invoice)
    if state == "credited":
        apply(market, issue_memo(market), invoice, 100)
    if state == "void":
        void(market, invoice)
    with refused(refusal) as caught:
        void(market, invoice)
    assert caught.value.message == text
