"""The download of an issued document as an EN 16931 e-invoice."""

import logging

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from documents.domain import kinds
from documents.einvoice.output import WRITERS, Invalid, einvoice_for, file_name
from documents.einvoice.translation import NotRepresentable
from documents.renderer.rendering import RenderError
from documents.views.files import DocumentView, page_of

log = logging.getLogger(__name__)


class EInvoice(DocumentView):
    """An issued document as XML, made from what was frozen at issue and checked by the official rules each time."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, kind: str, document_id: int, syntax: str) -> HttpResponse:
        """As a download; what the standard can't say, or the rules refuse, is told on the document's page."""
        self.check_visible(kind, document_id)
        if syntax not in WRITERS:
            raise Http404
        content = kinds.kind_called(kind).contents([document_id]).get(document_id)
        if content is None or not content["issued_at"]:
            raise Http404
        try:
            xml = einvoice_for(content, kind, syntax)
        except NotRepresentable as refusal:
            messages.error(request, refusal.message)
        except Invalid:
            log.exception("an e-invoice breaks the official rules and is not given out")
            messages.error(request, _("The e-invoice did not pass the official rules. Please contact your operator."))
        except RenderError:
            log.exception("the e-invoice of %s could not be checked", content["number"])
            messages.error(request, _("The e-invoice could not be checked. Please try again later."))
        else:
            return _as_download(xml, file_name(content["number"], syntax))
        return redirect(page_of(kind, document_id))


def _as_download(xml: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        xml,
        content_type="application/xml",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
