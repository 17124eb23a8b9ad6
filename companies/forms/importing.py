"""Sending a file of companies."""

from django import forms
from django.utils.translation import gettext_lazy as _

from web.forms import PageForm


class CompanyFileForm(PageForm):
    """A file of companies, tried first unless told otherwise."""

    file = forms.FileField(
        label=_("CSV file"), allow_empty_file=True, max_length=200,
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".csv,text/csv"}),
    )  # fmt: skip
    is_trial = forms.BooleanField(
        label=_("Only try it"), required=False, initial=True,
        help_text=_("Says what would be added and changed, and which rows don't fit. Import it from there."),
    )  # fmt: skip
