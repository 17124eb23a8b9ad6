"""Events: what they are about, and that anything else is refused and never an error."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.gateway.events import WATCHED, BadEvent, event_of, read_event
from payments.gateway.protocol import EventKind

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["object", "data", "id"]), inner),
    max_leaves=8,
)


def told(thing: object, **values: object) -> dict[str, Any]:
    event = {"id": "evt_1", "object": "event", "type": "some.type", "created": 1_790_000_000, "livemode": False}
    return {**event, "data": {"object": thing}, **values}


@pytest.mark.parametrize(
    ("thing", "kind", "ref", "charge_ref"),
    [
        ({"object": "payment_intent", "id": "pi_1"}, EventKind.CHARGE, "pi_1", "pi_1"),
        ({"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}, EventKind.CHARGE, "pi_1", "pi_1"),
        ({"object": "charge", "id": "ch_1", "payment_intent": None}, EventKind.OTHER, "ch_1", ""),
        ({"object": "refund", "id": "re_1", "payment_intent": "pi_1"}, EventKind.REFUND, "re_1", "pi_1"),
        ({"object": "refund", "id": "re_1", "payment_intent": {"id": "pi_1"}}, EventKind.REFUND, "re_1", "pi_1"),
        ({"object": "dispute", "id": "dp_1", "payment_intent": "pi_1"}, EventKind.DISPUTE, "dp_1", "pi_1"),
        ({"object": "checkout.session", "id": "cs_1", "mode": "setup"}, EventKind.SETUP, "cs_1", ""),
        ({"object": "checkout.session", "id": "cs_1", "mode": "payment"}, EventKind.OTHER, "cs_1", ""),
        ({"object": "payment_method", "id": "pm_1"}, EventKind.METHOD, "pm_1", ""),
        ({"object": "balance"}, EventKind.OTHER, "", ""),
    ],
)
def test_what_it_is_about(thing: dict[str, Any], kind: EventKind, ref: str, charge_ref: str) -> None:
    event = read_event(json.dumps(told(thing)).encode())
    assert (event.kind, event.object_ref, event.charge_ref) == (kind, ref, charge_ref)
    assert event.ref == "evt_1"
    assert event.type == "some.type"
    assert event.created == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert not event.is_live


def test_our_key_and_the_mode_are_read() -> None:
    thing = {"object": "refund", "id": "re_1", "metadata": {"offset": "key-1", "other": "x"}}
    event = event_of(told(thing, livemode=True))
    assert event.key == "key-1"
    assert event.is_live


@pytest.mark.parametrize("metadata", [None, {}, {"offset": 3}, {"other": "key-1"}])
def test_what_others_made_has_no_key(metadata: object) -> None:
    assert event_of(told({"object": "refund", "id": "re_1", "metadata": metadata})).key == ""


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{}", b'"evt"', b"{", b"\xff", b"[" * 100_000,
        json.dumps(told({"object": "refund"})).encode(),
        json.dumps(told({"object": "refund", "id": 3})).encode(),
        json.dumps(told({"object": "refund", "id": "re_1"}, object="v2.core.event")).encode(),
        json.dumps(told({"object": "refund", "id": "re_1"}, created="soon")).encode(),
        json.dumps(told({"object": "refund", "id": "re_1"}, created=10**30)).encode(),
        json.dumps(told({"object": "refund", "id": "re_1", "metadata": "x"})).encode(),
        json.dumps(told(None)).encode(),
        json.dumps(told({"object": "refund", "id": "re_1"}, id=None)).encode(),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(BadEvent):
        read_event(body)


@given(JSON)
def test_any_json_is_refused_and_never_an_error(value: object) -> None:
    with pytest.raises(BadEvent):
        event_of(value)


def test_no_more_is_watched_than_stripe_lists_at_once() -> None:
    assert len(WATCHED) == len(set(WATCHED)) <= 20
