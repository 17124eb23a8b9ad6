"""What a person may change about themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from web.forms import PageForm


class ProfileForm(PageForm):
    """Name, and the language of mails and figures."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "name"}),
        help_text=_("In this marketplace; other marketplaces don't see it."),
    )
    language = forms.ChoiceField(
        label=_("Language of documents and mails"),
        required=False,
        help_text=_(
            "For mails to you; documents use their company's language. Pages are in English, with "
            "amounts and dates in your language's format, which you can also type."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language: Any = self.fields["language"]
        language.choices = [("", _("Browser setting")), *settings.LANGUAGES]
