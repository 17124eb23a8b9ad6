"""What a charge asks for: how much, and to which saved method."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import Refusal
from core.typed import typed_amount
from invoices.models import Invoice
from payments.models import PaymentMethod
from payments.operations.guards import room_of
from web.fields import AmountField
from web.forms import PageForm


class ChargeForm(PageForm):
    """The amount is what is due and nothing pays yet, unless another one is typed."""

    method = forms.ChoiceField(label=_("Charge to"))
    amount = AmountField(label=_("Amount"))

    def __init__(self, *args: Any, invoice: Invoice, methods: Sequence[PaymentMethod], **options: Any) -> None:
        initial = {"amount": typed_amount(room_of(invoice), currency=invoice.currency)}
        super().__init__(*args, initial=initial, **options)
        field: Any = self.fields["amount"]
        field.currency = invoice.currency
        self.offer("method", [(str(each.pk), each.label) for each in methods])
        self.invoice, self.methods = invoice, methods

    @property
    def chosen(self) -> PaymentMethod:
        """The method that was chosen."""
        return next(each for each in self.methods if str(each.pk) == self.cleaned_data["method"])

    def refuse(self, refusal: Refusal) -> None:
        """A refusal of the invoice's amount stands beside the amount."""
        if refusal.field == f"amount-{self.invoice.pk}":
            self.add_error("amount", refusal.message)
        else:
            super().refuse(refusal)
