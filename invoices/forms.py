"""Forms of the invoice's verbs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import PageForm


class VoidForm(PageForm):
    """Why an invoice is voided."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea({"rows": 3, "autofocus": True}))
