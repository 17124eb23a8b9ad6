"""Discarding a draft: where its button stands, what the page says, who may, and where the draft is found afterwards."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Grant
from core.models import Approval
from creditmemos import operations
from creditmemos.models import CreditMemo
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, issue_memo
from tests.support.drafts import waiting_memo
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
LIST = "/credit-memos/"


@pytest.fixture
def draft(market: Market) -> CreditMemo:
    """50.00 for Acme, rejected by finance."""
    return rejected(market)


def rejected(market: Market) -> CreditMemo:
    memo, approval = waiting_memo(market, "50.00", taxes=())
    operations.reject(approval=approval, reason="Too much", actor=market.actor("finance"), now=NOW)
    memo.refresh_from_db()
    return memo


def url(memo: CreditMemo, name: str = "discard") -> str:
    return reverse(f"creditmemos:{name}", args=[memo.pk])


def send(client: Client, memo: CreditMemo, **more: Any) -> Any:
    return client.post(url(memo), {"token": str(uuid4())}, **more)


def text(answer: Any) -> str:
    """The page's words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())).replace("&#x27;", "'")


def test_the_dialog_says_what_is_given_up(manager: Client, draft: CreditMemo) -> None:
    page = manager.get(url(draft), headers=DIALOG)
    assert "The draft of €50.00 for Acme north is discarded permanently" in text(page)
    assert "<html" not in page.content.decode()
    assert "Discard draft" in text(manager.get(url(draft)))


def test_it_is_given_up(manager: Client, draft: CreditMemo) -> None:
    answer = send(manager, draft)
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    page = text(manager.get(LIST))
    assert "The draft of €50.00 for Acme north is discarded." in page
    draft.refresh_from_db()
    assert draft.status == "discarded"


def test_the_dialog_answers_with_where_to_go(manager: Client, draft: CreditMemo) -> None:
    answer = send(manager, draft, headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, LIST)


def test_the_list_shows_it_only_when_asked(manager: Client, draft: CreditMemo) -> None:
    assert url(draft, "detail") in manager.get(LIST).content.decode()
    send(manager, draft)
    for query in ("", "?include_voided=on", "?q=Acme", "?status=draft&status=rejected"):
        assert url(draft, "detail") not in manager.get(LIST + query).content.decode(), query
    found = manager.get(f"{LIST}?status=discarded").content.decode()
    assert url(draft, "detail") in found
    assert "Discarded</span>" in found


def test_its_page_stays_and_offers_nothing(manager: Client, draft: CreditMemo) -> None:
    send(manager, draft)
    page = manager.get(url(draft, "detail"))
    assert "This draft was discarded. It never had a number" in text(page)
    for name in ("discard", "edit"):
        assert f'href="{url(draft, name)}"' not in page.content.decode()
    assert "is discarded and can't be edited" in text(manager.get(url(draft, "edit")))
    said = text(manager.get(url(draft, "activity")))
    assert "Discarded a draft" in said
    assert "Created by: Manager North" in said


def test_buttons_stand_on_the_draft_and_on_its_request(market: Market, manager: Client, draft: CreditMemo) -> None:
    asked = Approval.objects.get(object_id=draft.pk)
    pages = (url(draft, "detail"), reverse("creditmemos:approval", args=[asked.pk]))
    for page in pages:
        assert f'href="{url(draft)}"' in manager.get(page).content.decode(), page
    send(manager, draft)
    for page in pages:
        answer = manager.get(page)
        assert answer.status_code == 200
        assert f'href="{url(draft)}"' not in answer.content.decode(), page


def test_a_decided_request_about_a_memo_offers_nothing(market: Market, manager: Client) -> None:
    memo, approval = waiting_memo(market)
    operations.approve(approval=approval, actor=market.actor("finance"), now=NOW)
    page = manager.get(reverse("creditmemos:approval", args=[approval.pk])).content.decode()
    assert url(memo) not in page


def test_not_while_it_waits(market: Market, manager: Client) -> None:
    memo, _approval = waiting_memo(market)
    assert f'href="{url(memo)}"' not in manager.get(url(memo, "detail")).content.decode()
    page = manager.get(url(memo))
    assert "Withdraw the request first." in text(page)
    assert '<button class="btn btn-danger' not in page.content.decode()
    answer = send(manager, memo)
    assert (answer.status_code, "Withdraw the request first." in text(answer)) == (422, True)
    memo.refresh_from_db()
    assert memo.status == "awaiting_approval"


def test_nothing_with_a_number(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    assert "CM-2026-00001 is unapplied, so it can't be discarded." in text(manager.get(url(memo)))
    assert send(manager, memo).status_code == 422
    memo.refresh_from_db()
    assert memo.status == "unapplied"


def test_sent_twice_happens_once(manager: Client, draft: CreditMemo) -> None:
    fields = {"token": str(uuid4())}
    assert [manager.post(url(draft), fields).status_code for _ in range(2)] == [302, 302]


@pytest.mark.parametrize("person", ["manager", "second_manager", "finance"])
def test_whoever_creates_may(market: Market, draft: CreditMemo, person: str) -> None:
    assert send(client_of(market.people[person]), draft).status_code == 302


def test_support_may_where_it_was_granted(market: Market, draft: CreditMemo) -> None:
    support = client_of(market.people["support"])
    with writes() as written:
        assert (support.get(url(draft)).status_code, send(support, draft).status_code) == (403, 403)
    assert written == []
    assert f'href="{url(draft)}"' not in support.get(url(draft, "detail")).content.decode()
    Grant.objects.create(marketplace=market.marketplace, role="support", permission="creditmemos.create", granted=True)
    assert send(support, draft).status_code == 302


def test_somebody_of_the_company_can_t(market: Market, draft: CreditMemo) -> None:
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    client = client_of(market.people["manager"])
    page = client.get(url(draft, "detail")).content.decode()
    assert url(draft, "edit") not in page
    assert url(draft) not in page
    before, answer = draft.status, send(client, draft)
    assert answer.status_code == 422
    assert "for a company you belong to" in text(answer)
    draft.refresh_from_db()
    assert draft.status == before


@pytest.mark.parametrize("person", ["company_admin", "billing_admin", "user", "reseller", "developer"])
def test_others_find_nothing(market: Market, draft: CreditMemo, person: str) -> None:
    client = client_of(market.people[person])
    assert (client.get(url(draft)).status_code, send(client, draft).status_code) == (404, 404)


def test_strangers_find_nothing(draft: CreditMemo, south: Market) -> None:
    stranger = client_of(south.people["manager"])
    with writes() as written:
        assert (stranger.get(url(draft)).status_code, send(stranger, draft).status_code) == (404, 404)
    assert written == []


def test_other_methods_are_refused(manager: Client, draft: CreditMemo) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(manager, method)(url(draft)).status_code == 405
