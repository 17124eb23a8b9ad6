"""What is sold: products, editions, plans and discounts are added; a plan in use keeps its price."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import models, transaction
from django.utils.translation import gettext as _

from companies.models import Company, Marketplace
from companies.operations.own_company import Ask, refuse_own_company
from core import audit
from core.actors import Actor
from core.checks import check_amount, check_choice, check_text
from core.errors import InvalidInput, Missing
from core.money import MAX_AMOUNT
from core.search_keys import folded
from subscriptions.domain.refusals import NameTaken, PriceUnclear
from subscriptions.models import Discount, Edition, Plan, Product
from subscriptions.queries.terms import pricing_of

Tiers = Sequence[tuple[Decimal | None, Decimal]]
"""(up to, price) in rising order, the last one without an end; prices in major units."""
PRICE_DECIMALS = 8
DISCOUNT = "discount"
RATE_DECIMALS = 6
"""Of a fraction: four of a percentage."""
LONGEST_PRODUCT, LONGEST_NAME, LONGEST_CLASS = 200, 120, 40


@transaction.atomic
def add_product(
    *, name: str, actor: Actor, now: datetime, vendor: Company | None = None, tax_class: str = ""
) -> Product:
    """Begin to sell a product."""
    marketplace = Marketplace.objects.get(pk=actor.marketplace_id)
    if vendor and vendor.marketplace_id != marketplace.pk:
        raise Missing
    _check_name(Product.objects.filter(marketplace=marketplace), name, longest=LONGEST_PRODUCT)
    tax_class = check_text(tax_class, longest=LONGEST_CLASS, field="tax_class")
    made = Product.objects.create(marketplace=marketplace, name=name.strip(), vendor=vendor, tax_class=tax_class)
    audit.record(actor=actor, verb="product.added", obj=made, after={"name": made.name}, now=now)
    return made


@transaction.atomic
def add_edition(*, product: Product, name: str, actor: Actor, now: datetime) -> Edition:
    """Add an edition to a product."""
    _inside(product.marketplace_id, actor)
    _check_name(Edition.objects.filter(product=product), name)
    made = Edition.objects.create(product=product, name=name.strip())
    audit.record(actor=actor, verb="product.changed", obj=product, after={"edition": made.name}, now=now)
    return made


@transaction.atomic
def add_plan(
    *,
    edition: Edition,
    name: str,
    months: int,
    in_advance: bool,
    model: str,
    tiers: Tiers,
    actor: Actor,
    now: datetime,
    usage_model: str = "",
    usage_tiers: Tiers = (),
) -> Plan:
    """Add a plan to an edition. Raises PriceUnclear beside the tiers that could not price every quantity."""
    _inside(edition.product.marketplace_id, actor)
    _check_name(Plan.objects.filter(edition=edition), name)
    if months not in Plan.Months.values:
        raise InvalidInput(_("Choose monthly or yearly."), field="months")
    check_choice(model, Plan.Model.values, field="model")
    check_choice(usage_model, ["", *Plan.Model.values], field="usage_model")
    made = Plan.objects.create(
        edition=edition, name=name.strip(), months=months, in_advance=in_advance, model=model,
        tiers=_stored(model, tiers, field="tiers"), usage_model=usage_model,
        usage_tiers=_stored(usage_model, usage_tiers, field="usage_tiers") if usage_model else [],
    )  # fmt: skip
    audit.record(actor=actor, verb="product.changed", obj=edition.product, after={"plan": made.name}, now=now)
    return made


@transaction.atomic
def add_discount(
    *,
    name: str,
    actor: Actor,
    now: datetime,
    rate: Decimal | None = None,
    fixed: int | None = None,
    company: Company | None = None,
    product: Product | None = None,
    edition: Edition | None = None,
    plan: Plan | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Discount:
    """Grant a discount: exactly one of ``rate`` (a fraction up to 1) and ``fixed`` (minor units a period)."""
    sold = [each and each.product for each in (edition, plan and plan.edition)]
    for named in (company, product, *sold):
        if named:
            _inside(named.marketplace_id, actor)
    if company:
        told: dict[str, object] = {
            "name": name, "rate": None if rate is None else str(rate), "fixed": fixed, "first": first and str(first),
            "last": last and str(last), "product": product and product.pk, "edition": edition and edition.pk,
            "plan": plan and plan.pk,
        }  # fmt: skip
        ask = Ask(
            kind="company", verb=DISCOUNT, object_id=company.pk, subject=name[:200], thing=f"{name}, {company}",
            arguments=told,
        )  # fmt: skip
        refuse_own_company(actor, [company.pk], ask=ask)
    if (rate is None) == (fixed is None):
        raise InvalidInput(_("Enter a percentage or an amount, not both."), field="rate")
    if rate is not None and not (rate.is_finite() and 0 <= rate <= 1 and rate == round(rate, RATE_DECIMALS)):
        raise InvalidInput(_("Enter a percentage from 0 to 100 with at most 4 decimals."), field="rate")
    if fixed is not None:
        currency = Marketplace.objects.get(pk=actor.marketplace_id).currency
        check_amount(fixed, currency=currency, field="fixed")
    if first and last and last < first:
        raise InvalidInput(_("The last day is before the first."), field="last")
    _check_name(Discount.objects.filter(marketplace_id=actor.marketplace_id), name)
    made = Discount.objects.create(
        marketplace_id=actor.marketplace_id, name=name.strip(), rate=rate, fixed=fixed, company=company,
        product=product, edition=edition, plan=plan, first=first, last=last,
    )  # fmt: skip
    audit.record(actor=actor, verb="discount.added", obj=made, after={"name": made.name}, now=now)
    return made


def _inside(marketplace_id: int, actor: Actor) -> None:
    if marketplace_id != actor.marketplace_id:
        raise Missing


def _check_name(rows: models.QuerySet[models.Model], name: str, *, longest: int = LONGEST_NAME) -> None:
    check_text(name, longest=longest, field="name", required=True)
    if folded(name) in map(folded, rows.values_list("name", flat=True)):
        raise NameTaken(field="name")


def _stored(model: str, tiers: Tiers, *, field: str) -> list[list[str | None]]:
    for _upto, price in tiers:
        if not price.is_finite() or price != round(price, PRICE_DECIMALS) or price * 1000 > MAX_AMOUNT:
            raise InvalidInput(_("Enter a price with at most 8 decimals."), field=field)
    texts: list[list[str | None]] = [[None if upto is None else f"{upto:f}", f"{price:f}"] for upto, price in tiers]
    try:
        pricing_of(model, texts)
    except (ValueError, KeyError):
        raise PriceUnclear(field=field) from None
    return texts
