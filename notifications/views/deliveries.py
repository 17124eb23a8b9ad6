"""The mails about a document: the block that shows them, and sending one again."""

from typing import ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import MAX_ID, MemberView, is_partial, one_or_404
from core.errors import Refusal
from core.views.frame import back_to
from documents import kinds
from notifications import operations
from notifications.models import Delivery
from notifications.templatetags.deliveries import block_context


class DeliveryView(MemberView):
    """What the views of deliveries share: only staff see addresses, and only of documents that they see."""

    permission: ClassVar[str] = "documents.retry"

    def check_visible(self, kind: str, document_id: int) -> None:
        """Raise Http404 unless the member may have the document."""
        known = kind in kinds.names() and 0 < document_id <= MAX_ID
        if not known or not kinds.kind_called(kind).visible(document_id, self.member):
            raise Http404


class DeliveriesBlock(DeliveryView):
    """The block of the mails about a document; it asks for itself again while one is queued."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, kind: str, document_id: int) -> HttpResponse:
        """The block alone, for htmx."""
        self.check_visible(kind, document_id)
        return render(request, "notifications/_deliveries.html", block_context(request, kind, document_id))


class Resend(DeliveryView):
    """Send one mail again."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue a copy of it; a mail that is still on its way is left alone."""
        delivery = one_or_404(Delivery.objects.filter(marketplace_id=self.member.marketplace.pk), pk)
        self.check_visible(delivery.subject_kind, delivery.subject_id)
        try:
            operations.resend(delivery=delivery, actor=self.member.actor, now=timezone.now())
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The mail to %(address)s is queued again.") % {"address": delivery.recipient})
        if is_partial(request):
            context = block_context(request, delivery.subject_kind, delivery.subject_id)
            return render(request, "notifications/_deliveries.html", context)
        return redirect(back_to(request))
