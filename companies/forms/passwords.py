"""Choosing a password. These forms never go through the idempotency record: not even a hash of them is stored."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.utils.translation import gettext_lazy as _

from companies.domain.refusals import TooManyAttempts
from companies.models import User
from web.forms import PageForm

LONGEST = 128


def _password(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
    box = forms.PasswordInput({"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=LONGEST, widget=box, **options)


class NewPasswordForm(PageForm):
    """A new password, twice."""

    new_password1 = _password(_("New password"), "new-password")
    new_password2 = _password(_("Repeat new password"), "new-password")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["new_password1"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        """Both the same, and good enough for the validators."""
        values = self.cleaned_data
        one, two = values.get("new_password1"), values.get("new_password2")
        if one and two:
            if one != two:
                self.add_error("new_password2", _("The two passwords differ."))
            try:
                validate_password(one, self.user)
            except forms.ValidationError as error:
                self.add_error("new_password1", error)
        return values


class ChangePasswordForm(NewPasswordForm):
    """A new password, by who knows the old one. ``save`` sets it."""

    old_password = _password(_("Current password"), "current-password")
    field_order = ("old_password", "new_password1", "new_password2")

    def __init__(self, user: User, *args: Any, confirm: Callable[[str], bool], **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.confirm = confirm

    def clean_old_password(self) -> str:
        """The present password, else nothing changes; ``confirm`` says whether it is, and counts the failures."""
        old = str(self.cleaned_data["old_password"])
        try:
            is_right = self.confirm(old)
        except TooManyAttempts as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from refusal
        if not is_right:
            raise forms.ValidationError(_("This is not your current password."), code="wrong")
        return old

    def save(self) -> User:
        """Set the password; every other session of the person ends."""
        self.user.set_password(self.cleaned_data["new_password1"])
        self.user.save(update_fields=["password"])
        return self.user
