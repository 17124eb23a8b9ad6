"""The worked examples of a downgrade from 15 to 10 units on 5 May at 31.00 a unit and month."""

from datetime import date
from decimal import Decimal

from billing.rating import Contract
from tests.billing.rating.contracts import contract, event, recurring, run, terms

D = Decimal
CHANGE = date(2026, 5, 5)


def downgraded() -> Contract:
    _, known = run(contract(), [recurring(date(2026, 5, 1))])
    return known._replace(terms=[*known.terms, terms("down", CHANGE, 10)])


def test_may_was_charged() -> None:
    assert downgraded().charged[0].net == 46500


def test_gross_credit_of_the_old_units_and_charge_of_the_new_ones() -> None:
    """The sibling invoice gets 270.00 + 310.00, the memo 405.00; 175.00 stays due."""
    rated, _ = run(downgraded(), [event("downgrade", "down", CHANGE), recurring(date(2026, 6, 1))])
    (credit,) = rated.credits
    assert (credit.net, credit.quantity, credit.unit_price) == (40500, D(15), D("27.00"))
    assert (credit.first, credit.last) == (CHANGE, date(2026, 5, 31))
    may, june = sorted(rated.charges, key=lambda line: line.net)
    assert (may.net, may.quantity, may.unit_price) == (27000, D(10), D("27.00"))
    assert (may.first, may.last) == (CHANGE, date(2026, 5, 31))
    assert (june.net, june.quantity, june.unit_price) == (31000, D(10), D("31.00"))
    assert may.net + june.net == 58000
    assert rated.net == rated.total == 17500  # The one amount of an invoice in the old pipeline.


def test_net_when_nothing_else_is_billed() -> None:
    rated, _ = run(downgraded(), [event("downgrade", "down", CHANGE)])
    assert rated.net == -13500
    assert rated.unbilled == []


def test_what_was_used_and_what_comes_back_is_what_was_charged() -> None:
    known = downgraded()
    rated, after = run(known, [event("downgrade", "down", CHANGE)])
    assert 4 * 1500 + rated.credits[0].net == known.charged[0].net
    assert (after.charged[0].undone, after.charged[0].credited_net) == (27, 40500)
