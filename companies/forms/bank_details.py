"""Where a merchant's customers pay to."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.domain.bank_details import LONGEST, BankDetails, bic_of, iban_of
from core.errors import refusal_of
from web.forms import PageForm


def _text(label: Any, name: str, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=LONGEST[name], help_text=help_text, required=required, widget=widget)


class BankDetailsForm(PageForm):
    """An account: its IBAN, or where there are none its number with a routing code; which fits the verb decides."""

    holder = _text(_("Account holder"), "holder", _("As the bank knows it."), required=True)
    iban = _text(_("IBAN"), "iban", _("Leave it empty where accounts have none."))
    account_number = _text(_("Account number"), "account_number", _("Only without an IBAN."))
    routing_code = _text(_("Routing code"), "routing_code", _("Such as a sort code; it goes with an account number."))
    bic = _text(_("BIC"), "bic", _("Banks abroad may ask for it."))
    bank_name = _text(_("Bank"), "bank_name")
    instructions = _text(_("Payment instructions"), "instructions", _("One line below the account on invoices."))

    def clean_iban(self) -> str:
        """What was typed, where it can be an IBAN: both mistakes are told at once."""
        return self._kept("iban", iban_of)

    def clean_bic(self) -> str:
        """The same of the BIC."""
        return self._kept("bic", bic_of)

    def _kept(self, name: str, check: Callable[[str], str]) -> str:
        typed: str = self.cleaned_data[name]
        if typed and (refusal := refusal_of(check, typed)):
            raise forms.ValidationError(refusal.message)
        return typed

    @property
    def details(self) -> BankDetails:
        """What was typed."""
        return BankDetails(**self.cleaned_data)
