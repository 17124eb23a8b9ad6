"""How a memo is divided: each row of lines says by a number which new memo it goes into."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from web.forms import PageForm, reason_field

FIELD = "memo-"


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that go together: their ids, what they are in words, and the number that is offered, from 1."""

    lines: tuple[int, ...]
    label: str
    number: int

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"{FIELD}{self.lines[0]}"


class DivideForm(PageForm):
    """A number for each row, and why; rows with the same number become one memo."""

    reason = reason_field()

    def __init__(self, *args: Any, rows: Sequence[Row], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            number = forms.IntegerField(label=row.label, initial=row.number, min_value=1, max_value=len(rows))
            number.widget.attrs["class"] = "form-control numeric"
            self.fields[row.name] = number
        self.order_fields([*(row.name for row in rows), "reason"])

    def clean(self) -> dict[str, Any]:
        """One number for all is no division."""
        cleaned = super().clean() or {}
        numbers = {cleaned[row.name] for row in self.rows if row.name in cleaned}
        if len(numbers) == 1 and not self.errors:
            self.add_error(self.rows[-1].name, _("Enter at least two different numbers, one for each new credit memo."))
        return cleaned

    @property
    def groups(self) -> list[list[int]]:
        """The ids of the lines, by the numbers in their order."""
        found: dict[int, list[int]] = {}
        for row in self.rows:
            found.setdefault(self.cleaned_data[row.name], []).extend(row.lines)
        return [found[number] for number in sorted(found)]
