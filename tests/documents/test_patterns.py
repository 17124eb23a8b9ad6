"""Prefix patterns: what may stand in them, how they print, and when two of them could give the same number."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.domain.patterns import PrefixCharacters, can_meet, check_prefix, expand, future, render

DAY = date(2026, 5, 7)
PIECES = st.sampled_from(["{YYYY}", "{YY}", "{MM}", "{DD}", "{MERCHANT}", "A", "-", "/", "0", "7", "26"])
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
PREFIXES = st.lists(PIECES, max_size=4).map("".join)


@pytest.mark.parametrize(
    "prefix", ["", "INV-", "INV/{YYYY}/{MM}/", "{MERCHANT}-{YY}{DD}", "a" * 20, "{MERCHANT}{MERCHANT}"]
)
def test_letters_digits_and_variables_may_stand_in_a_prefix(prefix: str) -> None:
    check_prefix(prefix)


@pytest.mark.parametrize(
    "prefix",
    ["INV ", " ", "INV_", "INV.", "{yyyy}", "{YYY}", "{YYYY", "YYYY}", "{}", "{{YYYY}}",
     "a" * 21, "INV\n", "\u00c4-", "\uff11", "{YYYY}{MM}{DD}-{YY}-12", "<b>", "A\x00"],
)  # fmt: skip
def test_anything_else_is_refused(prefix: str) -> None:
    with pytest.raises(PrefixCharacters) as caught:
        check_prefix(prefix, field="memo_prefix")
    assert caught.value.message == 'Use letters, digits, "-", "/" and the listed variables; no spaces.'
    assert (caught.value.code, caught.value.field) == ("prefix_chars", "memo_prefix")


@pytest.mark.parametrize(
    ("prefix", "number"),
    [
        ("", "00042"), ("CM-", "CM-00042"), ("{YYYY}-", "2026-00042"), ("{YY}{MM}{DD}/", "260507/00042"),
        ("{MERCHANT}-{MM}-", "NORTH-05-00042"), ("{DD}{DD}", "070700042"),
    ],
)  # fmt: skip
def test_variables_are_those_of_the_issue_date_and_the_merchant(prefix: str, number: str) -> None:
    assert render(prefix, sequence=42, on=DAY, merchant_code="NORTH") == number


@pytest.mark.parametrize(("sequence", "number"), [(1, "A00001"), (99999, "A99999"), (100000, "A100000")])
def test_sequences_grow_beyond_five_digits(sequence: int, number: str) -> None:
    assert render("A", sequence=sequence, on=DAY, merchant_code="N") == number


def test_a_merchants_code_is_not_expanded_again() -> None:
    assert expand("{MERCHANT}-", on=DAY, merchant_code="{YY}") == "{YY}-"


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("INV-", "CM-", False), ("INV-", "INV-", True), ("", "", True), ("A", "B", False),
        ("{YYYY}-", "2026-", True), ("{YYYY}-", "20A6-", False), ("{MM}-", "{DD}-", True), ("{YY}{MM}", "{YYYY}", True),
        ("INV-", "INV-1", True),      # INV-100001 is both.
        ("INV-", "INV-0", False),     # A sequence above 99999 does not begin with 0.
        ("INV-", "INV-{YY}", True), ("INV-", "INV-{YY}-", False), ("", "7", True), ("", "A", False),
        ("{MERCHANT}-", "NORTH-", True), ("{MERCHANT}-", "SOUTH-", False), ("A/", "A-", False),
    ],
)  # fmt: skip
def test_prefixes_of_two_series_may_not_meet(one: str, other: str, meet: bool) -> None:
    assert can_meet(one, other, merchant_code="NORTH") is meet
    assert can_meet(other, one, merchant_code="NORTH") is meet


@pytest.mark.parametrize(("one", "other", "meet"), [("A-", "A-", False), ("{MM}-", "{DD}-", False), ("A", "A1", True)])
def test_in_one_series_only_prefixes_of_different_length_can_meet(one: str, other: str, meet: bool) -> None:
    assert can_meet(one, other, merchant_code="N", same_series=True) is meet


@given(PREFIXES, PREFIXES, DAYS, DAYS, st.integers(1, 10**7), st.integers(1, 10**7))
def test_prefixes_that_can_not_meet_never_give_the_same_number(
    one: str, other: str, day: date, another: date, sequence: int, next_one: int
) -> None:
    if can_meet(one, other, merchant_code="7A"):
        return
    first = render(one, sequence=sequence, on=day, merchant_code="7A")
    assert first != render(other, sequence=next_one, on=another, merchant_code="7A")
    assert first != render(other, sequence=sequence, on=day, merchant_code="7A")


@pytest.mark.parametrize(
    ("prefix", "comes", "never"),
    [
        ("CM-", ["CM-00001", "CM-123456"], ["CM-0001", "CM-A00001", "XCM-00001", "CM-00001X"]),
        ("{YYYY}-{MM}-", ["2026-05-00001"], ["2025-05-00001", "2026-04-00001"]),
        ("{MM}-", ["01-00001", "12-00001"], ["1-00001"]),
        ("{YY}{DD}-", ["2631-00001", "2607-00001"], ["2531-00001"]),
        ("{YY}{MM}{DD}-", ["260507-00001"], ["260506-00001"]),
        ("{MERCHANT}-", ["N.1-00001"], ["Nx1-00001"]),
    ],
)
def test_which_numbers_can_still_come(prefix: str, comes: list[str], never: list[str]) -> None:
    pattern = re.compile(future(prefix, on=DAY, merchant_code="N.1"))
    assert [number for number in comes if not pattern.match(number)] == []
    assert [number for number in never if pattern.match(number)] == []
