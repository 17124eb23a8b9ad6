"""Refunds: never more than the charge has left, and some fail after they succeeded."""

from typing import Any

from payments.gateway.standin.behaviours import BY_NAME
from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.store import Thing
from payments.gateway.standin.world import World

NEW = {
    "payment_intent": "str", "charge": "str", "amount": "int", "reason": "str", "metadata": "hash", "expand": "list",
}  # fmt: skip
_REASONS = {"duplicate", "fraudulent", "requested_by_customer"}
_COUNTED = {"pending", "requires_action", "succeeded"}


def create(world: World, params: dict[str, Any]) -> Thing:
    """POST /v1/refunds."""
    reason = params.get("reason")
    if reason not in {None, *_REASONS}:
        raise ApiError(400, f"Invalid reason: must be one of {', '.join(sorted(_REASONS))}", param="reason")
    charge = _charge(world, params)
    amount = params.get("amount", charge["amount"] - refunded(world, charge))
    _check(world, charge, amount)
    refund = make(world, charge, amount, reason=reason, metadata=params.get("metadata", {}))
    return world.shown(refund, params.get("expand"))


def _charge(world: World, params: dict[str, Any]) -> Thing:
    """The charge that is to be given back."""
    if "charge" in params:
        return world.store.get("charge", params["charge"], "charge")
    if "payment_intent" not in params:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise ApiError(400, message)
    intent = world.store.get("payment_intent", params["payment_intent"], "payment_intent")
    charge = world.store.any(intent["latest_charge"])
    if charge is None:
        raise ApiError(400, f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return charge


def _check(world: World, charge: Thing, amount: int) -> None:
    if charge["status"] != "succeeded":
        raise ApiError(400, f"Charge {charge['id']} is not successful, so it can't be refunded.")
    disputes = [each for each in world.store.all("dispute") if each["charge"] == charge["id"]]
    if any(not each["is_charge_refundable"] and each["status"] != "won" for each in disputes):
        raise ApiError(
            400, f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    left = charge["amount"] - refunded(world, charge)
    if left == 0:
        raise ApiError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount < 1:
        message = "Invalid positive integer"
        raise ApiError(400, message, code="parameter_invalid_integer", param="amount")
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise ApiError(400, message, param="amount")


def refunded(world: World, charge: Thing) -> int:
    """What was given back of a charge, with what is on its way."""
    return sum(each["amount"] for each in of_charge(world, charge["id"]) if each["status"] in _COUNTED)


def of_charge(world: World, ref: str) -> list[Thing]:
    """The refunds of a charge."""
    return [each for each in world.store.all("refund") if each["charge"] == ref]


def make(world: World, charge: Thing, amount: int, *, reason: str | None, metadata: dict[str, str]) -> Thing:
    """A refund, in the state that the test method of its charge leads to."""
    how = BY_NAME[world.store.get("payment_method", charge["payment_method"])["_test"]].refund
    kind = charge["payment_method_details"]["type"]
    empty = ("failure_balance_transaction", "failure_reason", "receipt_number", "source_transfer_reversal")
    refund = world.make(
        "re",
        "refund",
        **dict.fromkeys((*empty, "transfer_reversal")),
        amount=amount,
        balance_transaction=world.store.new_id("txn"),
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={"type": kind, kind: {}},
        metadata=metadata,
        payment_intent=charge["payment_intent"],
        pending_reason=None,
        reason=reason,
        status="succeeded",
    )
    if how == "pending":
        world.store.change(refund, status="pending", pending_reason="processing")
        world.store.later(world.pause, "refund", refund["id"])
    elif how == "fail":
        world.store.later(world.pause, "refund_fail", refund["id"])
    world.hooks.tell("refund.created", refund)
    _count(world, charge, "charge.refunded")
    return refund


def _count(world: World, charge: Thing, told: str) -> None:
    total = refunded(world, charge)
    world.change(charge, told, amount_refunded=total, refunded=total == charge["amount"])


def arrive(world: World, ref: str) -> None:
    """A refund that was on its way arrived."""
    refund = world.store.get("refund", ref)
    if refund["status"] == "pending":
        world.change(refund, "refund.updated", status="succeeded", pending_reason=None)
        world.hooks.tell("charge.refund.updated", refund)


def fail(world: World, ref: str, reason: str = "expired_or_canceled_card") -> None:
    """The money came back, also long after the refund succeeded; it is not sent again by itself."""
    refund = world.store.get("refund", ref)
    if refund["status"] not in _COUNTED:
        return
    entry = world.store.new_id("txn")
    world.change(
        refund,
        "refund.failed",
        status="failed",
        failure_reason=reason,
        failure_balance_transaction=entry,
        pending_reason=None,
    )
    world.hooks.tell("charge.refund.updated", refund)
    _count(world, world.store.get("charge", refund["charge"]), "charge.updated")


def get(world: World, params: dict[str, Any], ref: str) -> Thing:
    """GET /v1/refunds/{id}."""
    return world.shown(world.store.get("refund", ref), params.get("expand"))


def list_all(world: World, params: dict[str, Any]) -> Thing:
    """GET /v1/refunds."""
    intent, charge = params.get("payment_intent"), params.get("charge")
    if intent:
        world.store.get("payment_intent", intent, "payment_intent")

    def is_wanted(each: Thing) -> bool:
        return intent in {None, each["payment_intent"]} and charge in {None, each["charge"]}

    return world.store.page("refund", params, is_wanted, "/v1/refunds")


def cancel(world: World, params: dict[str, Any], ref: str) -> Thing:
    """POST /v1/refunds/{id}/cancel: only those that wait for the customer."""
    refund = world.store.get("refund", ref)
    if refund["status"] != "requires_action":
        raise ApiError(400, f"You cannot cancel a refund with status {refund['status']}.")
    world.change(refund, "refund.updated", status="canceled")
    _count(world, world.store.get("charge", refund["charge"]), "charge.updated")
    return world.shown(refund, params.get("expand"))
