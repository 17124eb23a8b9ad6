"""Form controls written straight as HTML, and the fields that share them.

Django renders every control through templates and copies every field deeply for each form, about 0.1 ms each; a filter
panel of a dozen would cost more than the rows.
"""

from collections.abc import Iterable
from copy import copy
from typing import Any, Self

from django import forms
from django.forms.renderers import BaseRenderer
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe

from web.markup import escaped


def written(attrs: dict[str, Any]) -> str:
    """Attributes as HTML; True stands alone, False and None are left out."""
    return "".join(
        f" {key}" if value is True else f' {key}="{escaped(value)}"'
        for key, value in attrs.items()
        if value is not False and value is not None
    )


class QuickText(forms.TextInput):
    """A text or search box."""

    def __init__(self, kind: str, *, placeholder: str | Promise = "") -> None:
        super().__init__({"autocomplete": "off", "class": "form-control"})
        self.kind = kind
        self.placeholder = placeholder

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - no template is rendered
    ) -> SafeString:
        """One ``<input>``."""
        rest = written({**self.attrs, **(attrs or {}), "placeholder": self.placeholder or None})
        shown = escaped("" if value is None else value)
        return mark_safe(f'<input type="{self.kind}" name="{name}" value="{shown}"{rest}>')  # noqa: S308


class DayInput(QuickText):
    """A calendar day in ISO form; the browser shows it in the reader's own."""

    def __init__(self) -> None:
        super().__init__("date")


class QuickSelect(forms.Select):
    """A drop-down of fixed choices."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - no template is rendered
    ) -> SafeString:
        """One ``<select>``."""
        rest = written({**self.attrs, **(attrs or {})})
        chosen = str(value or "")
        options = "".join(
            f'<option value="{escaped(key)}"{" selected" if str(key) == chosen else ""}>{escaped(label)}</option>'
            for key, label in self.choices
        )
        return mark_safe(f'<select name="{name}"{rest}>{options}</select>')  # noqa: S308


class QuickChoices(forms.CheckboxSelectMultiple):
    """A few checkboxes under one legend; an empty word in an address chooses none."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """What was chosen."""
        return [one for one in super().value_from_datadict(data, files, name) or [] if one]

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - no template is rendered
    ) -> SafeString:
        """One ``<label>`` for each choice."""
        chosen = {str(one) for one in value} if isinstance(value, Iterable) and not isinstance(value, str) else set()
        base = (attrs or {}).get("id", name)
        boxes = "".join(
            f'<label class="form-check" for="{base}_{at}"><input class="form-check-input" type="checkbox" name="{name}"'
            f' value="{escaped(key)}" id="{base}_{at}"{" checked" if str(key) in chosen else ""}>'
            f" {escaped(label)}</label>"
            for at, (key, label) in enumerate(self.choices)
        )
        return mark_safe(f'<div class="checks">{boxes}</div>')  # noqa: S308


class QuickCheck(forms.CheckboxInput):
    """One checkbox."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - no template is rendered
    ) -> SafeString:
        """One ``<input>``."""
        rest = written({**self.attrs, **(attrs or {}), "checked": bool(self.check_test(value))})
        return mark_safe(f'<input type="checkbox" name="{name}"{rest}>')  # noqa: S308


class Shared(forms.Field):
    """A field that is copied flat for each form: it shares its choices and bounds, nothing that a form may set."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A flat copy: what a form sets on its field stays with that form."""
        result = copy(self)
        result.widget = copy(self.widget)
        result.widget.attrs = dict(self.widget.attrs)
        result.error_messages = dict(self.error_messages)
        result.validators = list(self.validators)
        memo[id(self)] = result
        return result


class SharedText(Shared, forms.CharField):
    """Text."""


class SharedChoice(Shared, forms.ChoiceField):
    """One of a few."""


class SharedChoices(Shared, forms.MultipleChoiceField):
    """Some of a few."""


class SharedDay(Shared, forms.DateField):
    """A day."""


class SharedSwitch(Shared, forms.BooleanField):
    """Yes or no."""

    widget = QuickCheck
