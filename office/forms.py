"""The Invoice & Credit Memo settings, and the closing of a period."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.models import Marketplace, MarketplaceSettings, TaxBy
from core.labels import field_text
from creditmemos.operations.settings import LONGEST_WINDOW, MOST_DAYS_BACK
from documents.domain.kinds import numbered
from documents.domain.patterns import LONGEST, VARIABLES
from web.fields import AmountField
from web.forms import PageForm, dress
from web.widgets import DayInput

ORDERS = {
    MarketplaceSettings.ApplyOrder.DUE_DATE: _("Earliest due date first"),
    MarketplaceSettings.ApplyOrder.INVOICE_DATE: _("Oldest invoice first"),
    MarketplaceSettings.ApplyOrder.LARGEST_DUE: _("Largest amount due first"),
    MarketplaceSettings.ApplyOrder.SMALLEST_DUE: _("Smallest amount due first"),
}
SECTIONS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_("Applying credit automatically"), ("auto_apply", "apply_to_existing", "apply_order")),
    (_("Payments"), ("auto_allocate", "small_difference")),
    (_("Closing and approval"), ("allow_close", "approval_threshold", "allow_alone")),
    (_("Credit limits"), ("credit_limit", "credit_window_days")),
    (_("Creating credit"), ("credit_paid_invoices", "grouped_creation", "effective_days_back")),
    (_("Taxes and e-invoices"), ("tax_by", "einvoice_in_pdf")),
    (_("Customers"), ("customers_may_apply", "unified_invoice", "payment_terms_days")),
)
"""The sections after the numbering, which has a preview."""


def _switch(label: Any, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False)


class NumberingForm(PageForm):
    """What decides the numbers, alone for the preview: the prefix of each kind of document, and how they count."""

    longest = 200
    shared_numbers = _switch(_("One number series for both"), _("Invoices and credit memos share one number series."))
    yearly_reset = _switch(_("Restart each year"), _("The prefixes must then contain the year."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prefixes = {kind.prefix_setting: self._prefix(kind.prefix_setting) for kind in numbered()}
        dress(self.prefixes)
        self.fields = {**self.prefixes, **self.fields}

    def _prefix(self, name: str) -> forms.Field:
        return forms.CharField(label=field_text(name), max_length=self.longest, required=False, strip=False)


class SettingsForm(NumberingForm):
    """Every setting under the name of its column; whether they fit together the operation decides."""

    longest = LONGEST
    auto_apply = _switch(
        _("Apply credit to new invoices"), _("When an invoice is issued, open credit is applied to it.")
    )
    apply_to_existing = _switch(
        _("Apply new credit to open invoices"), _("When a credit memo is issued, it is applied to unpaid invoices.")
    )
    apply_order = forms.ChoiceField(label=_("Order of application"), choices=list(ORDERS.items()))
    auto_allocate = _switch(
        _("Use money on account on open invoices"),
        _("After credit, in the same order. A payment that is marked to stay on account is left alone."),
    )
    small_difference = AmountField(
        label=_("Small differences up to"),
        least=0,
        help_text=_(
            "A surplus of a payment up to this may be kept, a shortfall of an invoice settled. 0: never."
            " A higher amount needs approval."
        ),
    )
    allow_close = _switch(_("Credit memos may be closed"), _("Closing writes off the remaining credit."))
    approval_threshold = AmountField(
        label=_("Approval limit"),
        required=False,
        least=0,
        help_text=_(
            "Gross, for everything that one person issues and closes for a company within 24 hours; more "
            "than that needs approval. Empty: no limit. Raising or removing the limit needs approval too."
        ),
    )
    allow_alone = _switch(
        _("Acting alone allowed where nobody else can decide"),
        _("One day after announcing it; all staff of the marketplace are notified. Switching it on needs approval."),
    )
    credit_limit = AmountField(
        label=_("Credit limit"),
        required=False,
        least=0,
        help_text=_(
            "Of every company without a limit of its own: what it may owe at most, gross. 0: prepaid only. Empty: no"
            " limit. Raising or removing it needs approval."
        ),
    )
    credit_window_days = forms.IntegerField(
        label=_("Days ahead that count against credit limits"),
        min_value=1,
        max_value=LONGEST_WINDOW,
        help_text=_("What is agreed and will be invoiced within so many days counts. Fewer days need approval."),
    )
    credit_paid_invoices = _switch(_("Paid invoices may be credited"))
    grouped_creation = _switch(_("Group the lines"), _("By product, subscription and period, when creating credit."))
    effective_days_back = forms.IntegerField(
        label=_("Effective date, days in the past at most"),
        min_value=0,
        max_value=MOST_DAYS_BACK,
        help_text=_("Of credit without a source invoice; 0 allows only today. Raising the number needs approval."),
    )
    unified_invoice = _switch(_("Unified view of invoices"), _("Charges and credits of an invoice on one page."))
    tax_by = forms.ChoiceField(
        label=_("Tax rounding"),
        choices=TaxBy.choices,
        help_text=_(
            "For new documents. With many small lines, rounding per line may differ too much from the "
            "rate for an e-invoice. Credits are rounded like their invoice."
        ),
    )
    einvoice_in_pdf = forms.ChoiceField(
        label=_("E-invoice in the PDF"),
        choices=MarketplaceSettings.EInvoiceInPdf.choices,
        help_text=_(
            "Attached to new PDFs, by EN 16931. Where the standard can't express a document, its page says why."
        ),
    )
    customers_may_apply = _switch(_("Company and billing admins may apply their credit"))
    payment_terms_days = forms.IntegerField(
        label=_("Payment terms in days"), min_value=0, max_value=365, help_text=_("From issue date to due date.")
    )

    def __init__(self, *args: Any, marketplace: Marketplace, may_change: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("approval_threshold", "small_difference", "credit_limit"):
            amount: Any = self.fields[name]
            amount.currency = marketplace.currency
        for prefix in self.prefixes.values():
            prefix.widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "class": "form-control"}
        for field in self.fields.values():
            field.disabled = not may_change

    @property
    def variables(self) -> tuple[str, ...]:
        """What a prefix may hold beside letters, digits, - and /."""
        return VARIABLES

    @property
    def numbering(self) -> list[forms.BoundField]:
        """The fields of the section with the preview."""
        return [self[name] for name in (*self.prefixes, "shared_numbers", "yearly_reset")]

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The other sections."""
        return [(str(label), [self[name] for name in names]) for label, names in SECTIONS]


class MerchantForm(PageForm):
    """A merchant's code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=10,
        help_text=_(
            "Letters, digits and hyphens; used in numbers where a prefix contains {MERCHANT}, and in e-invoices."
        ),
    )


class ClosePeriodForm(PageForm):
    """Up to which day a merchant's books are closed."""

    through = forms.DateField(label=_("Closed through"), widget=DayInput(), input_formats=["%Y-%m-%d"])

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
