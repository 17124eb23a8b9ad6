"""Checkout sessions in set-up mode and the set-up intents behind them."""

from typing import Any

from payments.gateway.standin.behaviours import BY_NAME
from payments.gateway.standin.customers import declined, make_method, save
from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.store import DAY, Thing, public
from payments.gateway.standin.world import World

NEW = {
    "mode": "str!", "currency": "str", "customer": "str", "success_url": "str!", "cancel_url": "str",
    "metadata": "hash", "setup_intent_data": {"metadata": "hash", "description": "str"},
    "allowed_payment_method_types": "list", "client_reference_id": "str", "locale": "str", "expand": "list",
}  # fmt: skip


def create(world: World, params: dict[str, Any]) -> Thing:
    """POST /v1/checkout/sessions."""
    if params["mode"] != "setup":
        raise ApiError(400, "The stand-in has sessions in setup mode only.", param="mode")
    if "currency" not in params and "allowed_payment_method_types" not in params:
        message = "You must provide `currency` or `allowed_payment_method_types` in setup mode."
        raise ApiError(400, message, code="parameter_missing", param="currency")
    if "customer" in params:
        world.store.get("customer", params["customer"], "customer")
    kinds = params.get(
        "allowed_payment_method_types", ["card", "sepa_debit"] if params.get("currency") == "eur" else ["card"]
    )
    intent = _intent(world, params, kinds)
    session = world.make("cs_test", "checkout.session", **_blank(world, params, kinds), setup_intent=intent["id"])
    world.store.change(session, url=f"{world.origin}/c/pay/{session['id']}")
    return world.shown(session, params.get("expand"))


def _intent(world: World, params: dict[str, Any], kinds: list[str]) -> Thing:
    inner = params.get("setup_intent_data", {})
    empty = (
        "application", "automatic_payment_methods", "cancellation_reason", "customer_account", "flow_directions",
        "last_setup_error", "latest_attempt", "mandate", "next_action", "on_behalf_of", "payment_method",
        "payment_method_configuration_details", "single_use_mandate", "excluded_payment_method_types",
    )  # fmt: skip
    intent = world.make(
        "seti",
        "setup_intent",
        **dict.fromkeys(empty),
        customer=params.get("customer"),
        description=inner.get("description"),
        metadata=inner.get("metadata", {}),
        payment_method_options={},
        payment_method_types=kinds,
        status="requires_payment_method",
        usage="off_session",
    )
    return world.store.change(intent, client_secret=f"{intent['id']}_secret_{world.store.new_id('s')[2:]}")


def _blank(world: World, params: dict[str, Any], kinds: list[str]) -> Thing:
    """What a new session says."""
    empty = (
        "after_expiration", "allow_promotion_codes", "amount_subtotal", "amount_total", "billing_address_collection",
        "client_secret", "consent", "consent_collection", "customer_account", "customer_creation", "customer_details",
        "customer_email", "invoice", "invoice_creation", "payment_intent", "payment_link", "recovered_from",
        "payment_method_configuration_details", "shipping_address_collection", "shipping_cost", "submit_type",
        "subscription", "total_details", "url", "currency_conversion",
    )  # fmt: skip
    asked = ("cancel_url", "client_reference_id", "currency", "customer", "locale", "success_url")
    return {
        **dict.fromkeys(empty),
        **{name: params.get(name) for name in asked},
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "expires_at": world.store.now() + DAY,
        "metadata": params.get("metadata", {}),
        "mode": "setup",
        "payment_method_collection": "always",
        "payment_method_options": {},
        "payment_method_types": kinds,
        "payment_status": "no_payment_required",
        "shipping_options": [],
        "status": "open",
        "ui_mode": "hosted_page",
    }


def _current(world: World, ref: str) -> Thing:
    """The session; one that nobody finished in a day has expired."""
    session = world.store.get("checkout.session", ref)
    if session["status"] == "open" and session["expires_at"] <= world.store.now():
        world.change(session, "checkout.session.expired", status="expired", url=None)
    return session


def get(world: World, params: dict[str, Any], ref: str) -> Thing:
    """GET /v1/checkout/sessions/{id}."""
    return world.shown(_current(world, ref), params.get("expand"))


def expire(world: World, params: dict[str, Any], ref: str) -> Thing:
    """POST /v1/checkout/sessions/{id}/expire."""
    session = open_session(world, ref)
    world.change(session, "checkout.session.expired", status="expired", url=None)
    return world.shown(session, params.get("expand"))


def open_session(world: World, ref: str) -> Thing:
    """The session, if the customer may still finish it."""
    session = _current(world, ref)
    if session["status"] != "open":
        raise ApiError(400, f'Only Checkout Sessions with a status in ["open"] can be used; it is {session["status"]}.')
    return session


def choose(world: World, ref: str, name: str) -> bool:
    """The customer chose this test method; whether its bank wants to ask them first. Raises when it declines."""
    session = open_session(world, ref)
    test = BY_NAME.get(name)
    if test is None or test.kind not in session["payment_method_types"]:
        raise ApiError(400, "Choose one of the methods.")
    if test.attach:
        raise declined(test.attach)
    world.store.change(session, _chosen=name)
    return bool(test.asks)


def finish(world: World, ref: str) -> Thing:
    """The chosen method is saved, and the session is complete."""
    session = open_session(world, ref)
    intent = world.store.get("setup_intent", session["setup_intent"])
    owner = world.store.any(session["customer"])
    billing = {"name": owner["name"], "email": owner["email"]} if owner else {}
    method = make_method(world, BY_NAME[session["_chosen"]], billing)
    if owner:
        save(world, method, owner["id"])
    mandate = world.store.new_id("mandate") if method["type"] == "sepa_debit" else None
    world.change(
        intent,
        "setup_intent.succeeded",
        status="succeeded",
        payment_method=method["id"],
        mandate=mandate,
        next_action=None,
    )
    world.change(session, "checkout.session.completed", status="complete", url=None)
    return session


def refuse(world: World, ref: str) -> None:
    """The customer said no to their bank; they may choose again."""
    session = open_session(world, ref)
    intent = world.store.get("setup_intent", session["setup_intent"])
    error = declined("setup_intent_authentication_failure").error
    world.change(intent, "setup_intent.setup_failed", last_setup_error=error)


def get_intent(world: World, params: dict[str, Any], ref: str) -> Thing:
    """GET /v1/setup_intents/{id}."""
    return world.shown(world.store.get("setup_intent", ref), params.get("expand"))


def list_intents(world: World, params: dict[str, Any]) -> Thing:
    """GET /v1/setup_intents."""
    customer = params.get("customer")
    url = "/v1/setup_intents"
    return world.store.page("setup_intent", params, lambda each: customer in {None, each["customer"]}, url)


def shown_event(world: World, params: dict[str, Any], ref: str) -> Thing:
    """GET /v1/events/{id}."""
    del params
    return public(world.store.get("event", ref))


def list_events(world: World, params: dict[str, Any]) -> Thing:
    """GET /v1/events, of the last 30 days."""
    oldest = world.store.now() - 30 * DAY
    kind, kinds = params.get("type"), params.get("types")
    for cursor in ("ending_before", "starting_after"):
        if cursor in params and world.store.get("event", params[cursor], cursor)["created"] < oldest:
            raise ApiError(400, f"No such event: '{params[cursor]}'", code="resource_missing", param=cursor)

    def is_wanted(each: Thing) -> bool:
        return each["created"] >= oldest and kind in {None, each["type"]} and (kinds is None or each["type"] in kinds)

    return world.store.page("event", params, is_wanted, "/v1/events")
