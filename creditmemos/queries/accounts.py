"""Balance accounts that a member may look into, and what lies open on them."""

from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from companies.models import Company
from creditmemos.domain.balance import OPEN
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from ledger.domain.kinds import Account
from ledger.models import BalanceAccount, JournalEntry

if TYPE_CHECKING:
    from companies.members import Member


def accounts_visible_to(member: "Member") -> QuerySet[BalanceAccount]:
    """All of the marketplace for its staff; resellers see their debts and what is owed to them, customers their debts.

    Developers and plain users see none: an account tells sums over documents that they do not see.
    """
    inside = BalanceAccount.objects.filter(marketplace_id=member.marketplace.pk)
    if member.is_staff_side:
        return inside
    if member.is_developer or member.is_plain_user:
        return inside.none()
    if member.company.kind == Company.Kind.RESELLER:
        return inside.filter(Q(payer_id=member.company.pk) | Q(merchant__company_id=member.company.pk))
    return inside.filter(payer_id=member.company.pk)


def with_open_sums(accounts: QuerySet[BalanceAccount]) -> QuerySet[BalanceAccount]:
    """Annotate ``open_due``, ``open_credit``, ``carried`` (what no invoice has taken over yet, in V1), ``on_account``
    (money that no invoice has) and ``balance``.

    Minor units; the balance is what is due less the three others, and what the statement ends at.
    Pending payments are still due, credit that is being paid out still there: the books move when they succeed.
    """
    due = Invoice.objects.filter(account=OuterRef("pk"), amount_due__gt=0).order_by().values("account")
    credit = CreditMemo.objects.filter(account=OuterRef("pk"), status__in=OPEN).order_by().values("account")
    carrying = Invoice.objects.filter(account=OuterRef("pk")).carrying().order_by().values("account")
    return accounts.annotate(
        open_due=_sum(due.annotate(sum=Sum("amount_due"))),
        open_credit=_sum(credit.annotate(sum=Sum("balance"))),
        carried=_sum(carrying.annotate(sum=Sum("carried_out"))),
        on_account=money_on_account(),
    ).annotate(balance=F("open_due") - F("open_credit") - F("carried") - F("on_account"))


def owed_by(account_id: int) -> int:
    """What an account owes, minor units."""
    due = Invoice.objects.filter(account_id=account_id, amount_due__gt=0).aggregate(sum=Sum("amount_due"))["sum"]
    return int(due or 0)


def money_on_account() -> Coalesce:
    """Of balance accounts: what no invoice has of their payments, in minor units."""
    money = JournalEntry.objects.filter(balance_account=OuterRef("pk"), account=Account.UNALLOCATED).order_by()
    return _sum(money.values("balance_account").annotate(sum=-Sum("amount")))


def _sum(rows: Any) -> Coalesce:
    return Coalesce(Subquery(rows.values("sum")), Value(0), output_field=BigIntegerField())
