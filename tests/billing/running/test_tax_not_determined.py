"""Where nothing says how a payer is taxed, the invoice waits and an exception says so; nobody is billed untaxed unsaid."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import BillingEvent, BillingException
from creditmemos.models import CreditMemo
from invoices.domain.charging import TaxRate
from invoices.models import Invoice
from subscriptions.models import Subscription
from tests.factories.billing import bill, order, plan, sells, subscribe, tax
from tests.factories.world import VAT, Market

pytestmark = pytest.mark.django_db
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def moves_to(market: Market, country: str) -> None:
    market.acme.country = country
    market.acme.save()


def exceptions() -> list[tuple[str, str]]:
    rows = BillingException.objects.order_by("pk").select_related("account__payer")
    return [(row.account.payer.name, row.reason) for row in rows]


def test_it_waits_and_is_billed_when_the_country_is_known(market: Market, manager: Client) -> None:
    tax(market)
    moves_to(market, "")
    sold = subscribe(market, plan(market), quantity="2", start=MAY)
    order(market, "10.00", MAY)
    order(market, "20.00", MAY, company=market.birch)
    run = bill(market, MAY)
    assert [(row.payer, row.total) for row in Invoice.objects.all()] == [(market.birch, 2400)]
    assert exceptions() == [(market.acme.name, "tax_not_determined")]
    assert Subscription.objects.get(pk=sold.row.pk).due_on == MAY
    assert set(BillingEvent.objects.filter(company=market.acme).values_list("status", flat=True)) == {"pending"}
    page = manager.get(reverse("billing:run", args=[run.pk])).content.decode()
    assert "Tax not determined: the payer has no country" in page

    moves_to(market, "DE")
    bill(market, MAY)
    invoice = Invoice.objects.get(payer=market.acme)
    assert (invoice.net, invoice.tax) == (7200, 1440)
    assert Subscription.objects.get(pk=sold.row.pk).due_on == JUNE
    assert set(BillingEvent.objects.values_list("status", flat=True)) == {"billed"}
    assert len(exceptions()) == 1


def test_a_class_that_the_country_s_rows_leave_out_waits_too(market: Market) -> None:
    tax(market, TaxRate("VAT", VAT.rate), tax_class="books")
    order(market, "10.00", MAY, product=sells(market, "Atlas", tax_class="books"))
    order(market, "20.00", MAY, product=sells(market, "Router", tax_class="hardware"), company=market.birch)
    bill(market, MAY)
    assert [invoice.total for invoice in Invoice.objects.all()] == [1200]
    assert exceptions() == [(market.birch.name, "tax_not_determined")]


def test_countries_that_the_table_does_not_name_and_marketplaces_without_one_are_not_taxed(market: Market) -> None:
    moves_to(market, "")
    order(market, "10.00", MAY)
    bill(market, MAY)
    tax(market)
    moves_to(market, "US")
    order(market, "20.00", MAY)
    bill(market, MAY)
    assert [invoice.total for invoice in Invoice.objects.order_by("pk")] == [1000, 2000]
    assert exceptions() == []


def test_credit_at_stored_rates_does_not_wait(market: Market) -> None:
    tax(market)
    sold = subscribe(market, plan(market), quantity="1", start=MAY)
    bill(market, MAY)
    moves_to(market, "")
    sold.cancel(date(2026, 5, 15))
    bill(market, date(2026, 5, 20))
    memo = CreditMemo.objects.get()
    assert (memo.net, memo.tax) == (1600, 320)
    assert exceptions() == []
