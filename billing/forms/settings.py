"""The billing settings, and the rows of the tax table."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.domain.calendar import LAST_DAY
from billing.models import BillingSettings, TaxRule
from billing.operations.settings import DAYS, HOURS, MOST_WORKERS, Tax
from core.errors import Refusal
from core.typed import typed_number
from web.fields import ExactField, typed_exact
from web.forms import PageForm

DAY_CHOICES = [(day, gettext_lazy("Last day of the month") if day == LAST_DAY else str(day)) for day in DAYS]
HOUR_CHOICES = [(hour, f"{hour:02}:00") for hour in HOURS]
MOST_ROWS = 200
HUNDRED = Decimal(100)
PERCENT_PLACES = 4
PARTS = ("country", "tax_class", "name", "rate")


class BillingSettingsForm(PageForm):
    """The calendar and the rules."""

    frequency = forms.ChoiceField(label=gettext_lazy("Automatic runs"), choices=BillingSettings.Frequency.choices)
    day = forms.TypedChoiceField(label=gettext_lazy("Day of a monthly run"), choices=DAY_CHOICES, coerce=int)
    hour = forms.TypedChoiceField(
        label=gettext_lazy("Hour"),
        choices=HOUR_CHOICES,
        coerce=int,
        help_text=gettext_lazy("In the marketplace's time zone."),
    )
    change_day_is_new = forms.BooleanField(
        label=gettext_lazy("Charge the day of a plan change at the new plan"), required=False
    )
    cancel_day_is_used = forms.BooleanField(label=gettext_lazy("Charge the day of a cancellation"), required=False)
    lanes = forms.IntegerField(
        label=gettext_lazy("Parallel workers per run"), min_value=1, max_value=MOST_WORKERS,
        help_text=gettext_lazy("Maximum. More workers make a run faster until the database is busy."),
    )  # fmt: skip

    def __init__(self, *args: Any, may_change: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.disabled = not may_change

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Calendar and rules."""
        rules = ("change_day_is_new", "cancel_day_is_used", "lanes")
        return [
            (str(_("Calendar")), [self[name] for name in ("frequency", "day", "hour")]),
            (str(_("Rules")), [self[name] for name in rules]),
        ]


@dataclass(slots=True)
class TaxRow:
    """One row as it was typed, and what is wrong with it."""

    position: int
    texts: dict[str, str]
    error: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not any(self.texts.values())

    def boxes(self) -> list[tuple[str, str, str]]:
        """(name of the box, part, text)."""
        return [(f"tax-{self.position}-{part}", part, self.texts[part]) for part in PARTS]


class TaxTableForm(PageForm):
    """The tax table: every stored row, and a blank one to add; a row that is emptied goes away."""

    def __init__(self, data: QueryDict | None = None, *, rules: Sequence[TaxRule] = (), **kwargs: Any) -> None:
        self.may_change: bool = kwargs.pop("may_change", True)
        super().__init__(data, **kwargs)
        self.rows = self._sent(data) if data is not None else self._stored(rules)
        self.taxes: list[Tax] = []

    def _stored(self, rules: Sequence[TaxRule]) -> list[TaxRow]:
        rows = [
            TaxRow(at, {"country": rule.country, "tax_class": rule.tax_class, "name": rule.name,
                        "rate": typed_exact(rule.rate * HUNDRED)})
            for at, rule in enumerate(rules, start=1)
        ]  # fmt: skip
        return [*rows, TaxRow(len(rows) + 1, dict.fromkeys(PARTS, ""))] if self.may_change else rows

    def _sent(self, data: QueryDict) -> list[TaxRow]:
        text = data.get("rows", "")
        count = min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < len("1000") else 1
        rows = [
            TaxRow(at, {part: data.get(f"tax-{at}-{part}", "").strip() for part in PARTS}) for at in range(1, count + 1)
        ]
        if data.get("go") == "add" and len(rows) < MOST_ROWS:
            rows.append(TaxRow(len(rows) + 1, dict.fromkeys(PARTS, "")))
        return rows

    def is_valid(self) -> bool:
        """Every row that is not blank can be read."""
        for row in self.rows:
            if not row.is_blank:
                self._read(row)
        return super().is_valid() and not any(row.error for row in self.rows)

    def _read(self, row: TaxRow) -> None:
        try:
            rate = ExactField(places=PERCENT_PLACES, is_percent=True).clean(row.texts["rate"]) / HUNDRED
        except ValidationError:
            row.error = _("Enter the rate in percent, such as 19 or %(example)s.") % {"example": typed_number("7.5")}
            return
        texts = row.texts
        self.taxes.append(Tax(texts["country"].upper(), texts["tax_class"], texts["name"], rate))

    def refuse(self, refusal: Refusal) -> None:
        """Beside the row that it names."""
        used = [row for row in self.rows if not row.is_blank]
        row = next((row for at, row in enumerate(used, start=1) if refusal.field == f"tax-{at}"), None)
        if row is None:
            super().refuse(refusal)
        else:
            row.error = refusal.message

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """The rows' errors, for the summary."""
        found = [(f"id_tax-{row.position}-country", str(_("Tax")), row.error) for row in self.rows if row.error]
        return found + super().problems
