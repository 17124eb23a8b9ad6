"""Which credit goes where: one pure function plans for the desk's *fill*, for automatic application and for runs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

DUE_DATE, INVOICE_DATE, LARGEST_DUE, SMALLEST_DUE = "due_date", "invoice_date", "largest_due", "smallest_due"


@dataclass(frozen=True, slots=True)
class Credit:
    """A memo with credit left; ``own_invoice_ids`` are its sibling and source, served first."""

    memo_id: int
    balance: int
    issue_date: date
    sequence: int
    billed_user_id: int | None = None
    own_invoice_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Debt:
    """An unpaid invoice."""

    invoice_id: int
    due: int
    due_date: date
    issue_date: date
    sequence: int
    billed_user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """An amount of one memo for one invoice, in minor units."""

    memo_id: int
    invoice_id: int
    amount: int


ORDERS: dict[str, Callable[[Debt], tuple[object, ...]]] = {
    DUE_DATE: lambda debt: (debt.due_date, debt.sequence, debt.invoice_id),
    INVOICE_DATE: lambda debt: (debt.issue_date, debt.sequence, debt.invoice_id),
    LARGEST_DUE: lambda debt: (-debt.due, debt.sequence, debt.invoice_id),
    SMALLEST_DUE: lambda debt: (debt.due, debt.sequence, debt.invoice_id),
}
"""By which key each policy serves debts."""


def plan(
    credits_: Iterable[Credit],
    debts: Iterable[Debt],
    *,
    order: str = DUE_DATE,
    may_meet: Callable[[Credit, Debt], bool] = lambda _credit, _debt: True,
) -> list[Allocation]:
    """Share credit over debts of one balance account.

    Every memo first serves its sibling and its source; then the oldest memo goes to the first invoice by ``order``,
    and so on. Ties go by document number. Never allocates more than a balance or a due, and stops only when credit or
    matching debt is used up. ``may_meet`` says which pairs are allowed (the billed user's rule).
    """
    queue = sorted(credits_, key=lambda credit: (credit.issue_date, credit.sequence, credit.memo_id))
    row = sorted(debts, key=ORDERS[order])
    left = {credit.memo_id: credit.balance for credit in queue}
    due = {debt.invoice_id: debt.due for debt in row}
    taken: dict[tuple[int, int], int] = {}

    def use(credit: Credit, candidates: Sequence[Debt]) -> None:
        for debt in candidates:
            amount = min(left[credit.memo_id], due[debt.invoice_id])
            if amount > 0 and may_meet(credit, debt):
                pair = (credit.memo_id, debt.invoice_id)
                taken[pair] = taken.get(pair, 0) + amount
                left[credit.memo_id] -= amount
                due[debt.invoice_id] -= amount

    for credit in queue:
        use(credit, [debt for debt in row if debt.invoice_id in credit.own_invoice_ids])
    for credit in queue:
        use(credit, row)
    return [Allocation(memo_id, invoice_id, amount) for (memo_id, invoice_id), amount in taken.items()]


def same_user(credit: Credit, debt: Debt) -> bool:
    """Automatic use without company-wide billing: only the same billed user's invoices, where nobody equals nobody."""
    return credit.billed_user_id == debt.billed_user_id


def same_user_by_hand(memo_user_id: int | None, invoice_user_id: int | None) -> bool:
    """By hand, a memo without a billed user may go to anybody's invoice."""
    return memo_user_id is None or memo_user_id == invoice_user_id
