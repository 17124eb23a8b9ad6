"""Credit that people gave on a charge counts as price, as time or as nothing, when its unused time is credited."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from billing.rating import Cancellation, Charged, Contract, as_json, sentences
from billing.rating.lines import CREDITED_BEFORE, NOTHING_TO_BILL
from subscriptions.domain.pricing import per_unit
from tests.billing.rating.contracts import contract, event, plan, recurring, run, terms

D = Decimal
MAY, FIFTEENTH = date(2026, 5, 1), date(2026, 5, 15)


def charged(net: int, **credited: int) -> Contract:
    """May was charged with ``net``; of it was credited by hand: ``price``, ``timed``, ``nothing``."""
    _, known = run(contract(terms("start", MAY, 1, plan(per_unit(D("31.00"))))), [recurring(MAY)])
    price, timed = credited.get("price", 0), credited.get("timed", 0)
    row = known.charged[0]._replace(net=net, credited_net=sum(credited.values()), price=price, timed=timed)
    return known._replace(charged=[row])


def ended(known: Contract, day: date) -> tuple[int, Contract, list[str]]:
    """Cancel with ``day`` as the last one: what is credited, the charge after it, and why not more."""
    known = known._replace(cancellation=Cancellation(day, partial_credit=True))
    rated, known = run(known, [event("cancellation", f"end {day}", day)])
    return sum(line.net for line in rated.credits), known, [each.reason for each in rated.unbilled]


@pytest.mark.parametrize(("kind", "credit"), [("price", 1084), ("timed", 600), ("nothing", 1600)])
def test_ten_of_thirty_one_were_credited_and_fifteen_days_used(kind: str, credit: int) -> None:
    assert ended(charged(3100, **{kind: 1000}), FIFTEENTH)[0] == credit


def test_what_goodwill_leaves_no_room_for_is_no_exception() -> None:
    credit, _, reasons = ended(charged(3100, nothing=2000), FIFTEENTH)
    assert (credit, reasons) == (1100, [CREDITED_BEFORE])
    assert CREDITED_BEFORE in NOTHING_TO_BILL


def test_it_is_told() -> None:
    known = charged(3100, price=1000, timed=500, nothing=1200)
    known = known._replace(cancellation=Cancellation(FIFTEENTH, partial_credit=True))
    rated, _ = run(known, [event("cancellation", "end", FIFTEENTH)])
    with translation.override("en"):
        told = sentences(json.loads(as_json(rated.credits[0])), "EUR")
    assert [each.replace("\u00a0", " ") for each in told][1:] == [
        "€31.00 less €10.00 credited of its price: €21.00",
        "Already credited for unused time: €5.00",
        "15 of 31 days used of €21.00: €16.00 less €10.16 is €5.84",
        "Only €4.00 of €5.84 remained to be credited; the rest was already credited",
    ]


def test_two_seats_of_ten_that_were_never_used() -> None:
    """10 seats at 31.00 less 62.00 of the price; 8 seats from the 16th: as if there had been 8 all the time."""
    _, known = run(contract(terms("start", MAY, 10, plan(per_unit(D("31.00"))))), [recurring(MAY)])
    known = known._replace(
        charged=[known.charged[0]._replace(credited_net=6200, price=6200)],
        terms=[*known.terms, terms("eight", date(2026, 5, 16), 8, known.terms[0].plan)],
    )
    rated, _ = run(known, [event("downgrade", "eight", date(2026, 5, 16))])
    assert 31000 - 6200 + rated.net == 24800


def test_a_correction_and_a_refund_are_of_the_price() -> None:
    for kind in ("correction", "refund"):
        known = charged(3100)
        amount = -1000 if kind == "correction" else 1000
        _, known = run(known, [event(kind, "c", MAY, source=known.charged[0].key, amount=amount)])
        assert ended(known, FIFTEENTH)[0] == 1084


def formula(charge: Charged, kept: int) -> int:
    """The credit of unused time by the rule, in fractions: never more than is left of the charge."""
    cost = charge.net - charge.price
    used = floor(Fraction(cost * kept, 31) + Fraction(1, 2))
    wanted = max(0, cost - charge.timed - charge.cut - used)
    return min(wanted, charge.net - charge.credited_net)


@given(
    net=st.integers(0, 10**6),
    shares=st.tuples(*[st.integers(0, 400)] * 3),
    days=st.lists(st.integers(0, 31), min_size=1, max_size=3, unique=True),
)
def test_any_credit_of_any_kind(net: int, shares: tuple[int, int, int], days: list[int]) -> None:
    """Cut once or several times, each time further: to the minor unit, and never more than the charge."""
    price, timed, nothing = (net * share // 1200 for share in shares)
    known = charged(net, price=price, timed=timed, nothing=nothing)
    for kept in sorted(days, reverse=True):
        before = known.charged[0]
        if kept == 31 - int(before.undone):
            continue
        credit, known, _ = ended(known, date(2026, 4, 30) if not kept else date(2026, 5, kept))
        assert credit == formula(before, kept)
        assert known.charged[0].credited_net <= net
