"""Payment intents and their charges: create, confirm, cancel, and what happens to them later."""

from typing import Any

from payments.gateway.standin.behaviours import BY_NAME, MESSAGES, Behaviour
from payments.gateway.standin.customers import declined, method_named
from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.money import check_amount
from payments.gateway.standin.store import Thing, public
from payments.gateway.standin.world import World

NEW = {
    "amount": "int!", "currency": "str!", "customer": "str", "payment_method": "str",
    "allowed_payment_method_types": "list",
    "automatic_payment_methods": {"enabled": "bool!", "allow_redirects": "str"}, "description": "str",
    "metadata": "hash", "confirm": "bool", "off_session": "bool", "return_url": "str", "receipt_email": "str",
    "setup_future_usage": "str", "statement_descriptor_suffix": "str", "expand": "list",
}  # fmt: skip
CONFIRM = {"payment_method": "str", "off_session": "bool", "return_url": "str", "expand": "list"}
CANCEL = {"cancellation_reason": "str", "expand": "list"}
_OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}
_REASONS = {"duplicate", "fraudulent", "requested_by_customer", "abandoned"}


def create(world: World, params: dict[str, Any]) -> Thing:
    """POST /v1/payment_intents."""
    check_amount(params["amount"], params["currency"])
    if "customer" in params:
        world.store.get("customer", params["customer"], "customer")
    kinds = params.get("allowed_payment_method_types", ["card"])
    intent = world.make("pi", "payment_intent", **_blank(params), payment_method_types=kinds)
    world.store.change(intent, client_secret=f"{intent['id']}_secret_{world.store.new_id('s')[2:]}")
    if "payment_method" in params:
        method = _usable(world, intent, params["payment_method"])
        world.store.change(intent, payment_method=method["id"], status="requires_confirmation")
    world.hooks.tell("payment_intent.created", intent)
    if params.get("confirm"):
        wanted: dict[str, Any] = {
            name: params[name] for name in ("off_session", "return_url", "expand") if name in params
        }
        return confirm(world, wanted, intent["id"])
    return world.shown(intent, params.get("expand"))


def _blank(params: dict[str, Any]) -> Thing:
    """What a new intent says."""
    empty = (
        "application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer_account",
        "last_payment_error", "latest_charge", "next_action", "on_behalf_of", "payment_method",
        "payment_method_configuration_details", "processing", "review", "shipping", "source", "statement_descriptor",
        "transfer_data", "transfer_group", "excluded_payment_method_types",
    )  # fmt: skip
    asked = ("customer", "description", "receipt_email", "setup_future_usage", "statement_descriptor_suffix")
    return {
        **dict.fromkeys(empty),
        **{name: params.get(name) for name in asked},
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": params.get("automatic_payment_methods"),
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "currency": params["currency"],
        "metadata": params.get("metadata", {}),
        "payment_method_options": {},
        "status": "requires_payment_method",
    }


def _usable(world: World, intent: Thing, ref: str) -> Thing:
    """The method, if this intent may use it."""
    method = method_named(world, ref)
    owner = method["customer"]
    if owner and owner != intent["customer"]:
        message = f"The payment method belongs to the Customer {owner}. Please include the Customer in the `customer`"
        raise ApiError(400, message, param="payment_method")
    if not owner and method["_used"]:
        message = "The provided PaymentMethod was previously used or detached and may not be used again."
        raise ApiError(400, message, param="payment_method")
    if method["type"] not in intent["payment_method_types"]:
        message = f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent."
        raise ApiError(400, message, param="payment_method")
    return method


def get(world: World, params: dict[str, Any], ref: str) -> Thing:
    """GET /v1/payment_intents/{id}."""
    return world.shown(world.store.get("payment_intent", ref), params.get("expand"))


def list_all(world: World, params: dict[str, Any]) -> Thing:
    """GET /v1/payment_intents."""
    customer = params.get("customer")
    if customer:
        world.store.get("customer", customer, "customer")
    url = "/v1/payment_intents"
    return world.store.page("payment_intent", params, lambda each: customer in {None, each["customer"]}, url)


def confirm(world: World, params: dict[str, Any], ref: str) -> Thing:
    """POST /v1/payment_intents/{id}/confirm."""
    intent = world.store.get("payment_intent", ref)
    if intent["status"] not in _OPEN:
        raise unexpected(intent, "confirm")
    named = params.get("payment_method") or intent["payment_method"]
    if named is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise ApiError(400, message, code="payment_intent_unexpected_state", payment_intent=public(intent))
    method = _usable(world, intent, named)
    world.store.change(intent, payment_method=method["id"], next_action=None, last_payment_error=None)
    test = BY_NAME[method["_test"]]
    if test.asks == "always" or (test.asks == "unless_saved" and not method["customer"]):
        if params.get("off_session"):
            raise fail(world, intent, "authentication_required")
        ask_customer(world, intent, params.get("return_url", ""))
    else:
        attempt(world, intent, test)
    return world.shown(intent, params.get("expand"))


def unexpected(intent: Thing, verb: str) -> ApiError:
    """The intent is in another state than the verb needs."""
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
    return ApiError(400, message, code="payment_intent_unexpected_state", payment_intent=public(intent))


def ask_customer(world: World, intent: Thing, return_url: str) -> None:
    """Let the customer's bank ask them on its page."""
    page = {"url": f"{world.origin}/3ds/{intent['id']}", "return_url": return_url}
    action = {"type": "redirect_to_url", "redirect_to_url": page} if return_url else {"type": "use_stripe_sdk"}
    world.change(intent, "payment_intent.requires_action", status="requires_action", next_action=action)


def attempt(world: World, intent: Thing, test: Behaviour) -> None:
    """Move the money, now or later, or raise that it was declined."""
    if test.kind == "sepa_debit":
        _charge(world, intent, status="pending", paid=False)
        world.change(intent, "payment_intent.processing", status="processing")
        world.store.later(world.pause, "settle", intent["id"])
    elif test.decline:
        raise fail(world, intent, test.decline)
    else:
        succeed(world, intent)


def _charge(world: World, intent: Thing, *, status: str, paid: bool) -> Thing:
    """Note an attempt as Stripe does: as a charge."""
    method = world.store.get("payment_method", intent["payment_method"])
    world.store.change(method, _used=method["customer"] is None)
    empty = (
        "application", "application_fee", "application_fee_amount", "balance_transaction", "failure_code",
        "calculated_statement_descriptor", "failure_balance_transaction", "failure_message", "on_behalf_of", "outcome",
        "receipt_email", "receipt_number", "receipt_url", "review", "shipping", "source", "source_transfer",
        "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
    )  # fmt: skip
    charge = world.make(
        "ch",
        "charge",
        **dict.fromkeys(empty),
        amount=intent["amount"],
        amount_captured=intent["amount"] if paid else 0,
        amount_refunded=0,
        billing_details=method["billing_details"],
        captured=paid,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        fraud_details={},
        metadata=intent["metadata"],
        paid=paid,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": method["type"]},
        refunded=False,
        status=status,
    )
    world.store.change(intent, latest_charge=charge["id"])
    return charge


def succeed(world: World, intent: Thing) -> None:
    """The money moved."""
    charge = world.store.any(intent["latest_charge"])
    if charge is None or charge["status"] != "pending":
        charge = _charge(world, intent, status="succeeded", paid=True)
    world.change(
        charge,
        "charge.succeeded",
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=charge["amount"],
        balance_transaction=world.store.new_id("txn"),
    )
    world.change(
        intent, "payment_intent.succeeded", status="succeeded", amount_received=intent["amount"], next_action=None
    )
    if BY_NAME[world.store.get("payment_method", intent["payment_method"])["_test"]].dispute:
        world.store.later(world.pause, "dispute", intent["id"])


def fail(world: World, intent: Thing, code: str) -> ApiError:
    """The attempt failed: the intent waits for another method. The error to raise."""
    method = world.store.get("payment_method", intent["payment_method"])
    charge = world.store.any(intent["latest_charge"])
    if charge is None or charge["status"] != "pending":
        charge = _charge(world, intent, status="failed", paid=False)
    error = declined(code, charge=charge["id"])
    world.change(
        charge, "charge.failed", status="failed", failure_code=error.error["code"], failure_message=MESSAGES.get(code)
    )
    last = {**error.error, "payment_method": public(method)}
    world.change(
        intent,
        "payment_intent.payment_failed",
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error=last,
    )
    error.error |= {"payment_intent": public(intent), "payment_method": public(method)}
    return error


def cancel(world: World, params: dict[str, Any], ref: str) -> Thing:
    """POST /v1/payment_intents/{id}/cancel."""
    intent = world.store.get("payment_intent", ref)
    reason = params.get("cancellation_reason")
    if reason not in {None, *_REASONS}:
        raise ApiError(400, f"Invalid cancellation_reason: must be one of {', '.join(_REASONS)}")
    if intent["status"] not in _OPEN:
        raise unexpected(intent, "cancel")
    now = world.store.now()
    values = {"status": "canceled", "canceled_at": now, "cancellation_reason": reason, "next_action": None}
    world.change(intent, "payment_intent.canceled", **values)
    return world.shown(intent, params.get("expand"))


def get_charge(world: World, params: dict[str, Any], ref: str) -> Thing:
    """GET /v1/charges/{id}."""
    return world.shown(world.store.get("charge", ref), params.get("expand"))


def settle(world: World, ref: str) -> None:
    """A bank debit arrives, or comes back."""
    intent = world.store.get("payment_intent", ref)
    if intent["status"] != "processing":
        return
    test = BY_NAME[world.store.get("payment_method", intent["payment_method"])["_test"]]
    if test.decline:
        fail(world, intent, test.decline)
    else:
        succeed(world, intent)
