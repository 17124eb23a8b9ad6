"""Who gets a document that somebody mails by hand."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.mail.recipients import COPY, Recipient
from notifications.models import Audience
from web.forms import PageForm


class RecipientsForm(PageForm):
    """One box for each address; those who would get it by themselves are ticked."""

    to = forms.MultipleChoiceField(
        label=gettext_lazy("To"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one recipient.")},
        help_text=gettext_lazy("To mail somebody else, make them the company's billing address or one of its people."),
    )

    def __init__(
        self,
        *args: Any,
        people: Collection[Recipient],
        usual: Collection[str],
        bounced: Collection[str],
        **options: Any,
    ) -> None:
        super().__init__(*args, initial={"to": list(usual)}, **options)
        self.offer("to", [(each.address, _words(each, each.address.lower() in bounced)) for each in people])


def _words(recipient: Recipient, has_bounced: bool) -> str:
    """The address, whose it is, and as what they get it."""
    role = _("Copy") if recipient.role == COPY else Audience(recipient.role).label
    who = _("%(address)s (%(name)s, %(role)s)") % {"address": recipient.address, "name": recipient.name, "role": role}
    return _("%(who)s: mail to this address bounced") % {"who": who} if has_bounced else who
