"""Whatever the product can issue and the translation accepts, the official rules accept, and the totals are the same.

Lines come from the arithmetic that issues them: charges with discounts and taxes, parts of charges credited again and
again, parts of periods, and the lines below zero of marketplaces without memos.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import to_major
from creditmemos.domain.part_credits import cumulative_tax
from documents.domain.kinds import Content, Line
from documents.einvoice.translation import NotRepresentable
from invoices.domain.charging import tax_of
from invoices.printing import tax_summary
from tests.documents.einvoice.reading import written
from tests.support.kinds import BRUENN, NORDMARKT, content

pytestmark = pytest.mark.property

CURRENCIES = ("EUR", "USD", "JPY", "HUF")
RATES = ("0", "0.004", "0.005", "0.07", "0.081", "0.19", "0.255", "1")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMED = NAMES.map("Acme {}".format)
NUMBERS = st.sampled_from(["DE123456788", "DE 1", "21/815/08150", "ATU1", "XX9", "EL9", ""])


class Tax:
    """A row of a line's tax, as ``tax_summary`` reads it."""

    def __init__(self, name: str, rate: Decimal, base: int, amount: int) -> None:
        self.name, self.rate, self.base, self.amount = name, rate, base, amount


@st.composite
def lines(draw: st.DrawFn) -> tuple[Line, list[Tax]]:
    """A charge, or one of the ways in which credit undoes it."""
    quantity = draw(st.decimals("0.000001", 2000, places=6))
    price = draw(st.decimals(0, 500, places=draw(st.sampled_from([2, 8]))))
    amount = draw(st.integers(0, 10_000_00) | st.just(int(quantity * price * 100)))
    discount = draw(st.integers(0, amount) | st.just(0))
    net = amount - discount
    name = draw(st.sampled_from(["VAT", "USt."]))
    rates = draw(st.lists(st.sampled_from(RATES), max_size=2 if draw(st.integers(0, 15)) == 7 else 1))
    taxes = [Tax(f"{name}{place or ''}", Decimal(rate), net, tax_of(net, Decimal(rate)))
             for place, rate in enumerate(rates)]  # fmt: skip
    way = draw(st.sampled_from(["charge", "charge", "part", "part", "negative", "tax_only"]))
    if way == "part":
        credited = draw(st.integers(0, net))
        credit = draw(st.integers(0, net - credited))
        for tax in taxes:
            before = cumulative_tax(net=net, tax=tax.amount, credited_net=0, credited_tax=0, credit=credited)
            tax.base, tax.amount = credit, cumulative_tax(
                net=net, tax=tax.amount, credited_net=credited, credited_tax=before, credit=credit
            )  # fmt: skip
        net, discount = credit, 0
    elif way == "negative":
        net, discount, quantity = -net, 0, -quantity
        for tax in taxes:
            tax.base, tax.amount = -tax.base, -tax.amount
    elif way == "tax_only":
        net, discount, quantity, price = 0, 0, Decimal(1), Decimal(0)
        for tax in taxes:
            tax.base, tax.amount = 0, draw(st.integers(0, tax.amount))
    start = draw(st.sampled_from(["", "2026-05-01"]))
    line = Line(
        description=draw(NAMED),
        period_from=start,
        period_to=draw(st.sampled_from(["", "2026-05-31"])),
        quantity=f"{quantity.normalize():f}",
        unit_price=f"{price.normalize():f}",
        discount=discount,
        net=net,
        taxes=[{"name": tax.name, "rate": f"{tax.rate:f}"} for tax in taxes],
    )
    return line, taxes


@st.composite
def documents(draw: st.DrawFn) -> Content:
    """An issued document of some lines."""
    drawn: Any = draw(st.lists(lines(), min_size=1, max_size=12))
    net = sum(line["net"] for line, _taxes in drawn)
    tax = sum(tax.amount for _line, taxes in drawn for tax in taxes)
    carried = draw(st.integers(-500, 500) | st.just(0))
    return content(
        currency=draw(st.sampled_from(CURRENCIES)),
        merchant={**NORDMARKT, "tax_number": draw(NUMBERS), "city": draw(NAMES)},
        payer={**BRUENN, "tax_number": draw(NUMBERS), "name": draw(NAMED), "street": draw(NAMES)},
        note=draw(NAMES),
        billed_user=draw(NAMES),
        source=draw(st.sampled_from([None, {"number": "INV-1", "date": "2026-05-01"}])),
        due_date=draw(st.sampled_from(["", "2026-06-14"])),
        lines=[line for line, _taxes in drawn],
        taxes=tax_summary([tax for _line, taxes in drawn for tax in taxes]),
        net=net,
        tax=tax,
        total=net + tax,
        carried=carried,
        due=net + tax - carried,
    )


@given(documents(), st.sampled_from(["invoice", "credit_memo"]))
def test_what_is_accepted_is_valid(found: Content, kind: str) -> None:
    try:
        both = written(found, kind)
    except NotRepresentable:
        return
    for read in both:
        assert read.broken() == set()
        for name in ("net", "tax", "total", "due"):
            assert read.amount(name) == to_major(found[name], currency=found["currency"])
        for quantity, price, net, line in zip(
            read.amounts("quantities"), read.amounts("prices"), read.amounts("nets"), found["lines"], strict=True
        ):
            before = net + to_major(line["discount"], currency=found["currency"])
            assert abs(quantity * price - before) <= to_major(1, currency=found["currency"]) / 2
