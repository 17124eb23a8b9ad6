"""The page that refunds items: what it shows while one types, what it does, and what is left after a refusal."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from companies.models import Company, Marketplace, MarketplaceSettings
from core.models import Approval
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from payments.models import Refund
from tests.factories.payments import receive
from tests.factories.world import TODAY, Market, charge, issue_invoice
from tests.support.reading import Page
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twenty_days_later")]


@pytest.fixture
def manager(market: Market) -> Client:
    return client_of(market.people["manager"])


@pytest.fixture
def invoice(market: Market) -> Invoice:
    """120.00 and 24.00, of which 50.00 and 44.00 were paid."""
    found = issue_invoice(market, charge(description="Seats"), charge("20.00", description="Support"))
    receive(market, 50_00, (found, 50_00))
    receive(market, 44_00, (found, 44_00))
    found.refresh_from_db()
    return found


def url(invoice: Invoice) -> str:
    return reverse("payments:refund_items", args=[invoice.pk])


def sending(market: Market, **more: str) -> dict[str, str]:
    return {
        "reason": str(market.reason().pk), "reason_note": "Sent twice", "means": "transfer", "token": str(uuid4()),
        "value_date": TODAY.isoformat(), "reference": "SEPA 7", **more,
    }  # fmt: skip


def lines(invoice: Invoice, *amounts: str) -> dict[str, str]:
    return {f"line-{line.pk}": text for line, text in zip(invoice.lines.order_by("position"), amounts, strict=False)}


def ticks(*payments: object) -> dict[str, str]:
    return {f"payment-{pk}": "on" for pk in payments}


def both(invoice: Invoice) -> dict[str, str]:
    return ticks(*invoice.allocations.values_list("payment_id", flat=True))


def words(answer: object) -> str:
    text = answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("&#x27;", "'")


def test_items_are_refunded(market: Market, manager: Client, invoice: Invoice) -> None:
    detail = reverse("invoices:detail", args=[invoice.pk])
    assert url(invoice) in manager.get(detail).content.decode()
    answer = manager.post(url(invoice), {**sending(market), **lines(invoice, "120.00", "24.00"), **both(invoice)})
    assert (answer.status_code, answer["Location"]) == (302, detail)
    first, second, third = CreditMemo.objects.order_by("pk")
    assert [memo.total for memo in (first, second, third)] == [50_00, 50_00, 44_00]
    assert first.applied == 50_00
    assert {refund.reason for refund in Refund.objects.all()} == {"Sent twice"}
    page = manager.get(detail)
    shown = words(page)
    assert [row.amount("Amount") for row in Page(page.content).table("payments").rows] == [50_00, 44_00]
    foot = shown.partition("Amount Actions")[2].partition("Paid €94.00")[2]
    assert [f"(€{each})" in foot for each in ("50.00", "44.00")] == [True, True]
    payment = Refund.objects.order_by("pk")[0].payment
    assert payment is not None
    assert f"of {second}" in words(manager.get(reverse("payments:detail", args=[payment.pk])))
    assert (
        f"{first}, {second}, {third} have been issued. €50.00 was applied to {invoice}. €94.00 was refunded." in shown
    )
    assert url(invoice) not in manager.get(detail).content.decode()


def test_figures_follow_what_is_typed(market: Market, manager: Client, invoice: Invoice) -> None:
    page = words(manager.get(url(invoice)))
    for word in ("€120.00", "€24.00", "P-000001", "P-000002", "Enter amounts to see the credit memos"):
        assert word in page
    typed = {**sending(market), **lines(invoice, "60.03"), **both(invoice), "go": "live"}
    shown = words(manager.post(url(invoice), typed))
    assert f"Credit memo, applied to {invoice} €41.67 net, €8.33 tax €50.00" in shown
    assert "Credit memo, paid back from P-000001 €8.36 net, €1.67 tax €10.03" in shown
    assert "Total €60.03" in shown
    assert not CreditMemo.objects.exists()


def test_who_bears_it_can_be_chosen(market: Market, manager: Client, invoice: Invoice) -> None:
    second = invoice.allocations.get(amount=44_00).payment
    manager.post(url(invoice), {**sending(market), **lines(invoice, "60.00"), **ticks(second.pk)})
    assert [refund.payment for refund in Refund.objects.all()] == [second]
    page = words(manager.get(url(invoice)))
    assert "€34.00" in page
    answer = manager.post(url(invoice), {**sending(market), **lines(invoice, "35.00"), **ticks(second.pk)})
    assert answer.status_code == 422
    assert "At most €34.00 can be refunded" in words(answer)


def test_without_a_payment_nothing_goes_back(market: Market, manager: Client, invoice: Invoice) -> None:
    answer = manager.post(url(invoice), {**sending(market), **lines(invoice, "60.00")})
    assert answer.status_code == 422
    assert "At most €50.00 can be refunded" in words(answer)
    assert not CreditMemo.objects.exists()


def test_all_of_a_line_by_its_tick(market: Market, manager: Client, invoice: Invoice) -> None:
    line = invoice.lines.get(position=2)
    manager.post(url(invoice), {**sending(market), f"whole-{line.pk}": "on", **both(invoice)})
    assert CreditMemo.objects.get().total == 24_00


def test_a_refusal_keeps_what_was_typed(market: Market, manager: Client, invoice: Invoice) -> None:
    typed = {**sending(market), **lines(invoice, "120.01", "3"), **both(invoice), "value_date": "2099-01-01"}
    answer = manager.post(url(invoice), typed)
    shown = answer.content.decode()
    assert answer.status_code == 422
    for kept in ('value="120.01"', 'value="3"', "SEPA 7", "Sent twice"):
        assert kept in shown
    assert "Enter at most €120.00." in words(answer)
    assert not CreditMemo.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("reason", "", "Choose a reason."), ("means", "barter", "Select a valid choice"),
     ("value_date", "soon", "Enter a valid date"), ("value_date", "2099-01-01", "can't be after today"),
     ("reference", "x" * 141, "at most 140 characters")],
)  # fmt: skip
def test_bad_input_is_said_beside_its_field(
    market: Market, manager: Client, invoice: Invoice, field: str, value: str, said: str
) -> None:
    answer = manager.post(url(invoice), {**sending(market), **lines(invoice, "10"), **both(invoice), field: value})
    assert answer.status_code == 422
    assert said in words(answer)
    assert not CreditMemo.objects.exists()


def test_nothing_typed_is_said_above_the_lines(market: Market, manager: Client, invoice: Invoice) -> None:
    answer = manager.post(url(invoice), {**sending(market), **lines(invoice, "", " ")})
    assert answer.status_code == 422
    assert "Enter an amount for at least one line." in words(answer)


def test_the_same_form_twice_refunds_once(market: Market, manager: Client, invoice: Invoice) -> None:
    typed = {**sending(market), **lines(invoice, "120.00", "24.00"), **both(invoice)}
    assert [manager.post(url(invoice), typed).status_code for _time in range(2)] == [302, 302]
    assert Refund.objects.count() == 2


def test_above_the_limit_it_is_asked_for(market: Market, manager: Client, invoice: Invoice) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=60_00)
    typed = {**sending(market), **lines(invoice, "60.01"), **both(invoice)}
    shown = words(manager.post(url(invoice), {**typed, "go": "live"}))
    assert "This is above your approval limit" in shown
    assert "Request approval" in shown
    manager.post(url(invoice), typed)
    detail = manager.get(reverse("invoices:detail", args=[invoice.pk]))
    assert "A request to refund items is awaiting approval." in words(detail)
    assert url(invoice) not in detail.content.decode()
    request = reverse("creditmemos:approval", args=[Approval.objects.get().pk])
    read = words(client_of(market.people["second_manager"]).get(request))
    for word in (f"Refund items of {invoice}", "Seats", "€60.01", f"Applied to {invoice}", "€50.00", "€10.01",
                 "Paid back from P-000001", "Bank transfer", "SEPA 7", "Sent twice", "Goodwill"):  # fmt: skip
        assert word in read


def test_for_a_relative_of_the_operator_too(market: Market, manager: Client, invoice: Invoice) -> None:
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    typed = {**sending(market), **lines(invoice, "60.01"), **both(invoice)}
    assert "related to the operator" in words(manager.post(url(invoice), {**typed, "go": "live"}))
    manager.post(url(invoice), typed)
    assert Approval.objects.get().verb == "refund_items"


def test_a_marketplace_without_memos_says_why(market: Market, manager: Client, invoice: Invoice) -> None:
    Marketplace.objects.filter(pk=market.marketplace.pk).update(pipeline="v1")
    assert url(invoice) not in manager.get(reverse("invoices:detail", args=[invoice.pk])).content.decode()
    assert "This marketplace carries credit on its invoices and has no credit memos." in words(
        manager.get(url(invoice))
    )


def test_an_invoice_that_nobody_paid_says_why(market: Market, manager: Client) -> None:
    unpaid = issue_invoice(market)
    assert url(unpaid) not in manager.get(reverse("invoices:detail", args=[unpaid.pk])).content.decode()
    assert "Nothing was paid of" in words(manager.get(url(unpaid)))


def test_many_lines_stay_small_and_few_queries(market: Market, manager: Client) -> None:
    found = issue_invoice(market, *(charge(description=f"Line {number}") for number in range(120)))
    receive(market, found.total, (found, found.total))
    manager.get(url(found))
    with CaptureQueriesContext(connection) as queries:
        page = manager.get(url(found))
    assert len(queries) <= 12
    assert len(page.content) < 100_000
    typed = {**sending(market), **lines(found, "1.00"), **both(found), "go": "page-2"}
    shown = manager.post(url(found), typed)
    assert f'name="line-{found.lines.get(position=1).pk}" value="1.00"' in shown.content.decode()
    assert "2 of 3" in words(shown)
