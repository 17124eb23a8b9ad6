"""Voiding an invoice: the dialog says what comes back, what goes with it, and what stands in the way."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.operations.voiding import void_invoice
from billing.queries.documents import run_of
from companies.refusals import OwnCompany
from core.access import MemberView, is_partial, one_or_404, require
from core.badges import badge_text
from core.errors import Refusal
from core.formats import amount_text
from core.forms import PageForm
from core.views import VerbView
from core.views.form import DIALOG
from creditmemos.queries.invoice_credits import VoidPlan, invoices_with_standing, void_plan
from invoices.forms import VoidForm
from invoices.models import Invoice
from invoices.views.actions import voidable


class Void(VerbView):
    """End an invoice without money on it; its credit returns, and memos issued from it go too (I11)."""

    permission = "invoices.void"
    object_name = "invoice"
    title = gettext_lazy("Void")
    button = gettext_lazy("Void it")
    tone = "danger"
    form_class = VoidForm
    facts_template = "invoices/_void_plan.html"

    def queryset(self) -> QuerySet[Invoice]:
        """Invoices that the member sees."""
        return invoices_with_standing(self.member)

    def back_url(self) -> str:
        """The invoice's page."""
        return reverse("invoices:detail", args=[self.object.pk])

    def form_options(self) -> dict[str, Any]:
        """What a run made may be billed again."""
        return {"of_run": run_of(invoice=self.object) is not None}

    @cached_property
    def plan(self) -> VoidPlan:
        """What the void would do."""
        return void_plan(self.object)

    def obstacle(self) -> str:
        """Why it can't be voided now, in words; empty when it can."""
        invoice = self.object
        if invoice.is_own:
            return str(OwnCompany.text)
        if invoice.paid or invoice.payment_pending:
            return _("Refund or unallocate the payment on %(invoice)s first.") % {"invoice": invoice}
        if not voidable(invoice):
            facts = {"invoice": invoice, "status": badge_text("invoice", invoice.status).lower()}
            return _("%(invoice)s is %(status)s and can't be voided.") % facts
        if self.plan.in_the_way:
            memo = self.plan.in_the_way[0]
            facts = {"memo": memo, "invoice": invoice, "status": badge_text("creditmemo", memo.status).lower()}
            return _("%(memo)s was issued from %(invoice)s and is %(status)s. Undo that first.") % facts
        return ""

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The form, or what stands in its way."""
        text = self.obstacle()
        if not text:
            return super().get(request)
        in_dialog = is_partial(request) and request.headers.get("HX-Target") == DIALOG
        context = {"title": self.heading(), "text": text, "back_url": self.back_url(), "in_dialog": in_dialog}
        template = "invoices/_cannot.html" if in_dialog else "invoices/cannot.html"
        return render(request, template, {**context, **self.context()})

    def show(self, form: PageForm, *, token: str, status: int = 200, refusal: Refusal | None = None) -> HttpResponse:
        """The form; after a refusal with everything as it is now."""
        if refusal is not None:
            self.object = self.queryset().get(pk=self.object.pk)
            self.__dict__.pop("plan", None)
        return super().show(form, token=token, status=status, refusal=refusal)

    def consequence(self) -> str:
        """What ends, and what stays."""
        amount = amount_text(self.object.total, self.object.currency)
        text = _("%(company)s no longer owes the %(amount)s of %(invoice)s. The number stays taken.")
        return text % {"company": self.object.payer_name, "amount": amount, "invoice": self.object}

    def context(self) -> dict[str, Any]:
        """With the memos that are concerned."""
        return {**super().context(), "plan": self.plan}

    def perform(self, form: Any, *, now: Any, key: str) -> Invoice:  # noqa: ARG002 - a void happens once
        """Void it with its credit."""
        reason = form.cleaned_data["reason"]
        return void_invoice(invoice=self.object, reason=reason, actor=self.member.actor, now=now, then=form.chosen)

    def message(self, result: Invoice) -> str:
        """Name it."""
        return _("%(invoice)s is void.") % {"invoice": result}


class ApplyCredit(MemberView):
    """The desk for an invoice, under the invoice's own address."""

    permission = "creditmemos.apply"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Go there; someone else's invoice is Not found."""
        invoice = one_or_404(Invoice.objects.visible_to(self.member), pk)
        require(request, self.permission, invoice)
        return redirect("creditmemos:apply_to_invoice", pk=pk)
