"""What settled an invoice beside money and credit: small differences, and debts that were given up (ADR 63)."""

from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from core.models import Approval
from creditmemos.domain.adjustments import SMALL_DIFFERENCE, UNCOLLECTIBLE, badge_of
from creditmemos.domain.wording import INVOICE, REFUND_ITEMS, SETTLE_DIFFERENCE, WRITE_OFF
from creditmemos.models import CreditMemo
from invoices.models import Invoice

if TYPE_CHECKING:
    from companies.members import Member


def with_adjustments(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Annotate how much of each invoice's credit is a ``difference`` or an ``uncollectible`` debt; minor units."""
    return rows.annotate(difference=_settled(SMALL_DIFFERENCE), uncollectible=_settled(UNCOLLECTIBLE))


def given_up() -> Exists:
    """Whether an invoice's debt, or a part of it, was given up and still is."""
    memos = CreditMemo.objects.filter(source_invoice=OuterRef("pk"), purpose=UNCOLLECTIBLE, number__isnull=False)
    return Exists(memos.filter(voided_at__isnull=True, applied__gt=0))


def _settled(purpose: str) -> Coalesce:
    memos = CreditMemo.objects.filter(
        source_invoice=OuterRef("pk"), purpose=purpose, number__isnull=False, voided_at__isnull=True
    ).order_by()
    sums: Any = memos.values("source_invoice").annotate(sum=Sum("applied")).values("sum")
    return Coalesce(Subquery(sums), Value(0), output_field=BigIntegerField())


def waiting_about(invoice: Any) -> QuerySet[Approval]:
    """Requests about what is due on an invoice, an id or a reference to one, that nobody has decided."""
    return _waiting(invoice, SETTLE_DIFFERENCE, WRITE_OFF)


def refund_asked(invoice: Any) -> QuerySet[Approval]:
    """Requests to refund items of an invoice, an id or a reference to one, that nobody has decided."""
    return _waiting(invoice, REFUND_ITEMS)


def _waiting(invoice: Any, *verbs: str) -> QuerySet[Approval]:
    asked = Approval.objects.filter(kind=INVOICE, verb__in=verbs, object_id=invoice)
    return asked.filter(decision=Approval.Decision.WAITING).order_by("pk")


def purpose_shown(memo: CreditMemo, member: "Member") -> str:
    """The badge of an adjustment for who looks, empty for ordinary credit: a debt is given up among staff alone."""
    return badge_of(memo.purpose, is_staff=member.is_staff_side) if memo.is_adjustment else ""
