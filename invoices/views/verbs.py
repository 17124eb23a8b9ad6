"""Voiding an invoice: the dialog says what comes back, what goes with it, and what stands in the way."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.operations.voiding import check_void_invoice, void_invoice
from billing.queries.documents import is_billed_again
from billing.queries.voids import Voiding, voiding_of
from core.formats import amount_text
from creditmemos.operations import applying, drafts
from creditmemos.operations.guards import needs_second_person
from creditmemos.queries.invoice_credits import annotated_invoices, has_room, siblings_that_stay
from invoices.forms import VoidForm
from invoices.models import Invoice
from invoices.operations.voiding import PERMISSION
from web.access import MemberView, one_or_404, require
from web.views import VerbView


class InvoiceVerb(VerbView):
    """What the verbs on one invoice share."""

    object_name = "invoice"
    cannot_template = "invoices/cannot.html"
    cannot_body = "invoices/_cannot.html"

    def queryset(self) -> QuerySet[Invoice]:
        """Invoices that the member sees."""
        return annotated_invoices(self.member)

    def back_url(self) -> str:
        """The invoice's page."""
        return reverse("invoices:detail", args=[self.object.pk])


class Void(InvoiceVerb):
    """End an invoice without money on it; its credit returns, and memos that credit it go too (I11)."""

    permission = PERMISSION
    title = gettext_lazy("Void")
    tone = "danger"
    form_class = VoidForm
    facts_template = "invoices/_void_plan.html"

    @cached_property
    def voiding(self) -> Voiding:
        """What the void would do and mean."""
        return voiding_of(self.object)

    @property
    def button(self) -> str:  # type: ignore[override]
        """Who does it, and whether memos are divided."""
        if self.voiding.out_of_hand or (self.voiding.run is None and self.is_over_limit):
            return _("Request approval")
        count = len(self.voiding.plan.divided)
        divides = ngettext("Void invoice and divide a credit memo", "Void invoice and divide %(n)s credit memos", count)
        return divides % {"n": count} if count else _("Void invoice")

    def form_options(self) -> dict[str, Any]:
        """What a run made may be billed again, unless it is already, as it was credited in full."""
        return {"of_run": self.voiding.run is not None and not is_billed_again(self.object)}

    def check(self) -> None:
        """Ask the guards."""
        check_void_invoice(self.voiding, actor=self.member.actor)

    def reload(self) -> None:
        """With everything that the void means now."""
        super().reload()
        for known in ("voiding", "is_over_limit"):
            self.__dict__.pop(known, None)

    def consequence(self) -> str:
        """What ends, what stays, and whether somebody else is asked."""
        amount = amount_text(self.object.total, self.object.currency)
        text = _("%(company)s no longer owes the %(amount)s of %(invoice)s. The number is not reused.")
        told = text % {"company": self.object.payer_name, "amount": amount, "invoice": self.object}
        return f"{told} {self.limit()}".strip()

    @cached_property
    def is_over_limit(self) -> bool:
        """Whether not billing it again gives up more than the member may alone."""
        invoice, amount, actor = self.object, self.voiding.gives_up, self.member.actor
        settings = invoice.marketplace.settings
        return bool(amount) and needs_second_person(
            settings, amount=amount, payer_id=invoice.payer_id, actor=actor, now=timezone.now()
        )

    def limit(self) -> str:
        """That a second person is asked when it is not billed again, where that is more than the member may give up."""
        invoice, amount = self.object, self.voiding.gives_up
        if self.voiding.out_of_hand or not self.is_over_limit:
            return ""
        if self.voiding.run is None:
            text = _(
                "%(amount)s is above your approval limit: the invoice stays as it is until a second person approves."
            )
        else:
            text = _(
                "If it is not billed again, the %(amount)s given up is above your approval limit: the invoice stays as "
                "it is until a second person approves."
            )
        told = text % {"amount": amount_text(amount, invoice.currency)}
        if not invoice.marketplace.settings.allow_alone:
            return told
        alone = _("If nobody else can decide, you may act alone one day after announcing it.")
        return f"{told} {alone}"

    def context(self) -> dict[str, Any]:
        """With the memos that are concerned, and what is better where the customer or the books have it already."""
        invoice, out_of_hand = self.object, self.voiding.out_of_hand
        rebills = out_of_hand and self._may_credit()
        url = reverse("creditmemos:create_from_invoice", args=[invoice.pk]) if rebills else ""
        return {
            **super().context(),
            "plan": self.voiding.plan,
            "stays": siblings_that_stay(invoice, self.voiding.plan),
            "out_of_hand": out_of_hand,
            "credit_url": f"{url}?full=yes&then=again" if url else "",
        }

    def _may_credit(self) -> bool:
        may = not self.object.is_own and drafts.may_credit(self.object) and self.member.may(drafts.PERMISSION)
        return may and has_room(self.object)

    def perform(self, form: Any) -> Invoice:
        """Void it with its credit."""
        reason = form.cleaned_data["reason"]
        return void_invoice(invoice=self.object, reason=reason, actor=self.member.actor, now=self.now, then=form.chosen)

    def message(self, result: Invoice) -> str:
        """Name it."""
        return _("%(invoice)s has been voided.") % {"invoice": result}


class ApplyCredit(MemberView):
    """The desk for an invoice, under the invoice's own address."""

    permission = applying.PERMISSION
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Go there; someone else's invoice is Not found."""
        invoice = one_or_404(Invoice.objects.visible_to(self.member), pk)
        require(request, self.permission, invoice)
        return redirect("creditmemos:apply_to_invoice", pk=pk)
