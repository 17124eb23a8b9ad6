"""A guard of the database that stops an operation reaches people as words on the form, never as a fault."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import MarketplaceSettings
from core.models import Approval, IdempotencyRecord
from creditmemos.models import CreditMemo
from creditmemos.operations import voiding
from tests.factories.world import Market, apply, issue_invoice, issue_memo, make_market
from tests.support.databases import Copy
from tests.support.drafts import waiting_memo
from tests.support.verbs import snapshot
from tests.support.visits import client_of


@pytest.fixture
def market(committed_db: Copy) -> Market:
    """Committed, so that PostgreSQL asks its deferred guards too."""
    return make_market()


@pytest.fixture
def finance(market: Market) -> Client:
    return client_of(market.people["finance"])


def send(client: Client, name: str, pk: int, token: str | None = None, **data: str) -> tuple[int, str]:
    """Post a form: the status, and the text of the page."""
    answer = client.post(reverse(f"creditmemos:{name}", args=[pk]), {"token": token or str(uuid4()), **data})
    return answer.status_code, re.sub(r"\s+", " ", answer.content.decode())


def share(market: Market, shared: bool) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(shared_numbers=shared)


def test_a_number_that_exists_is_said_on_the_form(market: Market, finance: Client) -> None:
    _memo, approval = waiting_memo(market)
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=None)
    issue_memo(market)
    share(market, shared=True)
    issue_memo(market)
    share(market, shared=False)  # Past the checks of the settings page: CM-2026-00002 exists.
    before = snapshot()

    status, page = send(finance, "approval_approve", approval.pk)

    assert status == 422
    assert "This document number already exists. Change the prefix and try again." in page
    assert snapshot() == before
    assert Approval.objects.get(pk=approval.pk).decision == "waiting"


def test_a_status_that_a_guard_had_to_defend_is_said_on_the_form(
    market: Market, finance: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    memo = issue_memo(market)
    apply(market, memo, issue_invoice(market), 2000)
    before = snapshot()

    def careless(memo: CreditMemo, **_rest: object) -> CreditMemo:
        CreditMemo.objects.filter(pk=memo.pk).update(voided_at="2026-05-18T10:00:00Z", balance=0, status="voided")
        return memo

    monkeypatch.setattr(voiding, "check_void", lambda *_args, **_rest: None)
    monkeypatch.setattr(voiding, "void_locked", careless)
    token = str(uuid4())
    status, page = send(finance, "void", memo.pk, token, reason="Typed wrongly")

    assert status == 422
    assert "The balance has changed in the meantime. Please review the figures and try again." in page
    assert "Typed wrongly" in page
    assert snapshot() == before
    assert not IdempotencyRecord.objects.filter(key=token).exists()
