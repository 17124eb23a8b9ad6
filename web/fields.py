"""Form fields: amounts in minor units and exact decimals, read as `core.typed` says (and, from next door, look-ups)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import BaseRenderer
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core.checks import amount_problem
from core.formats import reader
from core.money import MAX_AMOUNT, AmountError
from core.typed import (
    NotANumber,
    read_amount,
    read_number,
    read_signed_amount,
    read_signed_number,
    typed_amount,
    typed_number,
    without_currency,
)
from web.lookups import LookupField, LookupInput
from web.markup import escaped
from web.widgets import Shared, written

__all__ = [
    "AmountField",
    "AmountInput",
    "ExactField",
    "LookupField",
    "LookupInput",
    "SignedAmountField",
    "SignedField",
    "typed_exact",
]


class AmountInput(forms.TextInput):
    """A right-aligned box for one amount; the currency stands beside it."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false", **(attrs or {})})
        self.currency = ""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - no template is rendered
    ) -> SafeString:
        """The box and its currency."""
        shown = f' value="{escaped(value)}"' if value not in (None, "") else ""
        currency = f'<span class="amount-currency" aria-hidden="true">{self.currency}</span>' if self.currency else ""
        box = f'<input type="text" name="{escaped(name)}"{shown}{written({**self.attrs, **(attrs or {})})}>'
        return mark_safe(f'<span class="amount-box">{box}{currency}</span>')  # noqa: S308 - parts are escaped


class AmountField(Shared):
    """An amount of one currency, cleaned to minor units. Set ``currency`` before use when the class can't know it.

    ``least`` and ``most`` are minor units.
    """

    widget = AmountInput
    read = staticmethod(read_amount)

    def __init__(self, *, currency: str = "", least: int = 1, most: int = MAX_AMOUNT, **options: Any) -> None:
        super().__init__(**options)
        self.least = least
        self.most = most
        self.currency = currency

    @property
    def currency(self) -> str:
        """The ISO 4217 code."""
        return self._currency

    @currency.setter
    def currency(self, code: str) -> None:
        self._currency = code
        self.widget.currency = code

    def to_python(self, value: Any) -> int | None:
        """Minor units, or None when nothing was typed."""
        text = str(value or "").strip(" ")
        if not text:
            return None
        try:
            return self.read(text, currency=self.currency)
        except AmountError as error:
            raise ValidationError(str(error), code="amount") from None

    def validate(self, value: int | None) -> None:
        """Refuse an amount outside the bounds, naming the bound."""
        super().validate(value)
        if value is None:
            return
        problem = amount_problem(value, currency=self.currency, least=self.least, most=self.most)
        if problem:
            raise ValidationError(problem, code="least" if value < self.least else "most")

    def prepare_value(self, value: Any) -> Any:
        """Minor units become the text that the field reads; typed text stays as it was typed."""
        return typed_amount(value, currency=self.currency) if isinstance(value, int) else value


class SignedAmountField(AmountField):
    """An amount that may be below zero."""

    read = staticmethod(read_signed_amount)

    def __init__(self, **options: Any) -> None:
        super().__init__(least=-MAX_AMOUNT, **options)


class ExactField(forms.Field):
    """A quantity, unit price or rate as an exact Decimal of at least 0.

    The sign of its ``currency`` is read with a price, that of percent with a rate (``is_percent``).
    """

    widget = forms.TextInput
    read = staticmethod(lambda text: Decimal(read_number(text)))

    def __init__(
        self, *, places: int, most: Decimal | None = None, currency: str = "", is_percent: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.places = places
        self.most = most
        self.currency = currency
        self.is_percent = is_percent
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "form-control amount-input"}

    def to_python(self, value: Any) -> Decimal | None:
        """The Decimal, or None when nothing was typed."""
        text = str(value or "").strip(" ")
        if not text:
            return None
        if self.is_percent:
            text = text.removesuffix("%").rstrip()
        if self.currency:
            text = without_currency(text, self.currency, reader())
        try:
            number = self.read(text)
        except NotANumber:
            number = None
        if number is None or -int(number.as_tuple().exponent) > self.places:
            raise ValidationError(
                _("Enter a number with at most %(places)s decimals, such as %(example)s.")
                % {"places": self.places, "example": typed_number("1.5")},
                code="exact",
            )
        return number

    def validate(self, value: Decimal | None) -> None:
        """Refuse a number over ``most``."""
        super().validate(value)
        if value is not None and self.most is not None and value > self.most:
            raise ValidationError(_("Enter at most %(bound)s.") % {"bound": self.most}, code="most")

    def prepare_value(self, value: Any) -> Any:
        """A Decimal without its trailing zeros."""
        return typed_exact(value) if isinstance(value, Decimal) else value


class SignedField(ExactField):
    """A number that may be below zero."""

    read = staticmethod(read_signed_number)


def typed_exact(value: Decimal) -> str:
    """A Decimal as it would be typed, without its trailing zeros."""
    text = f"{value:f}"
    return typed_number(text.rstrip("0").rstrip(".") if "." in text else text)
