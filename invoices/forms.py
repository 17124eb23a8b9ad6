"""Forms of the invoice's verbs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.operations.voiding import Then
from web.forms import PageForm, reason_field


class VoidForm(PageForm):
    """Why an invoice is voided and, where a billing run made it (``of_run``), what becomes of what it was for."""

    reason = reason_field()
    then = forms.ChoiceField(
        label=_("What it billed"),
        required=False,
        initial=Then.AGAIN,
        choices=[
            (Then.AGAIN, _("Bill this period again with the next run")),
            (Then.NEVER, _("Do not bill it again; an exception is recorded")),
        ],
        widget=forms.RadioSelect,
        help_text=_("Periods, usage and events become billable again, or stay as they are."),
    )

    def __init__(self, *args: Any, of_run: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not of_run:
            del self.fields["then"]

    @property
    def chosen(self) -> Then:
        """What was chosen."""
        return Then(self.cleaned_data.get("then") or Then.AGAIN)
