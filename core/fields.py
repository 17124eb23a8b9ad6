"""Form fields that read strictly: amounts in minor units, exact decimals, and a related row found by typing."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.access import MAX_ID
from core.formats import amount_text
from core.money import MAX_AMOUNT, AmountError, parse_amount, plain_amount

MOST_MATCHES = 20
EXACT = re.compile(r"[0-9]{1,12}(?:\.([0-9]{1,12}))?", re.ASCII)


class AmountInput(forms.TextInput):
    """A right-aligned box for one amount; the currency stands beside it."""

    template_name = "core/widgets/amount.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false", **(attrs or {})})
        self.currency = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The box and its currency."""
        return {**super().get_context(name, value, attrs), "currency": self.currency}


class AmountField(forms.Field):
    """An amount of one currency, cleaned to minor units. Set ``currency`` before use when the class can't know it.

    ``least`` and ``most`` are minor units. Reads what `core.money.parse_amount` reads and refuses everything else.
    """

    widget = AmountInput

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
            return parse_amount(text, currency=self.currency)
        except AmountError as error:
            raise ValidationError(str(error), code="amount") from None

    def validate(self, value: int | None) -> None:
        """Refuse an amount outside the bounds, naming the bound."""
        super().validate(value)
        if value is None:
            return
        if value < self.least:
            bound = amount_text(self.least, self.currency)
            raise ValidationError(_("Enter at least %(bound)s.") % {"bound": bound}, code="least")
        if value > self.most:
            bound = amount_text(self.most, self.currency)
            raise ValidationError(_("Enter at most %(bound)s.") % {"bound": bound}, code="most")

    def prepare_value(self, value: Any) -> Any:
        """Minor units become the text that the field reads; typed text stays as it was typed."""
        return plain_amount(value, currency=self.currency) if isinstance(value, int) else value


class ExactField(forms.Field):
    """A quantity, unit price or rate as an exact Decimal of at least 0: ASCII digits and one point, nothing else."""

    widget = forms.TextInput

    def __init__(self, *, places: int, most: Decimal | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.places = places
        self.most = most
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "form-control amount-input"}

    def to_python(self, value: Any) -> Decimal | None:
        """The Decimal, or None when nothing was typed."""
        text = str(value or "").strip(" ")
        if not text:
            return None
        match = EXACT.fullmatch(text)
        if match is None or len(match[1] or "") > self.places:
            raise ValidationError(
                _("Enter a number with at most %(places)s decimals, such as 1.5.") % {"places": self.places},
                code="exact",
            )
        return Decimal(text)

    def validate(self, value: Decimal | None) -> None:
        """Refuse a number over ``most``."""
        super().validate(value)
        if value is not None and self.most is not None and value > self.most:
            raise ValidationError(_("Enter at most %(bound)s.") % {"bound": self.most}, code="most")

    def prepare_value(self, value: Any) -> Any:
        """A Decimal without its trailing zeros."""
        if not isinstance(value, Decimal):
            return value
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class LookupInput(forms.Widget):
    """A box that finds rows as one types; without JavaScript the server looks the typed text up on submit."""

    template_name = "core/widgets/lookup.html"

    def __init__(self, url_name: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.url_name = url_name
        self.choices: list[tuple[int, str]] = []
        self.shown: Callable[[Any], str] = str

    def value_from_datadict(
        self, data: Mapping[str, Any], _files: MultiValueDict[str, Any], name: str
    ) -> tuple[str, str]:
        """The id that was picked and the text that was typed; a pick among several matches counts first."""
        picked = data.get(f"{name}_pick") or ""
        return (picked, "") if picked else (data.get(name) or "", (data.get(f"{name}_text") or "").strip())

    def value_omitted_from_data(self, data: Mapping[str, Any], _files: MultiValueDict[str, Any], name: str) -> bool:
        """Whether the form came without this box."""
        return name not in data and f"{name}_text" not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The id, the text, and the matches to pick from after a typed text that fits several rows."""
        pk, text = value if isinstance(value, tuple) else (value or "", "")
        context = super().get_context(name, pk, attrs)
        shown = text or (self.shown(pk) if pk else "")
        return {**context, "text": shown, "url_name": self.url_name, "choices": self.choices}


class LookupField(forms.Field):
    """A row found by name, cleaned to the row or None. Set ``queryset`` (``visible_to`` the member) before use."""

    widget: LookupInput

    def __init__(self, *, url_name: str, search_field: str = "name", what: str | Promise = "", **options: Any) -> None:
        super().__init__(widget=LookupInput(url_name), **options)
        self.search_field = search_field
        self.what = what or gettext_lazy("entry")
        self._rows: QuerySet[Any] | None = None

    @property
    def queryset(self) -> QuerySet[Any]:
        """The rows that may be chosen."""
        if self._rows is None:
            raise RuntimeError("set the lookup field's queryset, already limited to what the member may see")
        return self._rows

    @queryset.setter
    def queryset(self, rows: QuerySet[Any]) -> None:
        self._rows = rows
        self._found: dict[str, Model | None] = {}
        self.widget.shown = lambda pk: str(self._by_id(pk) or "")

    def _by_id(self, pk: object) -> Model | None:
        text = str(pk)
        if text not in self._found:
            usable = text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID  # noqa: PLR2004
            self._found[text] = self.queryset.filter(pk=int(text)).first() if usable else None
        return self._found[text]

    def clean(self, value: tuple[str, str] | Any) -> Model | None:
        """The row for a picked id, else the one row whose name is, or holds, the typed text."""
        pk, text = value if isinstance(value, tuple) else (str(value or ""), "")
        row = self._by_id(pk) if pk else None
        if row is not None and text in ("", str(row)):
            return row
        if not text and not pk:
            super().validate(None)
            return None
        return self._named(text)

    def _named(self, text: str) -> Model:
        found: list[Model] = []
        if text and "\x00" not in text:
            matches = self.queryset.filter(**{f"{self.search_field}__icontains": text}).order_by(self.search_field)
            found = list(matches[: MOST_MATCHES + 1])
        same = [row for row in found if str(row).casefold() == text.casefold()]
        if len(same) == 1 or len(found) == 1:
            return (same or found)[0]
        if not found:
            raise ValidationError(_("No %(what)s matches.") % {"what": self.what}, code="none")
        self.widget.choices = [(row.pk, str(row)) for row in found[:MOST_MATCHES]]
        raise ValidationError(
            ngettext("%(n)s matches. Choose it.", "%(n)s match. Choose one.", len(found)) % {"n": len(found)}
            if len(found) <= MOST_MATCHES
            else _("More than %(n)s match. Type more of the name.") % {"n": MOST_MATCHES},
            code="several",
        )

    def prepare_value(self, value: Any) -> Any:
        """A row becomes its id."""
        return value.pk if isinstance(value, Model) else value
