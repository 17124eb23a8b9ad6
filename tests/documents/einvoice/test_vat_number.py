"""A tax number with words before it is no VAT identifier."""

import pytest

from documents.einvoice.codes import vat_number


@pytest.mark.xfail(strict=True, reason="two letters are taken for a country")
@pytest.mark.parametrize(
    "text",
    [
        "Steuernummer 12/345/67890", "USt-IdNr. DE123456789", "VAT 123456789", "HRB 12345",
    ],
)  # fmt: skip
def test_words_are_no_country(text: str) -> None:
    found = vat_number(text)
    assert found == "" or found in ("DE123456789", "FR40303265045", "CHE-123.456.789")
