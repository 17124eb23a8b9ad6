"""Charge a saved method for an invoice, and ask the payment provider how a charge stands."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditmemos.queries.invoice_credits import annotated_invoices
from invoices.models import Invoice
from payments import operations
from payments.domain.refusals import NoMethod
from payments.forms.charging import ChargeForm
from payments.models import Payment, PaymentMethod
from payments.operations import charging, looking
from payments.operations.charging import check_charge
from payments.operations.guards import room_of
from payments.queries.charging import methods_for
from payments.views.verbs import MoneyVerb, PaymentVerb


class ChargeNow(MoneyVerb):
    """Staff charge what is due on an invoice to a method that the payer saved."""

    permission = charging.PERMISSION
    object_name = "invoice"
    form_class = ChargeForm
    title = gettext_lazy("Charge")
    button = gettext_lazy("Charge now")

    def queryset(self) -> QuerySet[Invoice]:
        """Invoices that the member sees."""
        return annotated_invoices(self.member).select_related("account__marketplace")

    def back_url(self) -> str:
        """The invoice's page."""
        return reverse("invoices:detail", args=[self.object.pk])

    def reload(self) -> None:
        """With the methods that are there now."""
        super().reload()
        self.__dict__.pop("methods", None)

    @cached_property
    def methods(self) -> list[PaymentMethod]:
        """What it can be charged to."""
        return list(methods_for(self.object).select_related("gateway_account"))

    def form_options(self) -> dict[str, Any]:
        """The invoice and the methods."""
        return {"invoice": self.object, "methods": self.methods}

    def check(self) -> None:
        """Ask the guards, of the whole that is left to pay."""
        invoice = self.object
        if not self.methods:
            raise NoMethod(payer=invoice.payer_name)
        wanted = [(invoice.pk, max(room_of(invoice), 1))]
        check_charge(self.methods[0], invoice.account, wanted, {invoice.pk: invoice}, actor=self.member.actor)

    def consequence(self) -> str:
        """What happens next."""
        return _(
            "The payment provider is asked for the money. The invoice waits until it answers: in seconds for a card, in"
            " days for a bank debit."
        )

    def perform(self, form: Any) -> Payment:
        """Ask for it."""
        return operations.charge(
            account=self.object.account, method=form.chosen, wanted=[(self.object.pk, form.cleaned_data["amount"])],
            actor=self.member.actor, now=self.now, key=None,
        )  # fmt: skip

    def message(self, result: Payment) -> str:
        """How much, and to what."""
        return _("%(amount)s of %(invoice)s is being charged to %(method)s.") % {
            "amount": self.amount(result.asked), "invoice": self.object, "method": result.method,
        }  # fmt: skip


class AskNow(PaymentVerb):
    """Ask the provider now how a pending charge stands."""

    permission = looking.PERMISSION
    title = gettext_lazy("Ask the payment provider about")
    button = gettext_lazy("Ask now")

    def check(self) -> None:
        """Ask the guards."""
        looking.check_ask(self.object)

    def consequence(self) -> str:
        """Nothing is charged by it."""
        return _("The payment provider is asked what became of this charge. Nothing is charged again.")

    def perform(self, _form: Any) -> Payment:
        """Order it."""
        return operations.ask_now(payment=self.object, actor=self.member.actor, now=self.now)

    def message(self, _result: Payment) -> str:
        """The answer comes later."""
        return _("The payment provider is being asked. Its answer shows here in a moment.")
