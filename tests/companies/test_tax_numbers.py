"""Which tax numbers are VAT identifiers: those with the prefix of the party's country, and that country's shape."""

import pytest

from companies.domain.tax_numbers import is_mistyped, vat_number


@pytest.mark.parametrize(
    ("country", "text", "expected"),
    [
        ("DE", "de 136 695 976", "DE136695976"), ("AT", "ATU 13585627", "ATU13585627"),
        ("GR", "EL 094259216", "EL094259216"), ("GB", "GB 980 7806 84", "GB980780684"),
        ("GB", "XI 980 7806 84", "XI980780684"), ("CH", "CHE-107.787.577 MWST", "CHE107787577MWST"),
        ("NO", "NO 995 525 828 MVA", "NO995525828MVA"), ("FR", "FR 40 303 265 045", "FR40303265045"),
        ("MC", "FR 53 0000 04605", "FR53000004605"), ("BE", "BE 697.449.992", "BE697449992"),
    ],
)  # fmt: skip
def test_a_vat_identifier_is_given_without_separators(country: str, text: str, expected: str) -> None:
    assert vat_number(text, country) == expected


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("DE", "Steuernummer 12/345/67890"), ("DE", "USt-IdNr. DE136695976"), ("DE", "VAT 123456789"),
        ("DE", "HRB 12345"), ("HR", "HRB 12345"), ("DE", "DE 136 695 975"), ("DE", "DE1"), ("DE", "DE"), ("DE", ""),
        ("DE", "136695976"), ("FR", "DE 136 695 976"), ("GR", "GR 094259216"), ("", "DE 136 695 976"),
        ("US", "US 12-3456789"), ("ZZ", "ZZ 1"), ("DE", "DE\u0661\u0663\u0666695976"), ("DE", "D" * 40),
    ],
)  # fmt: skip
def test_what_has_not_the_country_s_prefix_and_shape_is_a_tax_registration(country: str, text: str) -> None:
    assert vat_number(text, country) == ""


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("DE", "DE 136 695 975"), ("DE", "DE1"), ("DE", "DE 1366959766"), ("AT", "ATU 13585628"),
        ("CH", "DE 136 695 975"), ("", "DE 136 695 975"), ("GR", "EL 094259217"), ("GB", "GB 980 7806 85"),
        ("FR", "FR 41 303 265 045"), ("NO", "NO 995 525 829 MVA"), ("US", "FR 41 303 265 045"),
    ],
)  # fmt: skip
def test_a_claim_with_a_wrong_digit_is_mistyped(country: str, text: str) -> None:
    assert is_mistyped(text, country)
    assert vat_number(text, country) == ""


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("DE", "de 136 695 976"), ("FR", "DE 136 695 976"), ("CH", "CHE-107.787.577"), ("NO", "NO 995 525 828"),
        ("DE", "Steuernummer 12/345/67890"), ("DE", "HRB 12345"), ("HR", "HRB 12345"), ("DE", "136695975"),
        ("ES", "Estate 4711"), ("US", "US 12-3456789"), ("DE", ""), ("", ""),
        ("GB", "NO 995 525 829 MVA"),
    ],
)  # fmt: skip
def test_other_tax_registrations_are_let_be(country: str, text: str) -> None:
    assert not is_mistyped(text, country)
