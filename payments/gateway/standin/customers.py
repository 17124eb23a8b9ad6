"""Customers and their payment methods."""

from typing import Any

from payments.gateway.standin.behaviours import BY_IBAN, BY_NAME, MESSAGES, OWN_CODE, Behaviour
from payments.gateway.standin.errors import ApiError, missing
from payments.gateway.standin.store import Thing
from payments.gateway.standin.world import World

NEW_CUSTOMER = {
    "name": "str", "email": "str", "description": "str", "phone": "str", "metadata": "hash", "expand": "list",
}  # fmt: skip
NEW_METHOD = {
    "type": "str!", "sepa_debit": {"iban": "str!"}, "metadata": "hash", "expand": "list",
    "billing_details": {"name": "str", "email": "str", "phone": "str"},
}  # fmt: skip


def create_customer(world: World, params: dict[str, Any]) -> Thing:
    """POST /v1/customers."""
    prefix = world.store.new_id("inv").upper()[4:12]
    customer = world.make(
        "cus",
        "customer",
        address=None,
        balance=0,
        currency=None,
        default_source=None,
        delinquent=False,
        description=params.get("description"),
        email=params.get("email"),
        invoice_prefix=prefix,
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        metadata=params.get("metadata", {}),
        name=params.get("name"),
        next_invoice_sequence=1,
        phone=params.get("phone"),
        preferred_locales=[],
        shipping=None,
        tax_exempt="none",
        test_clock=None,
    )
    world.hooks.tell("customer.created", customer)
    return world.shown(customer, params.get("expand"))


def get_customer(world: World, params: dict[str, Any], ref: str) -> Thing:
    """GET /v1/customers/{id}."""
    return world.shown(world.store.get("customer", ref), params.get("expand"))


def list_customers(world: World, params: dict[str, Any]) -> Thing:
    """GET /v1/customers."""
    email = params.get("email")
    return world.store.page("customer", params, lambda each: email in {None, each["email"]}, "/v1/customers")


def make_method(world: World, test: Behaviour, billing: dict[str, Any] | None = None) -> Thing:
    """A payment method that behaves like this test method; each call makes another one, as Stripe's names do."""
    details = {"address": _ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None, **(billing or {})}
    own = _card(test) if test.kind == "card" else _sepa(test)
    return world.make(
        "pm",
        "payment_method",
        allow_redisplay="unspecified",
        billing_details=details,
        customer=None,
        customer_account=None,
        metadata={},
        type=test.kind,
        _test=test.name,
        _used=False,
        **{test.kind: own},
    )


_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def _card(test: Behaviour) -> Thing:
    return {
        "brand": test.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": {"visa": "visa", "mastercard": "mastercard", "amex": "american_express"}[test.brand],
        "exp_month": 8,
        "exp_year": 2035,
        "fingerprint": f"fingerprint{test.last4}",
        "funding": "debit" if "debit" in test.name else "credit",
        "generated_from": None,
        "last4": test.last4,
        "networks": {"available": [test.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _sepa(test: Behaviour) -> Thing:
    return {
        "bank_code": "19043",
        "branch_code": "",
        "country": "AT",
        "fingerprint": f"fingerprint{test.last4}",
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": test.last4,
    }


def create_method(world: World, params: dict[str, Any]) -> Thing:
    """POST /v1/payment_methods, for bank accounts by their test IBAN: cards are never typed here."""
    if params["type"] != "sepa_debit" or "sepa_debit" not in params:
        raise ApiError(400, "Cards are added on the hosted page, or named as a test method.", param="type")
    iban = params["sepa_debit"]["iban"].replace(" ", "")
    if iban not in BY_IBAN:
        raise ApiError(400, "The IBAN is invalid.", code="invalid_bank_account_iban", param="sepa_debit[iban]")
    method = make_method(world, BY_NAME[BY_IBAN[iban]], params.get("billing_details"))
    return world.shown(method, params.get("expand"))


def method_named(world: World, ref: str, param: str | None = "payment_method") -> Thing:
    """The method of this id, or a new one that behaves like the test method of this name."""
    if ref in BY_NAME:
        return make_method(world, BY_NAME[ref])
    found = world.store.any(ref)
    if found is None or found["object"] != "payment_method":
        raise missing("PaymentMethod", ref, param)
    return found


def get_method(world: World, params: dict[str, Any], ref: str) -> Thing:
    """GET /v1/payment_methods/{id}."""
    return world.shown(method_named(world, ref, None), params.get("expand"))


def list_methods(world: World, params: dict[str, Any], customer: str = "") -> Thing:
    """GET /v1/payment_methods and /v1/customers/{id}/payment_methods."""
    customer = customer or params.get("customer", "")
    if customer:
        world.store.get("customer", customer, "customer")
    kind = params.get("type")

    def is_wanted(each: Thing) -> bool:
        return bool(customer) and each["customer"] == customer and kind in {None, each["type"]}

    return world.store.page("payment_method", params, is_wanted, "/v1/payment_methods")


def attach(world: World, params: dict[str, Any], ref: str) -> Thing:
    """POST /v1/payment_methods/{id}/attach."""
    world.store.get("customer", params["customer"], "customer")
    method = method_named(world, ref, None)
    if method["customer"] or method["_used"]:
        raise ApiError(400, "This payment method was used or attached before and may not be attached again.")
    save(world, method, params["customer"])
    return world.shown(method, params.get("expand"))


def save(world: World, method: Thing, customer: str) -> None:
    """Attach a method to its customer, or decline it as its bank would."""
    test = BY_NAME[method["_test"]]
    if test.attach:
        raise declined(test.attach, payment_method=method["id"])
    world.change(method, "payment_method.attached", customer=customer)


def detach(world: World, params: dict[str, Any], ref: str) -> Thing:
    """POST /v1/payment_methods/{id}/detach. It can't be attached again."""
    method = world.store.get("payment_method", ref)
    if not method["customer"]:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise ApiError(400, message)
    world.change(method, "payment_method.detached", customer=None, _used=True)
    return world.shown(method, params.get("expand"))


def declined(code: str, **facts: Any) -> ApiError:
    """The error of a card that was declined with this code."""
    message = MESSAGES.get(code, "Your card was declined.")
    if code.endswith("_authentication_failure"):
        return ApiError(402, message, code=code, kind="invalid_request_error", **facts)
    return ApiError(402, message, code=code if code in OWN_CODE else "card_declined", decline_code=code, **facts)
