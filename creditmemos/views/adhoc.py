"""Credit that undoes no charge: a new memo, or a draft of one that came back."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy

from companies.domain.refusals import OwnCompany
from companies.models import MarketplaceSettings
from core.ids import MAX_ID
from creditmemos import operations
from creditmemos.domain.wording import USES
from creditmemos.forms.adhoc import AdHocForm
from creditmemos.models import CreditMemo
from creditmemos.operations import drafts
from creditmemos.operations.drafts import check_editable
from creditmemos.operations.guards import refuse_v1
from creditmemos.queries.annotated import annotated_memos
from creditmemos.views.composing import Composing
from creditmemos.views.from_invoice import EditFromInvoice
from ledger.operations import account_for, merchant_and_payer
from web.access import MemberView, one_or_404, require, viewer

APPLY = "apply"


class AdHoc(Composing):
    """The page with lines of one's own."""

    form_class = AdHocForm
    template_name = "creditmemos/ad_hoc.html"
    live_template = "creditmemos/_ad_hoc_live.html"
    title = gettext_lazy("Create credit memo")
    button = gettext_lazy("Issue credit memo")
    memo: Any = None

    def check(self) -> None:
        """Raise what stands in the way."""
        refuse_v1(self.member.marketplace)

    def form_options(self) -> dict[str, Any]:
        """Who makes it, for whom, and the two choices for the credit."""
        return {
            "member": self.member,
            "memo": self.memo,
            "uses": [("follow", USES["follow"]), ("hold", USES["hold"])],
            "initial": {"company": self.request.GET.get("company", "")},
        }

    def context(self) -> dict[str, Any]:
        """The figures, and where to go on typing."""
        return {"is_added": self.request.POST.get("go") == "add", **self.live(self.form)}

    def live(self, form: AdHocForm) -> dict[str, Any]:
        """Sums, and whether a second person is asked."""
        totals, payer = form.totals, form.payer
        settings = MarketplaceSettings.objects.get(marketplace_id=self.member.marketplace.pk)
        asks = payer is not None and self.asks_second(settings, totals.total, payer.pk)
        return {"totals": totals, "asks_second": asks, "payer": payer, "currency": form.currency}

    def back_url(self) -> str:
        """The list."""
        return reverse("creditmemos:list")

    def success_url(self, result: CreditMemo) -> str:
        """The desk when it is to be applied at once, else the memo's page."""
        wants_desk = self.request.POST.get("then") == APPLY and result.is_issued
        return reverse("creditmemos:apply", args=[result.pk]) if wants_desk else super().success_url(result)


class CreateAdHoc(AdHoc):
    """A new memo."""

    def perform(self, form: AdHocForm) -> CreditMemo:
        """Issue it, or ask a second person to."""
        company = form.cleaned_data["company"]
        merchant, payer = merchant_and_payer(company)
        return operations.issue_ad_hoc(
            account=account_for(payer=payer, merchant=merchant),
            beneficiary=company,
            billed_user=form.billed_user,
            charges=form.charges,
            details=form.details(),
            actor=self.member.actor,
            now=self.now,
            key=None,
        )


class EditAdHoc(AdHoc):
    """A draft that came back; whom it is for stays."""

    title = gettext_lazy("Edit the draft")
    button = gettext_lazy("Resubmit")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Someone else's is Not found, a missing right 403."""
        if viewer(request) is not None:
            self.memo = one_or_404(annotated_memos(self.member), kwargs["pk"])
            require(request, self.permission, self.memo)
        return super().dispatch(request, *args, **kwargs)

    def check(self) -> None:
        """It must be a draft, and nobody's own company's."""
        super().check()
        check_editable(self.memo)
        if self.memo.is_own:
            raise OwnCompany

    def back_url(self) -> str:
        """The draft."""
        return reverse("creditmemos:detail", args=[self.memo.pk])

    def perform(self, form: AdHocForm) -> CreditMemo:
        """Issue it as it is now, or ask again."""
        return operations.resubmit(
            memo=self.memo,
            lines=form.charges,
            details=form.details(),
            actor=self.member.actor,
            now=self.now,
            key=None,
        )


class EditDraft(MemberView):
    """The form that fits the draft: lines of its invoice, or lines of its own."""

    permission = drafts.PERMISSION

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hand over to it; it asks for row and right itself."""
        member: Any = viewer(request)
        if member is None:
            return super().dispatch(request, *args, **kwargs)
        found = CreditMemo.objects.visible_to(member).filter(source_invoice_id__isnull=False)
        has_invoice = 0 < kwargs["pk"] <= MAX_ID and found.filter(pk=kwargs["pk"]).exists()
        page: Any = EditFromInvoice if has_invoice else EditAdHoc
        answer: HttpResponseBase = page.as_view()(request, *args, **kwargs)
        return answer
