"""Give back the balance that an invoice of a V1 marketplace carries on: always sent for approval."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Approval
from creditmemos.queries.invoice_credits import annotated_invoices
from invoices.models import Invoice
from payments import operations
from payments.forms.refunds import SendForm
from payments.operations import giving_back_carried
from payments.views.verbs import MoneyVerb


class GiveBackCarried(MoneyVerb):
    """Off-platform, by two people."""

    permission = giving_back_carried.PERMISSION
    object_name = "invoice"
    form_class = SendForm
    title = gettext_lazy("Give back balance of")
    button = gettext_lazy("Request approval")

    def queryset(self) -> QuerySet[Invoice]:
        """Invoices that the member sees."""
        return annotated_invoices(self.member)

    def back_url(self) -> str:
        """The invoice's page."""
        return reverse("invoices:detail", args=[self.object.pk])

    def form_options(self) -> dict[str, Any]:
        """Today."""
        return {"today": self.today}

    def check(self) -> None:
        """Ask the guards."""
        giving_back_carried.check_give_back_carried(self.object, actor=self.member.actor)

    def consequence(self) -> str:
        """What goes where, and who is asked."""
        return _(
            "%(amount)s, which the next invoice would take over, goes to %(company)s as money. A second person must"
            " approve."
        ) % {"amount": self.amount(self.object.carried_out), "company": self.object.payer_name}  # fmt: skip

    def perform(self, form: Any) -> Approval:
        """Ask."""
        return operations.give_back_carried(
            invoice=self.object, sending=form.sending, reason=form.cleaned_data["reason"], actor=self.member.actor,
            now=self.now, key=None,
        )  # fmt: skip

    def message(self, _result: Approval) -> str:
        """Asked."""
        return _("Sent for approval: give back the balance of %(invoice)s.") % {"invoice": self.object}
