"""The address that a provider tells events to: believed for its signature, stored once, and never a reason by itself."""

import json
import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from core.models import OutboxJob
from payments.gateway.signatures import MAX_BODY, sign
from payments.models import GatewayAccount, ProviderEvent
from tests.factories.gateway import ACCOUNT, gateway_account
from tests.factories.world import Market

pytestmark = pytest.mark.django_db

SECRET = "whsec_of_the_test"


@pytest.fixture
def account(market: Market, settings: Settings) -> GatewayAccount:
    settings.STRIPE_WEBHOOK_SECRETS = {ACCOUNT: [SECRET]}
    return gateway_account(market)


def told(event: str = "evt_1", **changes: Any) -> bytes:
    body = {
        "id": event, "object": "event", "type": "payment_intent.succeeded", "created": 1_800_000_000, "livemode": False,
        "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {}}}, **changes,
    }  # fmt: skip
    return json.dumps(body).encode()


def send(
    body: bytes, *, account: str = ACCOUNT, secret: str = SECRET, at: int = 0, signature: str | None = None
) -> int:
    """POST a body as the provider does; ``at`` are the seconds by which its clock is ahead."""
    header = sign(body, secrets=[secret], stamp=int(time.time()) + at) if signature is None else signature
    answer = Client(enforce_csrf_checks=True).post(
        reverse("payments:stripe_webhook", args=[account]), body, content_type="application/json",
        headers={"Stripe-Signature": header},
    )  # fmt: skip
    assert answer.content == b""
    return answer.status_code


def test_an_event_is_stored_and_looked_up(account: GatewayAccount) -> None:
    body = told()
    assert send(body) == 200
    event = ProviderEvent.objects.get()
    assert (event.gateway_account, event.event_id, event.type) == (account, "evt_1", "payment_intent.succeeded")
    assert (event.kind, event.object_ref, event.body, event.outcome) == ("charge", "pi_1", body.decode(), "")
    job = OutboxJob.objects.get()
    assert (job.handler, job.payload) == ("payments.look_at_event", {"event_id": event.pk})


def test_a_hundred_times_is_once(account: GatewayAccount) -> None:
    assert {send(told()) for _ in range(100)} == {200}
    assert (ProviderEvent.objects.count(), OutboxJob.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "whsec_other"},
        {"at": -301},
        {"at": 301},
        {"signature": ""},
        {"signature": "t=1,v1=00"},
        {"account": "nobody"},
        {"account": "a\0b"},
        {"signature": "t=\u0663,v1=00"},
        {"signature": "t=1,t=2,v1=é"},
    ],
)
def test_what_is_not_signed_now_by_the_provider_is_refused(account: GatewayAccount, changed: dict[str, Any]) -> None:
    assert send(told(), **changed) == 400
    assert not ProviderEvent.objects.exists()
    assert not OutboxJob.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b"\xff\xfe",
        told(livemode=True),
        told(data=None),
        told(object="charge"),
        told() + b" " * MAX_BODY,
        told().decode().encode("utf-16"),
        b"[" * 5_000,
        told("evt_\0"),
        told("evt_\ud800"),
        told("e" * 256),
        told(""),
        told(type="x\0"),
        told(created=10**17),
        told(created=-(10**17)),
        told(created=float("inf")),
        told(data={"object": {"id": "pi_\ud800", "object": "payment_intent"}}),
        told(data={"object": {"id": "pi_1", "object": "payment_intent", "metadata": [1]}}),
    ],
    ids=[
        "nothing",
        "no JSON",
        "a list",
        "no text",
        "live",
        "no object",
        "no event",
        "too large",
        "UTF-16",
        "deep",
        "NUL",
        "half a character",
        "long id",
        "no id",
        "NUL in the type",
        "too late",
        "too early",
        "never",
        "half an id",
        "a list of metadata",
    ],
)
def test_what_can_not_be_read_is_refused(account: GatewayAccount, body: bytes) -> None:
    assert send(body) == 400
    assert not ProviderEvent.objects.exists()


def test_the_largest_body_is_taken(account: GatewayAccount) -> None:
    body = told()
    assert send(body + b" " * (MAX_BODY - len(body))) == 200


def test_an_account_without_a_secret_takes_nothing(market: Market, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = {}
    gateway_account(market)
    assert send(told()) == 400
    assert send(told(), signature=sign(told(), secrets=[""], stamp=int(time.time()))) == 400


def test_both_secrets_hold_while_one_is_changed(account: GatewayAccount, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = {ACCOUNT: ["whsec_new", SECRET]}
    assert (send(told()), send(told("evt_2"), secret="whsec_new")) == (200, 200)


def test_it_takes_post_alone(account: GatewayAccount, client: Client) -> None:
    address = reverse("payments:stripe_webhook", args=[ACCOUNT])
    assert [getattr(client, method)(address).status_code for method in ("get", "put", "delete")] == [405] * 3
