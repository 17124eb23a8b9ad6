"""Products, editions, plans with their tiers, and discounts."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Company
from core.typed import NotANumber, read_number, typed_number
from subscriptions.forms.subscription import day_field
from subscriptions.models import Plan, Product
from subscriptions.operations.catalogue import LONGEST_CLASS, LONGEST_NAME, LONGEST_PRODUCT
from web.fields import AmountField, ExactField, LookupField
from web.forms import PageForm

PERCENT_PLACES = 4
HUNDRED = Decimal(100)
TIERS_HELP = gettext_lazy(
    'One line for each tier: "up to: price". The last line has no end: "*: price". For a flat '
    "price or a price per unit, enter one line with only the price."
)


class TiersField(forms.CharField):
    """Tiers as lines of text, cleaned to (up to, price) pairs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), help_text=TIERS_HELP, **options)

    def clean(self, value: Any) -> list[tuple[Decimal | None, Decimal]]:
        """Read every line strictly."""
        text = super().clean(value)
        return [self._tier(line) for line in text.splitlines() if line.strip()]

    def _tier(self, line: str) -> tuple[Decimal | None, Decimal]:
        upto, colon, price = line.rpartition(":")
        end = upto.strip()
        return (self._number(end, line) if colon and end != "*" else None), self._number(price.strip(), line)

    def _number(self, text: str, line: str) -> Decimal:
        try:
            return Decimal(read_number(text))
        except NotANumber:
            message = _('"%(line)s" is not a tier. Enter "10: %(one)s", and "*: %(other)s" for everything above.')
            examples = {"one": typed_number("4.50"), "other": typed_number("4.00")}
            raise forms.ValidationError(message % {"line": line, **examples}) from None


class ProductForm(PageForm):
    """A product."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_PRODUCT)
    vendor = LookupField(
        url_name="companies:lookup", label=gettext_lazy("Vendor"), what=gettext_lazy("company"), required=False
    )
    tax_class = forms.CharField(
        label=gettext_lazy("Tax class"), max_length=LONGEST_CLASS, required=False,
        help_text=gettext_lazy("As named in the tax table; empty for the country's standard taxes."),
    )  # fmt: skip

    def __init__(self, *args: Any, member: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vendors = Company.objects.visible_to(member).filter(kind=Company.Kind.VENDOR)
        self.limit("vendor", vendors)


class EditionForm(PageForm):
    """An edition."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)


class PlanForm(PageForm):
    """A plan: how often, when, and at which price."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    months = forms.TypedChoiceField(label=gettext_lazy("Period"), choices=Plan.Months.choices, coerce=int)
    in_advance = forms.TypedChoiceField(
        label=gettext_lazy("Charged"), coerce=lambda text: text == "yes",
        choices=[("yes", gettext_lazy("in advance")), ("no", gettext_lazy("in arrears"))],
    )  # fmt: skip
    model = forms.ChoiceField(label=gettext_lazy("Price"), choices=Plan.Model.choices)
    tiers = TiersField(label=gettext_lazy("Prices"))
    usage_model = forms.ChoiceField(
        label=gettext_lazy("Usage pricing"),
        choices=[("", gettext_lazy("No usage")), *Plan.Model.choices],
        required=False,
    )
    usage_tiers = TiersField(label=gettext_lazy("Usage prices"), required=False)


class DiscountForm(PageForm):
    """A discount: how much, for whom, on what, and when."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    rate = ExactField(label=gettext_lazy("Percent off"), places=PERCENT_PLACES, is_percent=True, required=False)
    fixed = AmountField(label=gettext_lazy("Amount off per period"), required=False)
    company = LookupField(
        url_name="companies:lookup", label=gettext_lazy("Company"), what=gettext_lazy("company"), required=False
    )
    product = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    first = day_field(gettext_lazy("From"), required=False)
    last = day_field(gettext_lazy("To"), required=False)

    def __init__(self, *args: Any, member: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit("company", Company.objects.visible_to(member))
        self.fields["fixed"].currency = member.marketplace.currency  # type: ignore[attr-defined]
        rows = Product.objects.filter(marketplace=member.marketplace).order_by("name")
        self.products = {str(row.pk): row for row in rows[:500]}
        choices = [("", _("All products")), *((pk, str(row)) for pk, row in self.products.items())]
        self.offer("product", choices)

    def clean_product(self) -> Product | None:
        """The product itself."""
        return self.products.get(self.cleaned_data["product"])

    def clean_rate(self) -> Decimal | None:
        """As a fraction."""
        percent: Decimal | None = self.cleaned_data["rate"]
        return None if percent is None else percent / HUNDRED
