"""Cancelling: which day is the last, what comes back, and what is owed all the same."""

from dataclasses import replace
from datetime import date

import pytest

from billing.rating import Cancellation, Contract
from billing.rating.lines import CREDITED_BEFORE, ENDED, NO_TERMS, REPLACED
from tests.billing.rating.contracts import BERLIN, START, TAXED, contract, event, plan, recurring, run, terms

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
FIFTH = date(2026, 5, 5)
UNUSED = replace(BERLIN, cancel_day_is_used=False)
CANCEL = event("cancellation", "end", FIFTH)


def in_may(*, partial: bool = True, day: date = FIFTH, at_cycle: bool = False) -> Contract:
    _, known = run(contract(), [recurring(MAY)], TAXED)
    return known._replace(cancellation=Cancellation(day, partial, at_cycle))


@pytest.mark.parametrize(("rules", "net", "tax", "undone"), [(BERLIN, 39000, 7410, 26), (UNUSED, 40500, 7695, 27)])
def test_the_day_itself_is_a_setting(rules: object, net: int, tax: int, undone: int) -> None:
    rated, known = run(in_may(), [CANCEL], rules)  # type: ignore[arg-type]
    assert [(line.net, line.tax) for line in rated.credits] == [(net, tax)]
    assert (rated.charges, rated.unbilled) == ([], [])
    assert known.charged[0].undone == undone


def test_without_partial_credit_the_period_is_owed_whole() -> None:
    rated, _ = run(in_may(partial=False), [CANCEL])
    assert (rated.charges, rated.credits) == ([], [])


def test_without_partial_credit_a_period_not_begun_comes_back() -> None:
    _, known = run(in_may(partial=False), [], TAXED)
    _, known = run(known._replace(cancellation=None), [recurring(JUNE)])
    known = known._replace(cancellation=Cancellation(FIFTH, partial_credit=False))
    rated, _ = run(known, [CANCEL])
    assert [(line.net, line.first) for line in rated.credits] == [(46500, JUNE)]


def test_on_the_first_day_unused_the_period_is_not_begun() -> None:
    known = in_may(partial=False, day=MAY)
    assert [line.net for line in run(known, [CANCEL], UNUSED)[0].credits] == [46500]
    assert run(known, [CANCEL])[0].credits == []


@pytest.mark.parametrize("rules", [BERLIN, UNUSED])
def test_at_the_end_of_the_cycle_nothing_comes_back(rules: object) -> None:
    known = in_may(day=date(2026, 5, 31), at_cycle=True)
    rated, known = run(known, [CANCEL], rules)  # type: ignore[arg-type]
    assert (rated.charges, rated.credits) == ([], [])
    rated, _ = run(known, [recurring(JUNE)])
    assert [each.reason for each in rated.unbilled] == [ENDED]


class TestWithAChangeOnTheSameDay:
    def known(self) -> Contract:
        known = in_may()
        return known._replace(terms=[*known.terms, terms("ten", FIFTH, 10)])

    def test_the_day_is_one_of_the_new_terms(self) -> None:
        rated, _ = run(self.known(), [CANCEL, event("downgrade", "ten", FIFTH)])
        assert [(line.net, line.last) for line in rated.credits] == [(40500, date(2026, 5, 31))]
        assert [(line.net, line.first, line.last) for line in rated.charges] == [(1000, FIFTH, FIFTH)]

    def test_one_after_the_other(self) -> None:
        whole = self.known()
        _, known = run(whole._replace(cancellation=None), [event("downgrade", "ten", FIFTH)])
        rated, known = run(known._replace(cancellation=whole.cancellation), [CANCEL])
        assert [(line.net, line.source) for line in rated.credits] == [(26000, known.charged[1].key)]
        assert known.charged[1].net - known.charged[1].credited_net == 1000

    def test_a_day_that_does_not_count_leaves_nothing_of_the_change(self) -> None:
        rated, _ = run(self.known(), [event("downgrade", "ten", FIFTH), CANCEL], UNUSED)
        assert [line.net for line in rated.credits] == [40500]
        assert rated.charges == []
        assert [each.reason for each in rated.unbilled] == [REPLACED]


class TestInOneRun:
    def test_with_the_purchase(self) -> None:
        known = contract(terms("start", FIFTH, 31), cancellation=Cancellation(FIFTH, partial_credit=True))
        bought = event("purchase", "start", FIFTH)
        assert [line.net for line in run(known, [bought, CANCEL])[0].charges] == [3100]
        rated, _ = run(known, [bought, CANCEL], UNUSED)
        assert rated.charges == []
        assert [each.reason for each in rated.unbilled] == [ENDED]

    def test_with_the_period_only_owed_days_are_charged(self) -> None:
        known = contract(cancellation=Cancellation(FIFTH, partial_credit=True))
        rated, _ = run(known, [CANCEL, recurring(MAY)])
        assert [(line.net, line.last) for line in rated.charges] == [(7500, FIFTH)]
        assert rated.credits == []

    def test_with_the_period_and_without_partial_credit(self) -> None:
        known = contract(cancellation=Cancellation(FIFTH, partial_credit=False))
        rated, _ = run(known, [CANCEL, recurring(MAY)])
        assert [line.net for line in rated.charges] == [46500]


def test_in_arrears_the_last_period_ends_early() -> None:
    late = plan(in_advance=False)
    known = contract(terms("start", START, 15, late), cancellation=Cancellation(FIFTH, partial_credit=True))
    for day in (FIFTH, date(2026, 5, 31)):
        rated, _ = run(known, [CANCEL, recurring(day)])
        assert [(line.net, line.last) for line in rated.charges] == [(7500, FIFTH)]


class TestWhatPeopleCreditedBefore:
    def known(self, credited: int) -> Contract:
        known = in_may()
        charged = known.charged[0]
        tax = charged.taxes[0]._replace(credited=credited * 19 // 100)
        return known._replace(charged=[charged._replace(credited_net=credited, taxes=[tax])])

    def test_the_cut_off_part_is_explained(self) -> None:
        rated, _ = run(self.known(10_000), [CANCEL])
        assert [(line.net, line.tax) for line in rated.credits] == [(36500, 6935)]
        assert [(each.reason, each.amount) for each in rated.unbilled] == [(CREDITED_BEFORE, 2500)]

    def test_nothing_left_is_no_line(self) -> None:
        rated, _ = run(self.known(46_500), [CANCEL])
        assert rated.credits == []
        assert [(each.reason, each.amount) for each in rated.unbilled] == [(CREDITED_BEFORE, 39000)]
        assert rated.undone


def test_without_a_cancellation() -> None:
    rated, _ = run(contract(), [CANCEL])
    assert [each.reason for each in rated.unbilled] == [NO_TERMS]
