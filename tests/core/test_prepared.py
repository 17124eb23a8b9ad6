"""Prepared queries give what the ORM gives."""

from typing import Any

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from companies.models import Company, Membership
from core.models import AuditEntry
from core.prepared import Prepared, by_ids
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.world import Market, credit_invoice, issue_invoice, issue_memo, make_market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    market = make_market()
    invoice = issue_invoice(market)
    credit_invoice(market, invoice, 10_00)
    issue_memo(market, "20.00")
    return market


def facts(record: object) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name != "_state"}


SHAPES: dict[str, Any] = {
    "plain": CreditMemo.objects.all(),
    "joined": CreditMemo.objects.select_related("reason", "payer"),
    "joined twice and deferred": CreditMemo.objects.select_related("source_invoice__payer").defer("customer_note"),
    "only some": Invoice.objects.only("number", "total"),
    "joined to itself": Company.objects.select_related("parent", "reseller"),
    "with JSON": AuditEntry.objects.select_related("company"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_records_are_the_same(market: Market, shape: str) -> None:
    rows = SHAPES[shape]
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    assert ids
    for _again in range(2):
        records = sorted(by_ids(rows.all(), ids), key=lambda record: record.pk)
        expected = list(rows.filter(pk__in=ids).order_by("pk"))
        assert [facts(record) for record in records] == [facts(record) for record in expected]
        assert [record._state.fields_cache for record in records] == [record._state.fields_cache for record in expected]
        assert not any(record._state.adding for record in records)


def test_joined_rows_need_no_query(market: Market, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        [client] = by_ids(Company.objects.select_related("reseller"), [market.client.pk])
        assert client.reseller == market.reseller
        assert client.parent is None


def test_what_holds_values_goes_through_the_orm(market: Market) -> None:
    mine = Company.objects.filter(name="Acme north")
    assert by_ids(mine, [market.acme.pk, market.birch.pk]) == [market.acme]
    [acme] = by_ids(Company.objects.annotate(twice=F("pk") * 2), [market.acme.pk])
    assert acme.twice == market.acme.pk * 2  # type: ignore[attr-defined]
    assert by_ids(Company.objects.all(), []) == []


@pytest.mark.parametrize("count", [1, 2, 11, 26, 60, 101])
def test_any_number_of_ids(market: Market, count: int) -> None:
    names = [Company(marketplace=market.marketplace, name=f"Firm {n}") for n in range(count)]
    ids = [company.pk for company in Company.objects.bulk_create(names)]
    assert {company.pk for company in by_ids(Company.objects.all(), ids)} == set(ids)


def test_a_query_of_two_ids(market: Market) -> None:
    prepared = Prepared(
        lambda user, company: Membership.objects.filter(company_id=company, user_id=user).select_related("company"),
        count=2,
    )
    member = market.people["finance"]
    for _again in range(2):
        assert prepared.rows(member.user.pk, member.company.pk) == [member.membership]
        assert prepared.rows(member.company.pk + 1000, member.user.pk) == []


def test_a_value_that_is_no_parameter_is_refused() -> None:
    with pytest.raises(RuntimeError, match="not every value"):
        Prepared(lambda _pk: Company.objects.all()).rows(1)


def test_only_inside(market: Market) -> None:
    ids = [market.acme.pk, market.birch.pk]
    assert len(by_ids(Company.objects.all(), ids, marketplace_id=market.marketplace.pk)) == len(ids)
    assert by_ids(Company.objects.all(), ids, marketplace_id=market.marketplace.pk + 1) == []
    assert by_ids(Company.objects.filter(name="Acme north"), ids, marketplace_id=market.marketplace.pk + 1) == []
