"""Void, close, reopen, hold and release as dialogs and as pages: what they say, who may, and what a refusal keeps."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Grant
from core.models import Approval, AuditEntry
from creditmemos import operations
from creditmemos.models import CreditMemo
from tests.factories.world import NOW, Market, apply, credit_invoice, issue_invoice, issue_memo
from tests.support.vendors import mixed_memo, own_memo
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


def url(verb: str, memo: CreditMemo) -> str:
    return reverse(f"creditmemos:{verb}", args=[memo.pk])


def send(client: Client, verb: str, memo: CreditMemo, **fields: Any) -> Any:
    return client.post(url(verb, memo), {"token": str(uuid4()), **fields})


def text(answer: Any) -> str:
    """The page's words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())).replace("&#x27;", "'")


def closed(market: Market) -> CreditMemo:
    memo = issue_memo(market)
    operations.close(memo=memo, reason="Gone.", actor=market.actor("finance"), now=NOW)
    memo.refresh_from_db()
    return memo


def used(market: Market) -> CreditMemo:
    memo = issue_memo(market)
    apply(market, memo, issue_invoice(market), 20_00)
    return memo


@pytest.mark.parametrize(
    ("verb", "says"),
    [
        ("void", "The credit of €50.00 is cancelled permanently."),
        ("close", "€50.00 of Acme north is written off"),
        ("release", "€50.00 may be applied automatically"),
    ],
)
def test_dialog_says_number_amount_and_consequence(market: Market, manager: Client, verb: str, says: str) -> None:
    memo = issue_memo(market)
    page = manager.get(url(verb, memo), headers=DIALOG)
    assert "CM-2026-00001" in text(page)
    assert "€50.00" in text(page)
    assert says in text(page)
    assert "<html" not in page.content.decode()
    assert "<html" in manager.get(url(verb, memo)).content.decode()


def test_only_credit_of_an_invoice_can_be_given_again(market: Market, manager: Client) -> None:
    again = "can be credited again"
    assert again not in text(manager.get(url("void", issue_memo(market))))
    memo = credit_invoice(market, issue_invoice(market), 30_00)
    assert again in text(manager.get(url("void", memo)))


def test_void_ends_it(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    answer = send(manager, "void", memo, reason="Issued twice.")
    assert answer["Location"] == url("detail", memo)
    memo.refresh_from_db()
    assert (memo.status, memo.void_reason) == ("voided", "Issued twice.")
    assert "CM-2026-00001 has been voided." in text(manager.get(url("detail", memo)))


def test_dialog_answers_with_where_to_go(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    answer = manager.post(url("void", memo), {"token": str(uuid4()), "reason": "x"}, headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, url("detail", memo))


def test_close_writes_off(market: Market, manager: Client) -> None:
    memo = used(market)
    assert send(manager, "close", memo, reason="Gone.").status_code == 302
    memo.refresh_from_db()
    assert (memo.status, memo.written_off, memo.balance) == ("closed", 30_00, 0)
    assert "€30.00 was written off." in text(manager.get(url("detail", memo)))


def test_close_above_the_threshold_asks_a_second_person(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    market.marketplace.settings.approval_threshold = 49_99
    market.marketplace.settings.save()
    dialog = text(manager.get(url("close", memo)))
    assert "so it is sent for approval" in dialog
    assert "Request approval" in dialog
    assert send(manager, "close", memo, reason="Gone.").status_code == 302
    memo.refresh_from_db()
    approval = Approval.objects.get()
    assert (memo.status, approval.verb, approval.amount) == ("unapplied", "close", 50_00)
    page = text(manager.get(url("detail", memo)))
    assert "Sent for approval: close CM-2026-00001." in page
    assert "You requested it." in page
    already = "This has already been requested and is awaiting approval."
    assert already in text(manager.get(url("close", memo)))
    answer = send(manager, "close", memo, reason="Gone.")
    assert (answer.status_code, already in text(answer)) == (422, True)
    assert Approval.objects.count() == 1


def test_reopen_always_asks_a_second_person(market: Market, manager: Client) -> None:
    memo = closed(market)
    assert "Once approved, €50.00 of Acme north can be used again." in text(manager.get(url("reopen", memo)))
    assert send(manager, "reopen", memo, reason="Came back.").status_code == 302
    memo.refresh_from_db()
    assert (memo.status, Approval.objects.get().verb) == ("closed", "reopen")


def test_hold_and_release_turn_it(market: Market, manager: Client) -> None:
    memo = issue_memo(market, use="follow")
    assert send(manager, "hold", memo).status_code == 302
    memo.refresh_from_db()
    assert memo.on_hold
    assert send(manager, "release", memo).status_code == 302
    memo.refresh_from_db()
    assert not memo.on_hold


@pytest.mark.parametrize(
    ("make", "verb", "says"),
    [
        (used, "void", "CM-2026-00001 is partially applied, so it can't be voided."),
        (closed, "void", "CM-2026-00001 is closed, so it can't be voided."),
        (closed, "close", "CM-2026-00001 is closed, so nothing can be written off."),
        (closed, "hold", "CM-2026-00001 has no credit that could be held or released."),
        (used, "reopen", "CM-2026-00001 is not closed."),
        (used, "hold", "CM-2026-00001 is already on hold."),
    ],
)
def test_what_cannot_be_done_is_said_at_once(
    market: Market, manager: Client, make: Callable[[Market], CreditMemo], verb: str, says: str
) -> None:
    memo = make(market)
    page = manager.get(url(verb, memo))
    assert says in text(page)
    assert '<button class="btn btn-danger' not in page.content.decode()


@pytest.mark.parametrize("verb", ["void", "close", "reopen"])
def test_refusal_keeps_the_reason_and_shows_fresh_figures(market: Market, manager: Client, verb: str) -> None:
    memo = closed(market) if verb == "reopen" else issue_memo(market)
    if verb == "reopen":
        asked = operations.reopen(memo=memo, reason="x", actor=market.actor("finance"), now=NOW)
        operations.approve(approval=asked, actor=market.actor(), now=NOW)
    elif verb == "void":
        apply(market, memo, issue_invoice(market), 20_00)
    else:
        operations.void(memo=memo, reason="x", actor=market.actor("finance"), now=NOW)
    before = AuditEntry.objects.count()
    page = send(manager, verb, memo, reason="Because of this.")
    assert page.status_code == 422
    assert AuditEntry.objects.count() == before
    assert ">Because of this.</textarea>" in page.content.decode().replace("\n", "")
    assert {"void": "Partially applied", "close": "Voided", "reopen": "Unapplied"}[verb] in text(page)
    if verb == "void":
        assert "This credit memo has been applied since you opened it, so it can't be voided." in text(page)
        assert "€30.00" in text(page)


@pytest.mark.parametrize("verb", ["void", "close", "reopen"])
@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001, "a\x00b"])
def test_reason_must_be_there_and_readable(market: Market, manager: Client, verb: str, reason: str) -> None:
    memo = closed(market) if verb == "reopen" else issue_memo(market)
    assert send(manager, verb, memo, reason=reason).status_code == 422
    assert AuditEntry.objects.filter(verb__in=["credit_memo.voided", "credit_memo.reopen_requested"]).count() == 0


def test_sent_twice_happens_once(market: Market, manager: Client) -> None:
    memo, fields = issue_memo(market), {"token": str(uuid4()), "reason": "x"}
    answers = [manager.post(url("void", memo), fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert AuditEntry.objects.filter(verb="credit_memo.voided").count() == 1


MAY = {
    "void": {"manager", "finance", "support"},
    "close": {"manager", "finance"},
    "reopen": {"manager", "finance"},
    "hold": {"manager", "finance"},
    "release": {"manager", "finance"},
    "undo_and_void": {"manager", "finance"},
}


@pytest.mark.parametrize("verb", list(MAY))
@pytest.mark.parametrize("person", ["manager", "finance", "support", "company_admin", "billing_admin", "user"])
def test_roles(market: Market, verb: str, person: str) -> None:
    memo = issue_memo(market, billed_user=market.user("user"))
    client = client_of(market.people[person])
    status = 200 if person in MAY[verb] else 403
    with writes() as written:
        assert client.get(url(verb, memo)).status_code == status
    assert written == []
    if status == 403:
        assert send(client, verb, memo, reason="x").status_code == 403
        memo.refresh_from_db()
        assert (memo.status, memo.on_hold) == ("unapplied", True)


def test_support_holds_where_it_was_granted(market: Market) -> None:
    memo = issue_memo(market, use="follow")
    Grant.objects.create(marketplace=market.marketplace, role="support", permission="creditmemos.hold", granted=True)
    assert send(client_of(market.people["support"]), "hold", memo).status_code == 302


@pytest.mark.parametrize("verb", list(MAY))
def test_strangers_find_nothing(market: Market, south: Market, verb: str) -> None:
    memo = issue_memo(market)
    for client in (client_of(south.people["manager"]), client_of(market.people["other_admin"])):
        assert client.get(url(verb, memo)).status_code == 404
        assert send(client, verb, memo, reason="x").status_code == 404
    assert Client().get(url(verb, memo)).status_code == 302
    memo.refresh_from_db()
    assert memo.status == "unapplied"


@pytest.mark.parametrize("verb", list(MAY))
def test_other_methods_are_refused(market: Market, manager: Client, verb: str) -> None:
    memo = issue_memo(market)
    assert manager.put(url(verb, memo)).status_code == 405
    assert manager.delete(url(verb, memo)).status_code == 405
    assert manager.get(f"/credit-memos/{2**70}/{verb.replace('_', '-')}/").status_code == 404


def test_developers_void_what_is_wholly_theirs(market: Market) -> None:
    mixed = mixed_memo(market)
    client = client_of(market.people["developer"])
    assert client.get(url("void", mixed)).status_code == 403
    own = own_memo(market)
    assert client.get(url("void", own)).status_code == 200
    assert send(client, "void", own, reason="Our mistake.").status_code == 302
    own.refresh_from_db()
    assert own.status == "voided"


def test_developers_void_nothing_where_it_was_revoked(market: Market) -> None:
    memo = own_memo(market)
    Grant.objects.create(marketplace=market.marketplace, role="developer", permission="creditmemos.void", granted=False)
    assert client_of(market.people["developer"]).get(url("void", memo)).status_code == 403
