"""A market with documents in every state, and its pages and files as somebody reads them."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from billing.operations.voiding import void_invoice
from creditmemos import operations
from invoices.models import Invoice
from payments.operations import return_payment
from tests.factories.payments import receive
from tests.factories.refunds import paid_out
from tests.factories.scenario import CITY
from tests.factories.world import (
    NOW,
    TODAY,
    VAT,
    Market,
    apply,
    charge,
    credit_invoice,
    issue_invoice,
    issue_memo,
    key,
    make_market,
)
from tests.support.drafts import waiting_memo
from tests.support.reading import Page
from tests.support.verbs import set_threshold
from tests.support.visits import client_of


@dataclass
class Books:
    """A market with documents in every state, and somebody who reads them."""

    market: Market
    invoice: Invoice
    reader: Client

    @property
    def currency(self) -> str:
        """What its amounts are in."""
        return self.market.marketplace.currency

    def page(self, name: str, *args: object, **query: Any) -> Page:
        """One page as it is read."""
        answer = self.reader.get(reverse(name, args=args), query)
        assert answer.status_code == 200, (name, answer.status_code)
        return Page(answer.content, self.currency)

    def workbook_foot(self, name: str, *, rows: int) -> list[dict[str, str]]:
        """The rows of a list's XLSX below as many documents, voided ones too, by their headers."""
        answer: Any = self.reader.get(reverse(name), {"include_voided": "on", "export": "xlsx"})
        sheet: Any = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
        headers, *below = sheet.iter_rows(values_only=True)
        return [{head: str(text or "") for head, text in zip(headers, row, strict=True)} for row in below[rows:]]

    def file(self, name: str, **query: Any) -> list[dict[str, str]]:
        """The rows of a list's CSV, by their headers."""
        answer = self.reader.get(reverse(name), {**query, "export": "csv"})
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        return list(csv.DictReader(io.StringIO(text, newline="")))


def _pay(market: Market, invoice: Invoice) -> None:
    """Money used on an invoice, returned by the bank in part, and some that stays on account."""
    payment = receive(market, 50_00, (invoice, 30_00))
    return_payment(
        payment=payment, amount=25_00, reason="bank_return", value_date=TODAY - timedelta(days=1),
        actor=market.actor(), now=NOW, key=key(),
    )  # fmt: skip
    receive(market, 7_00, value_date=TODAY - timedelta(days=2))


def _pay_others(market: Market, price: Callable[[str], str]) -> None:
    """One is being paid in part, one is paid but for credit of 2.00, one is paid."""
    waits = issue_invoice(market, charge(price("44.00")), company=market.birch)
    receive(market, 21_00, (waits, 20_00), company=market.birch, is_pending=True)
    both, alone = (issue_invoice(market, charge(price(text), taxes=())) for text in ("11.00", "3.00"))
    receive(market, 9_00, (both, 9_00))
    apply(market, issue_memo(market, price("2.00")), both, 2_00)
    receive(market, 3_00, (alone, 3_00))


def full_books(currency: str) -> Books:
    """Drafts, waiting and rejected, voided, closed, paid out, part used, held, taxed; and invoices that are paid."""
    market = make_market("north", currency=currency)
    whole = currency == "JPY"

    def price(text: str) -> str:
        return text.replace(".", "") if whole else text

    invoice = issue_invoice(
        market,
        charge(price("33.33"), quantity="7", taxes=(VAT, CITY)),
        charge(price("0.07"), taxes=(VAT,), product_name="Disk"),
        charge(price("120.00"), taxes=(CITY,), product_name="Disk", discount=1999),
    )
    part = credit_invoice(market, invoice, 10_01)
    apply(market, part, invoice, 5_03)
    taxed = issue_memo(market, price("12.34"), taxes=(VAT,))
    apply(market, taxed, invoice, 700)
    apply(market, issue_memo(market, price("20.00")), invoice, 2000)
    operations.void(memo=credit_invoice(market, invoice, 333), reason="Twice", actor=market.actor(), now=NOW)
    operations.void(memo=issue_memo(market, price("9.99")), reason="Twice", actor=market.actor(), now=NOW)
    _pay(market, invoice)
    closed = issue_memo(market, price("10.00"))
    apply(market, closed, invoice, 101)
    operations.close(memo=closed, reason="Too small", actor=market.actor(), now=NOW)
    paid = issue_memo(market, price("77.00"))
    paid_out(market, paid)
    void_invoice(invoice=issue_invoice(market, charge(price("15.00"))), reason="Wrong", actor=market.actor(), now=NOW)
    _pay_others(market, price)
    issue_memo(market, price("6.00"), company=market.birch, use="follow")
    _memo, asked = waiting_memo(market, price("81.00"))
    operations.reject(approval=asked, reason="Too much", actor=market.actor("finance"), now=NOW)
    waiting_memo(market, price("82.00"))
    set_threshold(market, None)
    invoice.refresh_from_db()
    return Books(market, invoice, client_of(market.people["manager"]))
