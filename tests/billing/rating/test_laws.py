"""What is true of every subscription, whatever happens to it and in whatever order billing hears of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from billing.rating import (
    Cancellation,
    Charged,
    ChargeLine,
    Contract,
    CreditLine,
    Discount,
    Event,
    Plan,
    Rated,
    Rules,
    Terms,
    rate,
)
from billing.rating.lines import COUNTED
from billing.rating.proration import used
from billing.rating.timeline import timeline
from billing.rating.worksheet import kept_days
from invoices.domain.charging import TaxRate
from subscriptions.domain.pricing import flat, per_unit, price_of, tiered, volume
from subscriptions.periods import DAY, period_holding
from tests.billing.rating.contracts import BERLIN, VAT, contract, event, plan, run, stored, terms

D = Decimal
START = date(2027, 12, 31)
PERIODS = 4
TIERS = ((D(5), D("7.77")), (D(20), D("3.05")), (None, D("0.995")))
pricings = st.sampled_from([flat(D("49.99")), per_unit(D("31.00")), tiered(*TIERS), volume(*TIERS)])
rules = st.builds(
    lambda currency, new, used_up, taxes: replace(
        BERLIN, currency=currency, change_day_is_new=new, cancel_day_is_used=used_up, taxes={("DE", ""): taxes}
    ),
    st.sampled_from(["JPY", "EUR", "KWD"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([[], [VAT], [VAT, TaxRate("City", D("0.0333"))]]),
)
discounts = st.lists(
    st.one_of(
        st.builds(lambda n, part: Discount(key=f"p{n}", rate=part), st.integers(), st.decimals(0, 1, places=3)),
        st.builds(lambda n, size: Discount(key=f"f{n}", fixed=size), st.integers(), st.integers(0, 10**5)),
    ),
    max_size=2,
)


@dataclass
class Scenario:
    """A subscription of four periods, its changes, its end; and the run in which billing hears of each."""

    contract: Contract
    rules: Rules
    events: list[tuple[int, Event]]
    """The number of the run, and the event."""

    def runs(self) -> Iterator[tuple[list[Event], Contract]]:
        """The events of each run, and the terms and end that are known by then."""
        for number in range(3):
            heard = {one.key for at, one in self.events if at <= number}
            known = [each for each in self.contract.terms if each.key in heard or each is self.contract.terms[0]]
            end = self.contract.cancellation if "end" in heard else None
            yield (
                [one for at, one in self.events if at == number],
                self.contract._replace(terms=known, cancellation=end),
            )

    def play(self) -> tuple[list[tuple[Contract, list[Event], Rated]], Contract]:
        """Rate run after run: what went in and came out, and the contract with all that was stored."""
        played = []
        state = self.contract
        for events, known in self.runs():
            before = known._replace(charged=state.charged, metered=state.metered)
            rated, state = run(before, events, self.rules)
            played.append((before, events, rated))
        return played, state._replace(terms=self.contract.terms, cancellation=self.contract.cancellation)


@st.composite
def stories(draw: st.DrawFn) -> Scenario:
    """Any plan, in advance or in arrears, with up to five changes and perhaps an end."""
    months, in_advance = draw(st.sampled_from([1, 12])), draw(st.booleans())
    length = 30 * months * PERIODS
    history: list[Terms] = [terms("start", START, 5, _plan(draw, months, in_advance=in_advance))]
    for number, offset in enumerate(sorted(draw(st.lists(st.integers(0, length), max_size=5)))):
        day, offer = START + timedelta(days=offset), _plan(draw, months, in_advance=in_advance)
        history.append(terms(f"change{number}", day, draw(st.integers(0, 40)), offer))
    end = None
    if draw(st.booleans()):
        end = Cancellation(START + timedelta(days=draw(st.integers(0, length))), partial_credit=draw(st.booleans()))
    found = contract(*history, cancellation=end, discounts=draw(discounts))
    events = [event("purchase", "start", START)]
    events += [event("downgrade", each.key, each.day) for each in history[1:]]
    events += [event("recurring", f"period{n}", day) for n, day in enumerate(_periods(months))]
    events += [event("cancellation", "end", end.day)] if end else []
    run_of = st.integers(0, 2)
    return Scenario(found, draw(rules), [(0 if one.kind == "purchase" else draw(run_of), one) for one in events])


def _plan(draw: st.DrawFn, months: int, *, in_advance: bool) -> Plan:
    return plan(draw(pricings), months=months, in_advance=in_advance)


def _periods(months: int) -> Iterator[date]:
    day = START
    for _ in range(PERIODS):
        yield day
        day = period_holding(day, START, months).last + DAY


def _days(charged: Charged) -> list[date]:
    kept = kept_days(charged, charged.undone)
    return [kept[0] + timedelta(days=n) for n in range((kept[1] - kept[0]).days + 1)] if kept else []


@given(stories())
def test_used_and_credited_is_what_was_charged(scenario: Scenario) -> None:
    played, state = scenario.play()
    assert not any(each.amount for _, _, rated in played for each in rated.unbilled)
    for charged in state.charged:
        assert used(charged.net, charged.whole, charged.undone) + charged.credited_net == charged.net
        for tax in charged.taxes:
            assert 0 <= tax.credited <= tax.amount
            assert tax.credited == tax.amount or charged.credited_net < charged.net or charged.net == 0


@given(stories())
def test_every_day_owed_is_charged_once_under_its_terms(scenario: Scenario) -> None:
    _, state = scenario.play()
    charged = [(day, row.terms) for row in state.charged for day in _days(row)]
    last = period_holding(list(_periods(state.terms[0].plan.months))[-1], START, state.terms[0].plan.months).last
    owed = [
        (span.first + timedelta(days=n), span.terms.key)
        for span in timeline(state, scenario.rules)
        for n in range((min(span.last, last) - span.first).days + 1)
    ]
    assert sorted(charged) == owed


@given(stories(), st.randoms())
def test_events_in_any_order_give_the_same_lines(scenario: Scenario, chance: Random) -> None:
    for known, events, rated in scenario.play()[0]:
        chance.shuffle(events)
        assert rate(known, events, scenario.rules) == rated


@st.composite
def desks(draw: st.DrawFn) -> tuple[Contract, list[Event]]:
    """Orders, corrections, refunds and usage of one contract in one run, some of the same charge, some of none."""
    known = contract(terms("start", START, 1, plan(usage=tiered(*TIERS))))
    _, known = run(known, [event("order", "sold", START, pricing=per_unit(D("9.99")), quantity=D(7))], BERLIN)
    sources, sizes = st.sampled_from([None, "sold/0", "o0/0", "c0/0", "nowhere"]), st.integers(-3000, 3000)
    found = [
        event("order", f"o{n}", START, pricing=per_unit(D("3.33")), quantity=D(draw(st.integers(0, 9))))
        for n in range(draw(st.integers(0, 2)))
    ]
    found += [
        event("correction", f"c{n}", START, amount=draw(sizes), source=draw(sources))
        for n in range(draw(st.integers(0, 4)))
    ]
    found += [
        event("refund", f"r{n}", START, amount=draw(st.one_of(st.none(), sizes)), source=draw(sources))
        for n in range(draw(st.integers(0, 2)))
    ]
    found += [_used(draw(st.integers(-9, 20)), n) for n in range(draw(st.integers(0, 3)))]
    return known, found


@given(desks(), rules, st.randoms())
def test_orders_and_usage_in_any_order_give_the_same_lines(
    desk: tuple[Contract, list[Event]], by: Rules, chance: Random
) -> None:
    known, events = desk
    rated = rate(known, events, by)
    chance.shuffle(events)
    assert rate(known, events, by) == rated
    assert all(0 <= row.credited_net <= row.net for row in stored(known, rated).charged)
    billed = {line.event for line in rated.charges} | {line.event for line in rated.credits}
    silent = {one.key for one in events} - billed - {each.event for each in rated.unbilled}
    assert all(
        str(key).startswith("u") for key in silent
    )  # Usage of a period is one line; the rest has an answer each.


@given(stories())
def test_all_in_one_run_needs_no_credit(scenario: Scenario) -> None:
    rated = rate(scenario.contract, [one for _, one in scenario.events], scenario.rules)
    assert rated.credits == []
    whole = stored(scenario.contract, rated)
    _, pieces = scenario.play()
    assert sorted(day for row in whole.charged for day in _days(row)) == sorted(
        day for row in pieces.charged for day in _days(row)
    )


@given(stories())
def test_sums_of_lines_are_totals(scenario: Scenario) -> None:
    for _, _, rated in scenario.play()[0]:
        for charge in rated.charges:
            assert charge.net == charge.amount - charge.discount
            assert 0 <= charge.discount <= charge.amount
        lines: list[ChargeLine | CreditLine] = [*rated.charges, *rated.credits]
        for line in lines:
            assert line.tax == sum(tax.amount for tax in line.taxes)
        assert all(line.net > 0 for line in rated.credits)
        charges = sum(line.net + line.tax for line in rated.charges)
        assert rated.total == charges - sum(line.net + line.tax for line in rated.credits)
        keys = [line.key for line in lines]
        assert len(set(keys)) == len(keys)


records = st.lists(st.lists(st.integers(-30, 40), max_size=4), max_size=5)


def _used(quantity: int | Decimal, number: int) -> Event:
    return event("usage", f"u{number}", START, quantity=D(quantity))


@given(records, st.sampled_from([per_unit(D("0.35")), tiered(*TIERS)]), rules)
def test_usage_costs_the_same_however_it_is_told(runs: list[list[int]], pricing: object, by: Rules) -> None:
    known = contract(terms("start", START, 1, plan(usage=pricing)))  # type: ignore[arg-type]
    net, number = 0, 0
    for told in runs:
        events = [_used(quantity, number := number + 1) for quantity in told]
        rated, known = run(known, events, by)
        net += rated.net
    total = price_of(pricing, D(sum(map(sum, runs))))[0].scaleb(by.exponent)  # type: ignore[arg-type]
    assert abs(net - total) <= D("0.5")
    assert all(0 <= row.credited_net <= row.net for row in known.charged)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), discounts, rules)
def test_usage_taken_back_whole_leaves_nothing(told: list[int], offers: list[Discount], by: Rules) -> None:
    known = contract(terms("start", START, 1, plan(usage=tiered(*TIERS))), discounts=offers)
    for number, quantity in enumerate(told):
        _, known = run(known, [_used(quantity, number)], by)
    assert all(0 <= row.net <= row.whole for row in known.charged)
    rated, known = run(known, [_used(-sum(told), 99)], by)
    assert {each.reason for each in rated.unbilled} <= {COUNTED}
    for row in known.charged:
        assert row.credited_net == row.net
        assert row.net == 0 or all(tax.credited == tax.amount for tax in row.taxes)
