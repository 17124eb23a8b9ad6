"""What a value may be, in one place for both doors: a form, and the verb that an API calls without one.

The words are those of the form fields, so that the same slip reads the same wherever it is made.
"""

import re
from collections.abc import Collection
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.formats import amount_text
from core.money import MAX_AMOUNT

LONGEST_REASON = 1000
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")
"""What JSON can say and no database takes."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""Days outside are slips of the pen, and some of them no calendar can count on from."""


def check_text(text: str, *, longest: int, field: str, required: bool = False) -> str:
    """The text without outer spaces. Raises InvalidInput for one that is too long, or missing where it is needed,
    or that no database takes.
    """
    text = text.strip()
    if required and not text:
        raise InvalidInput(str(forms.Field.default_error_messages["required"]), field=field)
    try:
        MaxLengthValidator(longest)(text)
        ProhibitNullCharactersValidator()(text)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], field=field) from None
    if _HALF_CHARACTERS.search(text):
        raise InvalidInput(_("This text contains characters that can't be printed."), field=field)
    return text


def check_number(value: int, *, least: int, most: int, field: str) -> None:
    """Refuse a whole number outside its bounds."""
    try:
        MinValueValidator(least)(value)
        MaxValueValidator(most)(value)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], field=field) from None


def check_choice(value: object, choices: Collection[object], *, field: str) -> None:
    """Refuse what is not among the choices."""
    if value not in choices:
        raise InvalidInput(
            str(forms.ChoiceField.default_error_messages["invalid_choice"]) % {"value": value}, field=field
        )


def amount_problem(value: int, *, currency: str, least: int = 1, most: int = MAX_AMOUNT) -> str:
    """What is wrong with an amount in minor units: it is below ``least`` or above ``most``; empty when nothing is."""
    if value < least:
        return _("Enter at least %(bound)s.") % {"bound": amount_text(least, currency)}
    if value > most:
        return _("Enter at most %(bound)s.") % {"bound": amount_text(most, currency)}
    return ""


def check_amount(value: int, *, currency: str, field: str, least: int = 1, most: int = MAX_AMOUNT) -> None:
    """Refuse an amount (minor units) outside its bounds, naming the bound."""
    problem = amount_problem(value, currency=currency, least=least, most=most)
    if problem:
        raise InvalidInput(problem, field=field)


def check_day(day: date, *, field: str) -> None:
    """Refuse a day that no document of ours can be about."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInput(_("Enter a day between the years 2000 and 2099."), field=field)
