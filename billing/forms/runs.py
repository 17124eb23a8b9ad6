"""Starting a run."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from web.forms import PageForm
from web.widgets import DayInput


class RunForm(PageForm):
    """Through which day."""

    through = forms.DateField(
        label=gettext_lazy("Due through"), widget=DayInput(), input_formats=["%Y-%m-%d"],
        help_text=gettext_lazy("Bills everything due by this day, and every event up to it."),
    )  # fmt: skip

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["through"].initial = today
