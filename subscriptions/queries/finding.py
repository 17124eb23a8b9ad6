"""Finding subscriptions by what somebody types: a company's or product's name, or a UUID."""

from uuid import UUID

from django.db.models import QuerySet

from companies.models import Company
from core.search_keys import key_holds
from subscriptions.models import Product, Subscription

LEAST_LETTERS = 2


def as_uuid(text: str) -> UUID | None:
    """The UUID that the text is, or None."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def matching(rows: QuerySet[Subscription], text: str, *, marketplace_id: int) -> QuerySet[Subscription]:
    """Those whose UUID the text is, or whose company or product has it in its name; resolved first, as lists do."""
    found = as_uuid(text)
    if found:
        return rows.filter(uuid=found)
    inside = {"marketplace_id": marketplace_id}
    companies = list(Company.objects.filter(key_holds(text), **inside).values_list("pk", flat=True)[:1000])
    if companies:
        return rows.filter(company_id__in=companies)
    return rows.filter(
        product_id__in=list(Product.objects.filter(key_holds(text), **inside).values_list("pk", flat=True)[:1000])
    )


def of_company(company: Company, text: str) -> QuerySet[Subscription]:
    """A company's subscriptions by product name (at least 2 letters) or UUID (exact)."""
    rows = Subscription.objects.filter(company=company).select_related("product", "company").order_by("product__name")
    found = as_uuid(text)
    if found:
        return rows.filter(uuid=found)
    return rows.filter(key_holds(text, key="product__search_key")) if len(text) >= LEAST_LETTERS else rows.none()
