"""Amounts at the gateway: every currency of ours, by hand where the two sides count differently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import EXPONENTS, MAX_AMOUNT
from payments.gateway.amounts import NotChargeable, check_chargeable, from_provider, is_offered, to_provider

SPECIAL = {"ISK", "UGX", "MGA", "BHD", "JOD", "KWD", "OMR", "TND", "IQD", "LYD"}
ZERO_THERE = {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
"""Stripe's own list of currencies without decimals, less MGA and UGX, which are special."""


@pytest.mark.parametrize("currency", sorted(set(EXPONENTS) - SPECIAL))
def test_most_currencies_are_counted_alike(currency: str) -> None:
    assert to_provider(1_234_567, currency) == 1_234_567
    assert from_provider(1_234_567, currency) == 1_234_567
    assert EXPONENTS[currency] == (0 if currency in ZERO_THERE else 2)


def test_every_special_currency_is_one_of_ours() -> None:
    assert set(EXPONENTS) >= SPECIAL
    assert {code for code, decimals in EXPONENTS.items() if decimals == 0} == ZERO_THERE | {"ISK", "UGX"}
    assert {code for code, decimals in EXPONENTS.items() if decimals == 3} == SPECIAL - {"ISK", "UGX", "MGA"}


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [
        ("EUR", 12_00, 1200),
        ("JPY", 100, 100),
        ("ISK", 1250, 125_000),
        ("UGX", 3, 300),
        ("MGA", 5_00, 5),
        ("KWD", 1_230, 1_230),
        ("BHD", 10, 10),
        ("JOD", 5_000, 5_000),
        ("OMR", 990, 990),
        ("TND", 1_000_000, 1_000_000),
    ],
)
def test_worked_figures(currency: str, ours: int, theirs: int) -> None:
    assert to_provider(ours, currency) == theirs
    assert from_provider(theirs, currency) == ours


@pytest.mark.parametrize(
    ("currency", "amount", "words"),
    [
        ("MGA", 5_01, "The payment provider can't take this amount: enter MGA 5.00 or 6.00."),
        ("MGA", 99, "The payment provider can't take this amount: enter at least MGA 1.00."),
        ("KWD", 1_234, "The payment provider can't take this amount: enter KWD 1.230 or 1.240."),
        ("BHD", 5, "The payment provider can't take this amount: enter at least BHD 0.010."),
        ("JOD", 10_001, "The payment provider can't take this amount: enter JOD 10.000 or 10.010."),
        ("OMR", 99, "The payment provider can't take this amount: enter OMR 0.090 or 0.100."),
        ("TND", 19, "The payment provider can't take this amount: enter TND 0.010 or 0.020."),
        ("IQD", 1_000, "The payment provider takes no IQD. Record this payment off-platform."),
        ("LYD", 1_000, "The payment provider takes no LYD. Record this payment off-platform."),
    ],
)
def test_what_does_not_fit_is_refused_with_the_figure_that_does(currency: str, amount: int, words: str) -> None:
    with pytest.raises(NotChargeable) as refused:
        check_chargeable(amount, currency)
    assert refused.value.message == words
    assert refused.value.field == "amount"


@given(st.sampled_from(sorted(EXPONENTS)), st.integers(1, MAX_AMOUNT))
def test_what_goes_there_comes_back_the_same(currency: str, amount: int) -> None:
    try:
        theirs = to_provider(amount, currency)
    except NotChargeable:
        assert currency in SPECIAL - {"ISK", "UGX"}
        return
    assert from_provider(theirs, currency) == amount


def test_an_offer_is_made_for_known_currencies_only() -> None:
    assert not is_offered("IQD")
    assert not is_offered("LYD")
    assert not is_offered("XXX")
    assert sum(is_offered(code) for code in EXPONENTS) == len(EXPONENTS) - 2


@pytest.mark.parametrize(("amount", "currency"), [(150, "ISK"), (1, "UGX"), (100, "XXX")])
def test_an_answer_that_is_no_amount_of_ours_is_not_guessed(amount: int, currency: str) -> None:
    with pytest.raises(ValueError, match=currency):
        from_provider(amount, currency)
