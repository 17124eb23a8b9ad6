"""Answering a grantable cell of the permission table."""

from typing import Any

from django import forms

from companies.domain.roles import LABELS, Role
from web.forms import PageForm


class GrantForm(PageForm):
    """Role, permission and answer; all of them come with the link that was followed."""

    role = forms.ChoiceField(choices=Role.choices, widget=forms.HiddenInput())
    permission = forms.ChoiceField(choices=list(LABELS.items()), widget=forms.HiddenInput())
    granted = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], widget=forms.HiddenInput())

    def clean_granted(self) -> bool:
        """The answer as a truth value."""
        return bool(self.cleaned_data["granted"] == "yes")

    def words(self) -> dict[str, Any]:
        """What the form is about, for sentences; empty strings for what makes no sense."""
        role, permission = self["role"].value() or "", self["permission"].value() or ""
        return {
            "role": dict(Role.choices).get(role, ""),
            "permission": LABELS.get(permission, ""),
            "granted": self["granted"].value() == "yes",
        }
