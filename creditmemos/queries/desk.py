"""What lies on the apply desk: memos with credit and open invoices of one balance account, in the policy's order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When

from core.search_keys import key_holds
from creditmemos.domain.planning import DUE_DATE, INVOICE_DATE, LARGEST_DUE, SMALLEST_DUE, same_user_by_hand
from creditmemos.models import CreditMemo
from creditmemos.queries.sources import crediting
from invoices.domain.aging import Aging
from invoices.models import Invoice
from invoices.queries.aging import aging_of
from ledger.models import BalanceAccount

MOST_ROWS = 40
"""Rows of a desk with one memo or one invoice."""
MOST_MATRIX_ROWS, MOST_COLUMNS, FIRST_COLUMNS = 25, 8, 4
"""Of an account's desk, where every row holds a box for each memo; and the memos that it starts with."""
POOL = 200
"""Open invoices that the orders are compared over."""
HEAVY = ("frozen", "void_reason")
"""Columns that no desk shows."""

SORTED_BY: dict[str, tuple[str, ...]] = {
    DUE_DATE: ("due_date", "sequence", "pk"),
    INVOICE_DATE: ("issue_date", "sequence", "pk"),
    LARGEST_DUE: ("-amount_due", "sequence", "pk"),
    SMALLEST_DUE: ("amount_due", "sequence", "pk"),
}
"""The planner's orders as the database sorts; a test holds them together."""
OLDEST_FIRST = ("issue_date", "sequence", "pk")


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """How an account stands as a whole: what is owed by age, and the credit that may be used; minor units.

    ``held`` of ``held_memos`` is further credit, on hold, that whoever looks may not use.
    """

    aging: Aging
    credit: int
    memos: int
    held: int
    held_memos: int


def open_invoices(account: BalanceAccount, *, memo: CreditMemo | None = None, find: str = "") -> QuerySet[Invoice]:
    """Unpaid invoices of the account that ``memo`` (or, without one, some memo) may serve by hand.

    ``find`` narrows them to the numbers that hold it.
    """
    found = Invoice.objects.filter(account_id=account.pk).unpaid()
    if memo is not None and memo.billed_user_id and not account.payer.company_wide_billing:
        found = found.filter(billed_user_id=memo.billed_user_id)
    return found.filter(key_holds(find)) if find else found


def in_order(invoices: QuerySet[Invoice], order: str, *, first: Iterable[int] = (), most: int = POOL) -> list[Invoice]:
    """The first ``most`` invoices by the policy's order; those with the ids in ``first`` before all others."""
    rank = Case(When(pk__in=list(first), then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(invoices.defer(*HEAVY).order_by(rank, *SORTED_BY[order])[:most])


def usable_memos(
    account: BalanceAccount, *, invoice: Invoice | None = None, with_held: bool = True, find: str = ""
) -> QuerySet[CreditMemo]:
    """Memos of the account with credit that may be used by hand on ``invoice`` (or, without one, on some invoice).

    ``with_held`` is for staff: customers leave memos on hold alone.
    """
    found = CreditMemo.objects.filter(account_id=account.pk).usable()
    if not with_held:
        found = found.filter(on_hold=False)
    if invoice is not None and not account.payer.company_wide_billing:
        found = found.filter(Q(billed_user__isnull=True) | Q(billed_user_id=invoice.billed_user_id))
    return found.filter(key_holds(find)) if find else found


def oldest_first(
    memos: QuerySet[CreditMemo], *, invoice: Invoice | None = None, most: int = MOST_ROWS
) -> list[CreditMemo]:
    """The first ``most`` memos as the policy uses them: those that credit ``invoice`` or came with it go first."""
    own = crediting(invoice) | Q(sibling_invoice_id=invoice.pk) if invoice is not None else Q(pk=0)
    rank = Case(When(own, then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(memos.select_related("reason").defer(*HEAVY).order_by(rank, *OLDEST_FIRST)[:most])


def memos_by_id(account: BalanceAccount, ids: Iterable[int]) -> dict[int, CreditMemo]:
    """These memos of the account as they are now, whatever became of them."""
    rows = CreditMemo.objects.filter(account_id=account.pk, number__isnull=False, pk__in=set(ids))
    return {memo.pk: memo for memo in rows.select_related("reason").defer(*HEAVY)}


def invoices_by_id(account: BalanceAccount, ids: Iterable[int]) -> dict[int, Invoice]:
    """These invoices of the account as they are now, whatever became of them."""
    rows = Invoice.objects.filter(account_id=account.pk, number__isnull=False, pk__in=set(ids))
    return {invoice.pk: invoice for invoice in rows.defer(*HEAVY)}


def account_figures(account: BalanceAccount, *, today: date, with_held: bool = True) -> AccountFigures:
    """The account as a whole, beyond the rows that fit on the desk; two statements."""
    kept = Q(on_hold=True) if not with_held else Q(pk__in=[])
    answer = usable_memos(account).aggregate(
        credit=Sum("balance", filter=~kept), memos=Count("pk", filter=~kept), held=Sum("balance", filter=kept),
        held_memos=Count("pk", filter=kept),
    )  # fmt: skip
    figures = [int(answer[name] or 0) for name in ("credit", "memos", "held", "held_memos")]
    return AccountFigures(aging_of(account.pk, today), *figures)


def may_meet(account: BalanceAccount, memo: CreditMemo, invoice: Invoice) -> bool:
    """Whether a person may use the memo on the invoice, as far as billed users go."""
    return account.payer.company_wide_billing or same_user_by_hand(memo.billed_user_id, invoice.billed_user_id)
