"""Credit lines of an invoice: a new memo, or a draft of one that came back."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.queries.documents import run_of
from core.formats import amount_text
from creditmemos import operations
from creditmemos.domain.wording import USES
from creditmemos.forms.from_invoice import CreditForm
from creditmemos.forms.line_boxes import typed_before
from creditmemos.models import CreditMemo, CreditMemoLine
from creditmemos.operations.drafts import check_credit
from creditmemos.queries.annotated import annotated_memos
from creditmemos.queries.competing_drafts import drafts_on
from creditmemos.queries.invoice_credits import annotated_invoices
from creditmemos.views.composing import Composing
from invoices.domain.balance import UNPAID
from web.access import one_or_404, require, viewer


class Crediting(Composing):
    """The page with the invoice's lines."""

    form_class = CreditForm
    template_name = "creditmemos/credit.html"
    live_template = "creditmemos/_credit_live.html"
    title = gettext_lazy("Credit invoice")
    button = gettext_lazy("Issue credit memo")
    invoice: Any
    memo: CreditMemo | None = None

    def check(self) -> None:
        """Ask the guards that lines and details don't decide."""
        check_credit(self.invoice, self.memo)

    @property
    def thing(self) -> object:
        """The invoice."""
        return self.invoice

    def form_options(self) -> dict[str, Any]:
        """The invoice, and the choices that its status leaves."""
        uses: list[tuple[str, str | Promise]] = [("follow", USES["follow"]), ("hold", USES["hold"])]
        if self.invoice.status == UNPAID:
            uses.insert(0, ("apply_now", USES["apply_now"]))
        lines = (
            list(CreditMemoLine.objects.filter(memo=self.memo)) if self.memo and self.request.method == "GET" else []
        )
        return {
            "invoice": self.invoice,
            "marketplace": self.invoice.marketplace,
            "memo": self.memo,
            "typed": typed_before(lines, self.invoice.currency),
            "uses": uses,
            "of_run": run_of(invoice=self.invoice) is not None,
        }

    def context(self) -> dict[str, Any]:
        """The lines of this page, the figures, and who else works on the same lines."""
        _, _, asked = self.request.POST.get("go", "").partition("page-")
        return {
            "invoice": self.invoice,
            "page": self.form.turn_to(asked),
            "is_grouped": self.invoice.marketplace.settings.grouped_creation,
            "competing_drafts": drafts_on(self.invoice, besides=[self.memo.pk] if self.memo else []),
            **self.live(self.form),
        }

    def live(self, form: CreditForm) -> dict[str, Any]:
        """Sums, the choice in figures, and whether a second person is asked."""
        if self.request.POST.get("go") == "live":
            form.turn_to(self.request.POST.get("shown", ""))
        totals, invoice = form.totals, self.invoice
        now = min(totals.total, invoice.amount_due)
        return {
            "invoice": invoice,
            "totals": totals,
            "applies": self._applies(now, totals.total - now),
            "asks_second": self.asks_second(invoice.marketplace.settings, totals.total, invoice.payer_id),
        }

    def message(self, result: CreditMemo) -> str:
        """With what becomes of the period."""
        text = super().message(result)
        if not result.is_issued or not result.afterwards:
            return text
        then = {
            "again": _("The period of %(invoice)s is billed again by the next run."),
            "never": _("The period of %(invoice)s is not billed again; an exception is recorded."),
        }
        return f"{text} {then[result.afterwards] % {'invoice': self.invoice}}"

    def _applies(self, now: int, stays: int) -> str:
        """What *apply now* comes to: "Apply 70.00 to INV-7 now; 50.00 stays as credit"."""
        if not now:
            return str(USES["apply_now"])
        figures = {
            "now": amount_text(now, self.invoice.currency),
            "invoice": self.invoice,
            "stays": amount_text(stays, self.invoice.currency),
        }
        if stays:
            return _("Apply %(now)s to %(invoice)s now; %(stays)s remains as credit") % figures
        return _("Apply %(now)s to %(invoice)s now") % figures


class CreateFromInvoice(Crediting):
    """A new memo that credits lines of an invoice."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Someone else's invoice is Not found, a missing right 403."""
        if viewer(request) is not None:
            self.invoice = one_or_404(annotated_invoices(self.member), kwargs["pk"])
            require(request, self.permission, self.invoice)
        return super().dispatch(request, *args, **kwargs)

    def heading(self) -> str:
        """The invoice that is credited."""
        return _("Credit %(invoice)s") % {"invoice": self.invoice}

    def back_url(self) -> str:
        """The invoice."""
        return reverse("invoices:detail", args=[self.invoice.pk])

    def form_options(self) -> dict[str, Any]:
        """A link may ask for all that is left, and say what becomes of the period."""
        asked = self.request.GET
        then = {"then": asked["then"]} if "then" in asked else {}
        return {**super().form_options(), "in_full": asked.get("full") == "yes", "initial": then}

    def perform(self, form: CreditForm) -> CreditMemo:
        """Issue it, or ask a second person to."""
        return operations.issue_from_invoice(
            invoice=self.invoice,
            lines=form.wanted,
            details=form.details(),
            actor=self.member.actor,
            now=self.now,
            key=None,
        )


class EditFromInvoice(Crediting):
    """A draft that came back, with its lines as they were typed."""

    button = gettext_lazy("Resubmit")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The draft, then its invoice with its annotations."""
        if viewer(request) is not None:
            self.memo = one_or_404(annotated_memos(self.member), kwargs["pk"])
            require(request, self.permission, self.memo)
            self.invoice = get_object_or_404(annotated_invoices(self.member), pk=self.memo.source_invoice_id)
        return super().dispatch(request, *args, **kwargs)

    def heading(self) -> str:
        """The invoice that is credited."""
        return _("Edit the draft from %(invoice)s") % {"invoice": self.invoice}

    def back_url(self) -> str:
        """The draft."""
        return reverse("creditmemos:detail", args=[self.memo.pk if self.memo else 0])

    def perform(self, form: CreditForm) -> CreditMemo:
        """Issue it as it is now, or ask again."""
        assert self.memo is not None  # noqa: S101 - dispatch loaded it
        return operations.resubmit(
            memo=self.memo,
            lines=form.wanted,
            details=form.details(),
            actor=self.member.actor,
            now=self.now,
            key=None,
        )
