"""Drafts that came back: edited with what was typed, sent again, and only by those who may create."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Approval, IdempotencyRecord
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, VAT, Market, charge, issue_invoice, issue_memo, key
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


def threshold(market: Market, amount: int | None) -> None:
    market.marketplace.settings.approval_threshold = amount
    market.marketplace.settings.save()


def rejected(market: Market, memo: CreditMemo) -> CreditMemo:
    approval = Approval.objects.get(object_id=memo.pk)
    operations.reject(approval=approval, reason="Too much.", actor=market.actor("finance"), now=NOW)
    threshold(market, None)
    memo.refresh_from_db()
    return memo


def from_invoice(market: Market, want: InvoiceCredit | None = None) -> CreditMemo:
    """A rejected draft over the first line of an invoice."""
    threshold(market, 1)
    invoice = issue_invoice(market, charge("10.00", quantity="10"))
    memo = operations.issue_from_invoice(
        invoice=invoice,
        lines=[want or InvoiceCredit(invoice.lines.get().pk, quantity=Decimal("2.5"))],
        details=Details(reason_id=market.reason().pk, internal_note="Ask Tom.", use="hold"),
        actor=market.actor(),
        now=NOW,
        key=key(),
    )
    return rejected(market, memo)


def ad_hoc(market: Market) -> CreditMemo:
    threshold(market, 1)
    return rejected(market, issue_memo(market, "50.00", taxes=(VAT,)))


def url(memo: CreditMemo) -> str:
    return reverse("creditmemos:edit", args=[memo.pk])


def send(client: Client, memo: CreditMemo, market: Market, **fields: Any) -> Any:
    return client.post(url(memo), {"token": str(uuid4()), "reason": market.reason().pk, "use": "hold", **fields})


def test_lines_of_the_invoice_stand_as_they_were_typed(market: Market, manager: Client) -> None:
    memo = from_invoice(market)
    page = manager.get(url(memo)).content.decode()
    assert 'value="2.5"' in page
    assert '<option value="quantity" selected>' in page
    assert "Ask Tom.</textarea>" in page
    assert "Another draft" not in page


def test_edited_draft_is_issued(market: Market, manager: Client) -> None:
    memo = from_invoice(market)
    line = memo.lines.get().invoice_line_id
    answer = send(manager, memo, market, **{f"line-{line}": "30.00", f"by-{line}": "amount"})
    assert answer["Location"] == f"/credit-memos/{memo.pk}/"
    memo.refresh_from_db()
    assert (memo.status, memo.number, memo.net, memo.tax) == ("unapplied", "CM-2026-00001", 30_00, 6_00)
    assert CreditMemo.objects.count() == 1


def test_edited_draft_waits_again_above_the_threshold(market: Market, manager: Client) -> None:
    memo = from_invoice(market)
    threshold(market, 10_00)
    line = memo.lines.get().invoice_line_id
    assert send(manager, memo, market, **{f"line-{line}": "30.00"}).status_code == 302
    memo.refresh_from_db()
    assert memo.status == "awaiting_approval"


def test_ad_hoc_draft_keeps_whom_it_is_for(market: Market, manager: Client) -> None:
    issue_invoice(market)
    memo = ad_hoc(market)
    page = manager.get(url(memo)).content.decode()
    assert 'name="company' not in page
    assert "Acme north" in page
    assert 'value="50.00"' in page
    assert '<option value="0.2 VAT" selected>' in page
    fields = {
        "rows": "1",
        "line-1-description": "Less",
        "line-1-quantity": "1",
        "line-1-price": "20.00",
        "line-1-tax": "",
    }
    assert send(manager, memo, market, company=market.birch.pk, **fields).status_code == 302
    memo.refresh_from_db()
    assert (memo.status, memo.total, memo.payer) == ("unapplied", 20_00, market.acme)


def test_withdrawn_draft_can_be_edited_too(market: Market, manager: Client) -> None:
    threshold(market, 1)
    memo = issue_memo(market)
    operations.withdraw(approval=Approval.objects.get(), actor=market.actor(), now=NOW)
    assert manager.get(url(memo)).status_code == 200


def test_what_is_no_draft_is_said(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    page = manager.get(url(memo)).content.decode()
    assert "CM-2026-00001 is unapplied and can&#x27;t be edited." in page
    fields = {"rows": "1", "line-1-description": "x", "line-1-quantity": "1", "line-1-price": "20.00"}
    assert send(manager, memo, market, **fields).status_code == 422
    memo.refresh_from_db()
    assert memo.total == 50_00


def test_sent_twice_has_one_effect(market: Market, manager: Client) -> None:
    memo, token = from_invoice(market), str(uuid4())
    line = memo.lines.get().invoice_line_id
    answers = [send(manager, memo, market, token=token, **{f"line-{line}": "100.00"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert IdempotencyRecord.objects.filter(key=token).count() == 1, "an act claims its key once"


@pytest.mark.parametrize("make", [from_invoice, ad_hoc])
def test_roles_strangers_and_own_company(market: Market, south: Market, make: Any) -> None:
    memo = make(market)
    assert client_of(market.people["support"]).get(url(memo)).status_code == 403
    assert client_of(market.people["company_admin"]).get(url(memo)).status_code in (403, 404)
    assert client_of(south.people["manager"]).get(url(memo)).status_code == 404
    assert send(client_of(south.people["manager"]), memo, south).status_code == 404
    assert Client().get(url(memo)).status_code == 302
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    page = client_of(market.people["manager"]).get(url(memo)).content.decode()
    assert "a company you belong to" in page
    memo.refresh_from_db()
    assert memo.status == "rejected"
