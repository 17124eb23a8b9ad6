"""Random calls at the stand-in, without HTTP: it never gives back more than it took, and a key has one effect."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from payments.gateway.standin import control
from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.server import respond
from payments.gateway.standin.store import Store
from payments.gateway.standin.world import VERSION, World

AMOUNT = 1000
HEADERS = {"authorization": "Bearer sk_test_1", "stripe-version": VERSION}
METHODS = ["pm_card_visa", "pm_card_pendingRefund", "pm_card_refundFail", "pm_card_createDispute"]

steps = st.lists(
    st.one_of(
        st.tuples(st.just("refund"), st.integers(1, 1200), st.integers(0, 4)),
        st.tuples(st.just("fail"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("arrive"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("advance"), st.sampled_from([10, 3600, 90_000]), st.just(0)),
        st.tuples(st.just("dispute"), st.integers(1, AMOUNT), st.just(0)),
    ),
    max_size=12,
)


def call(world: World, path: str, told: str, key: str = "") -> tuple[int, Any]:
    headers = {**HEADERS, **({"idempotency-key": key} if key else {})}
    try:
        status, body, _headers = respond(world, "POST", path, told, headers)
    except ApiError as error:
        return error.status, error.error
    return status, body


def listed(world: World, intent: str) -> list[dict[str, Any]]:
    _status, body, _headers = respond(world, "GET", "/v1/refunds", f"payment_intent={intent}&limit=100", HEADERS)
    found: list[dict[str, Any]] = body["data"]
    return found


@given(st.sampled_from(METHODS), steps)
def test_what_is_given_back_never_exceeds_what_was_taken(method: str, told: list[tuple[str, int, int]]) -> None:
    world = World(Store(), key="sk_test_1", origin="http://127.0.0.1", pause=60)
    status, intent = call(
        world, "/v1/payment_intents", f"amount={AMOUNT}&currency=eur&payment_method={method}&confirm=true"
    )
    assert status == 200
    answers: dict[tuple[int, str], tuple[int, Any]] = {}
    for name, number, key in told:
        try:
            _step(world, intent["id"], name, number, key, answers)
        except ApiError as error:
            assert error.status == 400  # noqa: PT017 - most of these steps are refused, and that is fine
        counted = [each for each in listed(world, intent["id"]) if each["status"] in {"pending", "succeeded"}]
        total = sum(each["amount"] for each in counted)
        charge = world.store.get("charge", intent["latest_charge"])
        assert total <= AMOUNT
        assert (charge["amount_refunded"], charge["refunded"]) == (total, total == AMOUNT)
        assert control.books(world)[intent["id"]]["refunded"] == total


def _step(
    world: World, intent: str, name: str, number: int, key: int, answers: dict[tuple[int, str], tuple[int, Any]]
) -> None:
    refunds = listed(world, intent)
    if name == "refund":
        asked = f"payment_intent={intent}&amount={number}"
        answer = call(world, "/v1/refunds", asked, f"key-{key}")
        if answer[0] == 400 and answer[1].get("type") == "idempotency_error":
            assert any(known == key and body != asked for known, body in answers)
        elif (key, asked) in answers:
            assert answer == answers[key, asked]
        else:
            answers[key, asked] = answer
    elif name == "advance":
        control.answer(world, "POST", "/_clock", {"advance": number})
        if number > 86_400:
            answers.clear()  # By then every key is forgotten.
    elif name == "dispute":
        control.answer(world, "POST", "/_test/disputes", {"payment_intent": intent, "amount": number})
    elif refunds:
        verb = "fail" if name == "fail" else "succeed"
        control.answer(world, "POST", f"/_test/refunds/{refunds[number % len(refunds)]['id']}/{verb}", {})


@given(steps)
def test_the_same_steps_make_the_same_answers(told: list[tuple[str, int, int]]) -> None:
    runs = []
    for _run in range(2):
        world = World(Store(seed=3), key="sk_test_1", origin="http://127.0.0.1", pause=60)
        _status, intent = call(
            world, "/v1/payment_intents", f"amount={AMOUNT}&currency=eur&payment_method=pm_card_visa&confirm=true"
        )
        for name, number, key in told:
            if name == "refund":
                call(world, "/v1/refunds", f"payment_intent={intent['id']}&amount={number}", f"key-{key}")
        runs.append([(each["id"], each["amount"], each["status"]) for each in listed(world, intent["id"])])
    assert runs[0] == runs[1]
