"""Subscribing, changing, cancelling and adding to the catalogue: what they do, and what they refuse."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.models import BillingEvent
from core.errors import DuplicateRequest, InvalidInput, Missing, Refusal
from core.models import AuditEntry
from subscriptions import operations
from subscriptions.domain.refusals import (
    BeforeStart,
    Cancelled,
    NameTaken,
    NothingChanges,
    OtherProduct,
    PlanNotSold,
    PriceUnclear,
)
from subscriptions.models import Plan, Subscription, SubscriptionTerms
from tests.factories.billing import plan
from tests.factories.companies import CompanyFactory, MerchantFactory
from tests.factories.world import NOW, TODAY, Market, key
from tests.support.outbox import drain

D = Decimal
START = date(2026, 5, 1)


def begin(market: Market, of: Plan | None = None, **more: object) -> Subscription:
    given: dict[str, object] = {"company": market.acme, "quantity": D(15), "started_on": START, "key": key()} | more
    return operations.subscribe(plan=of or plan(market), actor=market.actor(), now=NOW, **given)  # type: ignore[arg-type]


def heard() -> list[tuple[str, str, date]]:
    drain(NOW, topic="subscription.agreed")
    rows = BillingEvent.objects.order_by("pk")
    return [(row.kind, row.key.split(":")[-1], row.day) for row in rows]


def test_a_subscription_begins_with_its_terms_and_billing_hears_of_it(market: Market) -> None:
    made = begin(market)
    terms = SubscriptionTerms.objects.get()
    assert (made.account, made.due_on, made.anchor) == (market.account(), START, START)
    assert (terms.quantity, terms.key, terms.kind) == (D(15), f"subscription:{made.uuid}:1", "purchase")
    assert heard() == [("purchase", "1", START)]
    assert BillingEvent.objects.get().account == market.account()
    assert AuditEntry.objects.get(verb="subscription.started").object_id == made.pk


def test_in_arrears_it_is_due_after_its_first_period(market: Market) -> None:
    assert begin(market, plan(market, in_advance=False)).due_on == date(2026, 6, 1)
    counted = begin(market, plan(market, in_advance=False, product="Other"), started_on=date(2026, 5, 10), anchor=START)
    assert counted.due_on == date(2026, 6, 1)


def test_the_reseller_owes_for_its_customer_and_a_merchant_may_sell(market: Market) -> None:
    assert begin(market, company=market.client).account.payer == market.reseller
    seller = MerchantFactory.create(
        company=CompanyFactory.create(marketplace=market.marketplace, name="Seller", kind="reseller"), code="SELL"
    )
    sold = begin(market, plan(market, product="Theirs"), merchant=seller)
    assert (sold.account.payer, sold.account.merchant) == (market.acme, seller)


def test_the_same_request_twice_begins_one(market: Market) -> None:
    of, token = plan(market), key()
    first, second = begin(market, of, key=token), begin(market, of, key=token)
    assert first == second
    assert Subscription.objects.count() == 1
    with pytest.raises(DuplicateRequest):
        begin(market, of, key=token, quantity=D(2))


def test_strangers_plans_and_people_are_refused(market: Market, south: Market) -> None:
    with pytest.raises(Missing):
        begin(market, plan(south))
    with pytest.raises(Missing):
        begin(market, company=south.acme)
    with pytest.raises(InvalidInput):
        begin(market, billed_user=market.people["other_admin"].user)
    for wrong in ("NaN", "-1", "1e12", "0.0000001"):
        with pytest.raises(InvalidInput):
            begin(market, quantity=D(wrong))
    ended = plan(market, name="Old", is_active=False)
    with pytest.raises(PlanNotSold):
        begin(market, ended)
    assert not Subscription.objects.exists()
    assert not SubscriptionTerms.objects.exists()


def change(market: Market, what: Subscription, **more: object) -> SubscriptionTerms:
    return operations.change(subscription=what, actor=market.actor(), now=NOW, **{"key": key(), **more})  # type: ignore[arg-type]


def test_less_is_a_downgrade_and_more_an_upgrade(market: Market) -> None:
    sold = begin(market)
    down = change(market, sold, quantity=D(10), day=date(2026, 5, 5))
    up = change(market, sold, quantity=D(20))
    assert [(row.kind, row.day, row.position) for row in (down, up)] == [
        ("downgrade", date(2026, 5, 5), 2),
        ("upgrade", TODAY, 3),
    ]
    assert heard() == [("purchase", "1", START), ("downgrade", "2", date(2026, 5, 5)), ("upgrade", "3", TODAY)]


def test_at_the_next_cycle_it_waits_for_the_period_to_end(market: Market) -> None:
    sold = begin(market)
    made = change(market, sold, quantity=D(10), at_cycle=True)
    assert (made.day, made.at_cycle, made.anchor) == (date(2026, 6, 1), True, None)


def test_another_period_begins_a_new_cycle(market: Market) -> None:
    sold = begin(market)
    made = change(market, sold, plan=plan(market, "300.00", months=12))
    assert (made.anchor, made.kind) == (TODAY, "downgrade")


def test_changes_that_are_none_or_come_too_early_are_refused(market: Market, south: Market) -> None:
    sold = begin(market)
    change(market, sold, quantity=D(10), day=date(2026, 5, 5))
    before = SubscriptionTerms.objects.count()
    refused: list[tuple[type[Refusal], dict[str, object]]] = [
        (NothingChanges, {"quantity": D(10)}),
        (BeforeStart, {"quantity": D(11), "day": date(2026, 5, 4)}),
        (OtherProduct, {"plan": plan(market, product="Other")}),
        (PlanNotSold, {"plan": plan(market, is_active=False)}),
        (InvalidInput, {"quantity": D(-1)}),
    ]
    for refusal, given in refused:
        with pytest.raises(refusal):
            change(market, sold, **given)
    with pytest.raises(Missing):
        operations.change(subscription=sold, quantity=D(3), actor=south.actor(), now=NOW, key=key())
    assert SubscriptionTerms.objects.count() == before


def cancel(market: Market, what: Subscription, **more: object) -> Subscription:
    given: dict[str, object] = {"key": key(), "reason": "Moved away", "partial_credit": True, **more}
    return operations.cancel(subscription=what, actor=market.actor(), now=NOW, **given)  # type: ignore[arg-type]


def test_it_ends_once(market: Market) -> None:
    sold = begin(market)
    ended = cancel(market, sold)
    assert (ended.cancelled_on, ended.partial_credit, ended.cancel_reason) == (TODAY, True, "Moved away")
    assert heard()[-1] == ("cancellation", "cancel", TODAY)
    for again in (lambda: cancel(market, sold), lambda: change(market, sold, quantity=D(1))):
        with pytest.raises(Cancelled):
            again()


def test_with_its_period_it_ends_on_the_last_day_of_it(market: Market) -> None:
    assert cancel(market, begin(market), at_cycle=True).cancelled_on == date(2026, 5, 31)


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(9999, 12, 31), date(2100, 1, 1)])
def test_no_slip_of_the_pen_is_its_day(market: Market, day: date) -> None:
    sold = begin(market)
    for slip in (
        lambda: cancel(market, sold, day=day),
        lambda: change(market, sold, quantity=D(7), day=day),
        lambda: begin(market, started_on=day),
        lambda: begin(market, anchor=day),
    ):
        with pytest.raises(InvalidInput, match="Enter a day between the years 2000 and 2099"):
            slip()
    sold.refresh_from_db()
    assert sold.cancelled_on is None


def test_it_does_not_end_before_it_begins(market: Market) -> None:
    sold = begin(market, started_on=TODAY + timedelta(days=3))
    with pytest.raises(BeforeStart):
        cancel(market, sold)
    sold.refresh_from_db()
    assert sold.cancelled_on is None


def test_the_catalogue_takes_what_can_be_priced(market: Market) -> None:
    asked = {"actor": market.actor(), "now": NOW}
    product = operations.add_product(name="Storage", vendor=market.vendor, **asked)  # type: ignore[arg-type]
    edition = operations.add_edition(product=product, name="Pro", **asked)  # type: ignore[arg-type]
    made = operations.add_plan(
        edition=edition, name="Monthly", months=1, in_advance=True, model="tiered",
        tiers=[(D(10), D("5.00")), (None, D("4.00"))], actor=market.actor(), now=NOW,
    )  # fmt: skip
    assert made.tiers == [["10", "5.00"], [None, "4.00"]]
    for model, tiers in (("tiered", [(D(10), D(5))]), ("flat", [(D(1), D(5)), (None, D(4))])):
        with pytest.raises(PriceUnclear):
            operations.add_plan(
                edition=edition, name=model, months=1, in_advance=True, model=model, tiers=tiers,
                actor=market.actor(), now=NOW,
            )  # fmt: skip
    with pytest.raises(NameTaken):
        operations.add_product(name="storage", **asked)  # type: ignore[arg-type]
    for wrong in ({}, {"rate": D("0.1"), "fixed": 5}, {"rate": D(2)}, {"fixed": -1}):
        with pytest.raises(InvalidInput):
            operations.add_discount(name="Spring", **asked, **wrong)  # type: ignore[arg-type]
    operations.add_discount(name="Spring", rate=D("0.1"), product=product, **asked)  # type: ignore[arg-type]


def test_a_plan_in_use_keeps_its_price(market: Market) -> None:
    from django.db import IntegrityError, transaction

    of = plan(market)
    begin(market, of)
    of.name = "Renamed"
    of.save()
    of.tiers = [[None, "1.00"]]
    with pytest.raises(IntegrityError, match="plan_in_use_keeps_price"), transaction.atomic():
        of.save()
