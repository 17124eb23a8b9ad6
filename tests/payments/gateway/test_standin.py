"""What the stand-in does beyond the contract: pages, later changes, webhooks, strictness, memory."""

import http.client
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from payments.gateway.errors import GatewayRefused
from payments.gateway.events import read_event
from payments.gateway.protocol import DisputeState, FailureClass, Gateway, MethodKind, Outcome, Setup, State
from payments.gateway.signatures import check
from tests.support.standin import KEY, Standin, running, soon

VERSION = "2026-10-28.endive"
SECRETS = ["whsec_now", "whsec_before"]


@pytest.fixture
def gateway(standin: Standin) -> Gateway:
    return standin.gateway()


def begin(gateway: Gateway, key: str, customer: str, currency: str = "EUR") -> Setup:
    return gateway.start_setup(
        customer_ref=customer,
        currency=currency,
        key=f"{key}-setup",
        done_url="https://shop.example/done?session={CHECKOUT_SESSION_ID}",
        cancel_url="https://shop.example/back",
    )


def saved(standin: Standin, gateway: Gateway, key: str, customer: str, method: str) -> str:
    """A method that was saved on the hosted page."""
    begun = begin(gateway, key, customer)
    assert standin.submit(begun.url, method=method).startswith("https://shop.example/done")
    found = gateway.setup_state(begun.ref).method
    assert found is not None
    return found.ref


def charged(gateway: Gateway, key: str, customer: str, method: str, kind: MethodKind = MethodKind.CARD) -> Outcome:
    made = gateway.create_charge(
        amount=100_00, currency="EUR", customer_ref=customer, method_ref=method, key=key, kind=kind
    )
    return gateway.confirm_charge(made.ref, key=key)


# Who controls it


def control(standin: Standin, path: str, headers: dict[str, str]) -> int:
    """The status of a POST with these headers and no others that tell who asks."""
    connection = http.client.HTTPConnection(urlsplit(standin.address).netloc, timeout=30)
    connection.putrequest("POST", path, skip_host=True)
    for name, value in {**headers, "Content-Length": "2"}.items():
        connection.putheader(name, value)
    connection.endheaders(b"{}")
    status = connection.getresponse().status
    connection.close()
    return status


BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "127.0.0.1:1", **BEARER}, 200),
        ({"Host": "localhost", **BEARER}, 200),
        ({"Host": "[::1]:9", **BEARER}, 200),
        ({"Host": "127.0.0.1"}, 401),
        ({"Host": "127.0.0.1", "Authorization": "Bearer sk_test_other"}, 401),
        ({"Host": "rebound.example", **BEARER}, 403),
        ({"Host": "127.0.0.1.example", **BEARER}, 403),
        ({"Host": "[", **BEARER}, 400),
        (BEARER, 403),
    ],
)
def test_its_own_addresses_ask_for_the_key_and_a_name_of_the_loopback(
    standin: Standin, headers: dict[str, str], status: int
) -> None:
    assert control(standin, "/_clock", headers) == status


def test_books_are_told_to_nobody_else(standin: Standin) -> None:
    assert control(standin, "/_books", {"Host": "127.0.0.1"}) == 401


# The hosted page


def test_a_card_is_saved_on_the_page_and_charged_later(
    standin: Standin, gateway: Gateway, key: str, customer: str
) -> None:
    begun = begin(gateway, key, customer)
    assert begun.url == f"{standin.address}/c/pay/{begun.ref}"
    assert standin.submit(begun.url, method="pm_card_visa") == f"https://shop.example/done?session={begun.ref}"
    done = gateway.setup_state(begun.ref)
    assert (done.state, done.url) == (State.SUCCEEDED, "")
    assert done.method is not None
    assert (done.method.kind, done.method.label, done.method.customer_ref) == (MethodKind.CARD, "Visa …4242", customer)
    assert str(done.method.expires) == "2035-08-31"
    assert list(gateway.methods(customer)) == [done.method]
    assert charged(gateway, key, customer, done.method.ref).state is State.SUCCEEDED
    assert charged(gateway, f"{key}-2", customer, done.method.ref).state is State.SUCCEEDED


def test_a_card_that_is_declined_may_be_chosen_anew(
    standin: Standin, gateway: Gateway, key: str, customer: str
) -> None:
    begun = begin(gateway, key, customer)
    status, page = page_of(begun.url, "POST", "method=pm_card_chargeDeclinedInsufficientFunds")
    assert status == 402
    assert "Your card has insufficient funds." in page
    assert gateway.setup_state(begun.ref).state is State.NEEDS_CUSTOMER
    assert standin.submit(begun.url, method="pm_card_mastercard")
    assert [each.brand for each in gateway.methods(customer)] == ["Mastercard"]
    assert page_of(begun.url, "GET")[0] == 410


def test_a_bank_that_asks_at_the_set_up_is_answered_there(
    standin: Standin, gateway: Gateway, key: str, customer: str
) -> None:
    begun = begin(gateway, key, customer)
    step = standin.submit(begun.url, method="pm_card_authenticationRequiredSetupForOffSession")
    assert step == f"/3ds/{begun.ref}"
    assert standin.submit(f"{standin.address}{step}", answer="complete").startswith("https://shop.example/done")
    method = gateway.setup_state(begun.ref).method
    assert method is not None
    assert charged(gateway, key, customer, method.ref).state is State.SUCCEEDED


def test_an_account_is_saved_and_debited_days_later(
    standin: Standin, gateway: Gateway, key: str, customer: str
) -> None:
    method = saved(standin, gateway, key, customer, "pm_sepa_debit")
    assert gateway.method(method).label == "SEPA …3201"
    debit = charged(gateway, key, customer, method, MethodKind.SEPA_DEBIT)
    assert debit.state is State.PENDING
    standin.advance(3600)
    arrived = gateway.charge_state(debit.ref)
    assert (arrived.state, arrived.amount) == (State.SUCCEEDED, 100_00)


def test_a_debit_comes_back(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    method = saved(standin, gateway, key, customer, "pm_sepa_debit_fail")
    debit = charged(gateway, key, customer, method, MethodKind.SEPA_DEBIT)
    assert debit.state is State.PENDING
    standin.tell(f"/_test/payment_intents/{debit.ref}/settle")
    back = gateway.charge_state(debit.ref)
    assert (back.state, back.code, back.failure_class) == (State.FAILED, "insufficient_funds", FailureClass.SOFT)


def test_a_page_without_an_account_offers_none(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    begun = begin(gateway, key, customer, currency="USD")
    assert "SEPA" not in page_of(begun.url, "GET")[1]
    assert page_of(begun.url, "POST", "method=pm_sepa_debit")[0] == 402


def test_a_method_is_taken_from_its_customer_once(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    method = saved(standin, gateway, key, customer, "pm_card_visa")
    gateway.detach(method)
    gateway.detach(method)
    assert list(gateway.methods(customer)) == []
    assert gateway.method(method).customer_ref == ""
    with pytest.raises(GatewayRefused):
        charged(gateway, key, customer, method)


@pytest.mark.parametrize(
    ("answer", "state", "told"), [("complete", State.SUCCEEDED, "succeeded"), ("fail", State.FAILED, "failed")]
)
def test_3d_secure(
    standin: Standin, gateway: Gateway, key: str, customer: str, answer: str, state: State, told: str
) -> None:
    method = saved_with_3ds(standin, gateway, key, customer)
    absent = charged(gateway, key, customer, method)
    assert absent.state is State.NEEDS_CUSTOMER
    present = gateway.confirm_charge(absent.ref, key=key, return_url="https://shop.example/p?id=7", method_ref=method)
    assert (present.state, present.url) == (State.NEEDS_CUSTOMER, f"{standin.address}/3ds/{absent.ref}")
    back = standin.submit(present.url, answer=answer)
    assert back.startswith(f"https://shop.example/p?id=7&payment_intent={absent.ref}&")
    assert back.endswith(f"redirect_status={told}")
    found = gateway.charge_state(absent.ref)
    assert found.state is state
    if state is State.FAILED:
        assert found.failure_class is FailureClass.NEEDS_CUSTOMER


def saved_with_3ds(standin: Standin, gateway: Gateway, key: str, customer: str) -> str:
    begun = begin(gateway, key, customer)
    step = standin.submit(begun.url, method="pm_card_authenticationRequired")
    standin.submit(f"{standin.address}{step}", answer="complete")
    method = gateway.setup_state(begun.ref).method
    assert method is not None
    return method.ref


def test_a_customer_may_finish_an_old_3d_secure_page_after_the_attempt_was_given_up(
    standin: Standin, gateway: Gateway, key: str, customer: str
) -> None:
    """Why an old charge is cancelled before another try."""
    method = saved_with_3ds(standin, gateway, key, customer)
    made = gateway.create_charge(amount=100_00, currency="EUR", customer_ref=customer, method_ref=method, key=key)
    present = gateway.confirm_charge(made.ref, key=key, return_url="https://shop.example/p")
    assert gateway.cancel_charge(made.ref, key=key).state is State.CANCELED
    assert page_of(present.url, "POST", "answer=complete")[0] == 410
    assert gateway.charge_state(made.ref).state is State.CANCELED


# What happens later


def test_a_refund_fails_after_it_succeeded(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    charge = charged(gateway, f"{key}-charge", customer, "pm_card_refundFail")
    refund = gateway.refund(charge_ref=charge.ref, amount=40_00, currency="EUR", key=key)
    assert refund.state is State.SUCCEEDED
    assert standin.books()[charge.ref]["refunded"] == 40_00
    standin.advance(3600)
    late = gateway.refund_state(refund.ref)
    assert (late.state, late.code) == (State.FAILED, "expired_or_canceled_card")
    assert standin.books()[charge.ref]["refunded"] == 0


def test_a_slow_refund_arrives(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    charge = charged(gateway, f"{key}-charge", customer, "pm_card_pendingRefund")
    refund = gateway.refund(charge_ref=charge.ref, amount=40_00, currency="EUR", key=key)
    assert (refund.state, refund.pending_reason) == (State.PENDING, "processing")
    with pytest.raises(GatewayRefused):
        gateway.refund(charge_ref=charge.ref, amount=60_01, currency="EUR", key=f"{key}-more")
    standin.advance(3600)
    assert gateway.refund_state(refund.ref).state is State.SUCCEEDED


def test_any_refund_can_be_made_to_fail(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    charge = charged(gateway, f"{key}-charge", customer, "pm_card_visa")
    refund = gateway.refund(charge_ref=charge.ref, amount=40_00, currency="EUR", key=key)
    standin.tell(f"/_test/refunds/{refund.ref}/fail")
    assert gateway.refund_state(refund.ref).state is State.FAILED


def test_a_refund_in_the_dashboard_has_no_key_of_ours(
    standin: Standin, gateway: Gateway, key: str, customer: str
) -> None:
    charge = charged(gateway, key, customer, "pm_card_visa")
    made = standin.tell("/_test/refunds", payment_intent=charge.ref, amount=25_00)
    (found,) = gateway.refunds(charge.ref)
    assert (found.ref, found.key, found.amount) == (made["id"], "", 25_00)


@pytest.mark.parametrize(("end", "state"), [("won", DisputeState.WON), ("lost", DisputeState.LOST)])
def test_a_dispute(standin: Standin, gateway: Gateway, key: str, customer: str, end: str, state: DisputeState) -> None:
    charge = charged(gateway, key, customer, "pm_card_createDispute")
    assert list(gateway.disputes(charge.ref)) == []
    standin.advance(3600)
    (dispute,) = gateway.disputes(charge.ref)
    assert (dispute.state, dispute.amount, dispute.currency) == (DisputeState.OPEN, 100_00, "EUR")
    assert (dispute.charge_ref, dispute.reason, dispute.is_refundable) == (charge.ref, "fraudulent", False)
    assert dispute.due_by == dispute.created + timedelta(days=9)
    with pytest.raises(GatewayRefused) as refused:
        gateway.refund(charge_ref=charge.ref, amount=10_00, currency="EUR", key=f"{key}-refund")
    assert refused.value.code == "charge_disputed"
    assert standin.books()[charge.ref]["disputed"] == 100_00
    standin.tell(f"/_test/disputes/{dispute.ref}/under_review")
    assert gateway.dispute_state(dispute.ref).state is DisputeState.UNDER_REVIEW
    standin.tell(f"/_test/disputes/{dispute.ref}/{end}")
    assert gateway.dispute_state(dispute.ref).state is state
    assert standin.books()[charge.ref]["disputed"] == (0 if end == "won" else 100_00)


def test_an_inquiry_takes_no_money_and_is_withdrawn(
    standin: Standin, gateway: Gateway, key: str, customer: str
) -> None:
    charge = charged(gateway, key, customer, "pm_card_createDisputeInquiry")
    standin.advance(3600)
    (dispute,) = gateway.disputes(charge.ref)
    assert (dispute.state, dispute.is_refundable) == (DisputeState.INQUIRY, True)
    assert standin.books()[charge.ref]["disputed"] == 0
    standin.tell(f"/_test/disputes/{dispute.ref}/warning_closed")
    assert gateway.dispute_state(dispute.ref).state is DisputeState.WITHDRAWN


# Webhooks


class Receiver:
    """A web server that takes webhooks, and refuses the first `refuse` of them."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        self.refuse = 0
        receiver = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.refuse, status = receiver.refuse - 1, 500 if receiver.refuse > 0 else 200
                if status == 200:
                    receiver.got.append((body, self.headers["Stripe-Signature"]))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Take)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _header in list(self.got)]


@pytest.fixture
def receiver(standin: Standin) -> Iterator[Receiver]:
    receiver = Receiver()
    standin.tell("/_hooks", url=receiver.url, secrets=SECRETS, is_on=True, duplicates=0, jitter=0, delay=0)
    yield receiver
    standin.tell("/_hooks", url="", is_on=False)
    receiver.server.shutdown()
    receiver.server.server_close()


def test_webhooks_are_signed_and_about_what_changed(
    standin: Standin, gateway: Gateway, key: str, customer: str, receiver: Receiver
) -> None:
    charge = charged(gateway, key, customer, "pm_card_visa")
    assert soon(lambda: "payment_intent.succeeded" in receiver.types())
    body, header = next(each for each in receiver.got if b'"payment_intent.succeeded"' in each[0])
    now = datetime.now(tz=UTC)
    for secret in SECRETS:
        assert abs(check(body, header, secrets=[secret], now=now) - now) < timedelta(seconds=60)
    event = read_event(body)
    assert (event.object_ref, event.key) == (charge.ref, key)
    assert event == next(each for each in gateway.events_since("", after=event.created) if each.ref == event.ref)
    about = gateway.event_object(event)
    assert isinstance(about, Outcome)
    assert about.state is State.SUCCEEDED


def test_a_webhook_that_is_refused_comes_again(
    standin: Standin, gateway: Gateway, key: str, customer: str, receiver: Receiver
) -> None:
    receiver.refuse = 2
    standin.tell("/_test/disputes", payment_intent=charged(gateway, key, customer, "pm_card_visa").ref)
    wanted = {"payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.dispute.created"}
    assert soon(lambda: wanted <= set(receiver.types()))


def test_webhooks_come_twice_when_that_is_ordered(
    standin: Standin, gateway: Gateway, key: str, customer: str, receiver: Receiver
) -> None:
    standin.tell("/_hooks", duplicates=1)
    charged(gateway, key, customer, "pm_card_visa")
    assert soon(lambda: receiver.types().count("payment_intent.succeeded") == 2)
    refs = [json.loads(body)["id"] for body, _header in receiver.got]
    assert len(refs) == 2 * len(set(refs))


def test_a_dead_endpoint_gets_nothing_and_the_list_has_all(
    standin: Standin, gateway: Gateway, key: str, customer: str, receiver: Receiver
) -> None:
    standin.tell("/_hooks", is_on=False)
    began = datetime.now(tz=UTC) - timedelta(seconds=1)
    charge = charged(gateway, key, customer, "pm_card_visa")
    listed = [each for each in gateway.events_since("", after=began) if each.object_ref == charge.ref]
    assert "payment_intent.succeeded" in {each.type for each in listed}
    assert receiver.got == []
    standin.tell("/_hooks/send", event=listed[-1].ref)
    assert soon(lambda: len(receiver.got) == 1)


def test_events_are_listed_for_30_days(gateway: Gateway, standin: Standin, key: str, customer: str) -> None:
    charge = charged(gateway, key, customer, "pm_card_visa")
    began = datetime.fromtimestamp(standin.read("/_clock")["now"], tz=UTC) - timedelta(days=1)
    mine = [each for each in gateway.events_since("", after=began) if each.object_ref == charge.ref]
    assert mine
    standin.advance(31 * 86_400)
    assert [each for each in gateway.events_since("", after=began) if each.object_ref == charge.ref] == []
    assert list(gateway.events_since(mine[-1].ref, after=began + timedelta(days=31))) == []


# Strictness


def raw(standin: Standin, method: str, path: str, body: str = "", **headers: str) -> tuple[int, Any]:
    """An answer of the API as it is on the wire."""
    connection = http.client.HTTPConnection(urlsplit(standin.address).netloc, timeout=30)
    sent = {"Authorization": f"Bearer {KEY}", "Stripe-Version": VERSION, **headers}
    try:
        connection.request(method, path, body or None, {name: value for name, value in sent.items() if value})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def page_of(address: str, method: str, body: str = "") -> tuple[int, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, parts.path, body or None)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code", "param"),
    [
        ("POST", "/v1/refunds", "amount=1&colour=red", {}, 400, "parameter_unknown", "colour"),
        ("POST", "/v1/refunds", "metadata[a][b]=1", {}, 400, None, "metadata[a]"),
        ("POST", "/v1/payment_intents", "currency=eur", {}, 400, "parameter_missing", "amount"),
        ("POST", "/v1/payment_intents", "amount=1.5&currency=eur", {}, 400, "parameter_invalid_integer", "amount"),
        ("POST", "/v1/payment_intents", "amount=500&currency=", {}, 400, "parameter_invalid_empty", "currency"),
        ("POST", "/v1/payment_intents", "amount=500&currency=iqd", {}, 400, None, "currency"),
        ("POST", "/v1/payment_intents", "amount=501&currency=kwd", {}, 400, "parameter_invalid_integer", "amount"),
        ("POST", "/v1/payment_intents", "amount=150&currency=isk", {}, 400, "parameter_invalid_integer", "amount"),
        (
            "POST",
            "/v1/payment_intents",
            "amount=500&currency=eur&customer=cus_0",
            {},
            400,
            "resource_missing",
            "customer",
        ),
        ("GET", "/v1/payment_intents/pi_0", "", {}, 404, "resource_missing", "id"),
        ("GET", "/v1/payment_intents?limit=101", "", {}, 400, None, "limit"),
        ("GET", "/v1/payment_intents?expand[]=data.customer", "", {}, 400, "parameter_unknown", "expand"),
        ("GET", "/v1/colours", "", {}, 404, None, None),
        ("GET", "/v1/customers", "", {"Authorization": ""}, 401, None, None),
        ("GET", "/v1/customers", "", {"Authorization": "Bearer sk_test_other"}, 401, "api_key_invalid", None),
        ("GET", "/v1/customers", "", {"Stripe-Version": "2019-05-16"}, 400, None, None),
        ("GET", "/v1/customers", "", {"Stripe-Version": ""}, 400, None, None),
    ],
)
def test_what_stripe_refuses_is_refused_in_its_shape(
    standin: Standin,
    method: str,
    path: str,
    body: str,
    headers: dict[str, str],
    status: int,
    code: str | None,
    param: str | None,
) -> None:
    found, told = raw(standin, method, path, body, **headers)
    assert (found, told["error"]["type"]) == (status, "invalid_request_error")
    assert (told["error"].get("code"), told["error"].get("param")) == (code, param)
    assert told["error"]["message"]


def test_what_was_refused_before_it_began_leaves_its_key_free(standin: Standin, key: str) -> None:
    assert raw(standin, "POST", "/v1/customers", "colour=red", **{"Idempotency-Key": key})[0] == 400
    assert raw(standin, "POST", "/v1/customers", "name=Ada", **{"Idempotency-Key": key})[0] == 200
    status, told = raw(standin, "POST", "/v1/customers", "name=Bob", **{"Idempotency-Key": key})
    assert (status, told["error"]["type"]) == (400, "idempotency_error")


def test_a_decline_is_kept_for_its_key(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    made = gateway.create_charge(
        amount=5_00, currency="EUR", customer_ref=customer, method_ref="pm_card_chargeDeclined", key=key
    )
    failed = [gateway.confirm_charge(made.ref, key=key) for _time in range(2)]
    assert failed[0] == failed[1]
    assert failed[0].state is State.FAILED


# Memory


@pytest.mark.slow
def test_with_a_file_it_remembers(tmp_path: Path, key: str) -> None:
    file = str(tmp_path / "standin.sqlite3")
    with running("--state", file) as first:
        gateway = first.gateway()
        customer = gateway.create_customer(key=key, name="Ada", email="ada@example.com")
        charge = charged(gateway, f"{key}-charge", customer, "pm_card_refundFail")
        refund = gateway.refund(charge_ref=charge.ref, amount=40_00, currency="EUR", key=f"{key}-refund")
        first.advance(100)
        ahead = first.read("/_clock")["now"]
    with running("--state", file) as second:
        gateway = second.gateway()
        assert second.read("/_clock")["now"] >= ahead
        again = gateway.refund(charge_ref=charge.ref, amount=40_00, currency="EUR", key=f"{key}-refund")
        assert again.ref == refund.ref
        assert gateway.create_customer(key=f"{key}-2", name="Bob", email="bob@example.com") != customer
        second.advance(3600)
        assert gateway.refund_state(refund.ref).state is State.FAILED
        assert second.books()[charge.ref] == {"received": 100_00, "refunded": 0, "disputed": 0}


@pytest.mark.slow
def test_webhooks_that_were_not_delivered_go_out_after_a_restart(tmp_path: Path, key: str) -> None:
    file = str(tmp_path / "standin.sqlite3")
    receiver = Receiver()
    with running("--state", file, "--hook", "http://127.0.0.1:9/", "--hook-secret", "whsec_1") as first:
        first.gateway().create_customer(key=key, name="Ada", email="ada@example.com")
    with running("--state", file, "--hook", receiver.url, "--hook-secret", "whsec_1"):
        assert soon(lambda: receiver.types() == ["customer.created"])
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.mark.slow
def test_the_same_calls_make_the_same_ids(key: str) -> None:
    found = []
    for _run in range(2):
        with running("--seed", "7") as standin:
            found.append(standin.gateway().create_customer(key=key, name="Ada", email="ada@example.com"))
    assert found[0] == found[1]
