"""What an event of Stripe is about, read from its body without Stripe's library: the web process does it too (pure).

Only what is needed to find the object is taken: the object itself is fetched afterwards, whatever the body says of it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from payments.gateway.protocol import Event, EventKind

KEY: Final = "offset"
"""The name under which our row's key stands in the metadata of what we make."""
WATCHED: Final = (
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.refund.updated",
    "charge.refunded",
    "checkout.session.completed",
    "checkout.session.expired",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "refund.created",
    "refund.failed",
    "refund.updated",
)
"""The types that the endpoint at Stripe is to send, and that the sweep lists (Stripe takes 20 at most)."""

_KINDS: Final = {
    "payment_intent": EventKind.CHARGE,
    "charge": EventKind.CHARGE,
    "refund": EventKind.REFUND,
    "dispute": EventKind.DISPUTE,
    "checkout.session": EventKind.SETUP,
    "payment_method": EventKind.METHOD,
}


LONGEST: Final = 255
"""Characters of an id at Stripe."""


class BadEvent(ValueError):
    """The body is no event that we can read."""


def read_event(body: bytes) -> Event:
    """The event in a body whose signature was checked. Raises BadEvent."""
    try:
        told = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadEvent("the body is no JSON") from error
    return event_of(told)


def event_of(told: object) -> Event:
    """The event that Stripe's object describes. Raises BadEvent."""
    try:
        return _event_of(told)
    except (KeyError, TypeError, AttributeError, OSError, OverflowError, ValueError) as error:
        raise BadEvent("the body is no event of a kind that is known") from error


def _event_of(told: Any) -> Event:
    if told["object"] != "event" or not told["id"]:
        raise BadEvent("no event")
    thing = told["data"]["object"]
    kind = _KINDS.get(_text(thing["object"]), EventKind.OTHER)
    charge = _reference(thing.get("payment_intent"))
    if kind is EventKind.CHARGE and thing["object"] == "charge":
        ref, kind = (charge, kind) if charge else (_text(thing["id"]), EventKind.OTHER)
    elif kind is EventKind.SETUP and thing.get("mode") != "setup":
        ref, kind = _text(thing["id"]), EventKind.OTHER
    else:
        ref = _text(thing["id"]) if kind is not EventKind.OTHER else _text(thing.get("id") or "")
    return Event(
        ref=_text(told["id"]),
        kind=kind,
        type=_text(told["type"]),
        object_ref=ref,
        created=datetime.fromtimestamp(int(told["created"]), tz=UTC),
        is_live=told["livemode"] is True,
        key=key_of(thing),
        charge_ref=ref if kind is EventKind.CHARGE else charge,
    )


def key_of(thing: Mapping[str, Any]) -> str:
    """Our row's key, as kept with an object of Stripe; empty when others made it."""
    found = (thing.get("metadata") or {}).get(KEY, "")
    return found if isinstance(found, str) else ""


def _reference(value: object) -> str:
    """An id, whether Stripe gave it alone or with the whole object."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadEvent("a text is missing")
    if len(value) > LONGEST or not (value.isascii() and value.isprintable()):
        raise BadEvent("a text is none of Stripe's")
    return value
