"""The dialog that mails a document by hand, from the document's page."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.errors import refusal_of
from documents.domain.kinds import kind_called
from notifications import operations
from notifications.forms.mailing import RecipientsForm
from notifications.models import Delivery
from notifications.operations import bouncing
from notifications.operations.mailing_documents import PERMISSION, Letter
from notifications.views.deliveries import refuse_hidden
from web.access import viewer
from web.views import FormPage

ANSWERED = {"GET", "HEAD", "POST"}


class MailDocument(FormPage):
    """Whom it goes to; the marketplace's audience is chosen already."""

    permission = PERMISSION
    title = gettext_lazy("Mail")
    button = gettext_lazy("Send")
    form_class = RecipientsForm
    verb_keeps_key = True  # The PDF and the words are made outside any transaction.

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whose right is missing is told first; then a document that the member may not have is Not found."""
        member = viewer(request)
        if member is not None and member.may(self.permission) and request.method in ANSWERED:
            refuse_hidden(kwargs["kind"], kwargs["document_id"], member)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What stands in the way comes before the boxes, as there are none then."""
        refusal = refusal_of(self.check)
        return self.cannot(refusal) if refusal else super().post(request, *args, **kwargs)

    @cached_property
    def letter(self) -> Letter:
        """What would be mailed."""
        return operations.check_mail_document(
            document=self.kwargs["kind"],
            document_id=self.kwargs["document_id"],
            marketplace_id=self.member.marketplace.pk,
        )

    def check(self) -> None:
        """Ask the guards."""
        _asked = self.letter

    def form_options(self) -> dict[str, Any]:
        """Everybody who can get it."""
        addresses = [each.address for each in self.letter.people]
        marks = bouncing.marked(self.member.marketplace.pk, addresses)
        return {
            "people": self.letter.people,
            "usual": self.letter.usual,
            "bounced": set(marks.values_list("address", flat=True)),
        }

    def heading(self) -> str:
        """Which document."""
        document = kind_called(self.kwargs["kind"])
        content = document.contents([self.kwargs["document_id"]]).get(self.kwargs["document_id"])
        return _("Mail %(document)s") % {"document": content["number"] if content else document.label}

    def consequence(self) -> str:
        """Which words they get, and with what."""
        text = _("Each recipient gets the mail “%(mail)s”.") % {"mail": self.letter.kind.label}
        attached = _("The PDF is attached.") if self.letter.decision.attach_pdf else _("No PDF is attached.")
        return f"{text} {attached}"

    def perform(self, form: Any) -> list[Delivery]:
        """Send it."""
        return operations.mail_document(
            document=self.kwargs["kind"],
            document_id=self.kwargs["document_id"],
            addresses=form.cleaned_data["to"],
            actor=self.member.actor,
            now=self.now,
            key=self.key,
        )

    def back_url(self) -> str:
        """The document's page."""
        return reverse(kind_called(self.kwargs["kind"]).page, args=[self.kwargs["document_id"]])

    def success_url(self, _result: list[Delivery]) -> str:
        """The document's page, where the mails are listed."""
        return self.back_url()

    def message(self, result: list[Delivery]) -> str:
        """How many."""
        text = ngettext("%(n)s mail is on its way.", "%(n)s mails are on their way.", len(result))
        return text % {"n": len(result)}
