"""Money that comes after issue changes no issued document: print and e-invoice stay; the unified view shows it apart."""

import io

import pytest
from django.test import Client
from pypdf import PdfReader

from documents.domain.kinds import kind_called
from documents.models import StoredDocument
from invoices.models import Invoice
from payments.operations import return_payment
from tests.documents.einvoice.reading import written
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, apply, issue_invoice, issue_memo, key
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(market: Market) -> Invoice:
    return issue_invoice(market)


def unified(client: Client, invoice: Invoice) -> str:
    content = client.get(f"/documents/of/invoice/{invoice.pk}/unified/").content
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_neither_print_nor_e_invoice_changes(market: Market, invoice: Invoice) -> None:
    kind = kind_called("invoice")
    content = kind.content(invoice.pk)
    files = [read.xml for read in written(content, "invoice")]
    receive(market, 150_00, (invoice, 100_00))
    assert kind.content(invoice.pk) == content
    after = written(kind.content(invoice.pk), "invoice")
    assert [read.xml for read in after] == files
    for read in after:
        assert read.amounts("paid") == []
        assert read.one("due") == "120.00"
        assert read.broken() == set()


def test_the_unified_view_shows_payments_apart_from_credit(market: Market, invoice: Invoice) -> None:
    admin, memo = client_of(market.people["billing_admin"]), issue_memo(market, "30.00")
    assert "Paid" not in unified(admin, invoice)
    apply(market, memo, invoice, 20_00)
    payment = receive(market, 70_00, (invoice, 64_00))
    words = unified(admin, invoice)
    assert f"Credit {memo.number}" in words
    for amount in ("20.00", "64.00", "36.00"):
        assert amount in words
    assert "70.00" not in words
    return_payment(
        payment=payment, amount=70_00, reason="bank_return", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
    )
    assert "64.00" not in unified(admin, invoice)
    assert [row.version for row in StoredDocument.objects.filter(purpose="unified").order_by("version")] == [1, 2, 3]


def test_the_unified_view_of_a_paid_invoice_asks_for_nothing(market: Market, invoice: Invoice) -> None:
    admin = client_of(market.people["billing_admin"])
    receive(market, 119_99, (invoice, 119_99))
    assert "Please pay by the due date" in unified(admin, invoice)
    receive(market, 1, (invoice, 1))
    words = unified(admin, invoice)
    assert "Nothing is left to pay. Thank you." in words
    assert "Please pay" not in words


def test_the_print_of_its_issue_stays_as_it_was(market: Market, invoice: Invoice) -> None:
    receive(market, 120_00, (invoice, 120_00))
    content = client_of(market.people["billing_admin"]).get(f"/documents/of/invoice/{invoice.pk}/original/").content
    assert "Please pay by the due date" in " ".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().split())
