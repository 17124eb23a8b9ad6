"""Our stand-in for Stripe: one process for all tests, and the product connected to it as its environment says."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.factories.gateway import ACCOUNT
from tests.support.standin import KEY, Standin, running


@pytest.fixture(scope="session")
def shared_standin() -> Iterator[Standin]:
    """One process for all tests."""
    with running() as standin:
        yield standin


@pytest.fixture
def standin(shared_standin: Standin) -> Iterator[Standin]:
    """The stand-in, without the faults of the test before."""
    yield shared_standin
    shared_standin.calm()


@pytest.fixture
def provider(standin: Standin, settings: Settings) -> Standin:
    """The stand-in, as the product's account at it."""
    settings.STRIPE_KEYS = {ACCOUNT: KEY}
    settings.STRIPE_ADDRESS = standin.address
    return standin
