"""The arithmetic of credit is exact for any figures: cumulative tax, quantities, plans, spreading."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditmemos.domain.part_credits import cumulative_tax, net_of_quantity, shared_tax_of_credits, units_within
from creditmemos.domain.planning import ORDERS, Credit, Debt, plan, same_user, same_user_by_hand
from creditmemos.domain.spreading import Open, lessen, spread

pytestmark = pytest.mark.property

amounts = st.integers(0, 10**12)
cuts = st.lists(st.integers(1, 10**6), min_size=1, max_size=12)
"""A line is credited in pieces in proportion to these."""


def pieces(net: int, sizes: list[int]) -> list[int]:
    """The net in pieces, the last one taking what is left."""
    found = [net * size // sum(sizes) for size in sizes]
    return [*found[:-1], net - sum(found[:-1])]


class TestCumulativeTax:
    @given(net=st.integers(1, 10**12), taxes=st.lists(amounts, min_size=1, max_size=3), sizes=cuts)
    def test_any_sequence_ends_exactly(self, net: int, taxes: list[int], sizes: list[int]) -> None:
        for tax in taxes:
            so_far = credited = 0
            for credit in pieces(net, sizes):
                credited += cumulative_tax(net=net, tax=tax, credited_net=so_far, credited_tax=credited, credit=credit)
                so_far += credit
                assert 0 <= credited <= tax
                assert abs(credited * net - tax * so_far) * 2 <= net  # The rounded share of what is credited.
            assert (so_far, credited) == (net, tax)

    @given(net=st.integers(1, 10**9), tax=st.integers(0, 10**9), sizes=cuts, data=st.data())
    def test_tax_only_credits_and_voids_between(
        self, net: int, tax: int, sizes: list[int], data: st.DataObject
    ) -> None:
        memos: list[tuple[int, int]] = []
        so_far = credited = 0
        for credit in pieces(net, sizes):
            if tax > credited and data.draw(st.booleans()):
                only = data.draw(st.integers(1, tax - credited))
                memos.append((0, only))
                credited += only
            more = cumulative_tax(net=net, tax=tax, credited_net=so_far, credited_tax=credited, credit=credit)
            memos.append((credit, more))
            so_far, credited = so_far + credit, credited + more
            assert 0 <= more <= tax
            assert credited <= tax
        assert (so_far, credited) == (net, tax)
        for gone in data.draw(st.sets(st.sampled_from(range(len(memos))))):
            so_far, credited = so_far - memos[gone][0], credited - memos[gone][1]
        if so_far < net:
            credited += cumulative_tax(
                net=net, tax=tax, credited_net=so_far, credited_tax=credited, credit=net - so_far
            )
            assert credited == tax

    def test_thirds(self) -> None:
        first = cumulative_tax(net=1000, tax=200, credited_net=0, credited_tax=0, credit=333)
        second = cumulative_tax(net=1000, tax=200, credited_net=333, credited_tax=67, credit=333)
        third = cumulative_tax(net=1000, tax=200, credited_net=666, credited_tax=133, credit=334)
        assert (first, second, third) == (67, 66, 67)


class TestTaxByDocument:
    @given(
        nets=st.lists(st.integers(1, 10**9), min_size=1, max_size=6),
        tax=st.integers(0, 10**9),
        sizes=cuts,
        chance=st.randoms(use_true_random=False),
    )
    def test_memos_over_any_lines_end_exactly(
        self, nets: list[int], tax: int, sizes: list[int], chance: Random
    ) -> None:
        """Each memo credits pieces of some lines of one rate; the last takes what is left of it."""
        todo = [piece for net in nets for piece in pieces(net, sizes) if piece]
        chance.shuffle(todo)
        so_far = credited = 0
        while todo:
            many = chance.randint(1, len(todo))
            memo, todo = todo[:many], todo[many:]
            shares = shared_tax_of_credits(memo, net=sum(nets), tax=tax, credited_net=so_far, credited_tax=credited)
            together = sum(shares)
            for net, share in zip(memo, shares, strict=True):
                assert share >= 0
                assert abs(share * sum(memo) - together * net) < sum(memo)
            so_far, credited = so_far + sum(memo), credited + together
            assert abs(credited * sum(nets) - tax * so_far) * 2 <= sum(nets)
        assert (so_far, credited) == (sum(nets), tax)

    def test_small_lines_of_one_invoice(self) -> None:
        """250 lines of 0.13 with 6.18 of tax: a hundred of them, then the others."""
        first = shared_tax_of_credits([13] * 100, net=3250, tax=618, credited_net=0, credited_tax=0)
        second = shared_tax_of_credits([13] * 150, net=3250, tax=618, credited_net=1300, credited_tax=247)
        assert (sum(first), sum(second)) == (247, 371)
        assert (set(first), set(second)) == ({2, 3}, {2, 3})


class TestQuantities:
    @given(net=amounts, units=st.lists(st.decimals("0.000001", 1000, places=6), min_size=1, max_size=10))
    def test_any_sequence_ends_exactly(self, net: int, units: list[Decimal]) -> None:
        whole, so_far, credited = sum(units, Decimal(0)), Decimal(0), 0
        for unit in units:
            credited += net_of_quantity(
                net=net, quantity=whole, credited_quantity=so_far, credited_net=credited, credit=unit
            )
            so_far += unit
            assert abs(credited * whole - net * so_far) * 2 <= whole
        assert credited == net


Meeting = Callable[[Credit, Debt], bool]
DAY = date(2026, 5, 18)
people = st.sampled_from([None, 1, 2])
days = st.integers(0, 60).map(lambda number: DAY + timedelta(days=number))
credits_ = st.lists(
    st.builds(
        Credit, memo_id=st.integers(1, 50), balance=st.integers(0, 500), issue_date=days, sequence=st.integers(1, 99),
        billed_user_id=people, own_invoice_ids=st.frozensets(st.integers(1, 50), max_size=2),
    ),
    max_size=8, unique_by=lambda credit: credit.memo_id,
)  # fmt: skip
debts = st.lists(
    st.builds(
        Debt, invoice_id=st.integers(1, 50), due=st.integers(0, 500), due_date=days, issue_date=days,
        sequence=st.integers(1, 99), billed_user_id=people,
    ),
    max_size=8, unique_by=lambda debt: debt.invoice_id,
)  # fmt: skip
meetings = st.sampled_from([
    lambda _credit, _debt: True,
    same_user,
    lambda credit, debt: same_user_by_hand(credit.billed_user_id, debt.billed_user_id),
])  # fmt: skip


class TestPlan:
    @given(credits_, debts, st.sampled_from(sorted(ORDERS)), meetings)
    def test_it_uses_all_that_fits_and_no_more(
        self, memos: list[Credit], invoices: list[Debt], order: str, may_meet: Meeting
    ) -> None:
        found = plan(memos, invoices, order=order, may_meet=may_meet)
        left = {memo.memo_id: memo.balance for memo in memos}
        due = {invoice.invoice_id: invoice.due for invoice in invoices}
        for each in found:
            assert each.amount > 0
            left[each.memo_id] -= each.amount
            due[each.invoice_id] -= each.amount
        assert min([0, *left.values(), *due.values()]) == 0
        assert len({(each.memo_id, each.invoice_id) for each in found}) == len(found)
        allowed = {(a.memo_id, b.invoice_id) for a in memos for b in invoices if may_meet(a, b)}
        assert {(each.memo_id, each.invoice_id) for each in found} <= allowed
        assert not [pair for pair in allowed if left[pair[0]] and due[pair[1]]]

    @given(credits_, debts, st.sampled_from(sorted(ORDERS)), st.randoms())
    def test_the_order_in_which_rows_come_is_nothing(
        self, memos: list[Credit], invoices: list[Debt], order: str, chance: Random
    ) -> None:
        found = plan(memos, invoices, order=order)
        chance.shuffle(memos)
        chance.shuffle(invoices)
        assert plan(memos, invoices, order=order) == found

    @given(credits_, debts)
    def test_the_own_invoice_comes_first(self, memos: list[Credit], invoices: list[Debt]) -> None:
        found = plan(memos, invoices)
        due = {invoice.invoice_id: invoice.due for invoice in invoices}
        claims = {memo.memo_id: sum(due.get(pk, 0) for pk in memo.own_invoice_ids) for memo in memos}
        others = {pk for memo in memos for pk in memo.own_invoice_ids}
        for memo in memos:
            alone = not [m for m in memos if m is not memo and m.own_invoice_ids & memo.own_invoice_ids]
            if alone and others:
                own = sum(
                    each.amount for each in found
                    if each.memo_id == memo.memo_id and each.invoice_id in memo.own_invoice_ids
                )  # fmt: skip
                assert own >= min(memo.balance, claims[memo.memo_id])


@st.composite
def sides(draw: st.DrawFn) -> tuple[list[Open], list[Open]]:
    """Open places of an invoice, and of a memo of which some undo them."""
    rows = draw(st.lists(st.tuples(st.integers(1, 6), st.sampled_from([None, 1, 2])), max_size=8, unique=True))
    invoice = [Open(place, draw(st.integers(0, 5000))) for place in rows]
    undone = st.sampled_from([None, *rows, (99, None)])
    memo = [Open((number, None), draw(st.integers(0, 5000)), draw(undone)) for number in range(draw(st.integers(0, 6)))]
    return memo, invoice


class TestSpread:
    @given(sides(), st.data())
    def test_both_sides_add_up_within_what_is_open(
        self, both: tuple[list[Open], list[Open]], data: st.DataObject
    ) -> None:
        memo, invoice = both
        most = min(sum(place.amount for place in memo), sum(place.amount for place in invoice))
        amount = data.draw(st.integers(0, most))
        gives, takes = spread(amount, memo=memo, invoice=invoice)
        for places, shares in ((memo, gives), (invoice, takes)):
            assert sum(share.amount for share in shares) == amount
            assert all(share.amount > 0 for share in shares)
            assert all(place.amount >= 0 for place in lessen(places, shares))

    @given(sides(), cuts)
    def test_any_sequence_uses_up_both_sides(self, both: tuple[list[Open], list[Open]], sizes: list[int]) -> None:
        memo, invoice = both
        most = min(sum(place.amount for place in memo), sum(place.amount for place in invoice))
        for amount in pieces(most, sizes):
            gives, takes = spread(amount, memo=memo, invoice=invoice)
            memo, invoice = lessen(memo, gives), lessen(invoice, takes)
        assert 0 in (sum(place.amount for place in memo), sum(place.amount for place in invoice))

    @given(sides(), st.integers(1, 1000))
    def test_what_it_undoes_comes_first(self, both: tuple[list[Open], list[Open]], percent: int) -> None:
        memo, invoice = both
        room = {place.place: place.amount for place in invoice}
        direct = 0
        for place in memo:
            if place.undoes in room:
                matched = min(place.amount, room[place.undoes])
                room[place.undoes] -= matched
                direct += matched
        amount = direct * percent // 1000
        _gives, takes = spread(amount, memo=memo, invoice=invoice)
        assert {share.place for share in takes} <= {place.undoes for place in memo}

    @given(sides())
    def test_more_than_is_open_is_an_error(self, both: tuple[list[Open], list[Open]]) -> None:
        memo, invoice = both
        most = min(sum(place.amount for place in memo), sum(place.amount for place in invoice))
        with pytest.raises(ValueError):  # noqa: PT011 - split and spread say it differently
            spread(most + 1, memo=memo, invoice=invoice)


class TestUnitsWithin:
    @given(
        net=st.integers(1, 10**7), quantity=st.decimals("0.000001", 10**5, places=6),
        before=st.integers(0, 100), room=st.integers(0, 100),
    )  # fmt: skip
    def test_the_most_units_are_those_that_the_room_pays_for(
        self, net: int, quantity: Decimal, before: int, room: int
    ) -> None:
        """Also where part of the line was credited by amount, so that fewer units are left than were not credited."""
        credited = round(quantity * before / 100, 6)
        none = Decimal(0)

        def takes(units: Decimal) -> int:
            return net_of_quantity(
                net=net, quantity=quantity, credited_quantity=credited, credited_net=spent, credit=units
            )

        spent = net_of_quantity(net=net, quantity=quantity, credited_quantity=none, credited_net=0, credit=credited)
        left = (net - spent) * room // 100
        units = units_within(net=net, quantity=quantity, credited_quantity=credited, credited_net=spent, room=left)
        assert 0 <= units <= quantity - credited
        assert units == round(units, 6)
        if units:
            assert 0 < takes(units) <= left
        if room == 100 and takes(quantity - credited):
            assert units == quantity - credited
        step = Decimal("0.000001")
        if units and units < quantity - credited:
            assert takes(units + step) * 2 >= 2 * left - 1  # No more than a rounding is left behind.
