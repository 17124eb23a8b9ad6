"""Reasons for credit: the list, adding one, changing one."""

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry
from creditmemos.models import CreditReason
from tests.factories.world import Market, make_market
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
PAGE = "/credit-memos/reasons/"
ADD = "/credit-memos/reasons/add/"
GOOD = {"label_en": "Goodwill", "label_de": "Kulanz", "label_fr": "", "position": "10", "counts_as": "nothing"}


@pytest.fixture
def market() -> Market:
    return make_market()


def change_url(reason: CreditReason) -> str:
    return reverse("creditmemos:reason_change", args=[reason.pk])


def test_reason_is_added_with_its_labels(market: Market, manager: Client) -> None:
    answer = manager.post(ADD, GOOD | {"note_required": "on"}, follow=True)
    assert "Goodwill can now be chosen." in answer.content.decode()
    reason = CreditReason.objects.get(marketplace=market.marketplace)
    assert (reason.code, reason.labels) == ("goodwill", {"en": "Goodwill", "de": "Kulanz"})
    assert (reason.note_required, reason.is_active, reason.position) == (True, True, 10)
    assert reason.counts_as == "nothing"
    assert AuditEntry.objects.filter(verb="creditreason.added").count() == 1


def test_second_reason_of_the_same_name_gets_another_code(market: Market, manager: Client) -> None:
    for _time in range(3):
        manager.post(ADD, GOOD)
    codes = CreditReason.objects.order_by("pk").values_list("code", flat=True)
    assert list(codes) == ["goodwill", "goodwill-2", "goodwill-3"]


@pytest.mark.parametrize(
    "changes",
    [
        {"label_en": ""},
        {"label_en": "x" * 81},
        {"position": "-1"},
        {"position": "many"},
        {"label_en": " "},
        {"counts_as": "gift"},
    ],
)
def test_bad_reasons_are_refused(market: Market, manager: Client, changes: dict[str, str]) -> None:
    assert manager.post(ADD, GOOD | changes).status_code == 422
    assert not CreditReason.objects.exists()


def test_reason_is_changed_and_put_aside(market: Market, manager: Client) -> None:
    reason = market.reason()
    assert "Goodwill" in manager.get(change_url(reason)).content.decode()
    manager.post(change_url(reason), GOOD | {"label_en": "Kindness", "label_fr": "Geste", "counts_as": "time"})
    reason.refresh_from_db()
    assert reason.labels == {"en": "Kindness", "de": "Kulanz", "fr": "Geste"}
    assert (reason.code, reason.is_active, reason.counts_as) == ("goodwill", False, "time")
    assert "Time: credits unused days" in manager.get(PAGE).content.decode()
    entry = AuditEntry.objects.get(verb="creditreason.changed")
    assert (entry.before["is_active"], entry.after["is_active"]) == (True, False)
    assert (entry.before["counts_as"], entry.after["counts_as"]) == ("nothing", "time")


def test_list_is_in_english_whoever_reads_it(market: Market, manager: Client) -> None:
    manager.post(ADD, GOOD)
    manager.cookies["django_language"] = "de"
    page = manager.get(PAGE).content.decode()
    assert GOOD["label_en"] in page
    assert "Kulanz" not in page


def test_finance_reads_only(market: Market) -> None:
    reason = market.reason()
    finance = client_of(market.people["finance"])
    page = finance.get(PAGE).content.decode()
    assert "Goodwill" in page
    assert ADD not in page
    with writes() as written:
        assert finance.post(ADD, GOOD).status_code == 403
        assert finance.post(change_url(reason), GOOD).status_code == 403
    assert written == []


def test_reasons_of_other_marketplaces_are_not_found(market: Market, manager: Client) -> None:
    reason = make_market("south").reason()
    assert manager.get(change_url(reason)).status_code == 404
    assert manager.post(change_url(reason), GOOD).status_code == 404
    assert "Goodwill" not in manager.get(PAGE).content.decode()
