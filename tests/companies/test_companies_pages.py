"""The pages that add, change and switch companies."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from companies.domain.company_values import values_of
from companies.domain.refusals import ChangedMeanwhile, OwnCompany
from companies.models import Company, MerchantOfRecord
from companies.operations import change_company
from core.models import Approval
from tests.factories.billing import plan, subscribe
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Dune Trading", "kind": "customer", "country": "AT", "tax_number": "ATU13585627", "language": "de",
    "payment_terms_days": "30", "external_key": "D-1",
}  # fmt: skip


@pytest.fixture
def finance(market: Market) -> Client:
    return client_of(market.people["finance"])


def url(name: str, company: Company) -> str:
    return reverse(f"companies:{name}", args=[company.pk])


def words(answer: Any) -> str:
    return str(answer.content.decode()).replace("&#x27;", "'")


def typed(company: Company, **changes: str) -> dict[str, str]:
    """What the page of a company sends, with changes."""
    values = asdict(values_of(company))
    sent = {name: "" if value in (None, False) else str(value) for name, value in values.items()}
    del sent["tax_exempt"]
    return {
        **sent, "parent": sent.pop("parent_id"), "reseller": sent.pop("reseller_id"), "seen": json.dumps(values),
        **changes,
    }  # fmt: skip


def test_the_list_offers_to_add_one(market: Market, finance: Client) -> None:
    page = words(finance.get(reverse("companies:list"), {"q": "nobody"}))
    assert reverse("companies:add") in page
    assert "Add a company" in page
    assert reverse("companies:add") not in words(client_of(market.people["support"]).get(reverse("companies:list")))


def test_a_company_is_added_by_its_page(market: Market, finance: Client) -> None:
    shown = finance.get(reverse("companies:add")).context["form"]
    hidden = {field.html_name: field.value() or "" for field in shown.hidden_fields()}
    answer = finance.post(reverse("companies:add"), {**NEW, **hidden, "reseller_text": "Reseller north"})
    company = Company.objects.get(name="Dune Trading")
    assert answer.headers["Location"] == url("detail", company)
    assert (company.reseller, company.payment_terms_days, company.country) == (market.reseller, 30, "AT")


def test_what_is_wrong_stays_typed(market: Market, finance: Client) -> None:
    answer = finance.post(reverse("companies:add"), {**NEW, "tax_number": "ATU13585628"})
    page = words(answer)
    assert answer.status_code == 422
    assert "length or check digit is wrong" in page
    assert 'value="ATU13585628"' in page
    assert 'value="Dune Trading"' in page
    assert not Company.objects.filter(name="Dune Trading").exists()


def test_a_company_is_changed_by_its_page(market: Market, finance: Client) -> None:
    shown = words(finance.get(url("change", market.client)))
    assert "Issued documents keep" in shown
    assert 'value="Reseller north"' in shown
    answer = finance.post(url("change", market.client), typed(market.client, city="Köln", reseller=""))
    assert answer.status_code == 302
    market.client.refresh_from_db()
    assert (market.client.city, market.client.reseller, market.client.street) == ("Köln", None, "Long Street 1")


def test_who_was_slower_loses_nothing_typed(market: Market, finance: Client) -> None:
    sent = typed(market.acme, city="Köln")
    values = replace(values_of(market.acme), street="Quay 2")
    change_company(company=market.acme, values=values, actor=market.actor(), now=NOW)
    answer = finance.post(url("change", market.acme), sent)
    assert answer.status_code == 422
    assert str(ChangedMeanwhile.text) % {"fields": "Street and number"} in words(answer)
    assert 'value="Köln"' in words(answer)
    for forged in ("[1]", "null", "", "{", "9" * 5000, "[" * 100_000, '{"name": "\\ud800", "kind": "customer"}'):
        assert finance.post(url("change", market.acme), {**sent, "seen": forged}).status_code == 422, forged[:20]
    market.acme.refresh_from_db()
    assert (market.acme.city, market.acme.street) == ("Berlin", "Quay 2")


def test_what_one_may_not_change_of_ones_own_company_is_not_offered(market: Market, finance: Client) -> None:
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["company_admin"])
    page = words(finance.get(url("change", market.acme)))
    assert page.count(str(OwnCompany.text)) == 5
    sent = typed(market.acme, payment_terms_days="90", city="Köln")
    assert finance.post(url("change", market.acme), sent).status_code == 302
    market.acme.refresh_from_db()
    assert (market.acme.payment_terms_days, market.acme.city) == (None, "Köln")


def test_of_a_relative_of_the_operator_a_second_person_is_asked(market: Market, finance: Client) -> None:
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    market.acme.refresh_from_db()
    sent = typed(market.acme, payment_terms_days="90")
    assert finance.post(url("change", market.acme), sent).status_code == 302
    request = Approval.objects.get()
    page = words(client_of(market.people["manager"]).get(reverse("creditmemos:approval", args=[request.pk])))
    assert "Change Acme north" in page
    assert "Payment terms in days" in page


def test_a_company_is_switched_off_and_on(market: Market, finance: Client) -> None:
    detail = words(finance.get(url("detail", market.birch)))
    assert url("switch_off", market.birch) in detail
    assert url("switch_on", market.birch) not in detail
    assert "can be reactivated" in words(finance.get(url("switch_off", market.birch)))
    assert finance.post(url("switch_off", market.birch)).status_code == 302
    assert url("switch_on", market.birch) in words(finance.get(url("detail", market.birch)))
    assert finance.post(url("switch_on", market.birch)).status_code == 302
    subscribe(market, plan(market), company=market.birch, heard=False)
    page = words(finance.get(url("switch_off", market.birch)))
    assert "Cancel them first" in page
    assert 'name="token"' not in page
    assert url("switch_off", market.operator) not in words(finance.get(url("detail", market.operator)))


def test_a_reseller_is_made_a_merchant_and_its_code_changed(market: Market, manager: Client) -> None:
    assert url("make_merchant", market.reseller) in words(manager.get(url("detail", market.reseller)))
    assert url("make_merchant", market.acme) not in words(manager.get(url("detail", market.acme)))
    assert manager.post(url("make_merchant", market.reseller), {"code": "res"}).status_code == 302
    merchant = MerchantOfRecord.objects.get(company=market.reseller)
    page = words(manager.get(url("detail", market.reseller)))
    address = reverse("companies:merchant_code", args=[merchant.pk])
    assert address in page
    assert "RES" in page
    assert manager.post(address, {"code": "R2"}).status_code == 302
    merchant.refresh_from_db()
    assert merchant.code == "R2"
