"""How forms look and answer everywhere: labels above, the error beside the field, a summary that links to it."""

from collections.abc import Collection, Iterable
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.forms.renderers import TemplatesSetting
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.checks import LONGEST_REASON
from core.errors import Refusal
from core.search_keys import composed

CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "form-check-input"),
    (forms.RadioSelect, "form-check-input"),
    (forms.CheckboxSelectMultiple, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.HiddenInput, ""),
    (forms.TextInput, "form-control"),
    (forms.NumberInput, "form-control"),
    (forms.EmailInput, "form-control"),
    (forms.PasswordInput, "form-control"),
    (forms.URLInput, "form-control"),
    (forms.DateInput, "form-control"),
    (forms.Textarea, "form-control"),
)
DJANGO_ROWS = "10"
"""What Django gives a text box that asked for no height."""


class Renderer(TemplatesSetting):
    """Django's own field groups, with our template for a field."""

    field_template_name = "web/_field.html"


def dress(fields: dict[str, forms.Field]) -> None:
    """Give every widget the CSS class of its kind; one that names its own class keeps it."""
    for field in fields.values():
        css = next((name for kind, name in CLASSES if isinstance(field.widget, kind)), "")
        if css:
            field.widget.attrs.setdefault("class", css)
        if isinstance(field.widget, forms.Textarea) and field.widget.attrs.get("rows") == DJANGO_ROWS:
            field.widget.attrs["rows"] = 3


def takes_cursor(field: forms.Field) -> bool:
    """Whether one can type or choose in it."""
    return not (field.widget.is_hidden or field.disabled)


def composed_data(data: Any, *, but: Collection[str] = ()) -> Any:
    """What was typed, with each letter and its accents as one character (NFC); itself where that is so."""
    if not isinstance(data, QueryDict):
        return data
    changed = {
        name: texts
        for name, given in data.lists()
        if name not in but and (texts := [composed(str(text)) for text in given]) != given
    }
    if not changed:
        return data
    data = data.copy()
    for name, texts in changed.items():
        data.setlist(name, texts)
    return data


class PageForm(forms.Form):
    """The base of every form in the product; plain fields, never a model form."""

    required_css_class = "is-required"
    error_css_class = "is-bad"

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(composed_data(data, but=self._secrets()), *args, **kwargs)
        dress(self.fields)

    @classmethod
    def _secrets(cls) -> set[str]:
        """Passwords stay as they were typed, since they are compared by their letters' codes."""
        fields = cls.base_fields.items()
        return {name for name, field in fields if isinstance(field.widget, forms.PasswordInput)}

    def offer(self, name: str, choices: Iterable[Any]) -> None:
        """Let a field be one of these pairs of value and words."""
        cast("forms.ChoiceField", self.fields[name]).choices = list(choices)

    def limit(self, name: str, rows: QuerySet[Any]) -> None:
        """Let a field be one of these rows."""
        cast("forms.ModelChoiceField[Any]", self.fields[name]).queryset = rows

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal beside the field that it names, or above the form; what was typed stays."""
        named = refusal.field if refusal.field in self.fields else None
        self.add_error(named, refusal.message)

    def place_cursor(self) -> None:
        """Let the page open with the cursor in the first field, or, refused, in the first that is wrong.

        A first field that is a choice of several boxes takes none, nor does a form that is shown again unasked.
        """
        if not self.is_bound and any("autofocus" in field.widget.attrs for field in self.fields.values()):
            return
        for field in self.fields.values():
            field.widget.attrs.pop("autofocus", None)
        wanted = self.errors if self.is_bound else self.fields
        name = next((name for name, field in self.fields.items() if name in wanted and takes_cursor(field)), "")
        if name and not isinstance(self.fields[name].widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            self.fields[name].widget.attrs["autofocus"] = True

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """(id to jump to, label, text) of every error, the form's own first; for the summary."""
        errors: ErrorDict = self.errors
        found = [("", "", str(text)) for text in self.non_field_errors()]
        for name, texts in errors.items():
            if name in self.fields:
                bound = self[name]
                found += [(bound.id_for_label or bound.auto_id, str(bound.label), str(text)) for text in texts]
        return found


class NoFields(PageForm):
    """A confirmation that asks for nothing but the click."""


def reason_field(help_text: Any = "") -> forms.CharField:
    """A reason in words; kept in the audit log."""
    widget = forms.Textarea({"rows": 3, "autofocus": True})
    return forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, widget=widget, help_text=help_text)


class ReasonForm(PageForm):
    """Only why."""

    reason = reason_field()
