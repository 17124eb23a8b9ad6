"""What applying would do, worked out with the guards that apply asks: the desk's live figures and its what-if."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from companies.models import MarketplaceSettings
from core.actors import Actor
from core.errors import Refusal
from creditmemos.domain.planning import ORDERS, Allocation
from creditmemos.models import CreditMemo
from creditmemos.operations.application_rows import Locked
from creditmemos.operations.applying import as_debt, plan_account, problems
from creditmemos.queries.desk import AccountFigures
from invoices.domain.aging import Aging, bucket_of, lessened
from invoices.models import Invoice
from ledger.models import BalanceAccount


@dataclass(frozen=True, slots=True)
class Outcome:
    """The desk once the allocations were applied; minor units.

    ``left`` and ``due`` count everything that was typed, so that what is too much shows as less than nothing; the
    sums count only what would go through. ``refusals`` are by field.
    """

    left: dict[int, int]
    due: dict[int, int]
    refusals: dict[str, Refusal]
    used: int
    settled: int
    aging: Aging
    credit: int


def preview(
    locked: Locked, allocations: Sequence[Allocation], *, figures: AccountFigures, actor: Actor, today: date
) -> Outcome:
    """What these allocations would do to memos and invoices that were read, not locked; ``figures`` is before."""
    refusals = {str(refusal.field): refusal for refusal in problems(locked, allocations, actor)}
    fit = [each for each in allocations if f"amount-{each.memo_id}-{each.invoice_id}" not in refusals]
    used = sum(each.amount for each in fit)
    settled, aging = aged(locked.invoices, fit, figures.aging, today)
    return Outcome(
        left=_less({pk: memo.balance for pk, memo in locked.memos.items()}, allocations, lambda each: each.memo_id),
        due=_less(
            {pk: row.amount_due for pk, row in locked.invoices.items()}, allocations, lambda each: each.invoice_id
        ),
        refusals=refusals,
        used=used,
        settled=settled,
        aging=aging,
        credit=figures.credit - used,
    )


def _less(
    amounts: dict[int, int], allocations: Iterable[Allocation], of: Callable[[Allocation], int]
) -> dict[int, int]:
    left = dict(amounts)
    for each in allocations:
        left[of(each)] -= each.amount
    return left


def aged(
    invoices: dict[int, Invoice], allocations: Sequence[Allocation], before: Aging, today: date
) -> tuple[int, Aging]:
    """How many invoices the allocations settle, and the account's aging after them."""
    due = _less({pk: row.amount_due for pk, row in invoices.items()}, allocations, lambda each: each.invoice_id)
    settled = sum(1 for pk in {each.invoice_id for each in allocations} if due[pk] == 0)
    taken = [(_bucket(invoices[each.invoice_id], today), each.amount) for each in allocations]
    return settled, lessened(before, taken, settled=settled)


def _bucket(invoice: Invoice, today: date) -> str:
    return bucket_of(invoice.due_date or invoice.document_date, today)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What *fill* would do under one order; minor units."""

    order: str
    used: int
    settled: int
    aging: Aging


def what_if(
    memos: Sequence[CreditMemo],
    invoices: dict[str, list[Invoice]],
    *,
    own: Mapping[int, frozenset[int]],
    account: BalanceAccount,
    settings: MarketplaceSettings,
    figures: AccountFigures,
    today: date,
) -> list[WhatIf]:
    """Compare the orders; ``invoices`` are, for each, those that the desk would show under it."""
    found = []
    for order, rows in invoices.items():
        allocations = plan_account(memos, rows, account, settings, own=own, order=order, by_hand=True)
        settled, aging = aged({row.pk: row for row in rows}, allocations, figures.aging, today)
        found.append(WhatIf(order, sum(each.amount for each in allocations), settled, aging))
    return found


def resorted(invoices: Iterable[Invoice], order: str, *, first: set[int]) -> list[Invoice]:
    """The invoices as the planner serves them under ``order``; those with the ids in ``first`` before all others."""
    return sorted(invoices, key=lambda invoice: (invoice.pk not in first, *ORDERS[order](as_debt(invoice))))
