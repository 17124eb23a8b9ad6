"""Forms and verbs: one effect for one token, a refusal keeps what was typed, the dialog and the page say the same."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, IdempotencyRecord
from creditmemos.models import CreditMemo
from tests.factories.world import Market, issue_memo, make_market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
IN_DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def memo(market: Market) -> CreditMemo:
    return issue_memo(market, "50.00")


def url(memo: CreditMemo) -> str:
    return reverse("creditmemos:void", args=[memo.pk])


def token(html: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f-]{36})"', html)
    assert found
    return found[1]


def status(memo: CreditMemo) -> str:
    return str(CreditMemo.objects.get(pk=memo.pk).status)


def test_page_and_dialog_hold_the_same_form(memo: CreditMemo, manager: Client) -> None:
    page = manager.get(url(memo)).content.decode()
    dialog = manager.get(url(memo), headers=IN_DIALOG).content.decode()
    assert "<html" in page
    assert "<html" not in dialog
    assert 'id="dialog-title"' in dialog
    assert 'hx-target="#dialog-body"' in dialog
    assert 'name="reason"' in page
    assert 'name="reason"' in dialog
    assert token(page) != token(dialog)


def test_a_verb_is_done_once(memo: CreditMemo, manager: Client) -> None:
    data = {"reason": "Wrong customer", "token": token(manager.get(url(memo)).content.decode())}
    first = manager.post(url(memo), data)
    again = manager.post(url(memo), data)
    assert first.status_code == again.status_code == 302
    assert first["Location"] == again["Location"] == reverse("creditmemos:detail", args=[memo.pk])
    assert status(memo) == "voided"
    assert AuditEntry.objects.filter(verb="credit_memo.voided").count() == 1
    assert str(memo.number) in manager.get(first["Location"]).content.decode()


def test_the_same_token_with_other_content_is_refused(memo: CreditMemo, manager: Client) -> None:
    data = {"reason": "Wrong customer", "token": str(uuid4())}
    manager.post(url(memo), data)
    response = manager.post(url(memo), {**data, "reason": "Something else"})
    assert response.status_code == 422
    assert "already handled with different content" in response.content.decode()
    assert "Something else" in response.content.decode()


def test_another_token_meets_the_guards(memo: CreditMemo, manager: Client) -> None:
    manager.post(url(memo), {"reason": "Wrong customer", "token": str(uuid4())})
    response = manager.post(url(memo), {"reason": "Wrong customer", "token": str(uuid4())})
    assert response.status_code == 422
    html = response.content.decode()
    assert 'id="problems"' in html
    assert "Wrong customer" in html


def test_a_refusal_gives_the_token_back(memo: CreditMemo, manager: Client) -> None:
    data = {"reason": " ", "token": str(uuid4())}
    response = manager.post(url(memo), data)
    html = response.content.decode()
    assert response.status_code == 422
    assert token(html) == data["token"]
    assert '<a href="#id_reason">' in html
    assert not IdempotencyRecord.objects.filter(key=data["token"]).exists()
    assert manager.post(url(memo), {**data, "reason": "Wrong customer"}).status_code == 302


def test_the_dialog_is_told_where_to_go(memo: CreditMemo, manager: Client) -> None:
    response = manager.post(url(memo), {"reason": "Wrong customer", "token": str(uuid4())}, headers=IN_DIALOG)
    assert response.status_code == 204
    assert response["HX-Redirect"] == reverse("creditmemos:detail", args=[memo.pk])


def test_the_dialog_shows_refusals(memo: CreditMemo, manager: Client) -> None:
    response = manager.post(url(memo), {"reason": ""}, headers=IN_DIALOG)
    assert response.status_code == 422
    html = response.content.decode()
    assert "<html" not in html
    assert 'role="alert"' in html


@pytest.mark.parametrize("wrong", ["", "x", "00000000", "\0", "a" * 5000, "<script>"])
def test_a_token_that_is_none_gets_a_new_one(memo: CreditMemo, manager: Client, wrong: str) -> None:
    response = manager.post(url(memo), {"reason": "", "token": wrong})
    assert token(response.content.decode()) != wrong
    assert manager.post(url(memo), {"reason": "Wrong customer", "token": wrong}).status_code == 302


@pytest.mark.parametrize("person", ["finance", "support"])
def test_whoever_holds_the_right(market: Market, memo: CreditMemo, person: str) -> None:
    assert client_of(market.people[person]).get(url(memo)).status_code == 200


@pytest.mark.parametrize("person", ["reseller", "developer", "other_admin"])
def test_strangers_find_nothing(market: Market, memo: CreditMemo, person: str) -> None:
    client = client_of(market.people[person])
    assert client.get(url(memo)).status_code == 404
    assert client.post(url(memo), {"reason": "Mine now"}).status_code == 404
    assert status(memo) == "unapplied"


def test_without_the_right_it_is_refused(market: Market, memo: CreditMemo) -> None:
    client = client_of(market.people["company_admin"])
    assert client.get(url(memo)).status_code == 403
    assert client.post(url(memo), {"reason": "Mine now"}).status_code == 403
    assert status(memo) == "unapplied"


def test_another_marketplace_finds_nothing(memo: CreditMemo) -> None:
    stranger = client_of(make_market("south").people["manager"])
    assert stranger.get(url(memo)).status_code == 404
    assert stranger.post(url(memo), {"reason": "Mine now"}).status_code == 404


@pytest.mark.parametrize("pk", ["0", "99999999999999999999999", "9223372036854775808"])
def test_ids_that_are_none(manager: Client, pk: str) -> None:
    assert manager.get(f"/credit-memos/{pk}/void/").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_change_nothing(memo: CreditMemo, manager: Client, method: str) -> None:
    assert getattr(manager, method)(url(memo)).status_code == 405
    assert manager.post(url(memo), {"reason": "x"}, headers={"X-HTTP-Method-Override": "GET"}).status_code in (302, 422)
