"""Which kinds of mail are sent, with the PDF or without, and who gets copies."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.forms import PageForm, dress
from core.models import AuditEntry
from notifications.kinds import NotificationKind, all_kinds
from notifications.operations import check_copies
from notifications.queries import Decision

BETWEEN = re.compile(r"[\s,;]+")
"""What may stand between two addresses."""
LONGEST_COPIES = 3000


def names_of(kind: NotificationKind) -> list[str]:
    """The names of its fields, in order."""
    parts = ("enabled", "attach_pdf", "cc") if kind.has_pdf else ("enabled", "cc")
    return [f"{kind.name}_{part}" for part in parts]


class Row(NamedTuple):
    """One kind of mail on the page."""

    kind: NotificationKind
    held: Decision
    fields: list[forms.BoundField]
    last: AuditEntry | None


class CopiesField(forms.CharField):
    """E-mail addresses, one per line or with commas between; cleaned to a tuple."""

    def __init__(self, **options: Any) -> None:
        box = forms.Textarea({"rows": 2, "inputmode": "email", "autocomplete": "off", "spellcheck": "false"})
        super().__init__(max_length=LONGEST_COPIES, required=False, widget=box, **options)

    def clean(self, value: Any) -> Any:
        """Refuse whatever is no address."""
        try:
            return tuple(check_copies(BETWEEN.split(super().clean(value))))
        except InvalidInput as refusal:
            raise ValidationError(refusal.message) from refusal

    def prepare_value(self, value: Any) -> Any:
        """A line for each address; what was typed stays as it was typed."""
        return "\n".join(value) if isinstance(value, list | tuple) else value


class NotificationsForm(PageForm):
    """Fields for each kind, named after it; ``held`` is what holds now, ``last`` who decided that."""

    def __init__(
        self,
        *args: Any,
        held: Mapping[str, Decision],
        last: Mapping[str, AuditEntry],
        may_change: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kinds, self.held, self.last = all_kinds(), held, last
        for kind in self.kinds:
            self._add(kind, held[kind.name])
        for field in self.fields.values():
            field.disabled = not may_change
        dress(self.fields)

    def _add(self, kind: NotificationKind, held: Decision) -> None:
        self.fields[f"{kind.name}_enabled"] = forms.BooleanField(
            label=_("Send this mail"), required=False, initial=held.enabled
        )
        if kind.has_pdf:
            self.fields[f"{kind.name}_attach_pdf"] = forms.BooleanField(
                label=_("Attach the PDF"), required=False, initial=held.attach_pdf
            )
        self.fields[f"{kind.name}_cc"] = CopiesField(
            label=_("Copies to"), initial=held.cc, help_text=_("E-mail addresses, one per line. Each gets every mail.")
        )

    @property
    def rows(self) -> list[Row]:
        """A row for each kind, in the order of their names."""
        return [
            Row(
                kind,
                self.held[kind.name],
                [self[name] for name in names_of(kind)],
                self.last.get(kind.name),
            )
            for kind in self.kinds
        ]

    @property
    def wanted(self) -> dict[str, Decision]:
        """The decisions of a valid form, by the kind's name."""
        given = self.cleaned_data
        return {
            kind.name: Decision(
                given[f"{kind.name}_enabled"],
                given.get(f"{kind.name}_attach_pdf", self.held[kind.name].attach_pdf),
                given[f"{kind.name}_cc"],
            )
            for kind in self.kinds
        }

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """As every form's, but each label says which kind of mail it belongs to."""
        labels = {self[f"{kind.name}_cc"].id_for_label: str(kind.label) for kind in self.kinds}
        return [
            (target, f"{labels[target]}, {label}" if target in labels else label, text)
            for target, label, text in super().problems
        ]
