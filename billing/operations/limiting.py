"""How much credit somebody records by hand, and gives up by voiding invoices, without a second person.

Above the approval limit one is asked first, as for memos.
"""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from billing.domain.event_values import Facts
from billing.models import BillingEvent, BillingException, TriedEvent
from billing.operations.agreeing import KIND, VOID_INVOICE
from billing.operations.event_payers import Owed
from billing.rating import events as kinds
from billing.rating.lines import NOT_BILLED_AGAIN
from companies.models import Marketplace, MarketplaceSettings
from core.actors import Actor
from core.models import Approval
from creditmemos.models import CreditMemo, CreditMemoLine
from creditmemos.operations.guards import alone_so_far
from invoices.models import Invoice

Status = BillingEvent.Status


def credit_of(facts: Facts, owed: Owed, *, exponent: int) -> int | None:
    """What a correction or refund credits at most, in minor units: 0 for none, None where that can't be told yet.

    With tax where it is about a charge that was made, else net.
    """
    if facts.kind == kinds.REFUND:
        return owed.left if facts.amount is None else owed.with_tax(facts.amount)
    if facts.kind != kinds.CORRECTION:
        return 0
    if facts.amount is not None:
        return owed.with_tax(max(0, -facts.amount))
    pieces = max(Decimal(0), -(facts.quantity or 0))
    price = owed.price if facts.price is None else facts.price
    if not pieces or price is None:
        return None if pieces else 0
    return owed.with_tax(int((pieces * price).scaleb(exponent).quantize(Decimal(1), ROUND_HALF_UP)))


class Allowance:
    """What one person may credit each payer without asking anybody, as events are recorded one after the other."""

    def __init__(
        self, marketplace: Marketplace, actor: Actor, now: datetime, *, tried: QuerySet[TriedEvent] | None = None
    ) -> None:
        """``tried`` is what a dry run would have recorded before, which counts as if it had."""
        settings = MarketplaceSettings.objects.get(marketplace=marketplace)
        self._limit = None if actor.is_pipeline else settings.approval_threshold
        self._actor, self._now = actor, now
        self._tried = TriedEvent.objects.none() if tried is None else tried.filter(asks=False, credit__gt=0)
        self._used: dict[int, int] = {}

    def takes(self, payer_id: int, credit: int | None) -> bool:
        """Whether the credit fits, and then it counts; one that can't be told does not fit under any limit."""
        if self._limit is None or credit == 0:
            return True
        if payer_id not in self._used:
            tried = self._tried.filter(payer_id=payer_id).aggregate(sum=Sum("credit"))["sum"] or 0
            alone = alone_so_far(payer_id=payer_id, actor=self._actor, now=self._now, in_turn=True)
            self._used[payer_id] = alone + int(tried)
        if credit is None or self._used[payer_id] + credit > self._limit:
            return False
        self._used[payer_id] += credit
        return True


def recorded_alone(user_id: int | None, payer_id: int, since: datetime) -> int:
    """The credit that somebody recorded for a payer since then without a second person; minor units."""
    rows = BillingEvent.objects.filter(
        created_by_id=user_id, account__payer_id=payer_id, created_at__gt=since, credit__gt=0
    )
    alone = rows.filter(approved_by__isnull=True).exclude(
        status__in=[Status.ASKED, Status.REJECTED, Status.REPLACED, Status.CANCELLED]
    )
    return int(alone.aggregate(sum=Sum("credit"))["sum"] or 0)


def voided_alone(user_id: int | None, payer_id: int, since: datetime) -> int:
    """What somebody gave up by voiding a payer's invoices for good since then, without a second person; minor units.

    For good: no run made the invoice, or it is never billed again. Memos that went with it counted when they were
    issued.
    """
    invoices = Invoice.objects.filter(payer_id=payer_id, voided_by_id=user_id, voided_at__gt=since)
    never = BillingException.objects.filter(invoice=OuterRef("pk"), reason=NOT_BILLED_AGAIN)
    agreed = Approval.objects.filter(
        kind=KIND, verb=VOID_INVOICE, object_id=OuterRef("pk"), decision=Approval.Decision.APPROVED
    )
    final = invoices.filter(Q(run_document__isnull=True) | Exists(never)).exclude(Exists(agreed))
    lines = CreditMemoLine.objects.filter(memo=OuterRef("pk"), invoice_line__invoice=OuterRef(OuterRef("pk")))
    gone = CreditMemo.objects.filter(voided_at=OuterRef("voided_at"), voided_by_id=user_id, divided_into__isnull=True)
    gone = gone.filter(Exists(lines))
    credit = gone.order_by().values("voided_at").annotate(sum=Sum("total")).values("sum")
    lost = Greatest(F("total") - Coalesce(Subquery(credit), Value(0)), Value(0))
    return int(final.annotate(lost=lost).aggregate(sum=Sum("lost"))["sum"] or 0)
