"""What the verbs on a payment ask for."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.checks import LONGEST_REASON
from core.formats import amount_text
from core.typed import typed_amount
from payments.forms.record import NOT_AUTOMATIC
from payments.models import Allocation, Payment, PaymentReturn
from web.fields import AmountField
from web.forms import PageForm, reason_field
from web.widgets import DayInput


def day_field(label: Any) -> forms.DateField:
    """A calendar day."""
    return forms.DateField(label=label, widget=DayInput(), input_formats=["%Y-%m-%d"])


def note_field() -> forms.CharField:
    """A few words for colleagues."""
    widget = forms.Textarea({"rows": 2})
    return forms.CharField(label=_("Internal note"), required=False, max_length=LONGEST_REASON, widget=widget)


class SettleForm(PageForm):
    """What arrived, and when."""

    amount = AmountField(label=_("Amount that arrived"))
    value_date = day_field(_("Value date"))

    def __init__(self, *args: Any, payment: Payment, today: date, **options: Any) -> None:
        super().__init__(*args, initial=_typed(payment, payment.asked, today), **options)
        _in_currency(self, payment)


class FailForm(PageForm):
    """Why it will not come."""

    why = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea({"rows": 3}))


class TakeOffForm(PageForm):
    """Why; whether the money stays on account; and, where a paid invoice owes again, that this is meant."""

    reason = reason_field()
    keep = forms.BooleanField(
        label=_("Leave the money on account"), required=False, initial=True,
        help_text=_("Otherwise it pays open invoices automatically, this one included."),
    )  # fmt: skip
    confirmed = forms.BooleanField(required=False)

    def __init__(self, *args: Any, owing: str = "", is_automatic: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_automatic:
            self.fields["keep"].help_text = NOT_AUTOMATIC
        if owing:
            self.fields["confirmed"].label = owing
            self.fields["confirmed"].required = True
            self.fields["confirmed"].error_messages["required"] = _("Tick this box to go on.")
        else:
            del self.fields["confirmed"]


class ReturnForm(PageForm):
    """What a bank takes back, why and when; ``chosen`` are allocations that lose their money before others."""

    amount = AmountField(label=_("Returned amount"))
    reason = forms.ChoiceField(label=_("Reason"), choices=PaymentReturn.Reason.choices)
    value_date = day_field(_("Value date"))
    chosen = forms.MultipleChoiceField(
        label=_("Take the rest off these invoices first"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Money on account goes before. Of the other invoices, those that were paid last are next."),
    )  # fmt: skip
    note = note_field()

    def __init__(
        self, *args: Any, payment: Payment, most: int, today: date, live: Sequence[Allocation], **options: Any
    ) -> None:
        super().__init__(*args, initial=_typed(payment, most, today), **options)
        _in_currency(self, payment)
        if len(live) > 1:
            rows = [(str(row.pk), f"{row.invoice}: {amount_text(row.amount, row.currency)}") for row in live]
            self.offer("chosen", rows)
        else:
            del self.fields["chosen"]


class UndoReturnForm(PageForm):
    """When the bank gave the money again."""

    value_date = day_field(_("Value date"))
    note = note_field()

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, initial={"value_date": today}, **options)


class KeepForm(PageForm):
    """How much is kept, and why."""

    amount = AmountField(label=_("Amount to keep"))
    reason = reason_field()

    def __init__(self, *args: Any, payment: Payment, **options: Any) -> None:
        super().__init__(*args, initial={"amount": _text(payment, payment.free)}, **options)
        _in_currency(self, payment)


def _text(payment: Payment, amount: int) -> str:
    return typed_amount(amount, currency=payment.currency)


def _typed(payment: Payment, amount: int, today: date) -> dict[str, object]:
    return {"amount": _text(payment, amount), "value_date": today}


def _in_currency(form: PageForm, payment: Payment) -> None:
    field: Any = form.fields["amount"]
    field.currency = payment.currency
