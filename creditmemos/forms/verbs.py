"""What the verbs on a memo ask for beside a reason: where money is touched, a confirmation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.operations.voiding import Then
from web.forms import PageForm, reason_field


class VoidForm(PageForm):
    """Why a memo is voided and, where a billing run made it (``of_run``), what becomes of what it credited."""

    reason = reason_field()
    then = forms.ChoiceField(
        label=_("What it credited"),
        required=False,
        initial=Then.AGAIN,
        choices=[
            (Then.AGAIN, _("Credit it again with the next run")),
            (Then.NEVER, _("Do not credit it again; an exception is recorded")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, of_run: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not of_run:
            del self.fields["then"]

    @property
    def chosen(self) -> Then:
        """What was chosen."""
        return Then(self.cleaned_data.get("then") or Then.AGAIN)


class UnpaidForm(PageForm):
    """Why, and, where money paid an invoice that would owe again, that this is meant.

    ``owing`` names those invoices in a sentence; without it nothing needs to be confirmed.
    """

    reason = reason_field()
    confirmed = forms.BooleanField(required=False)

    def __init__(self, *args: Any, owing: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if owing:
            self.fields["confirmed"].label = owing
            self.fields["confirmed"].required = True
            self.fields["confirmed"].error_messages["required"] = _("Tick this box to go on.")
        else:
            del self.fields["confirmed"]

    @property
    def is_confirmed(self) -> bool:
        """Whether the box was there and ticked."""
        return bool(self.cleaned_data.get("confirmed"))


class UndoAndVoidForm(UnpaidForm, VoidForm):
    """Both: what invoices owe again, and what becomes of what was credited."""

    field_order = ("reason", "then", "confirmed")


class ReverseForm(UnpaidForm):
    """Why, and whether the credit is held so that it is not used again automatically."""

    hold = forms.BooleanField(
        label=_("Hold the credit"),
        required=False,
        initial=True,
        help_text=_("Otherwise it may be applied automatically again at once."),
    )
    field_order = ("reason", "hold", "confirmed")
