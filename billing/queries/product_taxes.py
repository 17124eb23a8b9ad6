"""How billing would tax a product for a payer today, for whoever types a line by hand."""

from collections.abc import Sequence

from billing.queries.price_book import tax_table
from billing.rating.taxes import UNTAXED, rates_for
from companies.models import Company
from invoices.domain.charging import TaxRate
from subscriptions.models import Product


def product_taxes(product: Product, payer: Company) -> Sequence[TaxRate]:
    """The taxes by the marketplace's table; none for an exempt payer. Raises TaxNotDetermined, as a run would."""
    if payer.tax_exempt:
        return UNTAXED
    return rates_for(tax_table(payer.marketplace_id), payer.country, product.tax_class)
