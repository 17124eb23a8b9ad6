"""When a marketplace's own mail text is used: parameter, operator, value; all conditions of a text must hold.

Pure. A parameter is a fact about the mail: a text, or an amount in major units as a decimal text. Texts are compared
without regard to capitals and surrounding blanks. A parameter that a kind of mail has no fact for never holds.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST = 8
"""Conditions of one text."""
LONGEST_VALUE = 100
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,3})?", re.ASCII)


class Operator(StrEnum):
    """How a fact is compared."""

    IS = "is"
    IS_NOT = "is_not"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    CONTAINS = "contains"


class Shape(StrEnum):
    """What a value must look like."""

    TEXT = "text"
    CODE = "code"
    AMOUNT = "amount"


OPERATORS: dict[str, Promise] = {
    Operator.IS: gettext_lazy("is"),
    Operator.IS_NOT: gettext_lazy("is not"),
    Operator.AT_LEAST: gettext_lazy("is at least"),
    Operator.AT_MOST: gettext_lazy("is at most"),
    Operator.CONTAINS: gettext_lazy("contains"),
}
_OF_SHAPE: dict[Shape, tuple[Operator, ...]] = {
    Shape.TEXT: (Operator.IS, Operator.IS_NOT, Operator.CONTAINS),
    Shape.CODE: (Operator.IS, Operator.IS_NOT),
    Shape.AMOUNT: (Operator.IS, Operator.IS_NOT, Operator.AT_LEAST, Operator.AT_MOST),
}


class Unusable(ValueError):
    """The condition makes no sense; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A fact that conditions may ask about; ``pattern`` and ``codes`` limit a code's values."""

    label: Promise
    hint: Promise
    shape: Shape = Shape.TEXT
    pattern: str = ""
    codes: tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Those that make sense for it."""
        return _OF_SHAPE[self.shape]


PARAMETERS: dict[str, Parameter] = {
    "company": Parameter(gettext_lazy("Company"), gettext_lazy("the payer's name, as printed")),
    "merchant": Parameter(gettext_lazy("Merchant"), gettext_lazy("the seller's name, as printed")),
    "country": Parameter(
        gettext_lazy("Country"), gettext_lazy("of the payer, two letters: DE"), Shape.CODE, r"[A-Za-z]{2}"
    ),
    "currency": Parameter(gettext_lazy("Currency"), gettext_lazy("three letters: EUR"), Shape.CODE, r"[A-Za-z]{3}"),
    "total": Parameter(
        gettext_lazy("Total"), gettext_lazy("in the document's currency, with a point: 1000.00"), Shape.AMOUNT
    ),
    "source": Parameter(
        gettext_lazy("Source"),
        gettext_lazy("invoice (it credits one) or none"),
        Shape.CODE,
        codes=("invoice", "none"),
    ),
    "recipient": Parameter(
        gettext_lazy("Recipient"),
        gettext_lazy("billing_admin, company_admin, reseller, user, billing_address or copy"),
        Shape.CODE,
        codes=("billing_admin", "company_admin", "reseller", "user", "billing_address", "copy"),
    ),
}
"""What can be asked about; the list beside the editor is written from it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One usable condition; made by ``condition``."""

    parameter: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{PARAMETERS[self.parameter].label} {OPERATORS[self.operator]} {self.value}"

    def holds(self, facts: Mapping[str, str]) -> bool:
        """Whether it is true of these facts."""
        fact = facts.get(self.parameter)
        if fact is None:
            return False
        if PARAMETERS[self.parameter].shape is Shape.AMOUNT:
            return _compare(self.operator, Decimal(fact), Decimal(self.value))
        return _match(self.operator, _folded(fact), _folded(self.value))

    def stored(self) -> dict[str, str]:
        """As it is kept."""
        return asdict(self)


def condition(parameter: str, operator: str, value: str) -> Condition:
    """A condition from what somebody typed. Raises Unusable."""
    found = PARAMETERS.get(parameter)
    if found is None:
        raise Unusable(_("Choose a parameter."))
    if operator not in found.operators:
        allowed = ", ".join(str(OPERATORS[each]) for each in found.operators)
        raise Unusable(_("%(parameter)s can be compared by: %(operators)s.") % {
            "parameter": found.label, "operators": allowed,
        })  # fmt: skip
    return Condition(parameter, operator, _value(found, value.strip()))


def conditions(stored: Iterable[Mapping[str, str]]) -> list[Condition]:
    """Kept conditions. Raises Unusable for one that this version does not know."""
    return [condition(row["parameter"], row["operator"], row["value"]) for row in stored]


def _value(parameter: Parameter, value: str) -> str:
    if not value or len(value) > LONGEST_VALUE or not value.isprintable():
        raise Unusable(_("Enter a value of at most %(n)s characters.") % {"n": LONGEST_VALUE})
    if parameter.shape is Shape.AMOUNT and not _AMOUNT.fullmatch(value):
        raise Unusable(_("Enter an amount such as 1000.00."))
    if parameter.codes and value.lower() not in parameter.codes:
        raise Unusable(_("Enter one of: %(codes)s.") % {"codes": ", ".join(parameter.codes)})
    if parameter.pattern and not re.fullmatch(parameter.pattern, value, re.ASCII):
        raise Unusable(_("Enter a code: %(hint)s.") % {"hint": parameter.hint})
    return value


def _compare(operator: str, fact: Decimal, value: Decimal) -> bool:
    return {
        Operator.IS: fact == value,
        Operator.IS_NOT: fact != value,
        Operator.AT_LEAST: fact >= value,
        Operator.AT_MOST: fact <= value,
    }[Operator(operator)]


def _match(operator: str, fact: str, value: str) -> bool:
    if operator == Operator.CONTAINS:
        return value in fact
    return (fact == value) == (operator == Operator.IS)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
