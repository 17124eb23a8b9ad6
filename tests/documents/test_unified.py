"""The unified view: an invoice's PDF with the credits used on it, as of now, made anew only when they change."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from pypdf import PdfReader

from creditmemos import operations
from documents.models import StoredDocument
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo, key, make_market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    return make_market("north")


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def address(invoice_id: int) -> str:
    return f"/documents/of/invoice/{invoice_id}/unified/"


@pytest.fixture
def admin(market: Market) -> Client:
    return client_of(market.people["billing_admin"])


def test_charges_and_credits_together(market: Market, admin: Client) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market, "30.00")
    before = words(admin.get(address(invoice.pk)).content)
    assert "Amount due" in before
    assert str(memo.number) not in before
    apply(market, memo, invoice, 20_00)
    answer = admin.get(address(invoice.pk))
    assert answer["Content-Type"] == "application/pdf"
    after = words(answer.content)
    assert f"Credit {memo.number}" in after
    assert "-20.00" in after or "−20.00" in after
    assert "100.00" in after
    stored = StoredDocument.objects.filter(purpose="unified").order_by("version")
    assert [each.version for each in stored] == [1, 2]
    assert stored[0].reason == ""
    assert stored[1].reason.startswith("As of 20")


def test_it_is_made_anew_only_when_the_credits_change(market: Market, admin: Client) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market, "30.00")
    application = apply(market, memo, invoice, 20_00)
    first = admin.get(address(invoice.pk)).content
    assert admin.get(address(invoice.pk)).content == first
    assert StoredDocument.objects.filter(purpose="unified").count() == 1
    operations.reverse(
        application=application, reason="Wrong", actor=market.actor(), now=NOW + timedelta(days=1), key=key()
    )
    again = words(admin.get(address(invoice.pk)).content)
    assert str(memo.number) not in again
    assert "120.00" in again


def test_it_is_on_the_page_where_the_marketplace_shows_it(market: Market) -> None:
    invoice, finance = issue_invoice(market), client_of(market.people["finance"])
    page = finance.get(f"/invoices/{invoice.pk}/").content.decode()
    assert address(invoice.pk) in page
    market.marketplace.settings.unified_invoice = False
    market.marketplace.settings.save()
    assert address(invoice.pk) not in finance.get(f"/invoices/{invoice.pk}/").content.decode()
    assert finance.get(address(invoice.pk)).status_code == 404


def test_who_has_no_such_invoice(market: Market) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market)
    south = make_market("south", currency="JPY")
    for stranger in (market.people["other_admin"], south.people["manager"]):
        assert client_of(stranger).get(address(invoice.pk)).status_code == 404
    assert client_of(market.people["developer"]).get(address(invoice.pk)).status_code == 403
    finance = client_of(market.people["finance"])
    assert finance.get(f"/documents/of/credit_memo/{memo.pk}/unified/").status_code == 404
    assert finance.post(address(invoice.pk)).status_code == 405
    assert not StoredDocument.objects.exists()


def test_it_is_not_made_again_by_hand(market: Market, admin: Client) -> None:
    invoice = issue_invoice(market)
    admin.get(address(invoice.pk))
    stored = StoredDocument.objects.get(purpose="unified")
    finance = client_of(market.people["finance"])
    assert finance.get(f"/documents/{stored.pk}/again/").status_code == 404
    assert f"/documents/{stored.pk}/again/" not in finance.get(f"/invoices/{invoice.pk}/").content.decode()
