"""The desks of money that came in: a payment with its invoices, and money on account with its invoices."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from companies.models import Company, MerchantOfRecord
from companies.queries.people import creditable_companies
from core.ids import read_id
from ledger.models import BalanceAccount
from ledger.operations import account_for, merchant_and_payer
from payments.forms.boxes import BoxesForm, find_of, small_difference_of, texts_of
from payments.models import Payment
from payments.operations import Received
from payments.operations.receiving import LONGEST_NOTE, LONGEST_REFERENCE
from payments.queries.open_invoices import on_the_desk
from web.fields import AmountField, LookupField
from web.widgets import DayInput

NOT_AUTOMATIC = _(
    "Money on account is not used automatically as the settings are now. Ticked, it is left alone should they change."
)
"""What the tick means where the marketplace uses no money by itself."""


class RecordForm(BoxesForm):
    """A payment as it is typed; ``account`` is whose it is, as far as that can be told already."""

    company = LookupField(url_name="creditmemos:creditable_companies", label=_("Company"), what=_("company"))
    account_id = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    amount = AmountField(label=_("Amount"))
    value_date = forms.DateField(
        label=_("Value date"), widget=DayInput(), input_formats=["%Y-%m-%d"],
        help_text=_("The day on which the bank moved the money."),
    )  # fmt: skip
    means = forms.ChoiceField(label=_("Means"), choices=Payment.Means.choices)
    reference = forms.CharField(label=_("Reference"), required=False, max_length=LONGEST_REFERENCE)
    note = forms.CharField(
        label=_("Internal note"), required=False, max_length=LONGEST_NOTE, widget=forms.Textarea({"rows": 2})
    )
    is_pending = forms.BooleanField(
        label=_("Not there yet"), required=False,
        help_text=_("For a cheque that still has to clear. The invoices wait for it; nothing is posted."),
    )  # fmt: skip
    keep_on_account = forms.BooleanField(
        label=_("Leave the rest on account"), required=False,
        help_text=_("Otherwise it pays open and new invoices automatically."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None, *, member: Any, order: str, **options: Any) -> None:
        super().__init__(data, **options)
        self.member, self.currency = member, member.marketplace.currency
        self.small_difference = small_difference_of(member.marketplace)
        self.amount_field.currency = self.currency
        companies = Company.objects.filter(creditable_companies(member.user.pk, member.marketplace.pk))
        self.limit("company", companies.select_related("reseller", "marketplace"))
        if not member.marketplace.settings.auto_allocate:
            self.fields["keep_on_account"].help_text = NOT_AUTOMATIC
        if data is None:
            self.initial.setdefault("value_date", member.marketplace.today(timezone.now()))
        self.chosen = self._chosen(data)
        texts = texts_of(data)
        find = find_of(data)
        named = [*texts, *self.initial.get("invoices", ())]
        account = self.account
        rows, self.more = on_the_desk(account, named=named, order=order, find=find) if account else ([], 0)
        self.find = find
        self.set_rows(rows, texts)

    @property
    def amount_field(self) -> AmountField:
        """The field of the whole amount."""
        field: Any = self.fields["amount"]
        found: AmountField = field
        return found

    def _chosen(self, data: QueryDict | None) -> Company | None:
        """The company, as far as it can be told already: payer and invoices depend on it."""
        field: Any = self.fields["company"]
        value = (
            field.widget.value_from_datadict(data, {}, "company") if data is not None else self.initial.get("company")
        )
        try:
            found: Company | None = field.clean(value if isinstance(value, tuple) else str(value or ""))
        except ValidationError:
            return None
        return found

    @cached_property
    def parties(self) -> tuple[MerchantOfRecord, Company] | None:
        """Who sells to the chosen company, and who pays for it: its reseller, where it has one."""
        return merchant_and_payer(self.chosen) if self.chosen else None

    @property
    def payer(self) -> Company | None:
        """Who pays for the chosen company."""
        return self.parties[1] if self.parties else None

    @cached_property
    def account(self) -> BalanceAccount | None:
        """The account that was named, as long as it is of the chosen company or who pays for it; else the usual one.

        None where it has not been opened: no invoice was issued on it.
        """
        if self.chosen is None or self.parties is None:
            return None
        merchant, payer = self.parties
        accounts = BalanceAccount.objects.filter(marketplace_id=self.member.marketplace.pk, currency=self.currency)
        accounts = accounts.select_related("marketplace", "payer", "merchant__company")
        named = read_id(str(self._named_account))
        if named and (found := accounts.filter(pk=named, payer_id__in=[self.chosen.pk, payer.pk]).first()):
            return found
        return accounts.filter(payer=payer, merchant=merchant).first()

    @property
    def _named_account(self) -> Any:
        return self.data.get("account_id", "") if self.is_bound else self.initial.get("account_id", "")

    def account_to_use(self) -> BalanceAccount:
        """The account, opened where it is new."""
        if self.account is not None:
            return self.account
        merchant, payer = merchant_and_payer(self.cleaned_data["company"])
        return account_for(payer=payer, merchant=merchant)

    def received(self) -> Received:
        """The payment that was typed, once the form was checked."""
        said = self.cleaned_data
        names = ("amount", "means", "value_date", "reference", "note", "is_pending", "keep_on_account")
        return Received(**{name: said[name] for name in names})

    @cached_property
    def money(self) -> int:
        """The amount as far as it can be read, in minor units; else 0."""
        try:
            return self.amount_field.clean(self.data.get("amount", "")) or 0
        except ValidationError:
            return 0

    @property
    def is_unreadable(self) -> bool:
        """Whether an amount was typed that is none."""
        typed = str(self.data.get("amount", "")).strip() if self.is_bound else ""
        return bool(typed) and not self.money

    def forgive(self) -> None:
        """Complain of nothing that is still empty: the form is shown again unasked."""
        for name in self.fields:
            if name in self.errors and not self.data.get(name) and not self.data.get(f"{name}_text"):
                del self.errors[name]


class AllocateForm(BoxesForm):
    """One payment's money on account."""

    def __init__(self, data: QueryDict | None = None, *, payment: Payment, order: str, **options: Any) -> None:
        super().__init__(data, **options)
        self.currency, self.money = payment.currency, payment.free
        self.small_difference = small_difference_of(payment.marketplace)
        texts = texts_of(data)
        self.find = find_of(data)
        rows, self.more = on_the_desk(payment.account, named=texts, order=order, find=self.find)
        self.set_rows(rows, texts)

    def forgive(self) -> None:
        """Nothing is required of it."""
