"""What payments say on the statement of their account: each verb in words, money apart from credit, the balance."""

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from creditmemos.domain.wording import ACCOUNTS, POSTINGS
from creditmemos.queries.accounts import accounts_visible_to, with_open_sums
from creditmemos.queries.statement import MONEY, VERBS, Extent, extent_of, statement_rows
from invoices.models import Invoice
from ledger.domain.kinds import Account
from payments.domain.wording import (
    ALLOCATED,
    KEPT,
    RECEIVED,
    REFUND_RETURNED,
    REFUND_SENT,
    RETURNED,
    TAKEN_OFF,
    UNRETURNED,
)
from payments.models import Allocation
from payments.operations import allocate, keep_surplus, return_payment, take_off, undo_return
from payments.queries.on_statements import FACTS
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, apply, charge, issue_invoice, issue_memo, key
from tests.support.reading import Page

pytestmark = pytest.mark.django_db

START, END = date(2000, 1, 1), date(2100, 1, 1)
BEFORE = TODAY - timedelta(days=3)


@pytest.fixture
def invoice(market: Market) -> Invoice:
    """120.00 that Acme owes, with every verb of payments on its account; 20.00 of credit besides."""
    market.marketplace.settings.small_difference = 500
    market.marketplace.settings.save()
    invoice = issue_invoice(market, charge("100.00"))
    apply(market, issue_memo(market, "20.00"), invoice, 20_00)
    payment = receive(market, 90_00, (invoice, 50_00), value_date=BEFORE)
    by: dict[str, Any] = {"actor": market.actor(), "now": NOW}
    allocate(payment=payment, wanted=[(invoice.pk, 10_00)], key=key(), **by)
    used = Allocation.objects.get(amount=50_00)
    take_off(allocation=used, reason="Wrong invoice", key=key(), **by)
    back = return_payment(
        payment=payment, amount=85_00, reason="bank_return", value_date=BEFORE + timedelta(days=1), key=key(), **by
    )
    undo_return(row=back, value_date=TODAY, key=key(), **by)
    small = receive(market, 2_00)
    keep_surplus(payment=small, amount=2_00, reason="Rounding", key=key(), **by)
    invoice.refresh_from_db()
    return invoice


def account_with_sums(market: Market) -> Any:
    return with_open_sums(accounts_visible_to(market.people["manager"])).get(pk=market.account().pk)


def test_every_verb_is_one_row_in_words(market: Market, invoice: Invoice) -> None:
    rows = statement_rows(market.account(), start=START, end=END, size=100, payments=FACTS)[3:]
    told = [
        (str(row.label), row.documents, row.debit, row.credit, row.money, row.paid, row.balance, row.other_day)
        for row in rows
    ]
    one, other = "P-000001", "P-000002"
    number = invoice.number
    owed = 100_00
    assert told == [
        ("Payment", f"{one}, {number}", 0, 0, 90_00, 50_00, owed - 90_00, BEFORE),
        ("Money on account used", f"{one}, {number}", 0, 0, 0, 10_00, owed - 90_00, None),
        ("Payment taken off", f"{one}, {number}", 0, 0, 0, -50_00, owed - 90_00, None),
        ("Payment returned", f"{one}, {number}", 0, 0, -85_00, -5_00, owed - 5_00, BEFORE + timedelta(days=1)),
        ("Return undone", one, 0, 0, 85_00, 0, owed - 90_00, None),
        ("Payment", other, 0, 0, 2_00, 0, owed - 92_00, None),
        ("Surplus kept", other, 2_00, 0, 0, 0, owed - 90_00, None),
    ]
    assert extent_of(market.account(), start=START, end=END) == Extent(10, 7, 0, 122_00, 20_00, 92_00)


def test_the_balance_is_less_what_is_on_account(market: Market, invoice: Invoice) -> None:
    account = account_with_sums(market)
    assert (account.open_due, account.open_credit, account.on_account) == (95_00, 0, 85_00)
    assert account.balance == 10_00 == extent_of(account, start=START, end=END).closing


def test_a_later_period_opens_with_money_counted(market: Market, invoice: Invoice) -> None:
    tomorrow = TODAY + timedelta(days=1)
    receive(market, 4_00, now=NOW + timedelta(days=1))
    extent = extent_of(market.account(), start=tomorrow, end=END)
    assert (extent, extent.closing) == (Extent(1, 1, 10_00, 0, 0, 4_00), 6_00)


def test_the_page_shows_money_apart(market: Market, invoice: Invoice, manager: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        body = manager.get(reverse("companies:detail", args=[market.acme.pk])).content
    page = Page(body)
    header, sheet = page.figures(), page.table("statement")
    assert (header["Due"], header["Money on account"], header["Balance"]) == (95_00, 85_00, 10_00)
    assert (sheet.sum("Applied or paid"), invoice.credited, invoice.paid) == (25_00, 20_00, 5_00)
    assert (sheet.sum("Debit"), sheet.sum("Credit"), sheet.sum("Money")) == (122_00, 20_00, 92_00)
    said = re.sub(r"<[^>]+>", "", body.decode())
    assert [said.count(f"value date May {day}, 2026") for day in (15, 16, 18)] == [1, 1, 0]


def test_without_payments_the_statement_is_as_narrow_as_before(market: Market, manager: Client) -> None:
    issue_invoice(market)
    sheet = Page(manager.get(reverse("companies:detail", args=[market.acme.pk])).content).table("statement")
    assert sheet.headers == ["Date", "Transaction", "Applied", "Debit", "Credit", "Balance"]


def test_the_file_has_value_dates_and_money(market: Market, invoice: Invoice, manager: Client) -> None:
    cache.clear()
    answer = manager.get(reverse("companies:detail", args=[market.acme.pk]), {"export": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = list(csv.reader(io.StringIO(text)))
    at = next(number for number, line in enumerate(lines) if line[:1] == ["Date"])
    rows = [dict(zip(lines[at], line, strict=False)) for line in lines[at + 1 :]]
    returned = next(row for row in rows if row["Transaction"] == "Payment returned")
    assert (returned["Money"], returned["Paid"]) == ("-85.00", "-5.00")
    assert returned["Value date"] == (BEFORE + timedelta(days=1)).isoformat()
    assert [rows[-1][name] for name in ("Debit", "Credit", "Money", "Balance")] == ["2.00", "0.00", "0.00", "10.00"]
    assert ["Closing balance", "10.00"] in lines[:at]


def test_every_verb_that_posts_has_its_words() -> None:
    verbs = {RECEIVED, ALLOCATED, TAKEN_OFF, RETURNED, UNRETURNED, KEPT}
    back = {REFUND_SENT, REFUND_RETURNED}
    for words in (VERBS, POSTINGS):
        assert {verb for verb in words if verb.startswith("payment.")} == verbs
        assert {verb for verb in words if verb.startswith("refund.")} == back
    assert set(MONEY) == {RECEIVED, RETURNED, UNRETURNED, *back}
    assert set(ACCOUNTS) == set(Account.values)
