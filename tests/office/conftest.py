"""Books whose figures are read, at a fixed moment."""

import pytest

from tests.support.full_books import Books, full_books


@pytest.fixture(params=["EUR", "JPY"])
def full(request: pytest.FixtureRequest, db: None) -> Books:
    """Documents in every state; of both exponents."""
    return full_books(request.param)
