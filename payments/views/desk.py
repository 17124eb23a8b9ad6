"""What both desks share: amounts are worked out, filled by the policy, and sent whole or not at all."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.errors import Refusal
from creditmemos.queries.adjustments import waiting_about
from invoices.models import Invoice
from payments.domain.refusals import OtherAccount
from payments.operations.previews import Preview, fill, over_payment, preview_use
from payments.queries.open_invoices import being_paid
from web.forms import composed_data
from web.views import FormPage

LIVE, FILL = "live", "fill"


class MoneyDesk(FormPage):
    """``go`` in the sent form says what was pressed; without it the form is sent. Only that changes anything.

    What is worked out as one types answers for the rows that were sent, as no others are on the page.
    """

    template_name = "payments/desk.html"
    live_template: ClassVar[str] = "payments/_desk_live.html"
    form: Any = None

    def account_of(self, form: Any) -> Any:
        """The account whose invoices lie on the desk, or None."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send it, or show what it would do."""
        go = request.POST.get("go", "")
        if not go:
            return super().post(request, *args, **kwargs)
        form: Any = self.make_form(composed_data(request.POST))
        self.strangers(form)
        form.forgive()
        if go == FILL:
            self.fill(form)
        if go == LIVE:
            self.form = form
            shown = [row for row in form.rows if row.name in request.POST]
            context = {"form": form, "view": self, "rows": shown, **self.figures(form)}
            return render(request, self.live_template, context)
        return self.show(form)

    def make_form(self, data: Any) -> Any:
        """The desk, from what was sent or empty."""
        self.form = super().make_form(data)
        return self.form

    def strangers(self, form: Any) -> list[Invoice]:
        """Named invoices of other accounts; whoever names one that they don't see gets Not found."""
        named: set[int] = form.strangers
        if not named:
            return []
        found = list(Invoice.objects.visible_to(self.member).filter(pk__in=named))
        if len(found) < len(named):
            raise Http404
        return found

    def check_strangers(self, form: Any) -> None:
        """Refuse amounts for invoices of other accounts."""
        for invoice in self.strangers(form):
            raise OtherAccount(invoice=str(invoice))

    def differences(self, form: Any) -> str:
        """What became of the differences that were ticked: settled, or sent for approval."""
        settled = set(form.settle)
        told = []
        for invoice in [row.invoice for row in form.rows if row.invoice.pk in settled]:
            waits = waiting_about(invoice.pk).exists()
            text = _("The difference of %(invoice)s is sent for approval.")
            told.append((text if waits else _("The difference of %(invoice)s is settled.")) % {"invoice": invoice})
        return " ".join(told)

    def fill(self, form: Any) -> None:
        """Amounts by the marketplace's policy in place of what was typed."""
        order = self.member.marketplace.settings.apply_order
        amounts = fill(form.money, [row.invoice for row in form.rows], order=order)
        form.type_in(amounts)

    def figures(self, form: Any) -> dict[str, Any]:
        """What the amounts leave, with every refusal beside its box."""
        account = self.account_of(form)
        preview = preview_use(form.money, account, form.invoices, form.wanted)
        form.tell(preview)
        return {"preview": preview, "over": self.over(form, preview), "hint": form.hint, "currency": form.currency}

    def over(self, form: Any, preview: Preview) -> str:
        """What is said when the amounts are more than the money; empty where they are not."""
        refusal = over_payment(preview, form.money, form.currency) if form.money else None
        return refusal.message if refusal else ""

    def show(self, form: Any, *, status: int = HTTPStatus.OK, refusal: Refusal | None = None) -> HttpResponse:
        """The desk; after a refusal with the invoices as they are now."""
        if refusal is not None:
            self.reload()
            form = self.make_form(composed_data(self.request.POST))
            form.is_valid()
            form.refuse(refusal)
        return super().show(form, status=status, refusal=refusal)

    def context(self) -> dict[str, Any]:
        """Rows and figures."""
        if self.form is None:  # What stands in the way is said without a desk.
            return super().context()
        account = self.account_of(self.form)
        left_out = being_paid(account) if account else None
        return {**super().context(), "more": self.form.more, "left_out": left_out, **self.figures(self.form)}
