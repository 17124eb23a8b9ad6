"""The form of a memo that undoes no charge: who it is for, lines of its own, and the details."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.queries.product_taxes import product_taxes
from billing.rating.taxes import TaxNotDetermined
from companies.models import Company, MarketplaceSettings, User
from companies.queries.people import creditable_companies, members_to_choose
from core.errors import Refusal
from core.formats import percent_text
from core.ids import read_id
from creditmemos.domain.drafting import DraftLine
from creditmemos.forms.adhoc_lines import (
    LABELS,
    PARTS,
    SUBSCRIPTION,
    LineRow,
    blank_row,
    read_row,
    sent_rows,
    stored_rows,
    subscription_row,
    tax_choices,
)
from creditmemos.forms.details import LinesForm
from creditmemos.models import CreditMemo
from creditmemos.queries.composing import compose_ad_hoc
from creditmemos.queries.tax_rates import rates_for
from invoices.domain.charging import Charge, TaxRate
from subscriptions.models import Subscription
from subscriptions.queries.finding import LEAST_LETTERS, as_uuid
from web.fields import LookupField

MOST_PEOPLE = 200


class SubscriptionField(LookupField):
    """One of the company's subscriptions, by its product's name or by its UUID; it only helps to fill a line."""

    def __init__(self) -> None:
        super().__init__(
            url_name="subscriptions:lookup", label=gettext_lazy("Subscription"), what=gettext_lazy("subscription"),
            required=False, key="product__search_key",
            help_text=gettext_lazy("Fills in a line. Type at least 2 letters of the product's name, or a UUID."),
        )  # fmt: skip
        self.widget.attrs["hx-include"] = "[name=company]"

    def _named(self, text: str) -> Subscription:
        uuid = as_uuid(text)
        found = self.queryset.filter(uuid=uuid).first() if uuid else None
        if found is None and len(text) < LEAST_LETTERS:
            raise ValidationError(_("Type at least 2 letters of the product's name."))
        return found or super()._named(text)  # type: ignore[return-value]


class AdHocForm(LinesForm):
    """Company, person and lines; for a draft that is edited again (``memo``) company and person stay as they are."""

    company = LookupField(
        url_name="creditmemos:creditable_companies", label=gettext_lazy("Company"), what=gettext_lazy("company")
    )
    user = forms.ChoiceField(label=gettext_lazy("Billed user"), required=False)
    subscription = SubscriptionField()
    field_order = ("company", "user", "subscription")

    def __init__(
        self, data: QueryDict | None = None, *, member: Any, memo: CreditMemo | None = None, **options: Any
    ) -> None:
        super().__init__(data, marketplace=member.marketplace, memo=memo, **options)
        self.member, self.memo = member, memo
        self.currency: str = member.marketplace.currency
        if memo is None:
            companies = Company.objects.filter(creditable_companies(member.user.pk, member.marketplace.pk))
            self.limit("company", companies.select_related("reseller"))
            self.beneficiary = self._chosen(data)
            self.people = self._people()
        else:
            del self.fields["company"], self.fields["user"]
            self.beneficiary = memo.beneficiary
        self.limit("subscription", self._subscriptions())
        payer = self.payer
        self.subscription_error = self.subscription_tax = ""
        self.taxes = list(rates_for(member.marketplace.pk, payer.pk if payer else None))
        self.rows = self._rows(data)
        for row in self.rows:
            if data is not None and not row.is_blank:
                read_row(row, currency=self.currency, taxes=self.taxes, known=self.known)
        self._tax_together()

    # --- who it is for ---------------------------------------------------------------------------------------------

    def _chosen(self, data: QueryDict | None) -> Company | None:
        """The company, as far as it can be told already: people and payer depend on it."""
        field: Any = self.fields["company"]
        value = (
            field.widget.value_from_datadict(data, {}, "company") if data is not None else self.initial.get("company")
        )
        try:
            found: Company | None = field.clean(value if isinstance(value, tuple) else str(value or ""))
        except ValidationError:
            return None
        return found

    def _people(self) -> dict[str, User]:
        """Active members of the company, as the choices."""
        company = self.beneficiary
        rows = members_to_choose(company)[:MOST_PEOPLE] if company else []
        people = {str(user.pk): user for user in rows}
        nobody = _("None: billed to the company") if company and company.company_wide_billing else _("None")
        choices = [(pk, f"{user.known_as} ({user.email})") for pk, user in people.items()]
        self.offer("user", [("", nobody), *choices])
        return people

    @property
    def payer(self) -> Company | None:
        """Who owes for the company: itself, or its reseller in indirect billing."""
        if self.memo is not None:
            return self.memo.payer
        return (self.beneficiary.reseller or self.beneficiary) if self.beneficiary else None

    @property
    def billed_user(self) -> User | None:
        """The person that was chosen."""
        return self.people.get(self.cleaned_data.get("user", ""))

    # --- its lines -------------------------------------------------------------------------------------------------

    def _subscriptions(self) -> QuerySet[Subscription]:
        """The company's; for a draft that is edited again too."""
        rows = (
            Subscription.objects.filter(company=self.beneficiary) if self.beneficiary else Subscription.objects.none()
        )
        return rows.select_related("product", "company")

    @cached_property
    def known(self) -> dict[str, Subscription]:
        """The subscriptions that rows were filled from, by id."""
        ids = {read_id(row.texts.get(SUBSCRIPTION, "")) for row in self.rows} - {0}
        return {str(row.pk): row for row in self._subscriptions().filter(pk__in=ids)} if ids else {}

    def _rows(self, data: QueryDict | None) -> list[LineRow]:
        if data is not None:
            rows = sent_rows(data, data.get("go", ""))
            return self._with_subscription(rows, data) if data.get("go") == SUBSCRIPTION else rows
        lines = self.memo.lines.prefetch_related("taxes").order_by("position") if self.memo else ()
        uuids = [line.subscription_uuid for line in lines if line.subscription_uuid]
        known = {row.uuid: row for row in self._subscriptions().filter(uuid__in=uuids)} if uuids else {}
        return stored_rows(lines, self.currency, known) or [blank_row(1)]

    def _with_subscription(self, rows: list[LineRow], data: QueryDict) -> list[LineRow]:
        """A row more, filled from the subscription that was chosen; in place of one that is blank."""
        field: Any = self.fields["subscription"]
        try:
            found = field.clean(field.widget.value_from_datadict(data, {}, "subscription"))
        except ValidationError as error:
            self.subscription_error = str(error.messages[0])
            return rows
        if found is None:
            self.subscription_error = _("Choose a subscription.")
            return rows
        kept = rows[:-1] if rows[-1].is_blank else rows
        return [*kept, subscription_row(len(kept) + 1, found, self.currency, self._tax_of(found))]

    def _tax_of(self, subscription: Subscription) -> TaxRate | None:
        """The tax that billing takes for its product, said in words; None where that is no single one."""
        payer, product = self.payer, subscription.product
        if payer is None:
            return None
        told = {"product": product.name, "payer": payer.name}
        try:
            taxes = product_taxes(product, payer)
        except TaxNotDetermined:
            self.subscription_tax = _("The tax of %(product)s for %(payer)s can't be determined. Choose it.") % told
            return None
        if not taxes:
            self.subscription_tax = _("No tax is charged for %(product)s to %(payer)s.") % told
            return None
        told["tax"] = ", ".join(f"{tax.name} {percent_text(tax.rate)}" for tax in taxes)
        if len(taxes) > 1:
            text = _(
                "%(tax)s is charged for %(product)s to %(payer)s, but a line here can have only one tax. Choose it."
            )
            self.subscription_tax = text % told
            return None
        self.subscription_tax = _("%(tax)s, as charged for %(product)s to %(payer)s.") % told
        if taxes[0] not in self.taxes:
            self.taxes.append(taxes[0])
        return taxes[0]

    def _tax_together(self) -> None:
        """The lines' taxes as the memo will bear them, which may be rounded over all of them."""
        used = [row for row in self.rows if row.charge]
        if used:
            tax_by = MarketplaceSettings.objects.get(marketplace_id=self.member.marketplace.pk).tax_by
            lines = compose_ad_hoc(self.charges, self.currency, tax_by=tax_by)
            for row, line in zip(used, lines, strict=True):
                row.drafted = line

    @property
    def tax_choices(self) -> list[tuple[str, str]]:
        """The taxes to choose from, none first."""
        return tax_choices(self.taxes)

    @property
    def charges(self) -> list[Charge]:
        """The lines as issuing takes them."""
        return [row.charge for row in self.rows if row.charge]

    @property
    def drafted(self) -> Sequence[DraftLine]:
        """The memo lines."""
        return [row.drafted for row in self.rows if row.drafted]

    # --- answers -----------------------------------------------------------------------------------------------------

    @property
    def is_in_order(self) -> bool:
        """Whether no line was refused."""
        return not any(row.errors for row in self.rows)

    def refuse_line(self, refusal: Refusal) -> bool:
        """Beside the line that it names."""
        used = [row for row in self.rows if row.charge]
        row = next((row for at, row in enumerate(used, start=1) if refusal.field == f"line-{at}"), None)
        if row is not None:
            row.errors["price"] = refusal.message
        return row is not None

    def line_problems(self) -> Iterator[tuple[str, str, str]]:
        """Of each part of each line."""
        for row in self.rows:
            for part in PARTS:
                if part in row.errors:
                    yield f"id_{row.name(part)}", str(LABELS[part]), row.errors[part]
