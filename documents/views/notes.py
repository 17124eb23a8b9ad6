"""Notes and files about an issued document: adding one, striking one, taking a file away. Staff only."""

import logging
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.ids import MAX_ID
from documents.domain import kinds
from documents.forms import NoteForm
from documents.models import DocumentNote
from documents.operations import notes
from documents.operations.notes import PERMISSION
from documents.storage.reading import Damaged, read_proved
from documents.views.files import page_of, refused
from web.access import MemberView, one_or_404
from web.forms import PageForm, ReasonForm
from web.views import FormPage, VerbView

log = logging.getLogger(__name__)


class AddNote(FormPage):
    """Write a note about a document, or keep a file beside it."""

    permission = PERMISSION
    title = gettext_lazy("Add a note or file")
    button = gettext_lazy("Add")
    form_class = NoteForm
    body_template = "documents/_asset_form.html"
    verb_keeps_key = True
    back_label = gettext_lazy("The document")

    @property
    def kind(self) -> str:
        """What kind of document it is about; an unknown one is Not found."""
        kind = str(self.kwargs["kind"])
        if kind not in kinds.names():
            raise Http404
        return kind

    @property
    def document_id(self) -> int:
        """Which one; one that the member does not see is Not found."""
        document_id = int(self.kwargs["document_id"])
        if document_id > MAX_ID or not kinds.kind_called(self.kind).visible(document_id, self.member):
            raise Http404
        return document_id

    def make_form(self, data: QueryDict | None) -> PageForm:
        """With the file."""
        return self.form_class(data, self.request.FILES if data is not None else None, **self.form_options())

    def check(self) -> None:
        """Ask the guards."""
        notes.check_note(kind=self.kind, document_id=self.document_id, actor=self.member.actor)

    def back_url(self) -> str:
        """The document's page."""
        return page_of(self.kind, self.document_id)

    def success_url(self, _result: DocumentNote) -> str:
        """The notes of the document's page."""
        return f"{self.back_url()}#notes"

    def perform(self, form: Any) -> DocumentNote:
        """Keep it."""
        sent = form.cleaned_data["file"]
        return notes.add(
            kind=self.kind,
            document_id=self.document_id,
            text=form.cleaned_data["text"],
            content=sent.read() if sent else b"",
            file_name=sent.name if sent else "",
            actor=self.member.actor,
            now=self.now,
            key=self.key,
        )

    def message(self, _result: DocumentNote) -> str:
        """Done."""
        return _("Added.")


class StrikeNote(VerbView):
    """Strike a note or a file, with a reason."""

    permission = PERMISSION
    title = gettext_lazy("Strike a note")
    button = gettext_lazy("Strike note")
    tone = "danger"
    form_class = ReasonForm
    object_name = "note"
    object: DocumentNote
    back_label = gettext_lazy("The document")

    def queryset(self) -> QuerySet[DocumentNote]:
        """The marketplace's notes and files."""
        return DocumentNote.objects.filter(marketplace_id=self.member.marketplace.pk, strikes__isnull=True)

    def heading(self) -> str:
        """Which."""
        return _("Strike “%(note)s”") % {"note": self.object}

    def check(self) -> None:
        """Ask the guard."""
        notes.check_strike(self.object)

    def consequence(self) -> str:
        """What stays."""
        return _("It stays in the list, crossed out, with your reason. A file can no longer be downloaded.")

    def back_url(self) -> str:
        """The document's page."""
        return page_of(self.object.kind, self.object.document_id)

    def perform(self, form: Any) -> DocumentNote:
        """Strike it."""
        reason = form.cleaned_data["reason"]
        return notes.strike(note=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, _result: DocumentNote) -> str:
        """Done."""
        return _("Struck.")


class NoteFile(MemberView):
    """The bytes of a file, after they proved to be those that were kept; always as a download."""

    permission = PERMISSION
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        """A struck file is Not found."""
        kept = DocumentNote.objects.filter(
            marketplace_id=self.member.marketplace.pk, size__gt=0, struck_by__isnull=True
        )
        note = one_or_404(kept, pk)
        try:
            content = read_proved(note.stored, note.sha256, what=f"note {note.pk}")
        except Damaged:
            return refused(_("The stored file does not match its record. Please contact your operator."), status=500)
        except OSError:
            log.exception("the file of note %s cannot be read", note.pk)
            return refused(_("The stored file can't be read right now. Please try again later."), status=503)
        return HttpResponse(
            content,
            content_type=note.media_type,
            headers={
                "Content-Disposition": str(content_disposition_header(as_attachment=True, filename=note.file_name)),
                "Cache-Control": "private, no-store",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "X-Content-Type-Options": "nosniff",
            },
        )
