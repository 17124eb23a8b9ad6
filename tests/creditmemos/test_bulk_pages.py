"""Verbs on a selection: the whole batch or nothing, and every row's own reason."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry
from creditmemos import operations
from creditmemos.models import CreditMemo
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
VOID, HOLD, RELEASE = (reverse(f"creditmemos:bulk_{verb}") for verb in ("void", "hold", "release"))


def send(client: Client, url: str, *memos: CreditMemo, **fields: Any) -> Any:
    """What the confirmation page sends."""
    return client.post(url, {"pk": [memo.pk for memo in memos], "token": str(uuid4()), **fields})


def statuses() -> list[str]:
    return list(CreditMemo.objects.order_by("pk").values_list("status", flat=True))


def test_selection_is_shown_before_anything_happens(market: Market, manager: Client) -> None:
    first, second = issue_memo(market, "20.00"), issue_memo(market, "30.00")
    with writes() as written:
        page = manager.post(VOID, {"pk": [first.pk, second.pk]}).content.decode()
    assert written == []
    assert "Void 2 credit memos" in page
    assert "Total remaining: €50.00." in page
    assert page.count('name="pk"') == 2


def test_void_ends_all_with_one_reason(market: Market, manager: Client) -> None:
    memos = [issue_memo(market), issue_memo(market)]
    answer = send(manager, VOID, *memos, reason="Issued twice.")
    assert answer.status_code == 302
    assert answer["Location"] == "/credit-memos/"
    assert statuses() == ["voided", "voided"]
    assert set(CreditMemo.objects.values_list("void_reason", flat=True)) == {"Issued twice."}
    assert "2 credit memos have been voided." in manager.get("/credit-memos/").content.decode()


def test_one_that_fails_refuses_all_and_says_why(market: Market, manager: Client) -> None:
    first, used = issue_memo(market), issue_memo(market)
    apply(market, used, issue_invoice(market), 10_00)
    before = AuditEntry.objects.count()
    page = send(manager, VOID, first, used, reason="Issued twice.")
    text = page.content.decode()
    assert page.status_code == 422
    assert statuses() == ["unapplied", "partially_applied"]
    assert AuditEntry.objects.count() == before
    assert "Nothing was changed: 1 of 2 can&#x27;t be processed." in text
    assert text.split("CM-2026-00002")[1].split("</tr>")[0].count("so it can&#x27;t be voided.") == 1
    assert "is-conflict" not in text.split("CM-2026-00001")[0]
    assert ">Issued twice.</textarea>" in text.replace("\n", "")


def test_hold_and_release_change_all(market: Market, manager: Client) -> None:
    memos = [issue_memo(market, use="follow"), issue_memo(market, use="follow")]
    assert send(manager, HOLD, *memos).status_code == 302
    assert list(CreditMemo.objects.values_list("on_hold", flat=True)) == [True, True]
    assert send(manager, RELEASE, *memos).status_code == 302
    assert list(CreditMemo.objects.values_list("on_hold", flat=True)) == [False, False]


def test_reason_is_asked_for(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    assert send(manager, VOID, memo, reason="  ").status_code == 422
    assert statuses() == ["unapplied"]


def test_one_foreign_id_refuses_all(market: Market, south: Market, manager: Client) -> None:
    own, foreign = issue_memo(market), issue_memo(south)
    assert send(manager, VOID, own, foreign, reason="x").status_code == 404
    assert statuses() == ["unapplied", "unapplied"]


@pytest.mark.parametrize("ids", [["x"], ["-1"], ["1" * 30], ["1"] * 101, ["\u0661"]])
def test_nonsense_ids_are_not_found(market: Market, manager: Client, ids: list[str]) -> None:
    assert manager.post(VOID, {"pk": ids, "token": str(uuid4())}).status_code == 404


@pytest.mark.parametrize(
    ("person", "url", "status"),
    [
        ("support", VOID, 302), ("support", HOLD, 403), ("developer", VOID, 404), ("reseller", VOID, 404),
        ("company_admin", VOID, 403), ("company_admin", HOLD, 403), ("user", RELEASE, 404),
    ],
)  # fmt: skip
def test_roles(market: Market, person: str, url: str, status: int) -> None:
    memo = issue_memo(market)
    answer = send(client_of(market.people[person]), url, memo, reason="x")
    assert answer.status_code == status
    assert statuses() == (["voided"] if status == 302 else ["unapplied"])


def test_nothing_selected_goes_back(market: Market, manager: Client) -> None:
    answer = manager.post(VOID, {})
    assert answer["Location"] == "/credit-memos/"
    assert "Select credit memos first." in manager.get("/credit-memos/").content.decode()


def test_address_alone_does_nothing(market: Market, manager: Client) -> None:
    assert manager.get(VOID)["Location"] == "/credit-memos/"
    assert manager.put(VOID).status_code == 405


def test_sent_twice_happens_once(market: Market, manager: Client) -> None:
    memo, token = issue_memo(market), str(uuid4())
    for _ in range(2):
        assert manager.post(VOID, {"pk": memo.pk, "token": token, "reason": "x"}).status_code == 302
    assert AuditEntry.objects.filter(verb="credit_memo.voided").count() == 1


def test_rows_that_were_voided_meanwhile_are_named(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    operations.void(memo=memo, reason="Mine.", actor=market.actor("finance"), now=NOW)
    page = send(manager, VOID, memo, reason="Mine too.")
    assert page.status_code == 422
    assert "Voided" in page.content.decode()
