"""What sending money back asks for, and what became of it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.checks import LONGEST_REASON
from core.typed import typed_amount
from payments.forms.verbs import day_field, note_field
from payments.models import Payment
from payments.operations import Sending
from payments.operations.receiving import LONGEST_REFERENCE
from web.fields import AmountField
from web.forms import PageForm, reason_field


class HowForm(PageForm):
    """How money goes back to the customer, and when."""

    means = forms.ChoiceField(label=_("Means"), choices=Payment.Means.choices)
    value_date = day_field(_("Value date"))
    is_pending = forms.BooleanField(
        label=_("The bank has not moved it yet"), required=False,
        help_text=_("It is reserved until you record that it was sent, or that it failed."),
    )  # fmt: skip
    reference = forms.CharField(label=_("Reference"), required=False, max_length=LONGEST_REFERENCE)
    note = note_field()

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **{"initial": {"value_date": today}, **options})

    @property
    def sending(self) -> Sending:
        """How it goes."""
        said = self.cleaned_data
        return Sending(said["means"], said["value_date"], said["reference"], said["note"], said["is_pending"])


class SendForm(HowForm):
    """And why."""

    reason = reason_field()
    field_order: tuple[str, ...] = ("reason",)


class SendUsedForm(SendForm):
    """The same, of a memo in use: what is taken off invoices; ``confirmed`` where a paid one owes again.

    ``live`` are (id, words) of those that count; ``may_owe``: money paid the rest of one of them.
    """

    off = forms.MultipleChoiceField(
        label=_("Take off and pay out too"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("What is not ticked is applied to its invoice again, in the same transaction."),
    )  # fmt: skip
    confirmed = forms.BooleanField(
        label=_("Invoices that lose credit may become unpaid, although money was paid on them"), required=False
    )
    field_order = ("off", "confirmed", "reason")

    def __init__(self, *args: Any, live: Sequence[tuple[str, str]], may_owe: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.offer("off", live)
        if not may_owe:
            del self.fields["confirmed"]


class GiveBackForm(SendForm):
    """The same, of a part of the money on account."""

    amount = AmountField(label=_("Amount"))
    field_order = ("amount", "reason")

    def __init__(self, *args: Any, payment: Payment, most: int, today: date, **options: Any) -> None:
        typed = {"value_date": today, "amount": typed_amount(most, currency=payment.currency)}
        super().__init__(*args, today=today, initial=typed, **options)
        field: Any = self.fields["amount"]
        field.currency = payment.currency


class SentForm(PageForm):
    """When a bank moved the money."""

    value_date = day_field(_("Value date"))

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, initial={"value_date": today}, **options)


class CameBackForm(SentForm):
    """When the money came back, and why."""

    why = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea({"rows": 3}))
