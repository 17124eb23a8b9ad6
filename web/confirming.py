"""Forms that ask for the password again, before what one does weighs much."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import Refusal
from web.forms import PageForm


class ConfirmForm(PageForm):
    """One's own password beside the button; ``confirm`` says whether it is right, and counts the failures."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        help_text=_("Confirm your password, so that nobody else can do this at your screen."),
    )

    def __init__(self, *args: Any, confirm: Callable[[str], bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.confirm = confirm
        self.order_fields([name for name in self.fields if name != "password"])

    def clean_password(self) -> str:
        """The right one, else nothing happens."""
        password = str(self.cleaned_data["password"])
        try:
            is_right = self.confirm(password)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from refusal
        if not is_right:
            raise forms.ValidationError(_("This is not your password."), code="wrong")
        return password
