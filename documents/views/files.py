"""A document's PDFs: the block that shows where they are, the downloads, trying again, and one more version."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Refusal
from core.ids import MAX_ID
from documents import operations
from documents.domain import kinds
from documents.models import DocumentJob, Purpose, StoredDocument
from documents.operations import making
from documents.operations.files import check_regenerate
from documents.operations.making import Wanted
from documents.renderer import rendering
from documents.renderer.rendering import RenderError
from documents.storage.reading import Damaged, proved
from documents.templates import defaults
from documents.templatetags.document_files import block_context, shows_unified
from web.access import MemberView, is_partial, one_or_404
from web.forms import ReasonForm
from web.links import back_to
from web.views import VerbView

log = logging.getLogger(__name__)


class DocumentView(MemberView):
    """What the views of one document's PDFs share: a document that the member may not see is Not found."""

    permission: str = "documents.download"

    def check_visible(self, kind: str, document_id: int) -> None:
        """Raise Http404 unless the kind exists and says that the member may have the document's PDFs."""
        if kind not in kinds.names() or not 0 < document_id <= MAX_ID:
            raise Http404
        if not kinds.kind_called(kind).visible(document_id, self.member):
            raise Http404


class FilesBlock(DocumentView):
    """The block of a document's page that says where its PDFs are; it asks for itself again while any is waited for."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, kind: str, document_id: int) -> HttpResponse:
        """The block alone, for htmx."""
        self.check_visible(kind, document_id)
        return block(request, kind, document_id)


class TryAgain(DocumentView):
    """Queue a failed PDF once more."""

    permission: str = "documents.retry"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, kind: str, document_id: int, purpose: str) -> HttpResponse:
        """Queue it; sent twice, the second finds nothing failed and says so."""
        self.check_visible(kind, document_id)
        try:
            operations.try_again(
                kind=kind, document_id=document_id, purpose=purpose, actor=self.member.actor, now=timezone.now()
            )
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The PDF is queued again."))
        return block(request, kind, document_id) if is_partial(request) else redirect(back_to(request))


class Regenerate(VerbView):
    """Ask for one more version of a stored PDF, and say why."""

    permission = "documents.regenerate"
    title = gettext_lazy("Create again")
    button = gettext_lazy("Create new version")
    form_class = ReasonForm
    object_name = "stored"
    back_label = gettext_lazy("The document")

    def queryset(self) -> QuerySet[StoredDocument]:
        """The one that is asked for, if the member may have its document's PDFs."""
        rows = StoredDocument.objects.filter(marketplace_id=self.member.marketplace.pk)
        rows = rows.exclude(purpose=Purpose.UNIFIED)  # It makes itself again when the credits change.
        stored = one_or_404(rows, self.kwargs["pk"])
        is_visible = kinds.kind_called(stored.kind).visible(stored.document_id, self.member)
        return rows if is_visible else rows.none()

    def check(self) -> None:
        """Ask the guard."""
        check_regenerate(self.object, actor=self.member.actor)

    def heading(self) -> str:
        """Which file."""
        return _("Create %(file)s again") % {"file": self.object.file_name}

    def consequence(self) -> str:
        """What stays."""
        return _(
            "The same figures are printed with the current template. Earlier versions are kept, and no mail is sent."
        )

    def back_url(self) -> str:
        """The document's page."""
        return page_of(self.object.kind, self.object.document_id)

    def perform(self, form: Any) -> DocumentJob:
        """Queue it."""
        reason = form.cleaned_data["reason"]
        return operations.regenerate(stored=self.object, reason=reason, actor=self.member.actor, now=self.now)

    def message(self, _result: DocumentJob) -> str:
        """It takes a moment."""
        return _("A new version is queued.")


class Original(DocumentView):
    """An issued document's original: the stored one, or made here and now because nobody has wanted it before."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, kind: str, document_id: int) -> HttpResponse:
        """As a download; a document that cannot be rendered says so on its page."""
        self.check_visible(kind, document_id)
        wanted = Wanted(self.member.marketplace.pk, kind, document_id, Purpose.ORIGINAL)
        try:
            stored = making.make_now(wanted)
        except making.NotIssued:
            raise Http404 from None
        except (RenderError, OSError) as error:
            return failed(request, kind, document_id, error)
        return file_response(stored, is_inline="view" in request.GET)


class Unified(DocumentView):
    """A document together with its credits as of now, where the marketplace shows that."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, kind: str, document_id: int) -> HttpResponse:
        """As a download; laid out anew each time, and kept when it says anything new."""
        self.check_visible(kind, document_id)
        found = kinds.kind_called(kind)
        if not found.has_unified or not shows_unified(self.member):
            raise Http404
        wanted = Wanted(self.member.marketplace.pk, kind, document_id, Purpose.UNIFIED)
        try:
            stored = making.make_unified(wanted, found.unified(document_id))
        except making.NotIssued:
            raise Http404 from None
        except (RenderError, OSError) as error:
            return failed(request, kind, document_id, error)
        return file_response(stored, is_inline="view" in request.GET)


class Download(DocumentView):
    """The bytes of one stored PDF, after they proved to be those that were stored."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """As a download, or with ``?view`` in the browser's own viewer."""
        stored = one_or_404(StoredDocument.objects.filter(marketplace_id=self.member.marketplace.pk), pk)
        self.check_visible(stored.kind, stored.document_id)
        return file_response(stored, is_inline="view" in request.GET)


class Copy(DocumentView):
    """A stored original once more, with the word for a copy across every page; nothing is stored."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """As a download, after the original's bytes proved to be those that were stored."""
        rows = StoredDocument.objects.filter(marketplace_id=self.member.marketplace.pk, purpose=Purpose.ORIGINAL)
        stored = one_or_404(rows, pk)
        self.check_visible(stored.kind, stored.document_id)
        name = f"{stored.file_name.removesuffix('.pdf')}-copy.pdf"
        try:
            return file_response(stored, name=name, change=partial(_as_copy, language=stored.language))
        except RenderError as error:
            return failed(request, stored.kind, stored.document_id, error)


def _as_copy(content: bytes, *, language: str) -> bytes:
    return rendering.stamped(content, defaults.stamp_word(language, "copy"))


def failed(request: HttpRequest, kind: str, document_id: int, error: RenderError | OSError) -> HttpResponse:
    """Say on the document's page why there is no PDF."""
    if isinstance(error, RenderError):
        messages.error(request, _("The PDF could not be created. %(reason)s") % {"reason": error})
    else:
        log.error("the PDF of %s %s could not be stored", kind, document_id, exc_info=error)
        messages.error(request, _("The PDF could not be stored. Please try again later."))
    return redirect(page_of(kind, document_id))


def page_of(kind: str, document_id: int) -> str:
    """The address of the document's own page."""
    return reverse(kinds.kind_called(kind).page, args=[document_id])


def file_response(
    stored: StoredDocument,
    *,
    is_inline: bool = False,
    name: str = "",
    change: Callable[[bytes], bytes] = lambda content: content,
) -> HttpResponse:
    """The stored bytes, or what ``change`` makes of them under another ``name``.

    A refusal when they are not what was stored or can't be read now.
    """
    try:
        content = proved(stored)
    except Damaged:
        return refused(_("The stored file does not match its record. Please contact your operator."), status=500)
    except OSError:
        log.exception("stored document %s cannot be read", stored.pk)
        return refused(_("The stored file can't be read right now. Please try again later."), status=503)
    return HttpResponse(
        change(content),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'{"inline" if is_inline else "attachment"}; filename="{name or stored.file_name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def block(request: HttpRequest, kind: str, document_id: int) -> HttpResponse:
    """The block of a document's PDFs."""
    return render(request, "documents/_files.html", block_context(request, kind, document_id))


def refused(text: str, *, status: int) -> HttpResponse:
    """Why a file is not given out, in words."""
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
