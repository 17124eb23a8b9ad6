"""The stand-in's answers beside Stripe's published shapes, field by field.

`shapes.json` says the name and type of each field as Stripe publishes them; a field that may be null may also be left
out. The same is asked of Stripe's test mode when there is a key.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from stripe import params
from stripe.params import checkout

from payments.gateway.protocol import Gateway
from payments.gateway.standin.routes import ROUTES
from payments.gateway.standin.world import VERSION
from payments.gateway.stripe_adapter import API_VERSION, StripeGateway
from tests.support.standin import Standin

SHAPES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "shapes.json").read_text())
CLASSES: dict[str, type[stripe.StripeObject]] = {
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
}
TYPES: dict[type, str] = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "integer",
    list: "list",
    str: "string",
    type(None): "null",
}


def wrong(told: dict[str, Any], shape: dict[str, Any], where: str) -> Iterator[str]:
    """What differs from the published shape."""
    for name, known in shape.items():
        types = known["is"] if isinstance(known, dict) else known
        if name not in told and "null" not in types.split():
            yield f"{where}.{name} is missing"
    for name, value in told.items():
        if name not in shape:
            yield f"{where}.{name} is unknown"
            continue
        known = shape[name]
        types = known["is"] if isinstance(known, dict) else known
        if TYPES[type(value)] not in types.split():
            yield f"{where}.{name} is {TYPES[type(value)]}, not {types}"
        elif isinstance(known, dict) and isinstance(value, dict):
            yield from wrong(value, known["fields"], f"{where}.{name}")


def assert_shaped(thing: stripe.StripeObject) -> None:
    told = json.loads(json.dumps(thing.to_dict()))
    assert list(wrong(told, SHAPES[told["object"]], told["object"])) == []


@pytest.fixture
def api(gateway: Gateway) -> Any:
    """Stripe's own client, connected as the adapter's."""
    assert isinstance(gateway, StripeGateway)
    return gateway._api


def confirmed(api: Any, method: str = "pm_card_visa") -> Any:
    return api.payment_intents.create(
        {
            "amount": 500,
            "currency": "eur",
            "payment_method": method,
            "allowed_payment_method_types": ["card"],
            "confirm": True,
        }
    )


def test_customers_and_methods(api: Any) -> None:
    customer = api.customers.create({"name": "Ada", "email": "ada@example.com"})
    assert_shaped(customer)
    assert_shaped(api.customers.retrieve(customer.id))
    method = api.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert_shaped(method)
    assert_shaped(api.payment_methods.detach(method.id))


def test_a_bank_account(api: Any) -> None:
    billing = {"name": "Ada", "email": "ada@example.com"}
    account = {"type": "sepa_debit", "sepa_debit": {"iban": "AT611904300234573201"}, "billing_details": billing}
    assert_shaped(api.payment_methods.create(account))


def test_charges(api: Any) -> None:
    made = api.payment_intents.create({"amount": 500, "currency": "eur", "allowed_payment_method_types": ["card"]})
    assert_shaped(made)
    assert_shaped(api.payment_intents.cancel(made.id))
    moved = confirmed(api)
    assert_shaped(moved)
    assert_shaped(api.charges.retrieve(moved.latest_charge))


def test_a_declined_charge(api: Any) -> None:
    with pytest.raises(stripe.CardError) as declined:
        confirmed(api, "pm_card_visa_chargeDeclined")
    body: Any = declined.value.json_body
    told = body["error"]
    assert (told["type"], told["code"], told["decline_code"]) == ("card_error", "card_declined", "generic_decline")
    failed = api.payment_intents.retrieve(told["payment_intent"]["id"])
    assert failed.status == "requires_payment_method"
    assert failed.payment_method is None
    assert failed.last_payment_error.payment_method.object == "payment_method"
    assert_shaped(failed)
    assert_shaped(api.charges.retrieve(failed.latest_charge))


def test_a_charge_that_asks_the_customer(api: Any) -> None:
    made = api.payment_intents.create(
        {
            "amount": 500,
            "currency": "eur",
            "payment_method": "pm_card_authenticationRequired",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "return_url": "https://shop.example/back",
        }
    )
    assert made.status == "requires_action"
    assert made.next_action.type == "redirect_to_url"
    assert_shaped(made)


def test_refunds(api: Any) -> None:
    moved = confirmed(api)
    assert_shaped(api.refunds.create({"payment_intent": moved.id, "amount": 100}))
    assert_shaped(api.charges.retrieve(moved.latest_charge))
    slow = confirmed(api, "pm_card_pendingRefund")
    assert_shaped(api.refunds.create({"payment_intent": slow.id, "metadata": {"offset": "1"}}))


def test_sessions(api: Any) -> None:
    made = api.checkout.sessions.create(
        {"mode": "setup", "currency": "eur", "success_url": "https://shop.example/done"}
    )
    assert_shaped(made)
    assert_shaped(api.checkout.sessions.expire(made.id))


def test_events_hold_the_objects(api: Any) -> None:
    confirmed(api)
    told = api.events.list({"limit": 20})
    assert (told.object, told.url, len(told.data)) == ("list", "/v1/events", 20)
    for event in told.data:
        assert_shaped(event)


def test_what_only_the_standin_can_bring_about(standin: Standin) -> None:
    gateway = standin.gateway()
    assert isinstance(gateway, StripeGateway)
    api: Any = gateway._api
    moved = confirmed(api)
    dispute = standin.tell("/_test/disputes", payment_intent=moved.id)
    assert_shaped(api.disputes.retrieve(dispute["id"]))
    assert_shaped(api.disputes.close(dispute["id"]))
    failing = confirmed(api, "pm_card_refundFail")
    refund = api.refunds.create({"payment_intent": failing.id})
    standin.tell(f"/_test/refunds/{refund.id}/fail")
    assert_shaped(api.refunds.retrieve(refund.id))
    session = api.checkout.sessions.create(
        {"mode": "setup", "currency": "eur", "success_url": "https://shop.example/done"}
    )
    standin.submit(session.url, method="pm_card_visa")
    done = api.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert_shaped(done.setup_intent)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_the_recorded_shapes_are_those_of_the_library(name: str) -> None:
    """An upgrade of Stripe's library that changes what it publishes is seen here."""
    published = {each for each in CLASSES[name].__annotations__ if each != "OBJECT_NAME" and not each.startswith("_")}
    assert set(SHAPES[name]) == published


PARAMS: dict[tuple[str, str], type] = {
    ("POST", "customers"): params.CustomerCreateParams,
    ("GET", "customers"): params.CustomerListParams,
    ("GET", "customers/{}"): params.CustomerRetrieveParams,
    ("GET", "customers/{}/payment_methods"): params.CustomerPaymentMethodListParams,
    ("POST", "payment_methods"): params.PaymentMethodCreateParams,
    ("GET", "payment_methods"): params.PaymentMethodListParams,
    ("GET", "payment_methods/{}"): params.PaymentMethodRetrieveParams,
    ("POST", "payment_methods/{}/attach"): params.PaymentMethodAttachParams,
    ("POST", "payment_methods/{}/detach"): params.PaymentMethodDetachParams,
    ("POST", "checkout/sessions"): checkout.SessionCreateParams,
    ("GET", "checkout/sessions/{}"): checkout.SessionRetrieveParams,
    ("POST", "checkout/sessions/{}/expire"): checkout.SessionExpireParams,
    ("GET", "setup_intents"): params.SetupIntentListParams,
    ("GET", "setup_intents/{}"): params.SetupIntentRetrieveParams,
    ("POST", "payment_intents"): params.PaymentIntentCreateParams,
    ("GET", "payment_intents"): params.PaymentIntentListParams,
    ("GET", "payment_intents/{}"): params.PaymentIntentRetrieveParams,
    ("POST", "payment_intents/{}/confirm"): params.PaymentIntentConfirmParams,
    ("POST", "payment_intents/{}/cancel"): params.PaymentIntentCancelParams,
    ("GET", "charges/{}"): params.ChargeRetrieveParams,
    ("POST", "refunds"): params.RefundCreateParams,
    ("GET", "refunds"): params.RefundListParams,
    ("GET", "refunds/{}"): params.RefundRetrieveParams,
    ("POST", "refunds/{}/cancel"): params.RefundCancelParams,
    ("GET", "disputes"): params.DisputeListParams,
    ("GET", "disputes/{}"): params.DisputeRetrieveParams,
    ("POST", "disputes/{}/close"): params.DisputeCloseParams,
    ("GET", "events"): params.EventListParams,
    ("GET", "events/{}"): params.EventRetrieveParams,
}
"""What Stripe's library says that each call takes."""


@pytest.mark.parametrize(("method", "path", "spec"), [route[:3] for route in ROUTES])
def test_the_standin_takes_no_parameter_that_stripe_does_not(method: str, path: str, spec: dict[str, Any]) -> None:
    assert set(spec) <= set(PARAMS[method, path].__annotations__)


def test_our_version_is_the_librarys() -> None:
    assert API_VERSION == VERSION == stripe.api_version


def test_a_difference_is_found() -> None:
    shape = {"id": "string", "inner": {"is": "null object", "fields": {"count": "integer"}}}
    assert list(wrong({"id": "x", "inner": None}, shape, "x")) == []
    assert list(wrong({"inner": {"count": "1"}, "colour": 1}, shape, "x")) == [
        "x.id is missing",
        "x.inner.count is string, not integer",
        "x.colour is unknown",
    ]
