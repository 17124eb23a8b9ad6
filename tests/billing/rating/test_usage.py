"""Usage: several records a period, late ones, negative ones, tiers crossed both ways, below zero and back."""

from datetime import date
from decimal import Decimal

import pytest

from billing.rating import Contract, Discount, Event, Metered, Plan, Rated
from billing.rating.lines import (
    AMOUNT_OUT_OF_RANGE,
    COUNTED,
    INCOMPLETE,
    NO_SOURCE,
    NOT_METERED,
    NOT_SUBSCRIBED,
    OVER_CREDITABLE,
    VOLUME_LATE,
    VOLUME_NEGATIVE,
)
from subscriptions.domain.pricing import Pricing, flat, per_unit, tiered, volume
from tests.billing.rating.contracts import START, TAXED, contract, event, meter, plan, run, terms

D = Decimal
TIERS = ((D(10), D("5.00")), (D(50), D("4.00")), (None, D("2.50")))
CALLS = plan(flat(D(0)), usage=tiered(*TIERS))
MAY = date(2026, 5, 1)


def metered(of: Plan = CALLS, **more: object) -> Contract:
    return contract(terms("start", START, 1, of), **more)


def used(quantity: str | int, day: int = 10, key: str = "") -> Event:
    return event("usage", key or f"u{quantity}/{day}", date(2026, 5, day), quantity=D(quantity))


def charges(rated: Rated) -> list[int]:
    return [line.net for line in rated.charges]


def credits_(rated: Rated) -> list[tuple[int, str | int | None]]:
    return [(line.net, line.source) for line in rated.credits]


def reasons(rated: Rated) -> list[tuple[str | int, str]]:
    return [(each.event, each.reason) for each in rated.unbilled]


class TestAPeriod:
    def test_its_records_are_one_line(self) -> None:
        rated, known = run(metered(), [used(40, 3), used(25, 9), used(-5, 30)], TAXED)
        assert charges(rated) == [23500]  # 10 x 5.00 + 40 x 4.00 + 10 x 2.50
        (line,) = rated.charges
        assert (line.quantity, line.tax, line.first, line.last) == (D(60), 4465, MAY, date(2026, 5, 31))
        assert meter(known) == [Metered("monthly", MAY, D(60), taken=D(5))]

    def test_each_period_has_its_own(self) -> None:
        june = event("usage", "june", date(2026, 6, 1), quantity=D(10))
        rated, _ = run(metered(), [june, used(10, 31)])
        assert [(line.net, line.first) for line in rated.charges] == [(5000, MAY), (5000, date(2026, 6, 1))]

    def test_a_late_record_goes_on_in_its_tier(self) -> None:
        _, known = run(metered(), [used(45)])
        rated, known = run(known, [used(10, 2, "late")])
        assert charges(rated) == [5 * 400 + 5 * 250]
        assert meter(known)[0].quantity == 55

    def test_a_change_of_plan_splits_it(self) -> None:
        dear = plan(flat(D(0)), usage=per_unit(D("7.00")), name="dear")
        known = metered()._replace(terms=[terms("start", START, 1, CALLS), terms("up", date(2026, 5, 20), 1, dear)])
        rated, _ = run(known, [used(10, 19), used(10, 20)])
        assert [(line.terms, line.net) for line in rated.charges] == [("start", 5000), ("up", 7000)]

    def test_a_flat_price_is_charged_once(self) -> None:
        rated, known = run(metered(plan(usage=flat(D("9.00")))), [used(3)])
        assert charges(rated) == [900]
        assert charges(run(known, [used(4)])[0]) == []

    def test_records_that_cancel_out_bill_nothing(self) -> None:
        rated, known = run(metered(), [used(5), used(-5)])
        assert (charges(rated), credits_(rated)) == ([], [])
        assert reasons(rated) == [("u-5/10", COUNTED), ("u5/10", COUNTED)]
        assert meter(known)[0].quantity == 0


class TestNegative:
    def test_tiers_are_crossed_downwards(self) -> None:
        """235.00 for 60; 45 cost 190.00, 5 cost 25.00."""
        _, known = run(metered(), [used(60)], TAXED)
        rated, known = run(known, [used(-15)], TAXED)
        assert credits_(rated) == [(4500, known.charged[0].key)]
        assert rated.credits[0].tax == 855
        rated, known = run(known, [used(-40)], TAXED)
        assert credits_(rated) == [(16500, known.charged[0].key)]
        assert known.charged[0].net - known.charged[0].credited_net == 2500

    def test_the_latest_charge_is_undone_first(self) -> None:
        _, known = run(metered(), [used(10)])
        _, known = run(known, [used(20, 12)])
        rated, known = run(known, [used(-25)])
        first, second = (row.key for row in known.charged)
        assert credits_(rated) == [(8000, second), (2500, first)]
        assert [row.undone for row in known.charged] == [2500, 8000]

    def test_below_zero_is_a_credit_of_its_own(self) -> None:
        _, known = run(metered(), [used(5)], TAXED)
        rated, known = run(known, [used(-10)], TAXED)
        assert credits_(rated) == [(2500, known.charged[0].key), (2500, None)]
        assert rated.credits[1].tax == 475
        rated, known = run(known, [used(15, 20)], TAXED)  # Back above it: what was given is charged again.
        assert charges(rated) == [7500]

    def test_with_no_charge_at_all(self) -> None:
        rated, _ = run(metered(), [used(-3)])
        assert credits_(rated) == [(1500, None)]
        assert (rated.credits[0].quantity, rated.credits[0].unit_price) == (D(3), D("5.00"))

    def test_no_more_than_people_left_of_the_charge(self) -> None:
        _, known = run(metered(), [used(60)])
        known = known._replace(charged=[known.charged[0]._replace(credited_net=20_000)])
        rated, _ = run(known, [used(-15)])
        assert credits_(rated) == [(3500, known.charged[0].key)]
        assert [(each.reason, each.amount) for each in rated.unbilled] == [(OVER_CREDITABLE, 1000)]

    def test_a_charge_that_is_gone_gives_nothing_back(self) -> None:
        """Its invoice was voided and is not billed again: the record fails and counts nothing, the charge stays settled."""
        _, known = run(metered(), [used(60)])
        known = known._replace(charged=[known.charged[0]._replace(void=True)])
        rated, after = run(known, [used(-15)])
        assert credits_(rated) == []
        assert [(each.reason, each.amount) for each in rated.unbilled] == [(NO_SOURCE, 4500)]
        assert (after.metered, after.charged) == (known.metered, known.charged)
        assert charges(run(known, [used(-15), used(10)])[0]) == [2500]


class TestByVolume:
    @pytest.fixture
    def known(self) -> Contract:
        return metered(plan(usage=volume(*TIERS)))

    def test_the_whole_quantity_has_one_price(self, known: Contract) -> None:
        assert charges(run(known, [used(40, 3), used(20, 4)])[0]) == [15000]

    def test_negative_records_are_refused(self, known: Contract) -> None:
        rated, _ = run(known, [used(40), used(-5, 11, "minus")])
        assert charges(rated) == [16000]
        assert reasons(rated) == [("minus", VOLUME_NEGATIVE)]

    def test_late_records_are_refused(self, known: Contract) -> None:
        _, known = run(known, [used(40)])
        rated, _ = run(known, [used(20, 5, "late"), used(-5, 11, "minus")])
        assert charges(rated) == []
        assert reasons(rated) == [("late", VOLUME_LATE), ("minus", VOLUME_LATE)]


class TestDiscounts:
    def test_a_fixed_amount_is_given_once_a_period(self) -> None:
        known = metered(discounts=[Discount(key="off", fixed=3000)])
        rated, known = run(known, [used(4)])
        assert [(line.amount, line.discount) for line in rated.charges] == [(2000, 2000)]
        rated, known = run(known, [used(6, 12)])
        assert [(line.amount, line.discount) for line in rated.charges] == [(3000, 1000)]
        rated, known = run(known, [used(10, 13)])
        assert [(line.amount, line.discount) for line in rated.charges] == [(4000, 0)]

    def test_a_credit_keeps_what_its_charge_had(self) -> None:
        known = metered(discounts=[Discount(key="off", rate=D("0.25"))])
        _, known = run(known, [used(10)])
        rated, known = run(known._replace(discounts=()), [used(-4)])
        assert credits_(rated) == [(1500, known.charged[0].key)]

    def test_after_a_credit_the_rest_of_it_is_given(self) -> None:
        known = metered(plan(usage=per_unit(D("1.00"))), discounts=[Discount(key="off", fixed=500)])
        _, known = run(known, [used(10)])
        rated, known = run(known, [used(-5, 11)])
        assert [line.net for line in rated.credits] == [250]
        rated, known = run(known, [used(5, 12)])
        assert [(line.amount, line.discount) for line in rated.charges] == [(500, 250)]
        assert sum(row.net - row.credited_net for row in known.charged) == 500

    def test_below_zero_a_percentage_holds_too(self) -> None:
        known = metered(discounts=[Discount(key="off", rate=D("0.25")), Discount(key="gift", fixed=500)])
        rated, known = run(known, [used(-4)])
        assert credits_(rated) == [(1500, None)]
        rated, known = run(known, [used(4, 12)])
        assert charges(rated) == [1500]

    def test_a_hundred_percent_is_a_line_of_nothing(self) -> None:
        known = metered(discounts=[Discount(key="off", rate=D(1))])
        rated, known = run(known, [used(4)])
        assert charges(rated) == [0]
        rated, _ = run(known, [used(-8)])
        assert (credits_(rated), reasons(rated)) == ([], [("u-8/10", COUNTED)])


@pytest.mark.parametrize(
    ("known", "record", "reason"),
    [
        (metered(plan()), used(5), NOT_METERED),
        (metered(), event("usage", "x", date(2025, 12, 31), quantity=D(5)), NOT_SUBSCRIBED),
        (metered(), event("usage", "x", MAY), INCOMPLETE),
        (metered(plan(usage=per_unit(D(10) ** 9))), used(10**6), AMOUNT_OUT_OF_RANGE),
    ],
)
def test_what_cannot_be_rated_is_put_on_record(known: Contract, record: Event, reason: str) -> None:
    rated, _ = run(known, [record])
    assert [each.reason for each in rated.unbilled] == [reason]
    assert (rated.charges, rated.credits, rated.metered) == ([], [], [])


def test_an_amount_out_of_range_refuses_every_record() -> None:
    rated, _ = run(metered(plan(usage=per_unit(D(10) ** 9))), [used(10**6), used(1)])
    assert reasons(rated) == [("u1/10", AMOUNT_OUT_OF_RANGE), ("u1000000/10", AMOUNT_OUT_OF_RANGE)]


def test_prices_of_less_than_a_cent_are_rounded_once_a_period() -> None:
    known = metered(plan(usage=Pricing("unit", per_unit(D("0.004")).tiers)))
    nets = []
    for day in (1, 2, 3):
        rated, known = run(known, [used(1, day)])
        nets += charges(rated)
    assert nets == [1]  # 0.4, 0.8 and 1.2 cents: the second record brings the period to one.
    assert meter(known)[0].quantity == 3
