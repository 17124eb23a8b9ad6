"""One plan's usage of a period is one count: whatever the seats do, whatever order records come in, whatever fails."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rating import Contract, Discount, Event, Plan, Rated, Terms
from billing.rating.lines import COUNTED, NO_SOURCE
from subscriptions.domain.pricing import Pricing, flat, per_unit, price_of, tiered
from tests.billing.rating.contracts import TAXED, contract, event, plan, run, terms

D = Decimal
MAY, LAST = date(2026, 5, 1), date(2026, 5, 31)
FREE = tiered((D(10), D(0)), (D(50), D("4.00")), (None, D("2.50")))
TIERS = tiered((D(100), D("1.00")), (None, D("0.50")))
pricings = st.sampled_from([TIERS, FREE, flat(D("9.00")), per_unit(D("0.35"))])
offers = st.lists(
    st.one_of(
        st.builds(lambda part: Discount(key="p", rate=part), st.decimals(0, 1, places=3)),
        st.builds(lambda size: Discount(key="f", fixed=size), st.integers(0, 10**4)),
    ),
    max_size=1,
)
days = st.integers(0, 30).map(lambda number: MAY + timedelta(days=number))
records = st.lists(st.tuples(days, st.integers(-60, 90), st.integers(0, 2)), max_size=6)
"""The day of a record, its quantity, and the run that hears of it."""


def metered(pricing: Pricing, name: str = "monthly", *, months: int = 1) -> Plan:
    return plan(flat(D(0)), usage=pricing, name=name, months=months)


def use(quantity: object, day: date, key: object) -> Event:
    return event("usage", f"u{key}", day, quantity=D(str(quantity)))


def told(
    known: Contract, heard: Sequence[tuple[date, int, int]], history: Sequence[Terms] = ()
) -> tuple[int, Contract]:
    """Rate records in their runs, each run knowing one more of the terms; what it all comes to, before tax."""
    net = 0
    for number in range(3):
        known = known._replace(terms=[*known.terms, *history[number : number + 1]])
        events = [use(size, day, at) for at, (day, size, heard_in) in enumerate(heard) if heard_in == number]
        rated, known = run(known, events, TAXED)
        net += rated.net
    return net, known


def never_more_than_charged(known: Contract) -> bool:
    return all(0 <= row.credited_net <= row.net and 0 <= row.undone <= row.whole for row in known.charged)


@given(pricings, offers, records, st.lists(days, min_size=1, max_size=3).map(sorted))
def test_the_seats_are_nothing_to_it(
    pricing: Pricing, off: list[Discount], heard: list[tuple[date, int, int]], changes: list[date]
) -> None:
    """The same for one seat all the time, changes known at once, and changes heard of one a run."""
    start = contract(terms("start", MAY, 1, metered(pricing)), discounts=off)
    seats = [terms(f"seats{at}", day, at + 2, metered(pricing)) for at, day in enumerate(changes)]
    alone, _ = told(start, heard)
    at_once, known = told(start._replace(terms=[*start.terms, *seats]), heard)
    later, _ = told(start, heard, seats)
    assert alone == at_once == later
    assert never_more_than_charged(known)


@given(pricings, records, st.randoms())
def test_records_come_to_the_price_of_their_sum(
    pricing: Pricing, heard: list[tuple[date, int, int]], chance: Random
) -> None:
    quantity = D(sum(size for _, size, _ in heard))
    owed = D(0) if pricing.model == "flat" and quantity <= 0 else price_of(pricing, quantity)[0] * 100
    for _ in range(2):
        net, known = told(contract(terms("start", MAY, 1, metered(pricing))), heard)
        assert abs(net - owed) <= D("0.5")
        assert never_more_than_charged(known)
        heard = [(day, size, chance.randrange(3)) for day, size, _ in heard]
        chance.shuffle(heard)


@given(pricings, offers, records, st.randoms(), st.integers(0, 1))
def test_records_and_their_corrections_come_to_nothing(
    pricing: Pricing, off: list[Discount], heard: list[tuple[date, int, int]], chance: Random, changes: int
) -> None:
    """Each is corrected on a later day, in the same run or a later one, under the same plan or after a change of it."""
    heard = [(day, abs(size), number) for day, size, number in heard]
    back = [
        (min(LAST, day + timedelta(days=chance.randrange(20))), -size, chance.randrange(number, 3))
        for day, size, number in heard
    ]
    history = [terms("start", MAY, 1, metered(pricing))]
    history += [terms("other", date(2026, 5, 16), 1, metered(TIERS, "other"))] * changes
    net, known = told(contract(*history, discounts=off), [*heard, *back])
    assert net == 0
    assert all(row.undone == row.whole and row.credited_net == row.net for row in known.charged)


@given(pricings, records, st.integers(1, 4), st.integers(1, 50))
def test_a_record_that_fails_changes_nothing_however_often_it_is_tried(
    pricing: Pricing, heard: list[tuple[date, int, int]], times: int, size: int
) -> None:
    """The charges of a period were voided for good, so nothing is there to give back."""
    heard = [(day, abs(quantity) + size, number) for day, quantity, number in heard]
    _, known = told(contract(terms("start", MAY, 1, metered(pricing))), heard)
    known = known._replace(charged=[row._replace(void=True) for row in known.charged])
    for _ in range(times):
        rated, after = run(known, [use(-size, LAST, "back")], TAXED)
        if any(each.reason == NO_SOURCE for each in rated.unbilled):
            assert (rated.charges, rated.credits, rated.undone, rated.metered) == ([], [], {}, [])
            assert after == known


def net_of(rated: Rated) -> list[tuple[object, int]]:
    """Charges by their terms, credits by the charge that they undo."""
    charges: list[tuple[object, int]] = [(line.terms, line.net) for line in rated.charges]
    return charges + [(line.source, -line.net) for line in rated.credits]


class TestSeats:
    """80 + 80 units at 1.00 to 100, then 0.50, with another number of seats in between."""

    SEATS = (terms("start", MAY, 1, metered(TIERS)), terms("seats", date(2026, 5, 15), 2, metered(TIERS)))

    def test_tiers_go_on(self) -> None:
        rated, known = run(contract(*self.SEATS), [use(80, MAY, 1)])
        assert net_of(rated) == [("start", 8000)]
        rated, known = run(known, [use(80, date(2026, 5, 20), 2)])
        assert net_of(rated) == [("start", 5000)]
        assert [(row.plan, row.quantity) for row in known.metered] == [("monthly", D(160))]

    def test_a_record_and_its_correction_come_to_nothing(self) -> None:
        _, known = run(contract(*self.SEATS), [use(120, MAY, 1)])
        rated, known = run(known, [use(-120, date(2026, 5, 20), 2)])
        assert net_of(rated) == [("u1/0", -11000)]

    def test_after_another_cycle_too(self) -> None:
        """Monthly to yearly on the 15th of May, other seats in July: one year of usage from the 15th of May."""
        yearly = metered(TIERS, "yearly", months=12)
        known = contract(
            terms("start", MAY, 1, metered(TIERS)),
            terms("year", date(2026, 5, 15), 1, yearly, anchor=date(2026, 5, 15)),
            terms("seats", date(2026, 7, 1), 2, yearly),
        )
        rated, known = run(known, [use(80, date(2026, 6, 1), 1)])
        rated, known = run(known, [use(80, date(2026, 7, 2), 2)])
        assert net_of(rated) == [("year", 5000)]


class TestPlans:
    """A plan at 1.00 a unit, from the 16th of May another at 3.00."""

    PLANS = (
        terms("start", MAY, 1, metered(per_unit(D(1)))),
        terms("dear", date(2026, 5, 16), 1, metered(per_unit(D(3)), "dear")),
    )

    def test_what_is_taken_back_after_the_change_undoes_the_old_plan_first(self) -> None:
        _, known = run(contract(*self.PLANS), [use(50, MAY, 1), use(100, date(2026, 5, 20), 2)])
        rated, known = run(known, [use(-30, date(2026, 5, 21), 3)])
        assert net_of(rated) == [("u1/0", -3000)]
        rated, known = run(known, [use(-30, date(2026, 5, 22), 4)])
        assert net_of(rated) == [("u1/0", -2000), ("u1/1", -3000)]
        assert [(row.plan, row.quantity) for row in known.metered] == [("monthly", D(50)), ("dear", D(40))]

    def test_in_any_order(self) -> None:
        """Heard the other way round it comes to the same: 90 units at 3.00."""
        heard = [use(-60, date(2026, 5, 21), 3), use(100, date(2026, 5, 20), 2), use(50, MAY, 1)]
        known, net = contract(*self.PLANS), 0
        for each in heard:
            rated, known = run(known, [each])
            net += rated.net
        assert net == 27000
        assert net_of(run(contract(*self.PLANS), heard)[0]) == [("dear", 27000)]

    def test_a_record_before_the_change_is_the_old_plans(self) -> None:
        _, known = run(contract(*self.PLANS), [use(50, MAY, 1), use(100, date(2026, 5, 20), 2)])
        rated, _ = run(known, [use(-60, date(2026, 5, 15), 3)])
        assert net_of(rated) == [("u1/0", -5000), (None, -1000)]

    def test_the_next_period_is_another(self) -> None:
        _, known = run(contract(*self.PLANS), [use(50, MAY, 1)])
        rated, _ = run(known, [use(-10, date(2026, 6, 2), 3)])
        assert net_of(rated) == [(None, -3000)]


class TestStatuses:
    def test_a_count_that_costs_the_same_says_so(self) -> None:
        _, known = run(contract(terms("start", MAY, 1, metered(flat(D(9))))), [use(1, MAY, 1)])
        rated, known = run(known, [use(1, MAY, 2), use(3, MAY, 3)])
        assert [(each.event, each.reason) for each in rated.unbilled] == [("u2", COUNTED), ("u3", COUNTED)]
        assert known.metered[0].quantity == 5

    def test_one_that_fails_leaves_the_others_of_its_period(self) -> None:
        _, known = run(contract(terms("start", MAY, 1, metered(TIERS))), [use(150, MAY, 1)])
        known = known._replace(charged=[row._replace(void=True) for row in known.charged])
        rated, known = run(known, [use(-70, MAY, 2), use(10, MAY, 3)])
        assert [(each.event, each.reason) for each in rated.unbilled] == [("u2", NO_SOURCE)]
        assert [(line.event, line.net) for line in rated.charges] == [("u3", 500)]
        assert known.metered[0].quantity == 160

    def test_what_is_partly_lost_is_put_on_record_once(self) -> None:
        """50 of 100 are still charged: -80 credits these, 30 are on a voided invoice, and +10 costs its own price."""
        _, known = run(contract(terms("start", MAY, 1, metered(per_unit(D(1))))), [use(50, MAY, 1)])
        known = known._replace(charged=[row._replace(void=True) for row in known.charged])
        _, known = run(known, [use(50, MAY, 2)])
        rated, known = run(known, [use(-80, MAY, 3)])
        assert net_of(rated) == [("u2/0", -5000)]
        assert [(each.reason, each.amount, each.source) for each in rated.unbilled] == [(NO_SOURCE, 3000, "u1/0")]
        rated, _ = run(known, [use(10, MAY, 4)])
        assert net_of(rated) == [("start", 1000)]


@pytest.mark.parametrize(("quantity", "net"), [(10, 1000), (-10, -1000)])
def test_counts_that_were_merged_are_settled_by_what_was_charged(quantity: int, net: int) -> None:
    """110.00 was charged for 110 units, and 120 were taken back at 1.00 without a charge, under other seats."""
    _, known = run(contract(terms("start", MAY, 1, metered(per_unit(D(1))))), [use(110, MAY, 1)])
    [count] = known.metered
    known = known._replace(metered=[count._replace(quantity=D(-10), taken=D(120), credited=12000)])
    rated, known = run(known, [use(quantity, date(2026, 5, 20), 2)])
    assert rated.net == net
    assert never_more_than_charged(known)
