"""Whether one kind of mail is sent, to whom, with what attached, and who gets copies."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from notifications.domain.kinds import NotificationKind
from notifications.models import Audience, Protection
from notifications.operations import check_copies
from notifications.operations.deciding import LONGEST_PHRASE
from notifications.queries import Decision
from web.forms import PageForm

BETWEEN = re.compile(r"[\s,;]+")
"""What may stand between two addresses."""
LONGEST_COPIES = 3000
OF_PDF = ("attach_pdf", "attach_xml", "protection", "phrase")
"""Fields that make no sense where there is no PDF."""
OF_AUDIENCE = ("audience", "cc")
"""Fields that make no sense where a mail goes wherever another one went; the first one neither where staff get it."""
HELD = ("enabled", *OF_AUDIENCE, *OF_PDF[:3])
"""What is shown as it holds now; the phrase never is."""


class CopiesField(forms.CharField):
    """E-mail addresses, one per line or with commas between; cleaned to a tuple."""

    def __init__(self, **options: Any) -> None:
        box = forms.Textarea({"rows": 2, "inputmode": "email", "autocomplete": "off", "spellcheck": "false"})
        super().__init__(max_length=LONGEST_COPIES, required=False, widget=box, **options)

    def clean(self, value: Any) -> Any:
        """Refuse whatever is no address."""
        try:
            return tuple(check_copies(BETWEEN.split(super().clean(value))))
        except InvalidInput as refusal:
            raise ValidationError(refusal.message) from refusal

    def prepare_value(self, value: Any) -> Any:
        """A line for each address; what was typed stays as it was typed."""
        return "\n".join(value) if isinstance(value, list | tuple) else value


class KindForm(PageForm):
    """The decisions about one kind; ``held`` is what holds now. The phrase is never shown again."""

    enabled = forms.BooleanField(label=_("Send this mail"), required=False)
    audience = forms.MultipleChoiceField(
        label=_("Goes to"),
        choices=Audience.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only people of the paying company."),
    )
    cc = CopiesField(label=_("Copies to"), help_text=_("E-mail addresses, one per line. Each receives every mail."))
    attach_pdf = forms.BooleanField(label=_("Attach the PDF"), required=False)
    attach_xml = forms.BooleanField(
        label=_("Attach the e-invoice"), required=False, help_text=_("As XML beside the PDF, which must be attached.")
    )
    protection = forms.ChoiceField(
        label=_("Password of the PDF"),
        choices=Protection.choices,
        required=False,
        help_text=_("The stored PDF is not protected; the copy that is mailed is. The password is never in a mail."),
    )
    phrase = forms.CharField(
        label=_("Phrase"), max_length=LONGEST_PHRASE, required=False, strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, kind: NotificationKind, held: Decision, may_change: bool, **kwargs: Any) -> None:
        super().__init__(*args, initial={name: getattr(held, name) for name in HELD}, **kwargs)
        for name in _senseless(kind):
            self.fields.pop(name)
        if "phrase" in self.fields:
            self.fields["phrase"].help_text = (
                _("One is set. Leave this empty to keep it.") if held.phrase else _("At least 12 characters.")
            )
        for field in self.fields.values():
            field.disabled = not may_change
        self.held = held

    @property
    def wanted(self) -> dict[str, Any]:
        """What a valid form says, for ``operations.decide``; what it has no field for stays as it is."""
        return {**{name: getattr(self.held, name) for name in HELD}, **self.cleaned_data}

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields in groups."""
        groups = [(_("Sending"), ("enabled",)), (_("Audience"), OF_AUDIENCE), (_("Attachments"), OF_PDF)]
        shown = [(str(label), [self[name] for name in names if name in self.fields]) for label, names in groups]
        return [(label, fields) for label, fields in shown if fields]


def _senseless(kind: NotificationKind) -> set[str]:
    """The fields that a kind has no use for."""
    without_pdf = set() if kind.has_pdf else set(OF_PDF)
    without_xml = set() if kind.has_xml else {"attach_xml"}
    without_audience = {"audience"} if kind.to_staff else set()
    return without_pdf | without_xml | without_audience | (set(OF_AUDIENCE) if kind.follows else set())
