"""What changing a limit, allowing a purchase once and naming a token ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from limits.domain.policy import LIMIT
from limits.models.line import Mode
from limits.operations.limiting import Terms
from limits.operations.tokens import LONGEST_NAME
from web.fields import AmountField
from web.forms import PageForm, reason_field


class LimitForm(PageForm):
    """What the line says: as the marketplace, an amount, anything, or nothing."""

    mode = forms.ChoiceField(label=_("Limit"), choices=Mode.choices, widget=forms.RadioSelect)
    amount = AmountField(
        label=_("Amount"), required=False, least=0, help_text=_("Gross, for an own limit. 0: prepaid only.")
    )
    is_shared = forms.BooleanField(
        label=_("Shared with its companies"),
        required=False,
        help_text=_("Also bounds what the company and its child companies owe together."),
    )
    reason = reason_field()

    def __init__(self, *args: Any, currency: str, has_children: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        amount: Any = self.fields["amount"]
        amount.currency = currency
        if not has_children and not self.initial.get("is_shared"):
            del self.fields["is_shared"]

    def clean(self) -> dict[str, Any]:
        """An own limit needs its amount."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("mode") == LIMIT and said.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Enter the limit, or choose another kind."))
        return said

    @property
    def terms(self) -> Terms:
        """What was chosen."""
        said = self.cleaned_data
        amount = said["amount"] if said["mode"] == LIMIT else None
        return Terms(said["mode"], amount, bool(said.get("is_shared")))


class AllowForm(PageForm):
    """How much passes once, and why."""

    amount = AmountField(label=_("Amount"), help_text=_("Gross: the whole purchase that may pass the limit."))
    reason = reason_field()

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        amount: Any = self.fields["amount"]
        amount.currency = currency


class TokenForm(PageForm):
    """What the token is called."""

    name = forms.CharField(
        label=_("Name"), max_length=LONGEST_NAME, help_text=_("Which checkout uses it, such as the shop's name.")
    )
