"""Which of a customer's wishes for a language can be met."""

import pytest

from core.languages import first_of


@pytest.mark.parametrize(
    ("wishes", "found"),
    [
        (["it", "de-AT", "fr"], "de"), (["it", "fr"], "fr"), (["it", "xx"], "en"), ([], "en"), ([""], "en"),
        (["fr-CA", "de"], "fr-CA"), (["pt-BR"], "en"),
    ],
)  # fmt: skip
def test_the_first_wish_that_there_is(wishes: list[str], found: str) -> None:
    assert first_of(wishes, {"en", "de", "fr", "fr-CA"}) == found
