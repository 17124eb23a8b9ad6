"""Finding subscriptions by what somebody types: a company's or product's name, or a UUID."""

from uuid import UUID

from django.db.models import Q, QuerySet

from companies.models import Company
from core.search_keys import MOST_WORDS, key_holds
from subscriptions.models import Product, Subscription

LEAST_LETTERS = 2


def as_uuid(text: str) -> UUID | None:
    """The UUID that the text is, or None."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def matching(rows: QuerySet[Subscription], text: str, *, marketplace_id: int) -> QuerySet[Subscription]:
    """Those whose UUID the text is, or whose company or product has each of its words in its name."""
    found = as_uuid(text)
    if found:
        return rows.filter(uuid=found)
    inside = {"marketplace_id": marketplace_id}
    asked = Q()
    for word in text.split()[:MOST_WORDS]:
        companies = Company.objects.filter(key_holds(word), **inside).values("pk")
        products = Product.objects.filter(key_holds(word), **inside).values("pk")
        asked &= Q(company_id__in=companies) | Q(product_id__in=products)
    return rows.filter(asked) if asked else rows.none()


def of_company(company: Company, text: str) -> QuerySet[Subscription]:
    """A company's subscriptions by product name (at least 2 letters) or UUID (exact)."""
    rows = Subscription.objects.filter(company=company).select_related("product", "company").order_by("product__name")
    found = as_uuid(text)
    if found:
        return rows.filter(uuid=found)
    return rows.filter(key_holds(text, key="product__search_key")) if len(text) >= LEAST_LETTERS else rows.none()
