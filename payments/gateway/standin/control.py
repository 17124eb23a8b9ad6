"""What Stripe does not have: faults, the clock, webhooks and what happens in its dashboard, on demand. JSON throughout.

Asked with the account's key, as the API is, at a name of the loopback.

POST   /_faults   {"kind": "lost", "path": "/v1/refunds", "times": 1} or {"rates": {"lost": 0.15}, "seed": 3}
DELETE /_faults   GET tells which were met
POST   /_clock    {"advance": 90000}: seconds; what becomes due on the way happens
POST   /_hooks    {"url": ..., "secrets": [...], "is_on": false, "duplicates": 0.3, "jitter": 0.25, "delay": 1}
POST   /_hooks/send {"event": "evt_..."}: send an event once more
POST   /_test/refunds {"payment_intent": ..., "amount": ...}: somebody refunds in the dashboard
POST   /_test/refunds/{id}/fail | succeed
POST   /_test/disputes {"payment_intent": ..., "status": "needs_response", "amount": ...}
POST   /_test/disputes/{id}/{under_review | won | lost | warning_closed}
POST   /_test/payment_intents/{id}/settle: a bank debit arrives now (or comes back)
GET    /_books    what each intent received, gave back and lost to disputes
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from payments.gateway.standin import disputes, intents, refunds
from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.store import Thing, public
from payments.gateway.standin.world import World

_DUE = {
    "settle": intents.settle,
    "refund": refunds.arrive,
    "refund_fail": refunds.fail,
}


def run_due(world: World) -> None:
    """Do what is due by the clock."""
    for name, ref in world.store.due():
        if name == "dispute":
            method = world.store.get("payment_method", world.store.get("payment_intent", ref)["payment_method"])
            inquiry = method["_test"].endswith("Inquiry")
            disputes.open_dispute(world, ref, status="warning_needs_response" if inquiry else "needs_response")
        else:
            _DUE[name](world, ref)


def answer(world: World, method: str, path: str, told: dict[str, Any]) -> Any:
    """Do what is asked; raises ApiError for what is unknown."""
    name, *rest = path.strip("/").split("/")
    if method == "POST" and name == "_test":
        return public(_test(world, rest, told))
    work = _CONTROLS.get((method, "/".join([name, *rest])))
    if work is None:
        raise ApiError(404, f"Unrecognized request URL ({method}: {path}).")
    return work(world, told) or {}


def _move_clock(world: World, told: dict[str, Any]) -> Any:
    world.store.state["ahead"] += int(told.get("advance", 0))
    run_due(world)
    return {"now": world.store.now()}


def _set_hooks(world: World, told: dict[str, Any]) -> Any:
    secrets = tuple(told.get("secrets", world.hooks.to.secrets))
    world.hooks.to = replace(world.hooks.to, **{**told, "secrets": secrets})


def _send_again(world: World, told: dict[str, Any]) -> Any:
    world.hooks.send_again(world.store.get("event", told["event"])["id"])


def _test(world: World, steps: list[str], told: dict[str, Any]) -> Thing:
    match steps:
        case ["refunds"]:
            intent = world.store.get("payment_intent", told["payment_intent"])
            asked = {"payment_intent": intent["id"], **({"amount": told["amount"]} if "amount" in told else {})}
            return refunds.create(world, asked)
        case ["refunds", ref, "fail"]:
            refunds.fail(world, ref)
            return world.store.get("refund", ref)
        case ["refunds", ref, "succeed"]:
            refunds.arrive(world, ref)
            return world.store.get("refund", ref)
        case ["disputes"]:
            status = told.get("status", "needs_response")
            return disputes.open_dispute(world, told["payment_intent"], status=status, amount=told.get("amount"))
        case ["disputes", ref, ("under_review" | "won" | "lost" | "warning_closed") as status]:
            return disputes.move(world, ref, status)
        case ["payment_intents", ref, "settle"]:
            intents.settle(world, ref)
            return world.store.get("payment_intent", ref)
    raise ApiError(404, "There is no such helper.")


def books(world: World) -> dict[str, dict[str, int]]:
    """In the smallest unit, for each intent: received, refunded (with what is on its way), and taken by disputes."""
    found = {}
    for intent in world.store.all("payment_intent"):
        charge = world.store.any(intent["latest_charge"])
        taken = [
            each["amount"]
            for each in world.store.all("dispute")
            if each["payment_intent"] == intent["id"] and each["status"] in {"needs_response", "under_review", "lost"}
        ]
        found[intent["id"]] = {
            "received": intent["amount_received"],
            "refunded": refunds.refunded(world, charge) if charge else 0,
            "disputed": sum(taken),
        }
    return found


_CONTROLS: dict[tuple[str, str], Callable[[World, dict[str, Any]], Any]] = {
    ("POST", "_faults"): lambda world, told: world.faults.order(told),
    ("DELETE", "_faults"): lambda world, _told: world.faults.clear(),
    ("GET", "_faults"): lambda world, _told: world.faults.met,
    ("GET", "_clock"): _move_clock,
    ("POST", "_clock"): _move_clock,
    ("POST", "_hooks"): _set_hooks,
    ("POST", "_hooks/send"): _send_again,
    ("GET", "_books"): lambda world, _told: books(world),
}
