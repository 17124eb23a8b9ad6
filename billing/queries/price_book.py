"""What a marketplace bills by, read once for many payers: its rules, taxes, discounts, plans and products."""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import BillingSettings, TaxRule
from billing.rating import Discount as Rebate
from billing.rating import Item, Rules
from billing.rating import Plan as Priced
from billing.rating.events import USAGE
from billing.rating.taxes import TaxTable
from companies.models import Marketplace, MarketplaceSettings
from invoices.domain.charging import TaxRate
from subscriptions.models import Discount, Plan, Product
from subscriptions.queries.terms import pricing_of


class Title(NamedTuple):
    """What a line for an item says it is."""

    description: str
    product_name: str
    product_uuid: UUID | None
    vendor_id: int | None


def settings_of(marketplace_id: int) -> BillingSettings:
    """The marketplace's billing settings; the defaults where nobody has changed any."""
    found = BillingSettings.objects.filter(marketplace_id=marketplace_id).first()
    return found or BillingSettings(marketplace_id=marketplace_id)


def tax_table(marketplace_id: int) -> TaxTable:
    """The taxes of a marketplace by country and tax class, as they are today."""
    taxes: dict[tuple[str, str], list[TaxRate]] = defaultdict(list)
    for rule in TaxRule.objects.filter(marketplace_id=marketplace_id):
        taxes[rule.country, rule.tax_class].append(TaxRate(rule.name, rule.rate))
    return dict(taxes)


def rules_of(marketplace: Marketplace) -> Rules:
    """What rating needs to know of a marketplace."""
    settings = settings_of(marketplace.pk)
    return Rules(
        currency=marketplace.currency,
        zone=marketplace.zone,
        taxes=tax_table(marketplace.pk),
        change_day_is_new=settings.change_day_is_new,
        cancel_day_is_used=settings.cancel_day_is_used,
    )


@dataclass(frozen=True, slots=True)
class _Sold:
    title: Title
    tax_class: str


class PriceBook:
    """One marketplace's rules for a while; plans and products are read when they are first met."""

    def __init__(self, marketplace_id: int) -> None:
        self.marketplace = Marketplace.objects.get(pk=marketplace_id)
        self.settings = MarketplaceSettings.objects.get(marketplace_id=marketplace_id)
        self.settings.marketplace = self.marketplace
        self.rules = rules_of(self.marketplace)
        self._plans: dict[int, Priced] = {}
        self._titles: dict[int, Title] = {}
        self._products: dict[int, _Sold] = {}

    @property
    def is_v1(self) -> bool:
        """Whether credit stands below zero on invoices, and there are no memos."""
        return self.marketplace.pipeline == Marketplace.Pipeline.V1

    def learn_plans(self, ids: set[int]) -> None:
        """Read the plans that are not known yet, in one statement."""
        missing = ids - self._plans.keys()
        if not missing:
            return
        for plan in Plan.objects.filter(pk__in=missing).select_related("edition__product"):
            edition, product = plan.edition, plan.edition.product
            item = Item(product.pk, edition.pk, plan.pk, product.tax_class)
            usage = pricing_of(plan.usage_model, plan.usage_tiers) if plan.usage_model else None
            self._plans[plan.pk] = Priced(
                item=item,
                pricing=pricing_of(plan.model, plan.tiers),
                months=plan.months,
                in_advance=plan.in_advance,
                usage=usage,
            )
            name = f"{product.name}, {edition.name}, {plan.name}"
            self._titles[plan.pk] = Title(name[:300], product.name, product.uuid, product.vendor_id)

    def learn_products(self, ids: set[int]) -> None:
        """Read the products that are not known yet, in one statement."""
        missing = ids - self._products.keys()
        if missing:
            for product in Product.objects.filter(pk__in=missing):
                title = Title(product.name, product.name, product.uuid, product.vendor_id)
                self._products[product.pk] = _Sold(title, product.tax_class)

    def plan(self, plan_id: int) -> Priced:
        """A plan that was learnt."""
        return self._plans[plan_id]

    def item(self, product_id: int) -> Item:
        """A product that was learnt, as something sold once."""
        return Item(product_id, tax_class=self._products[product_id].tax_class)

    def title(self, item: Item, kind: str, language: str) -> Title:
        """What a line for this item says, in the payer's language where it is words of ours."""
        if item.plan is None:
            return self._products[int(item.product)].title
        title = self._titles[int(item.plan)]
        if kind != USAGE:
            return title
        with override(language):
            text = _("Usage: %(what)s") % {"what": title.description}
        return title._replace(description=text[:300])

    def discounts(self, company_ids: set[int]) -> dict[int | None, list[Rebate]]:
        """The discounts of these companies, and under None those of everybody."""
        found: dict[int | None, list[Rebate]] = defaultdict(list)
        rows = Discount.objects.filter(marketplace=self.marketplace)
        for row in rows.filter(company__isnull=True) | rows.filter(company_id__in=company_ids):
            found[row.company_id].append(
                Rebate(
                    key=row.pk, rate=row.rate, fixed=row.fixed, product=row.product_id, edition=row.edition_id,
                    plan=row.plan_id, first=row.first, last=row.last,
                )
            )  # fmt: skip
        return found
