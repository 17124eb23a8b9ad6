"""The ad hoc form's look-up of subscriptions: by product name or UUID, the chosen company's alone."""

from decimal import Decimal
from html import unescape
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from companies.models import Company
from creditmemos.models import CreditMemo
from invoices.domain.charging import TaxRate
from tests.factories.billing import plan, subscribe, tax
from tests.factories.world import Market

CREATE, LOOKUP = "creditmemos:create", "subscriptions:lookup"


def found(client: Client, company: Company, text: str) -> str:
    return client.get(reverse(LOOKUP), {"company": str(company.pk), "subscription_text": text}).content.decode()


def sent(market: Market, **typed: Any) -> dict[str, Any]:
    return {
        "token": str(uuid4()), "company": market.acme.pk, "rows": "1", "line-1-description": "", "line-1-quantity": "1",
        "line-1-price": "", "line-1-tax": "", "line-1-subscription": "", "reason": market.reason().pk, "use": "hold",
        **typed,
    }  # fmt: skip


def test_a_name_is_looked_for_and_a_uuid_is_exact(market: Market, manager: Client) -> None:
    sold = subscribe(market, plan(market, product="Mail Suite"))
    subscribe(market, plan(market, product="Storage"), company=market.birch)
    assert str(sold.row.uuid) in found(manager, market.acme, "mail")
    assert str(sold.row.uuid) in found(manager, market.acme, str(sold.row.uuid))
    for text in ("m", "Storage", str(sold.row.uuid)[:-1], "", str(uuid4())):
        assert "Nothing found" in found(manager, market.acme, text)
    assert "Nothing found" in found(manager, market.birch, "mail")


def test_at_most_twenty_are_offered(market: Market, manager: Client) -> None:
    of = plan(market)
    for _ in range(22):
        subscribe(market, of)
    assert found(manager, market.acme, "mail").count("data-value") == 20


def test_strangers_companies_and_numbers_that_are_none_find_nothing(
    market: Market, south: Market, manager: Client
) -> None:
    subscribe(south, plan(south))
    assert "Nothing found" in found(manager, south.acme, "mail")
    for company in ("", "x", "9" * 30):
        answer = manager.get(reverse(LOOKUP), {"company": str(company), "subscription_text": "mail"})
        assert answer.status_code == 200


def test_a_line_is_filled_without_javascript_and_names_its_subscription(market: Market, manager: Client) -> None:
    sold = subscribe(market, plan(market, "31.00"))
    page = manager.post(reverse(CREATE), sent(market, go="subscription", subscription_text="mail")).content.decode()
    assert 'value="Mail Suite, Pro, Plan 1"' in page
    assert 'value="31.00"' in page
    assert f'name="line-1-subscription" value="{sold.row.pk}"' in page
    line = {"line-1-description": "Mail Suite", "line-1-price": "31.00", "line-1-subscription": sold.row.pk}
    assert manager.post(reverse(CREATE), sent(market, **line)).status_code == 302
    [made] = CreditMemo.objects.get().lines.all()
    product = sold.row.product
    assert (made.subscription_uuid, made.product_uuid, made.product_name, made.vendor) == (
        sold.row.uuid, product.uuid, product.name, market.vendor
    )  # fmt: skip


def test_what_is_not_the_companys_fills_nothing(market: Market, manager: Client) -> None:
    other = subscribe(market, plan(market), company=market.birch)
    page = manager.post(reverse(CREATE), sent(market, go="subscription", subscription=other.row.pk)).content.decode()
    assert "Mail Suite, Pro" not in page
    line = {"line-1-description": "Mine", "line-1-price": "5.00", "line-1-subscription": other.row.pk}
    manager.post(reverse(CREATE), sent(market, **line))
    [made] = CreditMemo.objects.get().lines.all()
    assert made.subscription_uuid is None


def test_its_line_bears_the_tax_that_billing_takes(market: Market, manager: Client) -> None:
    subscribe(market, plan(market, "31.00"))
    market.acme.country = "DE"
    market.acme.save()
    pick = {"go": "subscription", "subscription_text": "mail"}

    def filled() -> tuple[str, str]:
        page = manager.post(reverse(CREATE), sent(market, **pick))
        form = page.context["form"]
        assert form.subscription_tax in unescape(page.content.decode())
        return form.rows[0].texts["tax"], form.subscription_tax

    assert filled() == ("", "No tax is charged for Mail Suite to Acme north.")
    tax(market, TaxRate("VAT", Decimal("0.19")))
    assert filled() == ("0.19 VAT", "VAT 19\u00a0%, as charged for Mail Suite to Acme north.")
    tax(market, TaxRate("City", Decimal("0.01")))
    assert filled()[0] == ""
    assert "Choose it" in filled()[1]
    Company.objects.filter(pk=market.acme.pk).update(country="")
    assert filled() == ("", "The tax of Mail Suite for Acme north can't be determined. Choose it.")
    Company.objects.filter(pk=market.acme.pk).update(tax_exempt=True)
    assert filled()[1] == "No tax is charged for Mail Suite to Acme north."
