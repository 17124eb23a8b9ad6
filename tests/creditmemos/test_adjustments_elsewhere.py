"""Adjustments among documents that are printed: a download of PDFs, and numbers to choose from, leave them out."""

import pytest
from django.urls import reverse

from companies.models import MarketplaceSettings
from creditmemos.models import CreditMemo
from creditmemos.operations import settle_difference
from documents.domain.kinds import kind_called
from tests.factories.payments import receive
from tests.factories.world import NOW, Market, issue_invoice, issue_memo
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def adjustment(market: Market) -> CreditMemo:
    """0.50 of an invoice."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=100)
    invoice = issue_invoice(market)
    receive(market, invoice.total - 50, (invoice, invoice.total - 50))
    invoice.refresh_from_db()
    found = settle_difference(invoice=invoice, reason="Fee", actor=market.actor(), now=NOW)
    assert isinstance(found, CreditMemo)
    return found


@pytest.mark.parametrize("person", ["manager", "company_admin"])
def test_a_download_leaves_them_out(market: Market, adjustment: CreditMemo, person: str) -> None:
    memo, client = issue_memo(market), client_of(market.people[person])
    choose, zipped = reverse("documents:choose", args=["credit_memo"]), reverse("documents:zip", args=["credit_memo"])
    for asked in ({"query": ""}, {"pk": [memo.pk, adjustment.pk]}):
        assert client.post(choose, asked)["Location"] == f"{zipped}?ids={memo.pk}"
    alone = client.post(choose, {"pk": [adjustment.pk]}, follow=True)
    assert "None of them has a PDF." in alone.content.decode()


def test_nobody_chooses_one_for_a_preview(market: Market, adjustment: CreditMemo) -> None:
    memo, member, kind = issue_memo(market), market.people["manager"], kind_called("credit_memo")
    assert kind.latest(member) == [memo.number]
    assert kind.find(adjustment.number or "", member) is None
