"""A mail text of the marketplace's own: its words, and the conditions under which they are used."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.formats import DASH
from notifications.domain.conditions import LONGEST_VALUE, MOST, OPERATORS, PARAMETERS, Condition, Unusable, condition
from notifications.mail import texts
from notifications.mail.texts import LONGEST_SOURCE, CheckedText
from notifications.operations.writing import HIGHEST_PRIORITY, LONGEST_NAME
from web.forms import PageForm, dress

SPARE = 2
"""Empty rows after the last condition."""
PARTS = ("parameter", "operator", "value")
LONGEST_NUMBER = 60


class ConditionRow(NamedTuple):
    """The boxes of one condition."""

    position: int
    boxes: list[forms.BoundField]


class TextForm(PageForm):
    """The words, name, place and conditions of one text; ``stored`` are the conditions that it has."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, help_text=_("Internal; customers don't see it."))
    priority = forms.IntegerField(
        label=_("Priority"), min_value=0, max_value=HIGHEST_PRIORITY, help_text=_("Lowest first.")
    )
    enabled = forms.BooleanField(label=_("Use this text"), required=False)
    subject = forms.CharField(label=_("Subject"), max_length=LONGEST_SOURCE["subject"], strip=False)
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_SOURCE["body"],
        strip=False,
        widget=forms.Textarea({"rows": 16, "spellcheck": "true", "class": "form-control source"}),
    )
    number = forms.CharField(
        label=_("Preview with"),
        max_length=LONGEST_NUMBER,
        required=False,
        help_text=_("The number of one of your documents; empty for sample data."),
    )

    def __init__(
        self,
        *args: Any,
        kind: str,
        language: str,
        stored: Sequence[Mapping[str, str]] = (),
        may_change: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.language = kind, language
        self.text: CheckedText | None = None
        self.conditions: list[Condition] = []
        for place in range(MOST):
            self._add(place, stored[place] if place < len(stored) else {})
        dress(self.fields)
        for field in self.fields.values():
            field.disabled = not may_change

    def _add(self, place: int, stored: Mapping[str, str]) -> None:
        parameters = [("", DASH), *((name, each.label) for name, each in PARAMETERS.items())]
        made: dict[str, forms.Field] = {
            "parameter": forms.ChoiceField(label=_("Parameter"), choices=parameters, required=False),
            "operator": forms.ChoiceField(label=_("Comparison"), choices=OPERATORS.items(), required=False),
            "value": forms.CharField(label=_("Value"), max_length=LONGEST_VALUE, required=False),
        }
        for part, field in made.items():
            field.initial = stored.get(part, "")
            field.widget.attrs["aria-label"] = f"{field.label} {place + 1}"
            self.fields[f"{part}_{place}"] = field

    @property
    def rows(self) -> list[ConditionRow]:
        """The rows to show: those that say something, and some spare ones."""
        said = [place for place in range(MOST) if self[f"parameter_{place}"].value() or self[f"value_{place}"].value()]
        count = min(MOST, max(said, default=-1) + 1 + SPARE)
        return [ConditionRow(place, [self[f"{part}_{place}"] for part in PARTS]) for place in range(count)]

    def clean(self) -> dict[str, Any]:
        """Read the conditions, and try the words with every sample."""
        given = self.cleaned_data
        for place in range(MOST):
            self._read(place)
        if "subject" in given and "body" in given:
            try:
                self.text = texts.checked(self.kind, self.language, subject=given["subject"], body=given["body"])
            except InvalidInput as refusal:
                self.refuse(refusal)
        return given

    def _read(self, place: int) -> None:
        parameter, operator, value = (self.cleaned_data.get(f"{part}_{place}", "") for part in PARTS)
        if not parameter and not value:
            return
        try:
            self.conditions.append(condition(parameter, operator, value))
        except Unusable as error:
            self.add_error(f"value_{place}" if parameter else f"parameter_{place}", str(error))

    @property
    def wanted(self) -> dict[str, Any]:
        """What a valid form says, for the operations."""
        given = self.cleaned_data
        return {
            "text": self.text,
            "conditions": self.conditions,
            **{name: given[name] for name in ("name", "priority", "enabled")},
        }
