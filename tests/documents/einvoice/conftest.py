"""The validator process is ended with the tests that asked it."""

from collections.abc import Iterator

import pytest

from documents.einvoice import validation


@pytest.fixture(scope="package", autouse=True)
def no_validator_left() -> Iterator[None]:
    yield
    validation._validator.close()
