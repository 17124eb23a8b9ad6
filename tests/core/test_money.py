"""Amounts: strictly read, rounded half-up, split without loss, written for people."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import (
    EXPONENTS,
    AmountError,
    exponent,
    format_amount,
    parse_amount,
    plain_amount,
    proportion,
    round_half_up,
    split,
    to_major,
    to_minor,
)

REFUSED = [
    "", " ", "-1", "-0", "+5", "NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e3", "1E-3", "1e-999999", "0.001",
    "99999999999999", "1234567890123", "1,000.00", "1.234,56", "1 000", " 5", "5 ", "5\n", "0x10", "5\u200b", "5.",
    ".5",
    "1_000", "\uff11\uff12.\uff10\uff10", "\u0661", "5\x00", "1" * 5000, "1.2.3", "--1", "1/2",
    "\u00bd",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD"])
def test_anything_but_plain_digits_is_refused(text: str, currency: str) -> None:
    if (text, currency) == ("0.001", "KWD"):
        assert parse_amount(text, currency=currency) == 1
        return
    with pytest.raises(AmountError):
        parse_amount(text, currency=currency)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("0", "EUR", 0), ("0.01", "EUR", 1), ("1", "EUR", 100), ("1.5", "EUR", 150), ("1.05", "EUR", 105),
        ("007", "EUR", 700), ("999999999999.99", "EUR", 99999999999999), ("1500", "JPY", 1500),
        ("1.5", "KWD", 1500), ("1.005", "KWD", 1005), ("999999999999.999", "KWD", 999999999999999),
    ],
)  # fmt: skip
def test_amounts_are_read_into_minor_units(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency=currency) == minor


@pytest.mark.parametrize(("text", "currency"), [("1.5", "JPY"), ("1.0", "JPY"), ("1.005", "EUR"), ("1.0001", "KWD")])
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    with pytest.raises(AmountError):
        parse_amount(text, currency=currency)


@pytest.mark.parametrize(
    ("currency", "example"),
    [("JPY", "JPY such as 1234,"), ("EUR", "EUR such as 1234.50,"), ("KWD", "such as 1234.500,")],
)
def test_the_refusal_shows_an_example_of_the_currency(currency: str, example: str) -> None:
    with pytest.raises(AmountError, match=example):
        parse_amount("x", currency=currency)


@pytest.mark.parametrize("currency", ["eur", "XXX", "", "EURO"])
def test_an_unknown_currency_has_no_exponent(currency: str) -> None:
    with pytest.raises(KeyError):
        exponent(currency)


def test_exponents_are_those_of_iso_4217() -> None:
    found = [exponent(code) for code in ("JPY", "KRW", "CLP", "EUR", "USD", "HUF", "KWD", "BHD", "TND")]
    assert found == [0, 0, 0, 2, 2, 2, 3, 3, 3]
    assert set(EXPONENTS.values()) == {0, 2, 3}


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999999", 2), ("-0.5", -1), ("-2.5", -3), ("0.49", 0), ("-0.49", 0)],
)
def test_halves_are_rounded_away_from_zero(value: str, rounded: int) -> None:
    assert round_half_up(Decimal(value)) == rounded


def test_prices_of_every_length_are_rounded_once() -> None:
    below_half = Decimal("123456789012345.4" + "9" * 30)
    assert round_half_up(below_half) == 123456789012345
    assert to_minor(below_half, currency="JPY") == 123456789012345


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [("1.005", "EUR", 101), ("1.004", "EUR", 100), ("0.5", "JPY", 1), ("1.0005", "KWD", 1001), ("31", "EUR", 3100)],
)
def test_prices_become_minor_units(price: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(price), currency=currency) == minor


def test_minor_units_become_exact_decimals_and_field_texts() -> None:
    assert str(to_major(5, currency="EUR")) == "0.05"
    assert str(to_major(-1500, currency="JPY")) == "-1500"
    assert [plain_amount(100000, currency=code) for code in ("JPY", "EUR", "KWD")] == ["100000", "1000.00", "100.000"]


@given(st.integers(0, 10**14 - 1), st.sampled_from(["JPY", "EUR", "KWD"]))
def test_what_is_written_into_a_field_is_read_back(minor: int, currency: str) -> None:
    if len(plain_amount(minor, currency=currency).partition(".")[0]) <= 12:
        assert parse_amount(plain_amount(minor, currency=currency), currency=currency) == minor


@pytest.mark.parametrize(
    ("currency", "locale", "text"),
    [
        ("EUR", "en", "1,234,567.89 EUR"), ("EUR", "de", "1.234.567,89 EUR"), ("JPY", "en", "123,456,789 JPY"),
        ("KWD", "en", "123,456.789 KWD"), ("EUR", "fr", "1\u202f234\u202f567,89 EUR"),
    ],
)  # fmt: skip
def test_documents_show_the_currency_and_the_locales_separators(currency: str, locale: str, text: str) -> None:
    assert format_amount(123456789, currency, locale) == text.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]), (10, [0, 5, 5], [0, 5, 5]), (1, [1, 1], [1, 0]), (0, [3, 4], [0, 0]),
        (12000, [10000, 2000], [10000, 2000]), (4000, [10000, 2000], [3333, 667]), (0, [], []),
    ],
)  # fmt: skip
def test_a_split_goes_by_largest_remainder(total: int, weights: list[int], shares: list[int]) -> None:
    assert split(total, weights) == shares


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_nothing_to_share_over_is_an_error(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="split needs"):
        split(total, weights)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=30), st.data())
def test_shares_add_up_and_stay_below_their_weights(weights: list[int], data: st.DataObject) -> None:
    if not sum(weights):
        return
    total = data.draw(st.integers(0, sum(weights)))
    shares = split(total, weights)
    assert sum(shares) == total
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))
    assert all(abs(s * sum(weights) - total * w) < sum(weights) for s, w in zip(shares, weights, strict=True))


@pytest.mark.parametrize(
    ("total", "part", "whole", "share"),
    [
        (200, 333, 1000, 67), (200, 666, 1000, 133), (1, 1, 2, 1), (1, 1, 3, 0), (0, 5, 7, 0),
        (10**15, 10**15 - 1, 10**15, 10**15 - 1),
    ],
)  # fmt: skip
def test_a_proportion_is_rounded_half_up_at_any_size(total: int, part: int, whole: int, share: int) -> None:
    assert proportion(total, part, whole) == share


@given(st.integers(0, 10**15), st.decimals(0, 10**12, places=6), st.decimals("0.000001", 10**12, places=6))
def test_a_proportion_of_quantities_is_exact(total: int, part: Decimal, whole: Decimal) -> None:
    scaled = total * int(part * 10**6) * 2 + int(whole * 10**6)
    assert proportion(total, part, whole) == scaled // (2 * int(whole * 10**6))


@given(total=st.integers(0, 10**15), part=st.integers(0, 10**15), whole=st.integers(1, 10**15))
def test_a_proportion_of_whole_numbers_is_that_of_decimals(total: int, part: int, whole: int) -> None:
    assert proportion(total, part, whole) == proportion(total, Decimal(part), Decimal(whole))
