"""Mails: the log, one of them, the block on a document's page, and sending again."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from companies.members import Member
from companies.queries.names import company_at
from core.errors import Refusal
from core.ids import MAX_ID
from documents.domain import kinds
from notifications import operations
from notifications.domain.kinds import label_of
from notifications.filters import DeliveryFilters
from notifications.models import BouncedAddress, Delivery
from notifications.operations import bouncing
from notifications.tables import DeliveryTable
from notifications.templatetags.deliveries import block_context
from web.access import MemberView, chosen_or_404, is_partial, one_or_404
from web.links import back_to
from web.lists import BulkAction, ListPage
from web.views import DetailPage, VerbView
from web.views.calling import Answer, called

ON_ITS_WAY = {Delivery.State.QUEUED, Delivery.State.RETRYING}


class DeliveryList(ListPage):
    """Every mail of the marketplace, and what became of it."""

    permission = "documents.retry"
    title = gettext_lazy("Deliveries")
    counted = ngettext_lazy("%(shown)s mail", "%(shown)s mails", "n")
    none_match = gettext_lazy("No mails match")
    none_yet = gettext_lazy("No mails yet")
    table_class = DeliveryTable
    filters_class = DeliveryFilters
    default_sort = "-created"
    bulk_actions = (
        BulkAction(gettext_lazy("Send failed ones again"), "notifications:resend_many", "documents.retry", "envelope"),
    )

    def queryset(self) -> QuerySet[Delivery]:
        """The marketplace's."""
        return Delivery.objects.filter(marketplace_id=self.member.marketplace.pk)

    def rows(self, found: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Without the words, with the company."""
        named = found.annotate(company_then=company_at("company_id", "created_at"))
        return named.defer("body", "subject", "remark")


class DeliveryPage(DetailPage):
    """One mail: its words, attachment, attempts with their answers, and copies."""

    permission = "documents.retry"
    template_name = "notifications/delivery.html"
    object_name = "delivery"

    def queryset(self) -> QuerySet[Delivery]:
        """The marketplace's."""
        rows = Delivery.objects.filter(marketplace_id=self.member.marketplace.pk)
        return rows.select_related("company", "attachment", "template", "resend_of")

    def context(self) -> dict[str, Any]:
        """Attempts, copies, the document, and whether the address bounced."""
        mail = self.object
        is_known = mail.subject_kind in kinds.names()
        page = reverse(kinds.kind_called(mail.subject_kind).page, args=[mail.subject_id]) if is_known else ""
        return {
            "title": mail.recipient or _("No recipient"),
            "label": label_of(mail.kind),
            "may_resend": mail.state not in ON_ITS_WAY and bool(mail.recipient) and not mail.is_test and is_known,
            "document_page": page,
            "is_withdrawn": mail.state == Delivery.State.WITHDRAWN,
            "tries": mail.tries.order_by("number", "pk"),
            "copies": mail.copies.order_by("pk"),
            "bounced": bouncing.marked(mail.marketplace_id, [mail.recipient]).first(),
            "may_see_settings": self.member.may("settings.view"),
        }


def refuse_hidden(kind: str, document_id: int, member: Member) -> None:
    """Raise Http404 unless there is such a document, and the member may have it."""
    known = kind in kinds.names() and 0 < document_id <= MAX_ID
    if not known or not kinds.kind_called(kind).visible(document_id, member):
        raise Http404


class DeliveryView(MemberView):
    """What the views of a document's deliveries share: only staff see addresses, and only of documents they see."""

    permission: str = "documents.retry"

    def check_visible(self, kind: str, document_id: int) -> None:
        """Raise Http404 unless the member may have the document."""
        refuse_hidden(kind, document_id, self.member)


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
        if not delivery.is_test:
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


class ResendMany(MemberView):
    """Send those of the chosen mails again that failed."""

    permission = "documents.retry"
    http_method_names = ["get", "post"]

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Nothing to see here."""
        return redirect(f"{reverse('notifications:list')}?state=failed")

    def post(self, request: HttpRequest) -> HttpResponse:
        """One foreign id refuses the batch."""
        rows = Delivery.objects.filter(marketplace_id=self.member.marketplace.pk)
        chosen, now = chosen_or_404(rows, request.POST.getlist("pk")), timezone.now()

        def call() -> Answer:
            return {"count": len(operations.resend_many(deliveries=chosen, actor=self.member.actor, now=now))}

        try:
            count = int(str(called(call)["count"]))
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            text = ngettext("%(n)s mail is queued again.", "%(n)s mails are queued again.", count)
            messages.success(request, text % {"n": count})
        return redirect(f"{reverse('notifications:list')}?state=failed")


class ClearBounce(VerbView):
    """Let an address be mailed again that had sent mail back."""

    permission = "documents.retry"
    title = gettext_lazy("Allow mail again")
    button = gettext_lazy("Allow mail to this address")
    object_name = "bounced"
    back_label = gettext_lazy("Company")

    def queryset(self) -> QuerySet[BouncedAddress]:
        """The marketplace's."""
        rows = BouncedAddress.objects.filter(marketplace_id=self.member.marketplace.pk)
        return rows.select_related("delivery")

    def heading(self) -> str:
        """Which address."""
        return _("Allow mail to %(address)s") % {"address": self.object}

    def consequence(self) -> str:
        """What happens, and what does not."""
        return _(
            "New mails go to this address again. Mails not sent in the meantime stay unsent; send them "
            "again from Deliveries. If mail bounces again, the address is marked again."
        )

    def back_url(self) -> str:
        """The company's page."""
        return reverse("companies:detail", args=[self.object.delivery.company_id])

    def perform(self, _form: Any) -> BouncedAddress:
        """Clear it."""
        return operations.clear_bounce(bounced=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: BouncedAddress) -> str:
        """Which address."""
        return _("New mails go to %(address)s again.") % {"address": result}
