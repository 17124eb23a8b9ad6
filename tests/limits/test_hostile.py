"""What a hostile checkout sends: never a 500, never a row, never a word about another marketplace."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from limits.models import CreditCheck, Reservation
from tests.factories.world import Market
from tests.limits.test_endpoint import CHECKS, Shop, market, shop, today

__all__ = ["market", "shop", "today"]


@pytest.mark.parametrize(
    "body",
    ["[" * 9_999, '{"a":' * 1_900, "[" * 1_500, '{"amount": ' + "9" * 5_000 + "}", '{"company": "C-77", "amount": NaN',
     '"\\ud800"', "\0"],
)  # fmt: skip
def test_what_is_no_object_is_refused(market: Market, shop: Shop, body: str) -> None:
    answer = shop.post(reverse(CHECKS), body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "no_json")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"company": "\ud800"}, "company"), ({"company": "C\0"}, "company"), ({"company": 10**400}, "company"),
        ({"company": -1}, "company"), ({"company": True}, "company"), ({"company": ["C-77"]}, "company"),
        ({"key": "a\ud800", "reserve": True}, "key"), ({"key": "a\nb", "reserve": True}, "key"),
        ({"key": "subscription:1:2", "reserve": True}, "key"),
        ({"key": "a" * 161, "reserve": True}, "key"), ({"key": "a/b\u0001", "reserve": True}, "key"),
        ({"key": " ", "reserve": True}, "key"),
        ({"key": "a", "reserve": True, "subject": "\udfff"}, "subject"),
        ({"subject": "\ud800"}, "subject"), ({"subject": "\0"}, "subject"), ({"currency": "\ud800"}, "currency"),
        ({"amount": 10**400}, "amount"), ({"amount": -(10**400)}, "amount"), ({"amount": float("inf")}, "amount"),
        ({"amount": float("nan")}, "amount"), ({"amount": 1e3}, "amount"), ({"amount": -5}, "amount"),
        ({"amount": None}, "amount"), ({"reserve": 1}, "reserve"), ({"reserve": None}, "reserve"),
    ],
)  # fmt: skip
def test_a_value_that_cant_be_used_is_named(market: Market, shop: Shop, body: dict[str, Any], field: str) -> None:
    answer = shop.ask(**body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert not Reservation.objects.exists()
    assert not CreditCheck.objects.exists()


def test_a_name_that_is_said_twice_is_refused(market: Market, shop: Shop) -> None:
    body = '{"company": "C-77", "amount": 100, "currency": "EUR", "amount": 1}'
    answer = shop.post(reverse(CHECKS), body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "no_json")


@pytest.mark.parametrize("key", ["\0", "a\0b", "%00", "x" * 500, "\ud800", "🂡", "../x", ";--"])
def test_a_key_that_nobody_could_have_is_not_found(market: Market, shop: Shop, key: str) -> None:
    from urllib.parse import quote

    url = f"/credit/reservations/{quote(key.encode('utf-8', 'surrogatepass'))}/release/"
    assert shop.post(url, {}).status_code == 404


def test_a_key_with_a_slash_is_released(market: Market, shop: Shop) -> None:
    assert shop.ask(key="2026/17", reserve=True).status_code == 200
    answer = shop.post(reverse("limits:release", args=["2026/17"]), {})
    assert (answer.status_code, answer.json()) == (200, {"key": "2026/17", "state": "released", "amount": 80_00})


@pytest.mark.parametrize("token", ["\xff", "é" * 10, "x" * 5_000, " ", "offset_checkout_"])
def test_a_token_that_never_was_one(market: Market, shop: Shop, token: str) -> None:
    assert shop.post(reverse(CHECKS), {}, token=token).status_code == 401


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])  # fmt: skip
def test_the_type_of_the_body_breaks_nothing(market: Market, shop: Shop, kind: str) -> None:
    body = json.dumps({"company": "C-77", "amount": 1, "currency": "EUR"})
    header = {"authorization": f"Bearer {shop.text}"}
    answer = Client().post(reverse(CHECKS), body, content_type=kind, headers=header)
    assert answer.status_code in (200, 400)


def test_a_huge_body_is_refused(market: Market, shop: Shop) -> None:
    answer = shop.post(reverse(CHECKS), "x" * 3_000_000)
    assert answer.status_code == 400


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_only_post(market: Market, shop: Shop, method: str) -> None:
    for url in (reverse(CHECKS), reverse("limits:release", args=["x"])):
        answer = getattr(Client(), method)(url, headers={"authorization": f"Bearer {shop.text}"})
        assert answer.status_code == 405
