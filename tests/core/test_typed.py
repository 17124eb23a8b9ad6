"""What people type as amounts: as their pages print them, or plain; everything else is refused."""

from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from core.formats import amount_writer, read_by
from core.money import EXPONENTS, MAX_AMOUNT, AmountError
from core.typed import (
    NotANumber,
    is_clear,
    read_amount,
    read_number,
    read_signed_amount,
    read_signed_number,
    typed_amount,
)

LOCALES = ("en", "de", "fr")
N, NN, THIN = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{THIN SPACE}"
NO = None

EURO: list[tuple[str, int | None, int | None, int | None]] = [
    # Typed, and what it is in English, German and French; minor units.
    ("1234.50", 123450, 123450, 123450), ("1234,50", 123450, 123450, 123450), ("1,801.42", 180142, 180142, 180142),
    ("1.801,42", 180142, 180142, 180142), (f"1{NN}801,42", 180142, 180142, 180142), ("1 801.42", 180142, 180142, 180142),
    ("1'801.42", 180142, 180142, 180142), ("1’801.42", 180142, 180142, 180142), (f"1{N}801,42", 180142, 180142, 180142),
    (f"1{THIN}801", 180100, 180100, 180100), ("€30", 3000, 3000, 3000), ("€ 30", 3000, 3000, 3000),
    ("892,50 €", 89250, 89250, 89250), (f"892,50{N}€", 89250, 89250, 89250), ("EUR 30", 3000, 3000, 3000),
    ("30 eur", 3000, 3000, 3000), ("1 000", 100000, 100000, 100000), ("1.000", NO, 100000, NO),
    ("1,000", 100000, NO, NO), ("12.345", NO, 1234500, NO), ("12,345", 1234500, NO, NO), ("0.001", NO, NO, NO),
    ("0,500", NO, NO, NO), ("0.5", 50, 50, 50), ("0,05", 5, 5, 5), ("7", 700, 700, 700), ("10,5", 1050, 1050, 1050),
    ("10.5", 1050, 1050, 1050), ("1,234,567", 123456700, 123456700, 123456700),
    ("1.234.567", 123456700, 123456700, 123456700), ("1,234,567.89", 123456789, 123456789, 123456789),
    ("1.234.567,89", 123456789, 123456789, 123456789), (" 5.50 ", 550, 550, 550), ("007.50", 750, 750, 750),
    ("1234,567", NO, NO, NO), ("1234.567", NO, NO, NO), ("1,23,456.00", NO, NO, NO), ("1.23", 123, 123, 123),
    ("1 00", NO, NO, NO), ("10 000,00", 1000000, 1000000, 1000000), ("1,000 000", NO, NO, NO), ("1 000.000", NO, NO, NO),
    ("$30", NO, NO, NO), ("30 USD", NO, NO, NO), ("€30 €", NO, NO, NO), ("", NO, NO, NO), ("€", NO, NO, NO), ("5.", NO, NO, NO),
    (".5", NO, NO, NO), (",5", NO, NO, NO), ("-5", NO, NO, NO), ("+5", NO, NO, NO), ("1e3", NO, NO, NO), ("1E-3", NO, NO, NO),
    ("０１２", NO, NO, NO), ("١٢", NO, NO, NO), ("½", NO, NO, NO), ("1_000", NO, NO, NO), ("0x10", NO, NO, NO), ("NaN", NO, NO, NO),
    ("1..5", NO, NO, NO), ("1,,000", NO, NO, NO), ("5\u200b", NO, NO, NO), ("5\x00", NO, NO, NO), ("1" * 13, NO, NO, NO),
    ("1" * 5000, NO, NO, NO), ("12 Stück", NO, NO, NO), ("30%", NO, NO, NO), ("1/2", NO, NO, NO), ("(5)", NO, NO, NO),
]  # fmt: skip
YEN: list[tuple[str, int | None, int | None, int | None]] = [
    ("1234", 1234, 1234, 1234), ("1,234", 1234, NO, NO), ("1.234", NO, 1234, NO), (f"1{NN}234", 1234, 1234, 1234),
    ("¥1,234", 1234, NO, NO), ("JPY 50", 50, 50, 50), ("1.0", NO, NO, NO), ("10,5", NO, NO, NO),
    ("1,234,567", 1234567, 1234567, 1234567), ("1,234.5", NO, NO, NO),
]  # fmt: skip
DINAR: list[tuple[str, int | None, int | None, int | None]] = [
    ("1.250", 1250, 1250000, 1250), ("1,250", 1250000, 1250, 1250), ("0.250", 250, 250, 250), ("0,250", 250, 250, 250),
    ("1,234.567", 1234567, 1234567, 1234567), ("1.234,567", 1234567, 1234567, 1234567), ("1234.567", 1234567, 1234567, 1234567),
    ("KWD 2", 2000, 2000, 2000), ("1.2345", NO, NO, NO), (f"1{N}000", 1000000, 1000000, 1000000),
]  # fmt: skip


def test_the_table_is_long_enough() -> None:
    assert (len(EURO) >= 60, len(YEN), len(DINAR)) == (True, 10, 10)


@pytest.mark.parametrize("column", range(len(LOCALES)), ids=LOCALES)
@pytest.mark.parametrize(("currency", "table"), [("EUR", EURO), ("JPY", YEN), ("KWD", DINAR)])
def test_typed_amounts(currency: str, table: list[tuple[str, int | None, int | None, int | None]], column: int) -> None:
    locale = Locale(LOCALES[column])
    for text, *right in table:
        if right[column] is not None:
            assert read_amount(text, currency=currency, locale=locale) == right[column], text
            continue
        with pytest.raises(AmountError, match="Enter an amount in"):
            raise AssertionError(text, read_amount(text, currency=currency, locale=locale))


@given(
    st.integers(0, MAX_AMOUNT // 1000), st.sampled_from(["EUR", "JPY", "KWD", "USD", "CHF"]), st.sampled_from(LOCALES)
)
def test_what_the_page_prints_can_be_typed_back(minor: int, currency: str, language: str) -> None:
    locale = Locale(language)
    assert read_amount(amount_writer(currency, locale)(minor), currency=currency, locale=locale) == minor
    assert read_amount(typed_amount(minor, currency=currency, locale=locale), currency=currency, locale=locale) == minor


@given(st.integers(-(10**9), 10**9), st.sampled_from(LOCALES), st.booleans())
def test_what_is_below_zero_can_be_typed_back(minor: int, language: str, accounting: bool) -> None:
    locale = Locale(language)
    printed = amount_writer("EUR", locale, accounting=accounting)(minor)
    assert read_signed_amount(printed, currency="EUR", locale=locale) == minor


def test_the_refusal_shows_how_the_reader_writes() -> None:
    said = []
    for language in LOCALES:
        with read_by(language), pytest.raises(AmountError) as refused:
            read_amount("x", currency="EUR")
        said.append(str(refused.value).removeprefix("Enter an amount in EUR such as "))
    assert said == ["1,234.50.", "1.234,50.", f"1{NN}234,50."]


def test_numbers() -> None:
    assert read_number("1.125", locale=Locale("de")) == "1125"
    assert read_number("1.125", locale=Locale("en")) == "1.125"
    assert read_signed_number("-12,5", locale=Locale("en")) == Decimal("-12.5")
    for text in ("--1", "-", "1-", "()", "1 2"):
        with pytest.raises(NotANumber):
            read_signed_number(text, locale=Locale("en"))


@pytest.mark.parametrize(
    ("text", "language", "clear"),
    [
        ("1000", "de", True), ("12,50", "de", True), ("1.000", "de", False), ("1,000", "en", False), ("12.50", "en", True),
        ("12,50", "en", False), ("1.250", "en", False), ("€5", "en", False),
    ],
)  # fmt: skip
def test_what_is_echoed(text: str, language: str, clear: bool) -> None:
    assert is_clear(text, locale=Locale(language)) is clear


def test_every_currency_has_a_name_to_be_typed() -> None:
    assert {read_amount(f"{code} 1", currency=code, locale=Locale("en")) for code in EXPONENTS} == {1, 100, 1000}
