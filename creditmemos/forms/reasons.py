"""A reason for credit: a label for each language of the marketplace, and how it is used."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Marketplace
from creditmemos.models import CreditReason
from creditmemos.operations.reasons import LAST_POSITION, LONGEST_LABEL
from web.forms import PageForm

NAMES = dict(settings.LANGUAGES)


class ReasonForm(PageForm):
    """``labels`` of the cleaned form maps language codes to what was typed."""

    counts_as = forms.ChoiceField(
        label=gettext_lazy("Counts as"),
        choices=CreditReason.CountsAs.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "Used when unused time of the same charge is credited later. Issued credit memos keep their setting."
        ),
    )
    note_required = forms.BooleanField(
        label=gettext_lazy("A note is required"),
        required=False,
        help_text=gettext_lazy("A note must be entered when this reason is chosen."),
    )
    position = forms.IntegerField(
        label=gettext_lazy("Position in the list"),
        min_value=0,
        max_value=LAST_POSITION,
        help_text=gettext_lazy("Lower numbers come first."),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("Active"),
        required=False,
        help_text=gettext_lazy("Credit memos that already have it keep it."),
    )

    def __init__(self, *args: Any, marketplace: Marketplace, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages: list[str] = list(marketplace.languages)
        for code in self.languages:
            self.fields[f"label_{code}"] = forms.CharField(
                label=_("Label, %(language)s") % {"language": NAMES.get(code, code)},
                max_length=LONGEST_LABEL,
                required=code == marketplace.default_language,
                widget=forms.TextInput({"class": "form-control", "lang": code}),
            )
        if is_new:
            del self.fields["is_active"]
        self.order_fields([f"label_{code}" for code in self.languages])

    def clean(self) -> dict[str, Any]:
        """Gather the labels."""
        values = dict(self.cleaned_data)
        labels = {code: values.pop(f"label_{code}", "") for code in self.languages}
        return {**values, "labels": labels}
