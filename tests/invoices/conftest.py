"""Fixtures of these tests: one marketplace whose events are heard."""

from collections.abc import Iterator

import pytest

from tests.factories.world import Market, make_market
from tests.support.verbs import listening


@pytest.fixture
def market(db: None) -> Iterator[Market]:
    """The marketplace that a test is about."""
    with listening():
        yield make_market()
