"""Apply credit: by hand with amounts given, or automatically by the marketplace's policy."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from companies.members import Member
from companies.models import Company, MarketplaceSettings
from core import idempotency
from core.actors import Actor, pipeline
from core.errors import Missing, Refusal, refusal_of
from core.formats import amount_text
from core.locking import lock, lock_ids
from creditmemos.domain.balance import OPEN
from creditmemos.domain.planning import Allocation, Credit, Debt, plan, same_user, same_user_by_hand
from creditmemos.domain.refusals import NotUnpaid, PayoutPending
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.application_rows import Locked, use_credit
from creditmemos.queries.sources import own_invoices
from invoices.domain.balance import UNPAID
from invoices.models import Invoice
from ledger.models import BalanceAccount


class OtherCustomer(Refusal):
    code = "other_customer"
    text = _("%(invoice)s belongs to another customer.")


class OtherUser(Refusal):
    code = "other_user"
    text = _("%(memo)s was issued for another user than %(invoice)s.")


class PairTwice(Refusal):
    code = "pair_twice"
    text = _("%(memo)s is applied to %(invoice)s twice in this list. Enter a single amount.")


class OverBalance(Refusal):
    code = "over_balance"
    text = _("%(memo)s has only %(amount)s remaining.")


class OverDue(Refusal):
    code = "over_due"
    text = _("Only %(amount)s is due on %(invoice)s.")


class MemoNotOpen(Refusal):
    code = "memo_not_open"
    text = _("%(memo)s is %(status)s and has no credit to apply.")


class MemoOnHold(Refusal):
    code = "memo_on_hold"
    text = _("%(memo)s is on hold. Ask %(merchant)s to release it.")


class NothingToApply(Refusal):
    code = "nothing_to_apply"
    text = _("Enter an amount for at least one invoice.")


PERMISSION = "creditmemos.apply"
SETTLE = "creditmemos.settle"
"""The handler that applies automatically; whoever issues documents and applies their credit leaves it out."""


def is_allowed(member: Member, obj: object) -> bool:
    """Staff apply any credit; others only what their own company owes and has, as far as the marketplace lets them.

    ``obj`` is a memo, an invoice or a balance account. Customers need the marketplace's setting (resellers were
    granted it by role), and leave memos on hold alone.
    """
    if member.is_staff_side:
        return True
    if getattr(obj, "payer_id", None) != member.company.pk:
        return False
    if isinstance(obj, CreditMemo) and obj.on_hold:
        return False
    return member.company.kind == Company.Kind.RESELLER or bool(member.marketplace.settings.customers_may_apply)


def may_use(memo: CreditMemo) -> bool:
    """Whether there is credit to use, and none of it is on its way to the customer."""
    return refusal_of(check_usable, memo) is None


def check_usable(memo: CreditMemo, *, field: str | None = None) -> None:
    """Ask the guards that a memo passes by itself."""
    if memo.payout_pending:
        raise PayoutPending(memo=memo.number, field=field)
    if memo.status not in OPEN:
        raise MemoNotOpen(memo=str(memo), status=memo.get_status_display().lower(), field=field)


def may_take(invoice: Invoice) -> bool:
    """Whether credit can be used on an invoice."""
    return refusal_of(check_taking, invoice) is None


def check_taking(invoice: Invoice, *, field: str | None = None) -> None:
    """Ask the guard that an invoice passes by itself."""
    if invoice.status != UNPAID:
        raise NotUnpaid(invoice=str(invoice), status=invoice.get_status_display().lower(), field=field)


def check_apply(locked: Locked, allocations: Sequence[Allocation], actor: Actor) -> None:
    """Ask every guard of an application; raises the first refusal."""
    for refusal in problems(locked, allocations, actor):
        raise refusal


def problems(locked: Locked, allocations: Sequence[Allocation], actor: Actor) -> Iterator[Refusal]:
    """Every refusal of these allocations, in their order; one that is refused takes nothing from the others.

    The desk asks it with rows that are not locked, for its preview; applying asks it again under the lock.
    """
    used: dict[int, int] = {}
    taken: dict[int, int] = {}
    pairs: set[tuple[int, int]] = set()
    for each in allocations:
        try:
            _check_once(locked, each, pairs)
            _check_one(locked, each, actor, used.get(each.memo_id, 0), taken.get(each.invoice_id, 0))
        except Refusal as refusal:
            yield refusal
        else:
            used[each.memo_id] = used.get(each.memo_id, 0) + each.amount
            taken[each.invoice_id] = taken.get(each.invoice_id, 0) + each.amount


def _check_once(locked: Locked, each: Allocation, pairs: set[tuple[int, int]]) -> None:
    """One row for a pair: two would be two applications of which nobody meant the second."""
    pair = each.memo_id, each.invoice_id
    if pair in pairs:
        memo, invoice = locked.memos[each.memo_id], locked.invoices[each.invoice_id]
        raise PairTwice(memo=str(memo), invoice=str(invoice), field=f"amount-{memo.pk}-{invoice.pk}")
    pairs.add(pair)


def _check_one(locked: Locked, each: Allocation, actor: Actor, used: int, taken: int) -> None:
    """``used`` and ``taken`` are what the allocations before this one use of its memo and give to its invoice."""
    memo, invoice = locked.memos[each.memo_id], locked.invoices[each.invoice_id]
    field = f"amount-{memo.pk}-{invoice.pk}"
    if each.amount <= 0:
        raise NothingToApply(field=field)
    _check_parties(memo, invoice, locked.account, field)
    check_usable(memo, field=field)
    if memo.on_hold and actor.company_id == locked.account.payer_id:
        raise MemoOnHold(memo=memo.number, merchant=locked.account.merchant.company.name, field=field)
    check_taking(invoice, field=field)
    if used + each.amount > memo.balance:
        left = amount_text(memo.balance, memo.currency)
        raise OverBalance(memo=memo.number, amount=left, balance=memo.balance, field=field)
    if taken + each.amount > invoice.amount_due:
        needs = amount_text(invoice.amount_due, invoice.currency)
        raise OverDue(invoice=invoice.number, amount=needs, due=invoice.amount_due, field=field)


def _check_parties(memo: CreditMemo, invoice: Invoice, account: BalanceAccount, field: str) -> None:
    if memo.account_id != account.pk or invoice.account_id != account.pk:
        raise OtherCustomer(invoice=str(invoice), field=field)
    if not account.payer.company_wide_billing and not same_user_by_hand(memo.billed_user_id, invoice.billed_user_id):
        raise OtherUser(memo=str(memo), invoice=str(invoice), field=field)


@transaction.atomic
def apply(*, allocations: Sequence[Allocation], actor: Actor, now: datetime, key: str) -> list[Application]:
    """Use credit of memos on invoices of the same balance account, many to many; all rows or none.

    Amounts are minor units. Raises the refusal of the first row that does not fit, with ``field`` naming its pair
    ``amount-<memo>-<invoice>`` and the fresh figures in ``facts``.
    """
    body = [[each.memo_id, each.invoice_id, each.amount] for each in allocations]
    again = idempotency.claim(actor=actor, operation="creditmemos.apply", key=key, body=body, now=now)
    if again:
        return list(Application.objects.filter(pk__in=again.result["application_ids"]).order_by("pk"))
    locked = lock_both(allocations, actor)
    check_apply(locked, allocations, actor)
    applications = use_credit(locked, allocations, actor=actor, now=now)
    ids = [str(row.pk) for row in applications]
    idempotency.remember(actor=actor, operation="creditmemos.apply", key=key, result={"application_ids": ids})
    return applications


def lock_both(allocations: Sequence[Allocation], actor: Actor) -> Locked:
    """Lock the memos, then the invoices, of the actor's marketplace, as they are now."""
    if not allocations:
        raise NothingToApply
    inside = actor.marketplace_id
    memos = lock_ids(CreditMemo.objects.moving(), {each.memo_id for each in allocations}, marketplace_id=inside)
    invoices = lock_ids(Invoice.objects.moving(), {each.invoice_id for each in allocations}, marketplace_id=inside)
    locked = Locked(_account(memos), {memo.pk: memo for memo in memos}, {row.pk: row for row in invoices})
    for each in allocations:
        if each.memo_id not in locked.memos or each.invoice_id not in locked.invoices:
            raise Missing
    return locked


def _account(memos: Sequence[CreditMemo]) -> BalanceAccount:
    if not memos:
        raise Missing
    return memos[0].account


@transaction.atomic
def apply_automatically(*, account_id: int, now: datetime) -> list[Application]:
    """Use an account's free credit on its unpaid invoices by the marketplace's policy; does nothing when none fits.

    Memos on hold and memos being paid out are left alone. Running it again finds nothing more to do.
    """
    account = BalanceAccount.objects.select_related("marketplace__settings", "payer", "merchant").get(pk=account_id)
    memos = lock(CreditMemo.objects.filter(account_id=account_id, on_hold=False).usable())
    if not memos:
        return []
    invoices = lock(Invoice.objects.filter(account_id=account_id).unpaid())
    settings, own = account.marketplace.settings, own_invoices(memos)
    allocations = plan_account(memos, invoices, account, settings, own=own)
    if not allocations:
        return []
    locked = Locked(account, {memo.pk: memo for memo in memos}, {row.pk: row for row in invoices})
    actor = pipeline(account.marketplace_id)
    return use_credit(locked, allocations, actor=actor, now=now, automatic=True)


def plan_account(
    memos: Sequence[CreditMemo],
    invoices: Sequence[Invoice],
    account: BalanceAccount,
    settings: MarketplaceSettings,
    *,
    own: Mapping[int, frozenset[int]],
    order: str | None = None,
    by_hand: bool = False,
    more_credits: Sequence[Credit] = (),
    more_debts: Sequence[Debt] = (),
) -> list[Allocation]:
    """The policy's plan for these memos and unpaid invoices of one account; ``order`` overrides the marketplace's.

    ``own`` are the memos' siblings and sources (``queries.sources.own_invoices``), read for many accounts at once.
    ``by_hand`` lets memos without a billed user meet any invoice, as a person may. ``more_credits`` and ``more_debts``
    are documents that do not exist yet.
    """
    wide = account.payer.company_wide_billing

    def may_meet(credit: Credit, debt: Debt) -> bool:
        if wide:
            return True
        if by_hand:
            return same_user_by_hand(credit.billed_user_id, debt.billed_user_id)
        return same_user(credit, debt)

    return plan(
        [*(as_credit(memo, own[memo.pk]) for memo in memos), *more_credits],
        [*map(as_debt, invoices), *more_debts],
        order=order or settings.apply_order,
        may_meet=may_meet,
    )


def as_credit(memo: CreditMemo, own: frozenset[int]) -> Credit:
    """An issued memo as the planner sees it; ``own`` are the ids of its sibling and sources."""
    day = memo.issue_date or memo.document_date
    return Credit(memo.pk, memo.balance, day, memo.sequence or 0, memo.billed_user_id, own)


def as_debt(invoice: Invoice) -> Debt:
    """An unpaid invoice as the planner sees it."""
    day = invoice.issue_date or invoice.document_date
    return Debt(
        invoice.pk, invoice.amount_due, invoice.due_date or day, day, invoice.sequence or 0, invoice.billed_user_id
    )
