"""Which address does what, and which parameters it knows."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from payments.gateway.standin import customers, disputes, intents, refunds, sessions
from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.store import Thing

Work = Callable[..., Thing]

_WITHIN = dict.fromkeys(("gt", "gte", "lt", "lte"), "int")
_PAGE = {"limit": "int", "starting_after": "str", "ending_before": "str"}
_LIST = {**_PAGE, "created": _WITHIN}
_ONE = {"expand": "list"}
_OF_CHARGE = {**_LIST, "payment_intent": "str", "charge": "str"}
_OF_CUSTOMER = {**_LIST, "customer": "str"}

ROUTES: tuple[tuple[str, str, Mapping[str, Any], Work], ...] = (
    ("POST", "customers", customers.NEW_CUSTOMER, customers.create_customer),
    ("GET", "customers", {**_LIST, "email": "str"}, customers.list_customers),
    ("GET", "customers/{}", _ONE, customers.get_customer),
    ("GET", "customers/{}/payment_methods", {**_PAGE, "type": "str"}, customers.list_methods),
    ("POST", "payment_methods", customers.NEW_METHOD, customers.create_method),
    ("GET", "payment_methods", {**_PAGE, "customer": "str", "type": "str"}, customers.list_methods),
    ("GET", "payment_methods/{}", _ONE, customers.get_method),
    ("POST", "payment_methods/{}/attach", {"customer": "str!", "expand": "list"}, customers.attach),
    ("POST", "payment_methods/{}/detach", _ONE, customers.detach),
    ("POST", "checkout/sessions", sessions.NEW, sessions.create),
    ("GET", "checkout/sessions/{}", _ONE, sessions.get),
    ("POST", "checkout/sessions/{}/expire", _ONE, sessions.expire),
    ("GET", "setup_intents", _OF_CUSTOMER, sessions.list_intents),
    ("GET", "setup_intents/{}", _ONE, sessions.get_intent),
    ("POST", "payment_intents", intents.NEW, intents.create),
    ("GET", "payment_intents", _OF_CUSTOMER, intents.list_all),
    ("GET", "payment_intents/{}", _ONE, intents.get),
    ("POST", "payment_intents/{}/confirm", intents.CONFIRM, intents.confirm),
    ("POST", "payment_intents/{}/cancel", intents.CANCEL, intents.cancel),
    ("GET", "charges/{}", _ONE, intents.get_charge),
    ("POST", "refunds", refunds.NEW, refunds.create),
    ("GET", "refunds", _OF_CHARGE, refunds.list_all),
    ("GET", "refunds/{}", _ONE, refunds.get),
    ("POST", "refunds/{}/cancel", _ONE, refunds.cancel),
    ("GET", "disputes", _OF_CHARGE, disputes.list_all),
    ("GET", "disputes/{}", _ONE, disputes.get),
    ("POST", "disputes/{}/close", _ONE, disputes.close),
    ("GET", "events", {**_LIST, "type": "str", "types": "list"}, sessions.list_events),
    ("GET", "events/{}", _ONE, sessions.shown_event),
)
_FOUND = [
    (method, re.compile("/v1/" + path.replace("{}", r"([A-Za-z0-9_]+)") + "/?"), spec, work)
    for method, path, spec, work in ROUTES
]


def route(method: str, path: str) -> tuple[Mapping[str, Any], Work, tuple[str, ...]]:
    """What is known, what is done, and the ids in the path. Raises ApiError."""
    for known, pattern, spec, work in _FOUND:
        match = pattern.fullmatch(path)
        if match and known == method:
            return spec, work, match.groups()
    message = f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs."
    raise ApiError(404, message)
