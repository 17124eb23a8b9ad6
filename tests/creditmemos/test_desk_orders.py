"""The database sorts the desk's invoices as the planner serves them."""

import pytest

from creditmemos.domain.planning import ORDERS, plan
from creditmemos.operations.apply_preview import resorted
from creditmemos.operations.applying import as_credit, as_debt
from creditmemos.queries.desk import SORTED_BY, in_order, open_invoices
from creditmemos.queries.sources import own_invoices
from tests.factories.world import Market, charge, credit_invoice, issue_invoice

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_rows_lie_in_the_order_in_which_they_are_served(market: Market, order: str) -> None:
    assert set(SORTED_BY) == set(ORDERS)
    for price, days in (("30.00", 9), ("10.00", 30), ("30.00", 1), ("20.00", 9), ("10.00", 30)):
        issue_invoice(market, charge(price), terms_days=days)
    account = market.account()
    memo = credit_invoice(market, in_order(open_invoices(account), order)[2], 500)
    first = set(own_invoices([memo])[memo.pk])

    rows = in_order(open_invoices(account), order, first=first)
    served = plan([as_credit(memo, frozenset(first))], [as_debt(row) for row in rows], order=order)

    assert [row.pk for row in resorted(rows[::-1], order, first=first)] == [row.pk for row in rows]
    assert served[0].invoice_id == rows[0].pk == memo.source_invoice_id
    plain = in_order(open_invoices(account), order)
    debts = sorted((as_debt(row) for row in plain[::-1]), key=ORDERS[order])
    assert [debt.invoice_id for debt in debts] == [row.pk for row in plain]
