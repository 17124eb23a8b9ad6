"""Recording events: each kind with what it needs, each key once, and every refusal beside its field."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from billing.domain.event_values import Facts
from billing.models import BillingEvent
from billing.operations.recording import record_event
from core.errors import DuplicateRequest, InvalidInput, Missing
from core.models import AuditEntry
from tests.factories.billing import bill, order, plan, sells, subscribe
from tests.factories.world import NOW, TODAY, Market, key

D = Decimal


def record(market: Market, kind: str, **told: Any) -> BillingEvent:
    facts = Facts(kind=kind, **{"key": key(), "day": TODAY, **told})
    return record_event(facts=facts, origin="api", actor=market.actor(), now=NOW)


def ordered(market: Market, **more: Any) -> dict[str, Any]:
    return {"company": market.acme, "product": sells(market, "Setup"), "quantity": D(1), "price": D("12.50"), **more}


def test_an_order_waits_for_a_run_on_its_payers_account(market: Market) -> None:
    made = record(market, "order", **ordered(market, company=market.client))
    assert (made.status, made.account.payer, made.price, made.day) == ("pending", market.reseller, D("12.50"), TODAY)
    assert AuditEntry.objects.get(verb="event.recorded").object_id == made.pk


def test_a_moment_gives_the_marketplaces_day(market: Market) -> None:
    late = datetime(2026, 5, 17, 22, 30, tzinfo=UTC)  # The 18th in Berlin.
    assert record(market, "order", **ordered(market, day=None, at=late)).day == date(2026, 5, 18)


def test_a_moment_is_the_same_in_every_zone_and_the_day_counts(market: Market) -> None:
    at = datetime(2026, 5, 18, 10, tzinfo=UTC)
    told = ordered(market, key="one", day=None, at=at)
    first = record(market, "order", **told)
    assert record(market, "order", **(told | {"at": at.astimezone(timezone(timedelta(hours=9)))})) == first
    assert record(market, "order", **ordered(market, day=date(2026, 4, 1), at=at)).day == date(2026, 4, 1)


def test_the_billed_user_belongs_to_the_company(market: Market, south: Market) -> None:
    own = market.acme.memberships.earliest("pk").user
    assert record(market, "order", **ordered(market, billed_user=own)).billed_user == own
    for stranger in (market.birch.memberships.earliest("pk").user, south.acme.memberships.earliest("pk").user):
        with pytest.raises(InvalidInput) as refused:
            record(market, "order", **ordered(market, billed_user=stranger))
        assert refused.value.field == "billed_user"


def test_a_repeat_has_no_second_effect_and_another_content_is_refused(market: Market) -> None:
    told = ordered(market, key="order-1")
    first, again = record(market, "order", **told), record(market, "order", **told)
    assert first == again
    assert AuditEntry.objects.filter(verb="event.recorded").count() == 1
    with pytest.raises(DuplicateRequest):
        record(market, "order", **(told | {"quantity": D(2)}))
    assert BillingEvent.objects.count() == 1


def test_the_same_key_is_free_in_another_marketplace(market: Market, south: Market) -> None:
    record(market, "order", **ordered(market, key="one"))
    record(south, "order", **ordered(south, key="one"))
    assert BillingEvent.objects.count() == 2


def test_usage_names_its_subscription_and_gets_its_account(market: Market) -> None:
    metered = plan(market, usage=("unit", [(None, "0.10")]))
    sold = subscribe(market, metered, company=market.client)
    made = record(market, "usage", subscription=sold.row, quantity=D(-3))
    assert (made.company, made.account, made.product) == (market.client, sold.row.account, sold.row.product)


def test_a_refund_goes_to_the_account_of_its_charge(market: Market) -> None:
    placed = order(market, "50.00", TODAY, company=market.client)
    bill(market, TODAY)
    made = record(market, "refund", company=market.acme, source_key=placed.key, amount=100)
    assert made.account == placed.account


@pytest.mark.parametrize(
    ("kind", "told", "field"),
    [
        ("purchase", {}, "kind"),
        ("nonsense", {}, "kind"),
        ("order", {"key": ""}, "key"),
        ("order", {"key": "k" * 121}, "key"),
        ("order", {"key": " k"}, "key"),
        ("order", {"key": "k\n"}, "key"),
        ("order", {"key": "subscription:mine"}, "key"),
        ("order", {"company": None}, "company"),
        ("order", {"day": None}, "day"),
        ("order", {"day": date(1999, 12, 31)}, "day"),
        ("order", {"day": date(2100, 1, 1)}, "day"),
        ("order", {"day": None, "at": datetime(2026, 5, 18, 10)}, "at"),  # noqa: DTZ001
        ("order", {"day": None, "at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))}, "at"),
        ("order", {"day": None, "at": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-14)))}, "at"),
        ("order", {"description": "d" * 201}, "description"),
        ("order", {"description": "a\0b"}, "description"),
        ("order", {"description": "\ud800"}, "description"),
        ("refund", {"quantity": None, "price": None, "product": None, "source_key": "s" * 161}, "source_key"),
        ("order", {"quantity": None}, "quantity"),
        ("order", {"quantity": D(0)}, "quantity"),
        ("order", {"quantity": D("NaN")}, "quantity"),
        ("order", {"quantity": D("1e12")}, "quantity"),
        ("order", {"quantity": D("0.0000001")}, "quantity"),
        ("order", {"price": None}, "price"),
        ("order", {"price": D(-1)}, "price"),
        ("order", {"price": D("0.000000001")}, "price"),
        ("order", {"product": None}, "product"),
        ("order", {"amount": 5}, "amount"),
        ("order", {"source_key": "x"}, "source_key"),
        ("usage", {"price": None, "product": None}, "subscription"),
        ("correction", {"quantity": None, "price": None}, "amount"),
        ("correction", {"amount": -5}, "quantity"),
        ("correction", {"amount": 10**16, "quantity": None}, "amount"),
        ("correction", {"amount": -5, "quantity": None, "product": None}, "source_key"),
        ("correction", {"quantity": D(-1), "price": None}, "price"),
        ("refund", {"quantity": None, "price": None, "product": None}, "source_key"),
        ("refund", {"quantity": None, "price": None, "product": None, "source_key": "x", "amount": 0}, "amount"),
        ("refund", {"source_key": "x"}, "quantity"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(
    market: Market, kind: str, told: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        record(market, kind, **(ordered(market) | told))
    assert refused.value.field == field
    assert not BillingEvent.objects.exists()


def test_usage_that_cannot_be_priced_is_refused(market: Market) -> None:
    unmetered = subscribe(market, plan(market))
    volume = subscribe(market, plan(market, product="V", usage=("volume", [(None, "0.10")])))
    metered = subscribe(market, plan(market, product="M", usage=("unit", [(None, "0.10")])))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"subscription": unmetered.row, "quantity": D(1)}, "subscription"),
        ({"subscription": volume.row, "quantity": D(-1)}, "quantity"),
        ({"subscription": metered.row}, "quantity"),
        ({"subscription": metered.row, "quantity": D(1), "day": date(2026, 4, 30)}, "day"),
        ({"subscription": metered.row, "quantity": D(1), "company": market.birch}, "subscription"),
    ]
    for told, field in cases:
        with pytest.raises(InvalidInput) as refused:
            record(market, "usage", **told)
        assert refused.value.field == field


def test_strangers_things_are_missing(market: Market, south: Market) -> None:
    for told in ({"company": south.acme}, {"product": sells(south, "Theirs")}):
        with pytest.raises(Missing):
            record(market, "order", **(ordered(market) | told))
    with pytest.raises(Missing):
        record(market, "usage", subscription=subscribe(south, plan(south)).row, quantity=D(1))
