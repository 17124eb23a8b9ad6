"""What amounts on a desk would do, with the guards that will be asked when they are sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.checks import FIRST_DAY
from core.errors import Refusal
from core.formats import amount_text
from invoices.models import Invoice
from ledger.models import BalanceAccount
from payments.domain.planning import Money, plan_money
from payments.domain.refusals import OverPayment
from payments.operations.allocating import debt_of
from payments.operations.guards import problems, room_of

Wanted = Sequence[tuple[int, int]]
"""Amounts for invoices: (id, minor units)."""


@dataclass(frozen=True, slots=True)
class Preview:
    """``rest`` stays on account (below zero: too much is used), ``after`` is what each invoice still needs.

    Minor units. ``why`` are refusals in words by the field that each belongs to.
    """

    used: int
    rest: int
    after: Mapping[int, int] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)


def preview_use(money: int, account: BalanceAccount | None, invoices: Mapping[int, Invoice], wanted: Wanted) -> Preview:
    """What using ``money`` minor units on these invoices would leave, and what stands in the way."""
    used = sum(amount for _invoice, amount in wanted)
    known = [each for each in wanted if each[0] in invoices]
    after = {pk: room_of(invoice) for pk, invoice in invoices.items()}
    for invoice_id, amount in known:
        after[invoice_id] -= amount
    why = {}
    if account is not None:
        why = {refusal.field or "": refusal.message for refusal in problems(dict(invoices), account, known)}
    return Preview(used, money - used, after, why)


def over_payment(preview: Preview, money: int, currency: str) -> Refusal | None:
    """What is said when more is used than came in."""
    if preview.rest >= 0:
        return None
    return OverPayment(over=amount_text(-preview.rest, currency), amount=amount_text(money, currency), field="amount")


def fill(money: int, invoices: Sequence[Invoice], *, order: str) -> dict[int, int]:
    """The amounts that the policy gives to open invoices of ``money`` minor units, by the invoice's id."""
    debts = [debt for invoice in invoices if (debt := debt_of(invoice)).due > 0]
    return {use.invoice_id: use.amount for use in plan_money([Money(0, money, FIRST_DAY)], debts, order=order)}
