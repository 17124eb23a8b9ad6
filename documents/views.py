"""A document's PDFs: the block that shows where they are, the download, and trying again."""

import hashlib
import logging
from typing import ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import MAX_ID, MemberView, is_partial, one_or_404
from core.errors import Refusal
from core.views.frame import back_to
from documents import kinds, operations
from documents.making import document_storage
from documents.models import StoredDocument
from documents.templatetags.document_files import block_context

log = logging.getLogger(__name__)


class DocumentView(MemberView):
    """What the views of one document's PDFs share: a document that the member may not see is Not found."""

    permission: ClassVar[str] = "documents.download"

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

    permission: ClassVar[str] = "documents.retry"
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


class Download(DocumentView):
    """The bytes of one stored PDF, after they proved to be those that were stored."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """As a download, or with ``?view`` in the browser's own viewer."""
        stored = one_or_404(StoredDocument.objects.filter(marketplace_id=self.member.marketplace.pk), pk)
        self.check_visible(stored.kind, stored.document_id)
        content = _proved(stored)
        if content is None:
            log.critical("stored document %s does not match its record", stored.pk)
            return HttpResponse(
                _("The stored file does not match its record. Please tell your operator."),
                status=500,
                content_type="text/plain; charset=utf-8",
            )
        disposition = "inline" if "view" in request.GET else "attachment"
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'{disposition}; filename="{stored.file_name}"',
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )


def block(request: HttpRequest, kind: str, document_id: int) -> HttpResponse:
    """The block of a document's PDFs."""
    return render(request, "documents/_files.html", block_context(request, kind, document_id))


def _proved(stored: StoredDocument) -> bytes | None:
    try:
        with document_storage().open(stored.name, "rb") as file:
            content: bytes = file.read()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == stored.sha256 else None
