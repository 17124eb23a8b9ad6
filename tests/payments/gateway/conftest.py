"""The gateway under test: at our stand-in, and at Stripe's test mode for who has a key of it."""

import os
from datetime import UTC, datetime
from itertools import count

import pytest

from payments.gateway.connecting import connect
from payments.gateway.protocol import Gateway
from tests.support.standin import Standin

TEST_KEY = os.environ.get("OFFSET_STRIPE_TEST_KEY", "")
_numbers = count(1)
_run = datetime.now(tz=UTC).strftime("%Y%m%d%H%M%S%f")


@pytest.fixture(
    params=[
        "standin",
        pytest.param("stripe", marks=pytest.mark.skipif(not TEST_KEY, reason="OFFSET_STRIPE_TEST_KEY is not set")),
    ]
)
def gateway(request: pytest.FixtureRequest, standin: Standin) -> Gateway:
    """The adapter at one of the two."""
    if request.param == "stripe":
        assert TEST_KEY.startswith(("sk_test_", "rk_test_")), "only a key of the test mode"
        return connect(TEST_KEY)
    return standin.gateway()


@pytest.fixture
def key() -> str:
    """A key that no call had before, in this run or another."""
    return f"test-{_run}-{next(_numbers)}"


@pytest.fixture
def customer(gateway: Gateway, key: str) -> str:
    """A customer at the provider."""
    return gateway.create_customer(key=f"{key}-customer", name="Ada Example", email="ada@example.com")
