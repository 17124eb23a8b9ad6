"""What a checkout asks over HTTP: each answer's status and code, and that nothing is told without a token."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from companies.models import Membership
from limits import operations
from limits.models import CheckoutToken, CreditCheck, Reservation
from limits.operations import make_token, revoke_token
from tests.factories.billing import order, tax
from tests.factories.limits import limited
from tests.factories.world import NOW, TODAY, Market, issue_invoice, make_market

CHECKS = "limits:checks"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def market(db: None) -> Market:
    made = make_market()
    tax(made)
    made.acme.external_key = "C-77"
    made.acme.save()
    limited(made, 200_00)
    return made


class Shop:
    """A checkout with its token."""

    def __init__(self, market: Market) -> None:
        self.token, self.text = make_token(name="Shop", actor=market.actor(), now=NOW)

    def post(self, url: str, body: Any, token: str | None = None) -> Any:
        text = body if isinstance(body, str) else json.dumps(body)
        header = {"authorization": f"Bearer {self.text if token is None else token}"}
        return Client().post(url, text, content_type="application/json", headers=header)

    def ask(self, **more: Any) -> Any:
        return self.post(reverse(CHECKS), {"company": "C-77", "amount": 80_00, "currency": "EUR", **more})


@pytest.fixture
def shop(market: Market) -> Shop:
    return Shop(market)


def test_the_answer_tells_every_addend(market: Market, shop: Shop) -> None:
    issue_invoice(market)
    answer = shop.ask(key="order 1", reserve=True, subject="Ten seats")
    assert answer.status_code == 200
    assert answer.json() == {
        "allowed": True, "allowed_once": False, "reason": None, "message": None, "payer": market.acme.pk,
        "amount": 80_00, "currency": "EUR", "limit": 200_00, "room": 80_00, "exposure": 120_00,
        "addends": {
            "dues": 120_00, "pending": 0, "committed": 0, "reserved": 0, "credit": 0, "carried": 0, "on_account": 0,
        },
        "reserved": True,
        "reservation": {"key": "order 1", "expires_at": "2026-05-18T09:45:00+00:00", "state": "held"},
    }  # fmt: skip
    assert shop.ask(key="order 1", reserve=True).json() | {"message": None} == answer.json()
    assert Reservation.objects.count() == 1


def test_a_refusal_is_an_answer_with_its_reason(market: Market, shop: Shop) -> None:
    answer = shop.ask(amount=200_01, key="order 1", reserve=True)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["allowed"], told["reason"], told["reserved"]) == (False, "limit_reached", False)
    assert "€200.01" in told["message"]
    assert CreditCheck.objects.get().refusal == "limit_reached"
    assert shop.ask(amount=200_01).json()["allowed"] is False


def test_without_a_token_nothing_is_told(market: Market, shop: Shop) -> None:
    for header in ({}, {"authorization": "Bearer nonsense"}, {"authorization": shop.text}):
        answer = Client().post(reverse(CHECKS), "{}", content_type="application/json", headers=header)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert Client().get(reverse(CHECKS)).status_code == 405


def test_a_token_that_was_revoked_or_whose_maker_left_is_forbidden(market: Market, shop: Shop) -> None:
    rows = Membership.objects.filter(user=market.user("manager"))
    rows.update(is_active=False)
    assert shop.ask().status_code == 403
    rows.update(is_active=True)
    revoke_token(token=shop.token, actor=market.actor(), now=NOW)
    answer = shop.ask()
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "token_revoked")


def test_a_strangers_company_is_not_found(market: Market, shop: Shop) -> None:
    south = make_market("south", currency="JPY")
    for company in ("C-78", south.acme.pk, 2**62):
        answer = shop.ask(company=company)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "missing")


def test_a_key_used_otherwise_conflicts(market: Market, shop: Shop) -> None:
    shop.ask(key="order 1", reserve=True)
    answer = shop.ask(key="order 1", reserve=True, amount=81_00)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "key_used_otherwise")
    url = reverse("limits:release", args=["order 1"])
    assert shop.post(url, {}).json() == {"key": "order 1", "state": "released", "amount": 80_00}
    assert shop.post(url, {}).status_code == 200
    again = shop.ask(key="order 1", reserve=True)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "reservation_over")
    Reservation.objects.filter(key="order 1")
    shop.ask(key="order 2", reserve=True)
    row = Reservation.objects.get(key="order 2")
    row.state, row.ended_at = "used", NOW
    row.save()
    used = shop.post(reverse("limits:release", args=["order 2"]), {})
    assert (used.status_code, used.json()["error"]["code"]) == (409, "reservation_used")
    assert shop.post(reverse("limits:release", args=["none"]), {}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": 0}, "amount"), ({"amount": 1.5}, "amount"), ({"amount": "80"}, "amount"),
        ({"amount": True}, "amount"), ({"amount": 10**18}, "amount"), ({"currency": "USD"}, "currency"),
        ({"currency": None}, "currency"), ({"company": None}, "company"), ({"company": ""}, "company"),
        ({"reserve": True}, "key"), ({"reserve": "yes"}, "reserve"), ({"key": 7}, "key"),
        ({"subject": "x" * 201}, "subject"), ({"key": "a\0b", "reserve": True}, "key"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_beside_its_field(shop: Shop, body: dict[str, Any], field: str) -> None:
    answer = shop.ask(**body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


@pytest.mark.parametrize("body", ["", "no", "[]", '"a"', "{" * 20_000])
def test_what_is_no_object_is_refused(shop: Shop, body: str) -> None:
    assert shop.post(reverse(CHECKS), body).status_code == 400


def test_what_cannot_be_told_is_no_yes(market: Market, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    market.acme.country = ""
    market.acme.save()
    order(market, "1", TODAY)
    answer = shop.ask()
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "cannot_tell")

    def broken(**_values: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(operations, "check_credit", broken)
    assert shop.ask().status_code == 503


def test_the_token_is_stored_hashed(shop: Shop) -> None:
    row = CheckoutToken.objects.get()
    assert shop.text not in str(row.__dict__)
    assert (len(row.digest), row.ending) == (64, shop.text[-4:])
