"""Where a merchant's customers pay to."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.domain.bank_details import LONGEST, BankDetails
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
    bic = _text(_("BIC"), "bic", _("Optional; some banks abroad ask for it."))
    bank_name = _text(_("Bank"), "bank_name", _("Optional."))
    instructions = _text(
        _("Payment instructions"), "instructions", _("Optional; one line below the account on invoices.")
    )

    @property
    def details(self) -> BankDetails:
        """What was typed."""
        return BankDetails(**self.cleaned_data)
