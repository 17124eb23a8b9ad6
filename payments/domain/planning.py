"""Which money goes where: credit's planner, told of payments (one pure function plans both)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from creditmemos.domain.planning import DUE_DATE, Credit, Debt, plan


@dataclass(frozen=True, slots=True)
class Use:
    """An amount of one payment for one invoice, in minor units."""

    payment_id: int
    invoice_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class Money:
    """Money on account; ``meant_for`` are the ids of invoices that the payer named, served first."""

    payment_id: int
    amount: int
    day: date
    meant_for: frozenset[int] = frozenset()


def plan_money(money: Iterable[Money], debts: Sequence[Debt], *, order: str = DUE_DATE) -> list[Use]:
    """Share money over unpaid invoices of one account: the oldest payment first, the invoices in the policy's order.

    Money serves any invoice of its account: it belongs to no billed user.
    """
    credits_ = [Credit(each.payment_id, each.amount, each.day, 0, None, each.meant_for) for each in money]
    return [Use(each.memo_id, each.invoice_id, each.amount) for each in plan(credits_, debts, order=order)]
