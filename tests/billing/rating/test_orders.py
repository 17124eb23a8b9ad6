"""One-off orders, their corrections up and down, and refunds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.rating import Contract, Discount, Event, Item
from billing.rating.lines import AMOUNT_OUT_OF_RANGE, INCOMPLETE, NO_SOURCE, OVER_CREDITABLE, UNKNOWN_KIND
from invoices.domain.charging import TaxRate
from subscriptions.domain.pricing import flat, per_unit, tiered
from tests.billing.rating.contracts import SUITE, TAXED, contract, event, recurring, run

D = Decimal
MAY = date(2026, 5, 1)
CUSTOMER = Contract("order", "account", "DE")
ORDER = event("order", "o", MAY, item=SUITE, pricing=per_unit(D("9.99")), quantity=D(3))


def ordered(*events: Event) -> Contract:
    return run(CUSTOMER, [ORDER, *events], TAXED)[1]


def fix(key: str = "fix", **more: object) -> Event:
    return event("correction", key, MAY, **({"source": "o/0"} | more))


class TestOrder:
    def test_quantity_times_price(self) -> None:
        rated, _ = run(CUSTOMER, [ORDER], TAXED)
        (line,) = rated.charges
        assert (line.key, line.net, line.tax, line.quantity, line.unit_price) == ("o/0", 2997, 569, D(3), D("9.99"))
        assert (line.first, line.counted, line.whole) == (None, "pieces", 3)

    def test_a_discount_of_its_day(self) -> None:
        offer = Discount(key="off", rate=D("0.5"), first=MAY, last=MAY)
        assert run(CUSTOMER._replace(discounts=[offer]), [ORDER])[0].charges[0].net == 1499  # Half of 29.97

    def test_flat_and_tiered(self) -> None:
        setup = event("order", "s", MAY, item=SUITE, pricing=flat(D("99.00")), quantity=D(7))
        packs = event(
            "order", "t", MAY, item=SUITE, pricing=tiered((D(2), D("10.00")), (None, D("4.00"))), quantity=D(3)
        )
        rated, _ = run(CUSTOMER, [setup, packs])
        assert [(line.net, line.quantity, line.unit_price) for line in rated.charges] == [
            (9900, D(1), D("99.00")),
            (2400, D(3), D("8.00")),
        ]

    @pytest.mark.parametrize("gone", ["pricing", "quantity"])
    def test_half_an_order_is_put_on_record(self, gone: str) -> None:
        order = ORDER._replace(**{gone: None})  # type: ignore[arg-type]
        rated, _ = run(CUSTOMER, [order])
        assert [each.reason for each in rated.unbilled] == [INCOMPLETE]


class TestCorrectionDown:
    def test_by_an_amount(self) -> None:
        rated, known = run(ordered(), [fix(amount=-1000)], TAXED)
        assert [(line.net, line.tax, line.source) for line in rated.credits] == [(1000, 190, "o/0")]
        assert known.charged[0].credited_net == 1000

    def test_in_the_run_of_the_order_itself(self) -> None:
        rated, _ = run(CUSTOMER, [fix(amount=-1000), ORDER], TAXED)
        assert [(line.net, line.source) for line in rated.credits] == [(1000, "o/0")]

    def test_by_pieces_ends_exactly(self) -> None:
        known, nets = ordered(), []
        for number in range(3):
            rated, known = run(known, [fix(f"c{number}", quantity=D(-1))], TAXED)
            nets += [(line.net, line.tax, line.quantity) for line in rated.credits]
        assert nets == [(999, 190, D(1)), (999, 189, D(1)), (999, 190, D(1))]
        assert (known.charged[0].credited_net, known.charged[0].undone) == (2997, 3)

    def test_more_pieces_than_there_are(self) -> None:
        rated, known = run(ordered(), [fix(quantity=D(-5))], TAXED)
        assert [(line.net, line.tax) for line in rated.credits] == [(2997, 569)]
        assert [(each.reason, each.amount) for each in rated.unbilled] == [(OVER_CREDITABLE, 1998)]
        assert known.charged[0].undone == 3

    def test_more_than_the_charge(self) -> None:
        rated, _ = run(ordered(), [fix(amount=-5000)], TAXED)
        assert [(line.net, line.tax) for line in rated.credits] == [(2997, 569)]
        assert [(e.reason, e.amount, e.source) for e in rated.unbilled] == [(OVER_CREDITABLE, 2003, "o/0")]

    def test_two_in_a_run_share_what_is_left(self) -> None:
        rated, _ = run(ordered(), [fix("b", amount=-2000), fix("a", amount=-2000)], TAXED)
        assert [(line.event, line.net) for line in rated.credits] == [("a", 2000), ("b", 997)]
        assert [(each.event, each.amount) for each in rated.unbilled] == [("b", 1003)]

    def test_by_units_of_a_charge_of_days(self) -> None:
        _, known = run(contract(), [recurring(MAY)])
        rated, _ = run(known, [fix(source=known.charged[0].key, quantity=D(-5))])
        assert [line.net for line in rated.credits] == [15500]

    def test_without_a_source(self) -> None:
        rated, _ = run(CUSTOMER, [fix(source=None, amount=-1000, item=SUITE)], TAXED)
        assert [(line.net, line.tax, line.source, line.item) for line in rated.credits] == [(1000, 190, None, SUITE)]
        by_pieces = fix(source=None, quantity=D(-2), pricing=per_unit(D("5.00")), item=SUITE)
        rated, _ = run(CUSTOMER, [by_pieces], TAXED)
        assert [(line.net, line.quantity, line.unit_price) for line in rated.credits] == [(1000, D(2), D("5.00"))]

    def test_goes_to_the_account_of_its_charge(self) -> None:
        known = ordered()._replace(account="another merchant")
        assert run(known, [fix(amount=-1000)], TAXED)[0].credits[0].account == "account"


class TestCorrectionUp:
    def test_with_the_rates_of_its_charge(self) -> None:
        rules = replace(TAXED, taxes={("DE", ""): [TaxRate("VAT", D("0.25"))]})
        rated, _ = run(ordered(), [fix(amount=1000)], rules)
        assert [(line.net, line.tax) for line in rated.charges] == [(1000, 190)]

    def test_goes_to_the_account_of_its_charge(self) -> None:
        known = ordered()._replace(account="another merchant")
        assert run(known, [fix(amount=1000)], TAXED)[0].charges[0].account == "account"

    def test_by_pieces(self) -> None:
        rated, _ = run(ordered(), [fix(quantity=D(2))], TAXED)
        assert [(line.net, line.quantity, line.unit_price) for line in rated.charges] == [(1998, D(2), D("9.99"))]

    def test_without_a_source(self) -> None:
        rated, _ = run(CUSTOMER, [fix(source=None, amount=1000, item=SUITE)], TAXED)
        assert [(line.net, line.tax) for line in rated.charges] == [(1000, 190)]
        more = fix(source=None, quantity=D(2), pricing=per_unit(D("5.00")), item=SUITE)
        assert [line.net for line in run(CUSTOMER, [more], TAXED)[0].charges] == [1000]


class TestRefund:
    def test_all_that_is_left(self) -> None:
        rated, _ = run(ordered(fix(amount=-997)), [event("refund", "r", MAY, source="o/0")], TAXED)
        assert [(line.net, line.tax) for line in rated.credits] == [(2000, 380)]

    def test_an_amount_as_far_as_it_goes(self) -> None:
        rated, _ = run(ordered(), [event("refund", "r", MAY, source="o/0", amount=3000)], TAXED)
        assert [line.net for line in rated.credits] == [2997]
        assert [(each.reason, each.amount) for each in rated.unbilled] == [(OVER_CREDITABLE, 3)]

    def test_nothing_left_is_put_on_record(self) -> None:
        rated, _ = run(ordered(fix(amount=-2997)), [event("refund", "r", MAY, source="o/0")], TAXED)
        assert rated.credits == []
        assert [each.reason for each in rated.unbilled] == [OVER_CREDITABLE]


@pytest.mark.parametrize(
    ("wrong", "reason", "amount"),
    [
        (fix(amount=-1000, source="unknown"), NO_SOURCE, 1000),
        (event("refund", "r", MAY, source="unknown", amount=700), NO_SOURCE, 700),
        (event("refund", "r", MAY, amount=700), NO_SOURCE, 700),
        (event("refund", "r", MAY, source="o/0", amount=-1), INCOMPLETE, 0),
        (fix(), INCOMPLETE, 0),
        (fix(amount=0), INCOMPLETE, 0),
        (fix(source=None, quantity=D(-2)), INCOMPLETE, 0),
        (fix(source=None, amount=-(10**16)), AMOUNT_OUT_OF_RANGE, 0),
        (fix(source=None, amount=10**16), AMOUNT_OUT_OF_RANGE, 0),
        (event("gift", "g", MAY), UNKNOWN_KIND, 0),
    ],
)
def test_what_cannot_be_rated_is_put_on_record(wrong: Event, reason: str, amount: int) -> None:
    rated, _ = run(ordered(), [wrong], TAXED)
    assert [(each.reason, each.amount) for each in rated.unbilled] == [(reason, amount)]
    assert (rated.charges, rated.credits) == ([], [])


@pytest.mark.parametrize("at", [None, datetime(2026, 5, 5, 3, 0)])  # noqa: DTZ001
def test_an_event_without_a_day_is_put_on_record(at: datetime | None) -> None:
    rated, _ = run(CUSTOMER, [ORDER, ORDER._replace(key="x", day=None, at=at)], TAXED)
    assert [(each.event, each.reason) for each in rated.unbilled] == [("x", INCOMPLETE)]
    assert len(rated.charges) == 1


def test_a_moment_is_a_day_of_the_marketplace() -> None:
    """On 4 May at 22:00 in Greenwich it is the 5th in Berlin, and the discount holds."""
    offer = Discount(key="off", rate=D("0.5"), first=date(2026, 5, 5))
    evening = ORDER._replace(day=None, at=datetime(2026, 5, 4, 22, 0, tzinfo=UTC))
    for order, net in ((evening, 1499), (evening._replace(at=evening.at and evening.at - timedelta(minutes=1)), 2997)):
        assert run(CUSTOMER._replace(discounts=[offer]), [order])[0].charges[0].net == net


def test_a_line_without_an_item_is_taxed_by_the_country() -> None:
    assert run(CUSTOMER, [ORDER._replace(item=None)], TAXED)[0].charges[0].tax == 569
    assert Item("x").tax_class == ""
