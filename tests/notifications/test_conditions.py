"""When an own text is used: every condition is tried against an oracle that knows nothing of how it is kept."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.domain.conditions import (
    OPERATORS,
    PARAMETERS,
    Condition,
    Operator,
    Shape,
    Unusable,
    condition,
    conditions,
)

FACTS = {
    "company": "Brünn & Söhne", "merchant": "Nordmarkt GmbH", "country": "AT", "currency": "EUR", "total": "963.90",
    "source": "invoice", "recipient": "billing_admin",
}  # fmt: skip


@pytest.mark.parametrize(
    ("parameter", "operator", "value", "holds"),
    [
        ("company", "is", "brünn & SÖHNE", True),
        ("company", "is", " Brünn  &  Söhne ", True),
        ("company", "is", "Brünn", False),
        ("company", "is_not", "Brünn", True),
        ("company", "contains", "söhne", True),
        ("company", "contains", "Acme", False),
        ("country", "is", "at", True),
        ("country", "is_not", "AT", False),
        ("currency", "is", "USD", False),
        ("total", "is", "963.9", True),
        ("total", "is_not", "963.90", False),
        ("total", "at_least", "963.90", True),
        ("total", "at_least", "963.91", False),
        ("total", "at_most", "963.90", True),
        ("total", "at_most", "963", False),
        ("source", "is", "none", False),
        ("recipient", "is", "billing_admin", True),
    ],
)
def test_what_holds(parameter: str, operator: str, value: str, holds: bool) -> None:
    assert condition(parameter, operator, value).holds(FACTS) is holds


@pytest.mark.parametrize(
    ("parameter", "operator", "value", "words"),
    [
        ("", "is", "x", "Choose a parameter."),
        ("password", "is", "x", "Choose a parameter."),
        ("company", "at_least", "x", "Company can be compared by: is, is not, contains."),
        ("country", "contains", "A", "Country can be compared by: is, is not."),
        ("total", "contains", "1", "Total can be compared by: is, is not, is at least, is at most."),
        ("company", "is", "", "Enter a value of at most 100 characters."),
        ("company", "is", "x" * 101, "Enter a value of at most 100 characters."),
        ("company", "is", "a\nb", "Enter a value of at most 100 characters."),
        ("company", "is", "a\u2028b", "Enter a value of at most 100 characters."),
        ("total", "is", "1,000", "Enter an amount such as 1000.00."),
        ("total", "is", "-1", "Enter an amount such as 1000.00."),
        ("total", "is", "1e9", "Enter an amount such as 1000.00."),
        ("total", "is", "NaN", "Enter an amount such as 1000.00."),
        ("total", "is", "١٢", "Enter an amount such as 1000.00."),
        ("country", "is", "Austria", "Enter a code: of the payer, two letters: DE."),
        ("currency", "is", "€", "Enter a code: three letters: EUR."),
        ("source", "is", "gift", "Enter one of: invoice, none."),
        ("recipient", "is", "everybody", "Enter one of: billing_admin,"),
    ],
)
def test_what_makes_no_sense_is_refused(parameter: str, operator: str, value: str, words: str) -> None:
    with pytest.raises(Unusable) as refused:
        condition(parameter, operator, value)
    assert str(refused.value).startswith(words)


def test_a_fact_that_is_not_there_never_holds() -> None:
    for operator in (Operator.IS, Operator.IS_NOT):
        assert not condition("source", operator, "none").holds({"company": "Acme"})


def test_they_are_said_in_words() -> None:
    assert str(condition("total", "at_least", "1000.00")) == "Total is at least 1000.00"


def test_every_recipient_can_be_asked_for() -> None:
    from notifications.mail.recipients import COPY
    from notifications.models import Audience

    assert set(PARAMETERS["recipient"].codes) == {*Audience.values, COPY}


AMOUNTS = st.decimals(min_value=0, max_value=10**12, places=2, allow_nan=False, allow_infinity=False)
TEXTS = st.text(alphabet=st.characters(categories=["L", "N"], include_characters=" &-"), min_size=1, max_size=30)


@st.composite
def usable(draw: st.DrawFn) -> Condition:
    """Any condition that can be typed."""
    name = draw(st.sampled_from(sorted(PARAMETERS)))
    parameter = PARAMETERS[name]
    operator = draw(st.sampled_from(parameter.operators))
    if parameter.shape is Shape.AMOUNT:
        value = f"{draw(AMOUNTS):f}"
    elif parameter.codes:
        value = draw(st.sampled_from(parameter.codes))
    elif parameter.pattern:
        count = 2 if name == "country" else 3
        value = draw(st.text(alphabet="ABCDEFeur", min_size=count, max_size=count))
    else:
        value = draw(TEXTS.filter(str.strip))
    return condition(name, operator, value)


@st.composite
def occasions(draw: st.DrawFn) -> dict[str, str]:
    """The facts of any mail."""
    texts = {name: draw(TEXTS) for name in ("company", "merchant")}
    codes = {
        "country": draw(st.sampled_from(["", "AT", "DE"])), "currency": draw(st.sampled_from(["EUR", "JPY"])),
        "source": draw(st.sampled_from(["invoice", "none"])), "recipient": draw(st.sampled_from(["user", "copy"])),
    }  # fmt: skip
    return {**texts, **codes, "total": f"{draw(AMOUNTS):f}"}


def oracle(found: Condition, facts: dict[str, str]) -> bool:
    """The same question, asked the long way."""
    fact, value = facts[found.parameter], found.value
    left: Any = Decimal(fact) if found.parameter == "total" else " ".join(fact.split()).casefold()
    right: Any = Decimal(value) if found.parameter == "total" else " ".join(value.split()).casefold()
    match found.operator:
        case "is":
            return bool(left == right)
        case "is_not":
            return bool(left != right)
        case "at_least":
            return bool(left >= right)
        case "at_most":
            return bool(left <= right)
        case _:
            return right in left


@given(st.lists(usable(), max_size=5), occasions())
def test_kept_conditions_answer_as_typed_ones(typed: list[Condition], facts: dict[str, str]) -> None:
    kept = conditions([each.stored() for each in typed])
    assert kept == typed
    assert [each.holds(facts) for each in kept] == [oracle(each, facts) for each in typed]
    for each in kept:
        assert str(OPERATORS[each.operator]) in str(each)


@given(usable(), occasions())
def test_is_and_is_not_never_agree(found: Condition, facts: dict[str, str]) -> None:
    same, other = (Condition(found.parameter, operator, found.value) for operator in ("is", "is_not"))
    assert same.holds(facts) is not other.holds(facts)


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=120))
def test_nothing_that_is_typed_breaks_it(parameter: str, operator: str, value: str) -> None:
    for name in (parameter, *PARAMETERS):
        try:
            found = condition(name, operator, value)
        except Unusable:
            continue
        assert found.holds(FACTS) in (True, False)
