"""Disputes: opened by the customer's bank, won, lost, or only asked about."""

from typing import Any

from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.store import DAY, Thing
from payments.gateway.standin.world import World

_WARNING = {"warning_needs_response", "warning_under_review"}
_ENDS = {"won", "lost", "warning_closed"}


def open_dispute(world: World, intent: str, *, status: str = "needs_response", amount: int | None = None) -> Thing:
    """The bank takes the money back for now; or, in a warning, only asks."""
    charge = world.store.any(world.store.get("payment_intent", intent)["latest_charge"])
    if charge is None or charge["status"] != "succeeded":
        raise ApiError(400, "Only what succeeded can be disputed.")
    dispute = world.make(
        "du",
        "dispute",
        amount=charge["amount"] if amount is None else amount,
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={"enhanced_evidence": {}},
        evidence_details={
            "due_by": world.store.now() + 9 * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "manual",
        },
        is_charge_refundable=status in _WARNING,
        metadata={},
        payment_intent=intent,
        payment_method_details=None,
        reason="fraudulent",
        status=status,
    )
    world.change(charge, disputed=True)
    world.hooks.tell("charge.dispute.created", dispute)
    if status not in _WARNING:
        world.hooks.tell("charge.dispute.funds_withdrawn", dispute)
    return dispute


def move(world: World, ref: str, status: str) -> Thing:
    """The bank goes on: under_review, won, lost, warning_closed."""
    dispute = world.store.get("dispute", ref)
    if dispute["status"] in _ENDS:
        raise ApiError(400, f"This dispute is {dispute['status']} already.")
    ended = status in _ENDS
    world.change(dispute, "" if ended else "charge.dispute.updated", status=status)
    if ended:
        if status == "won":
            world.hooks.tell("charge.dispute.funds_reinstated", dispute)
        world.hooks.tell("charge.dispute.closed", dispute)
    return dispute


def get(world: World, params: dict[str, Any], ref: str) -> Thing:
    """GET /v1/disputes/{id}."""
    return world.shown(world.store.get("dispute", ref), params.get("expand"))


def list_all(world: World, params: dict[str, Any]) -> Thing:
    """GET /v1/disputes."""
    intent, charge = params.get("payment_intent"), params.get("charge")

    def is_wanted(each: Thing) -> bool:
        return intent in {None, each["payment_intent"]} and charge in {None, each["charge"]}

    return world.store.page("dispute", params, is_wanted, "/v1/disputes")


def close(world: World, params: dict[str, Any], ref: str) -> Thing:
    """POST /v1/disputes/{id}/close: the merchant gives in."""
    return world.shown(move(world, ref, "lost"), params.get("expand"))
