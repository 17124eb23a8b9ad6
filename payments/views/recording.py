"""Record money that came in, from the list, a company or an invoice."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.formats import amount_text
from core.ids import read_id
from invoices.models import Invoice
from payments import operations
from payments.forms.record import RecordForm
from payments.models import Payment
from payments.operations.guards import room_of
from payments.operations.receiving import PERMISSION
from payments.views.desk import MoneyDesk
from web.access import one_or_404


class Record(MoneyDesk):
    """A payment and its invoices on one page."""

    permission = PERMISSION
    form_class = RecordForm
    title = gettext_lazy("Record payment")
    button = gettext_lazy("Record payment")
    kind = "record"

    @cached_property
    def invoice(self) -> Invoice | None:
        """The invoice that the page was opened from; someone else's is Not found."""
        text = self.request.GET.get("invoice", "")
        if not text:
            return None
        found: Invoice = one_or_404(Invoice.objects.visible_to(self.member).filter(number__isnull=False), read_id(text))
        return found

    def form_options(self) -> dict[str, Any]:
        """Who records, and what the page was opened from."""
        initial: dict[str, Any] = {"company": self.request.GET.get("company", "")}
        if invoice := self.invoice:
            initial = {"company": str(invoice.payer_id), "account_id": invoice.account_id, "invoices": [invoice.pk]}
        order = self.member.marketplace.settings.apply_order
        return {"member": self.member, "order": order, "initial": initial}

    def make_form(self, data: Any) -> RecordForm:
        """Opened from an invoice, with what it needs filled in."""
        form: RecordForm = super().make_form(data)
        if data is None and self.invoice and (room := room_of(self.invoice)) > 0:
            form.type_in({self.invoice.pk: room})
            form.initial["amount"] = form.texts[self.invoice.pk]
            form.money = room
        return form

    def account_of(self, form: RecordForm) -> Any:
        """The chosen company's, as far as it is open."""
        return form.account

    def back_url(self) -> str:
        """The invoice that it was opened from, or the list."""
        return reverse("invoices:detail", args=[self.invoice.pk]) if self.invoice else reverse("payments:list")

    @property
    def back_label(self) -> object:
        """What that is."""
        return self.invoice or _("Payments")

    def perform(self, form: RecordForm) -> Payment:
        """Record it."""
        self.check_strangers(form)
        return operations.record_payment(
            account=form.account_to_use(), received=form.received(), wanted=form.wanted, actor=self.member.actor,
            now=self.now, key=None, settle=form.settle,
        )  # fmt: skip

    def success_url(self, result: Payment) -> str:
        """The payment's page."""
        return reverse("payments:detail", args=[result.pk])

    def message(self, result: Payment) -> str:
        """What was recorded, and what is on account."""
        amount = amount_text(result.shown_amount, result.currency)
        if not result.is_settled:
            return _("%(payment)s for %(amount)s is recorded as pending.") % {"payment": result, "amount": amount}
        text = _("%(payment)s for %(amount)s has been recorded.") % {"payment": result, "amount": amount}
        rest = _("%(amount)s is on account.") % {"amount": amount_text(result.on_account, result.currency)}
        return " ".join(filter(None, (text, rest if result.on_account else "", self.differences(self.form))))
