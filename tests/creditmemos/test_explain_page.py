"""Explain: every figure in numbers, worked out again from what is stored."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.world import NOW, VAT, Market, apply, charge, credit_invoice, issue_invoice, issue_memo, key
from tests.support.vendors import mixed_memo
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
M, X, D = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}", "\N{DIVISION SIGN}"


def explained(client: Client, memo: CreditMemo) -> str:
    page: Any = client.get(reverse("creditmemos:explain", args=[memo.pk]))
    assert page.status_code == 200
    inline = re.sub(r"</?(?:span|time)[^>]*>", "", page.content.decode())
    found = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", inline))
    return found.replace("\u00a0", " ")


def credit(market: Market, invoice: Invoice, want: InvoiceCredit, minutes: int) -> CreditMemo:
    return operations.issue_from_invoice(
        invoice=invoice,
        lines=[want],
        details=Details(reason_id=market.reason().pk, use="hold"),
        actor=market.actor(),
        now=NOW + timedelta(minutes=minutes),
        key=key(),
    )


def test_tax_in_thirds_is_explained_step_by_step(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, charge("10.00"))
    pk = invoice.lines.get().pk
    memos = [credit(market, invoice, InvoiceCredit(pk, net=net), at) for at, net in enumerate((333, 333, 334), 1)]
    first, second, third = (explained(manager, memo) for memo in memos)
    assert "Credits line 1 of INV-2026-00001: net €10.00, tax €2.00." in first
    assert "Net €3.33 of the €10.00 that could still be credited €3.33" in first
    assert f"VAT 20 % €2.00 {X} €3.33 {D} €10.00 €0.67" in first
    assert "CM-2026-00001 had already credited €3.33 and €0.67 of it." in second
    assert f"VAT 20 % €2.00 {X} (€3.33 + €3.33) {D} €10.00 {M} €0.67 €0.66" in second
    assert "Net €3.34 of the €3.34 that could still be credited €3.34" in third
    assert f"VAT 20 % €2.00 {M} €1.33, all that remains €0.67" in third


def test_units_are_explained_cumulatively(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, charge("3.335", quantity="3", taxes=()))
    pk = invoice.lines.get().pk
    first = credit(market, invoice, InvoiceCredit(pk, quantity=Decimal(1)), 1)
    second = credit(market, invoice, InvoiceCredit(pk, quantity=Decimal(1)), 2)
    assert f"Net €10.01 {X} 1 {D} 3 €3.34" in explained(manager, first)
    assert f"Net €10.01 {X} (1 + 1) {D} 3 {M} €3.34 €3.33" in explained(manager, second)


def test_tax_only_is_said(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    memo = credit(market, invoice, InvoiceCredit(invoice.lines.get().pk, tax_only=5_00), 1)
    page = explained(manager, memo)
    assert "VAT 20 % tax only, as requested €5.00" in page
    assert "of the €100.00 that could still be credited" not in page


def test_what_was_voided_before_does_not_count_and_what_was_voided_later_does(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    pk = invoice.lines.get().pk
    gone = credit(market, invoice, InvoiceCredit(pk, net=10_00), 1)
    operations.void(memo=gone, reason="x", actor=market.actor(), now=NOW + timedelta(minutes=2))
    later = credit(market, invoice, InvoiceCredit(pk, net=20_00), 3)
    memo = credit(market, invoice, InvoiceCredit(pk, net=30_00), 4)
    operations.void(memo=later, reason="x", actor=market.actor(), now=NOW + timedelta(minutes=5))
    page = explained(manager, memo)
    assert "CM-2026-00001" not in page
    assert f"VAT 20 % €20.00 {X} (€20.00 + €30.00) {D} €100.00 {M} €4.00 €6.00" in page


def test_ad_hoc_lines_are_quantity_times_price(market: Market, manager: Client) -> None:
    page = explained(manager, issue_memo(market, "12.50", taxes=(VAT,)))
    assert f"Net 1 {X} €12.50 €12.50" in page
    assert f"VAT 20 % €12.50 {X} 20 % €2.50" in page


def test_a_price_below_a_cent_is_explained_in_full(market: Market, manager: Client) -> None:
    memo = operations.issue_ad_hoc(
        account=market.account(market.acme),
        beneficiary=market.acme,
        charges=(charge("0.0125", quantity="1000", taxes=()),),
        details=Details(reason_id=market.reason().pk, use="hold"),
        actor=market.actor(),
        now=NOW,
        key=key(),
    )
    page = explained(manager, memo)
    assert f"Net 1,000 {X} €0.0125 €12.50" in page


def test_balance_is_explained(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    apply(market, memo, issue_invoice(market), 20_00)
    page = explained(manager, memo)
    assert "Total €50.00 net + €0.00 tax €50.00" in page
    assert f"€50.00 total {M} €20.00 applied {M} €0.00 paid out {M} €0.00 written off €30.00" in page
    operations.undo_and_void(memo=memo, reason="x", actor=market.actor(), now=NOW)
    assert "voided, so nothing remains" in explained(manager, memo)


def test_journal_is_for_staff(market: Market, manager: Client) -> None:
    memo = credit_invoice(market, issue_invoice(market), 50_00, use="apply_now")
    page = explained(manager, memo)
    assert (
        "May 18, 2026: Issued Account Debit Credit Revenue €50.00 Tax payable VAT €10.00 Customer credit €60.00" in page
    )
    assert "May 18, 2026: Applied Account Debit Credit Customer credit €60.00 Receivable €60.00" in page
    assert "journal" not in explained(client_of(market.people["company_admin"]), memo)


def test_developers_see_their_own_lines_only(market: Market) -> None:
    memo = mixed_memo(market)
    assert "Amounts Total" in explained(client_of(market.people["manager"]), memo)
    page = explained(client_of(market.people["developer"]), memo)
    assert "Vendor seats" in page
    for hidden in ("Foreign", "€144.00", "Amounts Total", "journal"):
        assert hidden not in page
