"""Subscriptions, changes, orders and renewals ask: what counts once, what is refused, and that nothing is lost."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.domain.event_values import Facts
from billing.models import BillingEvent, BillingException
from billing.operations.recording import record_event
from companies.models import Marketplace
from invoices.models import Invoice
from limits.domain.refusals import CannotTell, CreditBlocked, LimitReached
from limits.models import CreditCheck, Reservation
from limits.operations import allow_once
from subscriptions.models import Plan, Subscription
from subscriptions.operations import cancel, change, subscribe
from tests.factories.billing import bill, moment, order, plan, sells, tax
from tests.factories.billing import subscribe as sold
from tests.factories.limits import ask, default_limit, limited, line_of
from tests.factories.world import NOW, TODAY, Market, key, make_market
from tests.support.outbox import drain

JUNE = date(2026, 6, 18)


@pytest.fixture
def market(db: None) -> Market:
    made = make_market()
    tax(made)
    return made


def buy(market: Market, of: Plan, *, quantity: str = "1", start: date = TODAY, name: str = "") -> Subscription:
    return subscribe(
        company=market.acme, plan=of, quantity=Decimal(quantity), started_on=start, actor=market.actor(), now=NOW,
        key=name or key(),
    )  # fmt: skip


def hear(market: Market) -> None:
    drain(NOW, topic="subscription.agreed")


def ordered(market: Market, price: str, *, name: str = "", day: date = TODAY) -> BillingEvent:
    facts = Facts(
        key=name or key(), kind="order", day=day, company=market.acme, product=sells(market, "Setup"),
        quantity=Decimal(1), price=Decimal(price),
    )  # fmt: skip
    return record_event(facts=facts, origin="form", actor=market.actor(), now=NOW)


def committed(market: Market) -> int:
    default = line_of(market.acme)
    if default.mode == "inherit":
        default_limit(market, 10**9)
    return ask(market, 1).exposure.committed


def test_a_purchase_counts_at_once_and_once_until_it_is_paid(market: Market) -> None:
    limited(market, 1000_00)
    buy(market, plan(market, "100.00"))
    assert committed(market) == 120_00
    hear(market)
    assert BillingEvent.objects.get().kind == "purchase"
    assert committed(market) == 120_00
    bill(market, TODAY, now=NOW)
    answer = ask(market, 1)
    assert (answer.exposure.dues, answer.exposure.committed) == (120_00, 0)  # The next one is due in 31 days.
    later = ask(market, 1, now=NOW + timedelta(days=1))
    assert (later.exposure.dues, later.exposure.committed) == (120_00, 120_00)


def test_a_purchase_above_the_limit_is_refused_whole(market: Market) -> None:
    limited(market, 119_99)
    with pytest.raises(LimitReached):
        buy(market, plan(market, "100.00"))
    limited(market, 120_00)
    buy(market, plan(market, "100.00"))
    row = CreditCheck.objects.get()
    assert (row.kind, row.amount, row.committed, row.exposure) == ("purchase", 120_00, 0, 120_00)


def test_a_purchase_that_begins_after_the_window_counts_when_it_is_asked(market: Market) -> None:
    limited(market, 119_99)
    with pytest.raises(LimitReached):
        buy(market, plan(market, "100.00"), start=TODAY + timedelta(days=90))
    limited(market, 120_00)
    buy(market, plan(market, "100.00"), start=TODAY + timedelta(days=90))
    assert committed(market) == 0


def test_the_window_holds_several_periods(market: Market) -> None:
    default_limit(market, 10**9, days=70)
    sold(market, plan(market, "100.00"), quantity="1", start=TODAY, heard=False)
    assert ask(market, 1).exposure.committed == 360_00


def test_what_was_kept_for_it_makes_place(market: Market) -> None:
    limited(market, 200_00)
    ask(market, 120_00, key="order 1")
    buy(market, plan(market, "100.00"), name="order 1")
    assert Reservation.objects.get().state == "used"
    answer = ask(market, 1)
    assert (answer.exposure.reserved, answer.exposure.committed, answer.room) == (0, 120_00, 80_00)


def test_an_upgrade_counts_what_it_adds_while_billing_has_not_heard(market: Market) -> None:
    limited(market, 1000_00)
    subscription = buy(market, plan(market, "100.00"))
    hear(market)
    bill(market, TODAY, now=NOW)
    change(subscription=subscription, quantity=Decimal(2), actor=market.actor(), now=NOW, key=key())
    before = ask(market, 1)
    assert (before.exposure.dues, before.exposure.reserved, before.exposure.committed) == (120_00, 120_00, 0)
    hear(market)
    after = ask(market, 1)
    assert (after.exposure.reserved, after.exposure.committed, after.total) == (0, 120_00, before.total)
    bill(market, TODAY, now=NOW + timedelta(hours=1))
    assert ask(market, 1).total == before.total


def test_an_upgrade_above_the_limit_is_refused_and_a_downgrade_never(market: Market) -> None:
    subscription = buy(market, plan(market, "100.00"), quantity="2")
    hear(market)
    bill(market, TODAY, now=NOW)
    limited(market, 250_00)
    with pytest.raises(LimitReached):
        change(subscription=subscription, quantity=Decimal(3), actor=market.actor(), now=NOW, key=key())
    limited(market, None)
    with pytest.raises(CreditBlocked):
        change(subscription=subscription, quantity=Decimal(3), actor=market.actor(), now=NOW, key=key())
    change(subscription=subscription, quantity=Decimal(1), actor=market.actor(), now=NOW, key=key())
    cancel(
        subscription=subscription, partial_credit=True, reason="x", actor=market.actor(), now=NOW, key=key()
    )  # fmt: skip


def test_an_order_counts_under_its_key(market: Market) -> None:
    limited(market, 200_00)
    ask(market, 120_00, key="shop 7")
    event = ordered(market, "100", name="shop 7")
    assert (event.committed, Reservation.objects.get().state) == (120_00, "used")
    assert ask(market, 1).room == 80_00
    ordered(market, "100", name="shop 7")
    assert ask(market, 1).room == 80_00
    with pytest.raises(LimitReached):
        ordered(market, "67")
    assert BillingEvent.objects.count() == 1


def test_an_order_that_fails_in_a_run_is_not_lost(market: Market) -> None:
    limited(market, 200_00)
    event = ordered(market, "100")
    BillingEvent.objects.filter(pk=event.pk).update(status="failed", reason="no_source")
    assert ask(market, 1).exposure.committed == 120_00
    BillingEvent.objects.filter(pk=event.pk).update(status="cancelled")
    assert ask(market, 1).exposure.committed == 0


def test_events_of_files_use_what_was_kept(market: Market) -> None:
    limited(market, 200_00)
    ask(market, 120_00, key="shop 8")
    from billing.operations.asking_credit import became_events

    assert became_events(market.marketplace.pk, ["shop 8", "other"], NOW) == {"shop 8": 120_00}
    order(market, "100", TODAY, name="shop 8")
    assert ask(market, 1).room == 80_00


def test_what_cannot_be_told_is_not_a_yes(market: Market) -> None:
    limited(market, 200_00)
    market.acme.country = ""
    market.acme.save()
    order(market, "1", TODAY)
    with pytest.raises(CannotTell):
        ask(market, 1)


def renewing(market: Market, price: str = "100.00") -> Subscription:
    """A monthly subscription whose first period is billed and paid off the books; renewed on 18 June."""
    row = sold(market, plan(market, price), quantity="1", start=TODAY).row
    bill(market, TODAY, now=NOW)
    return row


def test_a_renewal_passes_while_there_is_room(market: Market) -> None:
    limited(market, 240_00)
    row = renewing(market)
    bill(market, JUNE)
    assert Invoice.objects.count() == 2
    row.refresh_from_db()
    assert row.due_on == date(2026, 7, 18)


def test_a_renewal_without_room_waits_and_says_so_once(market: Market) -> None:
    limited(market, 239_99)
    row = renewing(market)
    bill(market, JUNE)
    bill(market, JUNE + timedelta(days=1))
    assert Invoice.objects.count() == 1
    told = BillingException.objects.get()
    assert (told.reason, told.amount, told.subscription_id) == ("renewal_waits_for_credit", 120_00, row.pk)
    assert "Renewal waits for credit" in told.reason_text
    row.refresh_from_db()
    assert row.due_on == JUNE
    assert CreditCheck.objects.filter(kind="renewal", is_allowed=False).count() == 2
    limited(market, 240_00)
    bill(market, JUNE + timedelta(days=2))
    assert Invoice.objects.count() == 2


def test_a_renewal_is_allowed_once(market: Market) -> None:
    limited(market, 200_00)
    renewing(market)
    allow_once(
        line=line_of(market.acme), amount=120_00, reason="Pays on Friday", actor=market.actor(), now=moment(JUNE)
    )
    bill(market, JUNE)
    assert Invoice.objects.count() == 2
    row = CreditCheck.objects.get(kind="renewal")
    assert (row.is_allowed, row.exposure, row.limit) == (True, 240_00, 200_00)


def test_of_several_renewals_the_first_pass(market: Market) -> None:
    for _number in range(3):
        renewing(market)
    limited(market, 360_00 + 250_00)
    bill(market, JUNE)
    assert Invoice.objects.filter(document_date=JUNE).count() == 1
    assert Subscription.objects.filter(due_on=JUNE).count() == 1
    assert sum(Invoice.objects.values_list("amount_due", flat=True)) == 600_00


def test_a_preview_says_the_same_and_writes_nothing(market: Market) -> None:
    limited(market, 200_00)
    renewing(market)
    run = bill(market, JUNE, dry=True)
    assert run.lines.get().charges == 0
    assert CreditCheck.objects.filter(kind="renewal").count() == 0


def test_charges_in_arrears_and_first_ones_are_always_billed(market: Market) -> None:
    sold(market, plan(market, "100.00", in_advance=False), quantity="1", start=TODAY)
    limited(market, 0)
    bill(market, JUNE)
    assert Invoice.objects.count() == 1


def test_a_carried_balance_of_v1_counts_against_what_is_owed(market: Market) -> None:
    Marketplace.objects.filter(pk=market.marketplace.pk).update(pipeline="v1")
    market.marketplace.refresh_from_db()
    default_limit(market, 1000_00)
    row = sold(market, plan(market, "100.00"), quantity="3", start=TODAY)
    bill(market, TODAY, now=NOW)
    row.cancel(TODAY - timedelta(days=0))
    bill(market, TODAY, now=NOW + timedelta(hours=1))
    answer = ask(market, 1)
    carried = Invoice.objects.get(total__lt=0).carried_out
    assert carried > 0
    assert (answer.exposure.dues, answer.exposure.carried, answer.exposure.total) == (360_00, carried, 360_00 - carried)
