"""The gateway at Stripe. Importing this module loads Stripe's library (a second, 30 MB): workers do it, late.

The version of the API is pinned, so that an upgrade of the library changes no shape by itself; the library retries
nothing, because the outbox does, with the same key. ``base_address`` names another server: our stand-in.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
import stripe

from payments.gateway.amounts import to_provider
from payments.gateway.errors import GatewayRefused
from payments.gateway.events import KEY, WATCHED, BadEvent, event_of
from payments.gateway.protocol import (
    Dispute,
    Event,
    EventKind,
    MethodKind,
    Outcome,
    SavedMethod,
    Setup,
    State,
)
from payments.gateway.stripe_errors import translated
from payments.gateway.stripe_reading import charge_of, dispute_of, method_of, refund_of, setup_of

if TYPE_CHECKING:
    from stripe.params import PaymentIntentConfirmParams, PaymentIntentCreateParams, RefundCreateParams

API_VERSION: Final = "2026-10-28.endive"
CONNECT, READ = 5, 20
"""Seconds; together below the limit of the outbox's handlers (45)."""
_PAGE: Final = 100
_CLOCKS: Final = timedelta(hours=1)
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_ASIDE: Final = frozenset({"payment_intent_unexpected_state"})
_SETUP: Final = ["setup_intent.payment_method"]

stripe.enable_telemetry = False


class StripeGateway:
    """One account at Stripe, in the mode of its key."""

    def __init__(self, secret_key: str, *, base_address: str = "") -> None:
        session = requests.Session()
        session.trust_env = urlsplit(base_address).hostname not in _LOOPBACK  # No proxy stands before the stand-in.
        http = stripe.RequestsClient(timeout=(CONNECT, READ), session=session)
        self._client = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            http_client=http,
            max_network_retries=0,
            base_addresses={"api": base_address} if base_address else None,
        )
        self._api = self._client.v1
        self.is_live = secret_key.startswith(("sk_live_", "rk_live_"))

    def create_customer(self, *, key: str, name: str, email: str) -> str:
        """See the protocol."""
        with translated():
            made = self._api.customers.create(
                {"name": name, "email": email, "metadata": {KEY: key}}, {"idempotency_key": key}
            )
        return made.id

    def start_setup(self, *, customer_ref: str, currency: str, key: str, done_url: str, cancel_url: str) -> Setup:
        """See the protocol."""
        with translated():
            made = self._api.checkout.sessions.create(
                {
                    "mode": "setup",
                    "currency": currency.lower(),
                    "customer": customer_ref,
                    "success_url": done_url,
                    "cancel_url": cancel_url,
                    "metadata": {KEY: key},
                    "setup_intent_data": {"metadata": {KEY: key}},
                },
                {"idempotency_key": key},
            )
        return setup_of(made.to_dict())

    def setup_state(self, ref: str) -> Setup:
        """See the protocol."""
        with translated():
            return setup_of(self._api.checkout.sessions.retrieve(ref, {"expand": _SETUP}).to_dict())

    def methods(self, customer_ref: str) -> Sequence[SavedMethod]:
        """See the protocol."""
        with translated():
            found = self._api.customers.payment_methods.list(customer_ref, {"limit": _PAGE})
            return [method_of(told) for told in _plain(found.auto_paging_iter())]

    def method(self, ref: str) -> SavedMethod:
        """See the protocol."""
        with translated():
            return method_of(self._api.payment_methods.retrieve(ref).to_dict())

    def detach(self, method_ref: str) -> None:
        """See the protocol."""
        try:
            with translated():
                self._api.payment_methods.detach(method_ref)
        except GatewayRefused:
            if self.method(method_ref).customer_ref:
                raise

    def create_charge(
        self,
        *,
        amount: int,
        currency: str,
        customer_ref: str,
        method_ref: str,
        key: str,
        kind: MethodKind = MethodKind.CARD,
        description: str = "",
    ) -> Outcome:
        """See the protocol."""
        asked: PaymentIntentCreateParams = {
            "amount": to_provider(amount, currency),
            "currency": currency.lower(),
            "customer": customer_ref,
            "payment_method": method_ref,
            "metadata": {KEY: key},
        }
        if kind is MethodKind.OTHER:
            asked["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
        else:
            asked["allowed_payment_method_types"] = [kind.value]
        if description:
            asked["description"] = description
        with translated():
            made = self._api.payment_intents.create(asked, {"idempotency_key": f"{key}:create"})
        return charge_of(made.to_dict())

    def confirm_charge(self, ref: str, *, key: str, return_url: str = "", method_ref: str = "") -> Outcome:
        """See the protocol."""
        asked: PaymentIntentConfirmParams = {"return_url": return_url} if return_url else {"off_session": True}
        if method_ref:
            asked["payment_method"] = method_ref
        step = "present" if return_url else "confirm"
        options: stripe.RequestOptions = {"idempotency_key": f"{key}:{step}"}
        return self._charge_asked(ref, lambda: self._api.payment_intents.confirm(ref, asked, options))

    def cancel_charge(self, ref: str, *, key: str) -> Outcome:
        """See the protocol."""
        options: stripe.RequestOptions = {"idempotency_key": f"{key}:cancel"}
        return self._charge_asked(ref, lambda: self._api.payment_intents.cancel(ref, {}, options))

    def _charge_asked(self, ref: str, ask: Callable[[], stripe.PaymentIntent]) -> Outcome:
        """The charge after it was asked something: also when that was declined, or came too late."""
        try:
            with translated():
                try:
                    return charge_of(ask().to_dict())
                except stripe.CardError as error:
                    declined = ((error.json_body or {}).get("error") or {}).get("payment_intent")  # type: ignore[attr-defined]
                    return charge_of(declined) if declined else self.charge_state(ref)
        except GatewayRefused as refused:
            if refused.code not in _ASIDE:
                raise
            found = self.charge_state(ref)
            if found.state is State.CREATED:
                raise
            return found

    def charge_state(self, ref: str) -> Outcome:
        """See the protocol."""
        with translated():
            return charge_of(self._api.payment_intents.retrieve(ref).to_dict())

    def find_charge(self, *, customer_ref: str, key: str, after: datetime) -> Outcome | None:
        """See the protocol."""
        since = int((after - _CLOCKS).timestamp())
        with translated():
            found = self._api.payment_intents.list(
                {"customer": customer_ref, "created": {"gte": since}, "limit": _PAGE}
            )
            charges = (charge_of(told) for told in _plain(found.auto_paging_iter()))
            return next((charge for charge in charges if charge.key == key), None)

    def refund(self, *, charge_ref: str, amount: int, currency: str, key: str, reason: str = "") -> Outcome:
        """See the protocol. ``reason`` is one of Stripe's: duplicate, fraudulent, requested_by_customer."""
        asked: RefundCreateParams = {
            "payment_intent": charge_ref,
            "amount": to_provider(amount, currency),
            "metadata": {KEY: key},
        }
        if reason:
            asked["reason"] = reason
        with translated():
            made = self._api.refunds.create(asked, {"idempotency_key": key})
        return refund_of(made.to_dict())

    def refund_state(self, ref: str) -> Outcome:
        """See the protocol."""
        with translated():
            return refund_of(self._api.refunds.retrieve(ref).to_dict())

    def find_refund(self, *, charge_ref: str, key: str) -> Outcome | None:
        """See the protocol."""
        return next((refund for refund in self.refunds(charge_ref) if refund.key == key), None)

    def refunds(self, charge_ref: str) -> Sequence[Outcome]:
        """See the protocol."""
        with translated():
            found = self._api.refunds.list({"payment_intent": charge_ref, "limit": _PAGE})
            return [refund_of(told) for told in _plain(found.auto_paging_iter())][::-1]

    def cancel_refund(self, ref: str, *, key: str) -> Outcome:
        """See the protocol."""
        with translated():
            return refund_of(self._api.refunds.cancel(ref, {}, {"idempotency_key": f"{key}:cancel"}).to_dict())

    def dispute_state(self, ref: str) -> Dispute:
        """See the protocol."""
        with translated():
            return dispute_of(self._api.disputes.retrieve(ref).to_dict())

    def disputes(self, charge_ref: str) -> Sequence[Dispute]:
        """See the protocol."""
        with translated():
            found = self._api.disputes.list({"payment_intent": charge_ref, "limit": _PAGE})
            return [dispute_of(told) for told in _plain(found.auto_paging_iter())][::-1]

    def event_object(self, event: Event) -> Outcome | Dispute | Setup | SavedMethod | None:
        """See the protocol."""
        fetch: dict[EventKind, Callable[[str], Outcome | Dispute | Setup | SavedMethod]] = {
            EventKind.CHARGE: self.charge_state,
            EventKind.REFUND: self.refund_state,
            EventKind.DISPUTE: self.dispute_state,
            EventKind.SETUP: self.setup_state,
            EventKind.METHOD: self.method,
        }
        return fetch[event.kind](event.object_ref) if event.kind in fetch else None

    def events_since(self, event_ref: str, *, after: datetime) -> Iterator[Event]:
        """See the protocol."""
        with translated():
            try:
                yield from self._events_after(event_ref) if event_ref else self._events_from(after)
            except stripe.InvalidRequestError as error:
                if error.code != "resource_missing":
                    raise
                yield from self._events_from(after)

    def _events_after(self, event_ref: str) -> Iterator[Event]:
        found = self._api.events.list({"ending_before": event_ref, "limit": _PAGE, "types": list(WATCHED)})
        return _events(_plain(found.auto_paging_iter()))

    def _events_from(self, after: datetime) -> Iterator[Event]:
        since = int(after.timestamp())
        found = self._api.events.list({"created": {"gte": since}, "limit": _PAGE, "types": list(WATCHED)})
        return _events(list(_plain(found.auto_paging_iter()))[::-1])


def _plain(things: Iterable[stripe.StripeObject]) -> Iterator[Mapping[str, Any]]:
    """Stripe's objects as dictionaries."""
    return (thing.to_dict() for thing in things)


def _events(told: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """Events of kinds that are known; one that can't be read is nobody's loss: the sweep looks at what is pending."""
    for each in told:
        try:
            yield event_of(each)
        except BadEvent:
            continue
