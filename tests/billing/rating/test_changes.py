"""Upgrades and downgrades: now, at the next cycle, several at once, late, and from one plan to another."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing.rating import Contract, Rated
from billing.rating.lines import ALREADY_CHARGED, NO_TERMS, NOT_SUBSCRIBED, REPLACED
from subscriptions.domain.pricing import flat, per_unit, tiered
from tests.billing.rating.contracts import BERLIN, START, contract, event, plan, recurring, run, terms

D = Decimal
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
FIFTH, TWENTIETH = date(2026, 5, 5), date(2026, 5, 20)
TO_TEN, TO_TWELVE = event("downgrade", "ten", FIFTH), event("upgrade", "twelve", TWENTIETH)
TEN, TWELVE = terms("ten", FIFTH, 10), terms("twelve", TWENTIETH, 12)


def in_may(*history: object) -> Contract:
    """May is charged for 15 units; then the history goes on."""
    _, known = run(contract(), [recurring(MAY)])
    return known._replace(terms=[*known.terms, *history])  # type: ignore[list-item]


def lines(rated: Rated) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
    """(net, first day, last day) of charges and credits."""

    def short(found: object) -> list[tuple[int, int, int]]:
        return [(line.net, line.first.day, line.last.day) for line in found]  # type: ignore[attr-defined]

    return short(rated.charges), short(rated.credits)


class TestSeveralInAPeriod:
    def test_in_one_run(self) -> None:
        rated, known = run(in_may(TEN, TWELVE), [TO_TEN, TO_TWELVE])
        assert lines(rated) == ([(15000, 5, 19), (14400, 20, 31)], [(40500, 5, 31)])
        assert known.charged[0].undone == 27

    def test_one_after_the_other(self) -> None:
        rated, known = run(in_may(TEN), [TO_TEN])
        assert lines(rated) == ([(27000, 5, 31)], [(40500, 5, 31)])
        rated, known = run(known._replace(terms=[*known.terms, TWELVE]), [TO_TWELVE])
        assert lines(rated) == ([(14400, 20, 31)], [(12000, 20, 31)])
        assert rated.credits[0].source == known.charged[1].key

    def test_the_earlier_one_arrives_late(self) -> None:
        rated, known = run(in_may(TWELVE), [TO_TWELVE])
        assert lines(rated) == ([(14400, 20, 31)], [(18000, 20, 31)])
        rated, known = run(known._replace(terms=[known.terms[0], TEN, TWELVE]), [TO_TEN])
        assert lines(rated) == ([(15000, 5, 19)], [(22500, 5, 19)])
        assert known.charged[0].credited_net == 40500

    def test_the_earlier_one_failed_and_is_tried_again(self) -> None:
        _, known = run(in_may(TEN, TWELVE), [TO_TWELVE])
        rated, known = run(known, [TO_TEN])
        assert lines(rated) == ([(15000, 5, 19)], [(22500, 5, 19)])

    def test_twice_on_one_day_the_last_holds(self) -> None:
        rated, _ = run(in_may(TEN, terms("twelve", FIFTH, 12)), [TO_TEN, TO_TWELVE])
        assert lines(rated) == ([(32400, 5, 31)], [(40500, 5, 31)])
        assert [(each.event, each.reason) for each in rated.unbilled] == [("ten", REPLACED)]

    def test_there_and_back_on_one_day_is_gross(self) -> None:
        rated, _ = run(in_may(TEN, terms("twelve", FIFTH, 15)), [TO_TEN, TO_TWELVE])
        assert rated.net == 0

    def test_again_it_does_nothing(self) -> None:
        _, known = run(in_may(TEN, TWELVE), [TO_TEN, TO_TWELVE])
        rated, _ = run(known, [TO_TEN, TO_TWELVE])
        assert lines(rated) == ([], [])


class TestWhen:
    def test_an_upgrade_charges_more(self) -> None:
        rated, _ = run(in_may(terms("up", FIFTH, 20)), [event("upgrade", "up", FIFTH)])
        assert lines(rated) == ([(54000, 5, 31)], [(40500, 5, 31)])

    def test_the_day_of_the_change_may_belong_to_the_old_terms(self) -> None:
        rated, _ = run(in_may(TEN), [TO_TEN], replace(BERLIN, change_day_is_new=False))
        assert lines(rated) == ([(26000, 6, 31)], [(39000, 6, 31)])

    def test_at_the_next_cycle_nothing_moves_now(self) -> None:
        known = in_may(terms("later", JUNE, 10, at_cycle=True))
        rules = replace(BERLIN, change_day_is_new=False)
        rated, known = run(known, [event("downgrade", "later", FIFTH)], rules)
        assert lines(rated) == ([], [])
        rated, _ = run(known, [recurring(JUNE)], rules)
        assert lines(rated) == ([(31000, 1, 30)], [])

    def test_a_change_now_while_another_waits_for_the_cycle(self) -> None:
        known = in_may(terms("later", JUNE, 10, at_cycle=True), TWELVE)
        rated, known = run(known, [event("downgrade", "later", FIFTH), TO_TWELVE, recurring(JUNE)])
        assert lines(rated) == ([(31000, 1, 30), (14400, 20, 31)], [(18000, 20, 31)])

    def test_a_late_change_reaches_every_charged_period(self) -> None:
        _, known = run(in_may(), [recurring(JUNE)])
        rated, _ = run(known._replace(terms=[*known.terms, TEN]), [TO_TEN])
        assert lines(rated) == ([(27000, 5, 31), (31000, 1, 30)], [(40500, 5, 31), (46500, 1, 30)])

    def test_one_run_for_the_period_and_its_change_needs_no_credit(self) -> None:
        rated, _ = run(contract(terms("start", START), TEN), [TO_TEN, recurring(MAY)])
        assert lines(rated) == ([(6000, 1, 4), (27000, 5, 31)], [])

    def test_on_the_first_day_of_a_period(self) -> None:
        rated, _ = run(in_may(terms("ten", MAY, 10)), [TO_TEN])
        assert lines(rated) == ([(31000, 1, 31)], [(46500, 1, 31)])

    def test_on_the_last_day_of_a_period(self) -> None:
        last = date(2026, 5, 31)
        rated, _ = run(in_may(terms("ten", last, 10)), [event("downgrade", "ten", last)])
        assert lines(rated) == ([(1000, 31, 31)], [(1500, 31, 31)])


class TestCalendar:
    @pytest.mark.parametrize(
        ("start", "day", "credit", "charge"),
        [
            (date(2026, 1, 31), date(2026, 2, 28), 46500, 31000),  # A period's first day: 28 Feb to 30 Mar
            (date(2026, 1, 31), date(2026, 2, 27), 1661, 1107),  # and the last of one of 28 days.
            (date(2028, 1, 31), date(2028, 2, 28), 1603, 1069),  # In a leap year it has 29,
            (date(2028, 2, 1), date(2028, 2, 15), 24052, 16034),  # as the month of February has.
            (date(2026, 3, 1), date(2026, 3, 29), 4500, 3000),  # The day of 23 hours is one of 31 days,
            (date(2026, 10, 1), date(2026, 10, 25), 10500, 7000),  # and so is that of 25.
        ],
    )
    def test_days_of_odd_months(self, start: date, day: date, credit: int, charge: int) -> None:
        period_day = day
        _, known = run(contract(terms("start", start)), [recurring(period_day)])
        known = known._replace(terms=[*known.terms, terms("ten", day, 10)])
        rated, _ = run(known, [event("downgrade", "ten", day)])
        assert ([line.net for line in rated.credits], [line.net for line in rated.charges]) == ([credit], [charge])

    @pytest.mark.parametrize(("start", "used", "length"), [(date(2026, 1, 1), 59, 365), (date(2028, 1, 1), 60, 366)])
    def test_a_yearly_plan(self, start: date, used: int, length: int) -> None:
        yearly = plan(per_unit(D("100.00")), months=12)
        _, known = run(contract(terms("start", start, 3, yearly)), [event("purchase", "start", start)])
        day = date(start.year, 3, 1)
        known = known._replace(terms=[*known.terms, terms("one", day, 1, yearly)])
        rated, known = run(known, [event("downgrade", "one", day)])
        assert known.charged[0].net == 30000
        assert rated.credits[0].net == 30000 - round(30000 * used / length)
        assert rated.charges[0].net == round(10000 * (length - used) / length)

    def test_a_first_period_is_short_when_the_anchor_says_so(self) -> None:
        known = contract(terms("start", date(2026, 5, 18), 10), anchor=MAY)
        rated, known = run(known, [event("purchase", "start", date(2026, 5, 18))])
        assert lines(rated) == ([(14000, 18, 31)], [])
        rated, _ = run(known, [recurring(JUNE)])
        assert lines(rated) == ([(31000, 1, 30)], [])


class TestArrears:
    LATE = plan(in_advance=False)
    HISTORY = (terms("start", START, 15, LATE), terms("ten", FIFTH, 10, LATE))

    def test_nothing_at_purchase_or_change(self) -> None:
        known = contract(*self.HISTORY)
        assert lines(run(known, [event("purchase", "start", START), TO_TEN])[0]) == ([], [])

    def test_the_period_is_charged_by_its_history(self) -> None:
        rated, _ = run(contract(*self.HISTORY), [recurring(date(2026, 5, 31))])
        assert lines(rated) == ([(6000, 1, 4), (27000, 5, 31)], [])

    def test_a_change_told_late_is_worked_in(self) -> None:
        _, known = run(contract(self.HISTORY[0]), [recurring(MAY)])
        rated, _ = run(known._replace(terms=self.HISTORY), [TO_TEN])
        assert lines(rated) == ([(27000, 5, 31)], [(40500, 5, 31)])


class TestPlans:
    def test_to_a_dearer_edition(self) -> None:
        dear = plan(tiered((D(10), D("62.00")), (None, D("31.00"))))
        rated, _ = run(in_may(terms("up", FIFTH, 15, dear)), [event("upgrade", "up", FIFTH)])
        assert lines(rated) == ([(67500, 5, 31)], [(40500, 5, 31)])
        assert rated.charges[0].unit_price == D("45.00")

    def test_from_monthly_to_yearly_a_new_cycle_begins(self) -> None:
        yearly = plan(flat(D("1200.00")), months=12)
        known = in_may(terms("year", FIFTH, 1, yearly, anchor=FIFTH))
        rated, known = run(known, [event("upgrade", "year", FIFTH)])
        assert [line.net for line in rated.credits] == [40500]
        assert [(line.net, line.first, line.last) for line in rated.charges] == [(120000, FIFTH, date(2027, 5, 4))]
        rated, _ = run(known, [recurring(date(2027, 5, 5))])
        assert [(line.net, line.first) for line in rated.charges] == [(120000, date(2027, 5, 5))]

    def test_from_arrears_to_advance_the_old_days_are_charged_first(self) -> None:
        late = plan(in_advance=False)
        known = contract(terms("start", START, 15, late), terms("now", FIFTH, 10, plan()))
        rated, known = run(known, [event("downgrade", "now", FIFTH)])
        assert lines(rated) == ([(6000, 1, 4), (27000, 5, 31)], [])
        rated, _ = run(known, [recurring(date(2026, 5, 31)), recurring(JUNE)])
        assert lines(rated) == ([(31000, 1, 30)], [])

    def test_days_charged_in_arrears_are_not_charged_again_by_a_new_cycle(self) -> None:
        late = plan(in_advance=False)
        _, known = run(contract(terms("start", START, 15, late)), [recurring(MAY)])
        known = known._replace(terms=[*known.terms, terms("now", FIFTH, 10, plan())])
        rated, _ = run(known, [event("downgrade", "now", FIFTH)])
        assert lines(rated) == ([(27000, 5, 31)], [(40500, 5, 31)])

    def test_purchase_and_new_cycle_in_one_run(self) -> None:
        yearly = plan(flat(D("365.00")), months=12)
        known = contract(terms("start", MAY), terms("year", FIFTH, 1, yearly, anchor=FIFTH))
        rated, _ = run(known, [event("upgrade", "year", FIFTH), event("purchase", "start", MAY)])
        assert [(line.net, line.first, line.last) for line in rated.charges] == [
            (6000, MAY, date(2026, 5, 4)),
            (36500, FIFTH, date(2027, 5, 4)),
        ]


class TestNothingToCharge:
    def test_a_period_is_charged_once(self) -> None:
        rated, _ = run(in_may(), [recurring(MAY)])
        assert [each.reason for each in rated.unbilled] == [ALREADY_CHARGED]
        assert lines(rated) == ([], [])

    def test_before_the_subscription(self) -> None:
        rated, _ = run(contract(), [recurring(date(2025, 12, 31))])
        assert [each.reason for each in rated.unbilled] == [NOT_SUBSCRIBED]

    @pytest.mark.parametrize("kind", ["purchase", "upgrade", "downgrade", "cancellation"])
    def test_without_terms(self, kind: str) -> None:
        rated, _ = run(Contract("order", "account", "DE"), [event(kind, "e", MAY)])
        assert [each.reason for each in rated.unbilled] == [NO_TERMS]

    def test_no_units_are_a_line_of_nothing(self) -> None:
        rated, _ = run(contract(terms("start", MAY, 0)), [event("purchase", "start", MAY)])
        assert [(line.net, line.quantity, line.unit_price) for line in rated.charges] == [(0, D(0), D("31.00"))]
