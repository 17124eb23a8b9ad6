"""Let what was billed or credited wait again: charges, credits, due days, counts of usage and events, all together.

What stands is left as it is. Rating goes by the history and by what was charged, so an event that waits once too often
finds nothing to bill; one that waits too seldom would leave something out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, QuerySet

from billing.models import BillingEvent, BillingException, Charge, Credit, Metered
from billing.operations.due import due_again
from billing.queries.documents import first_of
from billing.rating.lines import NOT_BILLED_AGAIN
from core import audit
from core.actors import Actor
from creditmemos.models import CreditMemo
from invoices.models import Invoice, InvoiceLine

Status = BillingEvent.Status
SETTLED = (Status.BILLED, Status.NOTHING)


@dataclass(slots=True)
class Returned:
    """What waits again."""

    charges: list[Charge]
    credits: list[Credit]
    events: set[int] = field(default_factory=set)

    def standing(self) -> list[Credit]:
        """The credits whose charge is not returned with them."""
        ids = {charge.pk for charge in self.charges}
        return [credit for credit in self.credits if credit.charge_id not in ids]


def bill_again(
    *, actor: Actor, now: datetime, invoice: Invoice | None = None, memos: Sequence[CreditMemo] = ()
) -> Returned:
    """Let all that these documents billed wait for the next run, in the caller's transaction.

    Their own charges and credits are as if they had never been made; the documents are taken back by the caller.
    """
    own = Q(memo_line__memo__in=memos) | (Q(invoice_line__invoice=invoice) if invoice else Q(pk__in=()))
    charges = _charges(invoice) if invoice else []
    found = Returned(charges, list(_credits().filter(own)))
    return _wait(found, [document for document in [invoice, *memos] if document is not None], actor, now)


def charge_again(*, invoice: Invoice, actor: Actor, now: datetime) -> Returned:
    """Let all that an invoice billed wait for the next run, in the transaction of a memo that credits it in full.

    The invoice stands, and so do memos that gave a part of it back before. What runs credited of its charges waits
    with them, as it is credited of the new ones where it still has to be.
    """
    charges = _charges(invoice)
    credited = _credits().filter(charge__in=[row.pk for row in charges], memo_line__isnull=False)
    return _wait(Returned(charges, list(credited)), [invoice], actor, now)


def count_again(*, memo: CreditMemo, actor: Actor, now: datetime) -> None:
    """Once a memo is voided: invoices that it credited in full, and that were never to be billed again, count again.

    What was to cut their days meanwhile found nothing to credit, so it waits again.
    """
    invoices = InvoiceLine.objects.filter(credited_by__memo=memo, invoice__voided_at__isnull=True).values("invoice")
    settled = Charge.objects.filter(invoice_line__invoice__in=invoices, state=Charge.State.SETTLED)
    charges = list(settled.select_related("invoice_line"))
    if not charges:
        return
    settled.update(state=Charge.State.LIVE)
    _see([row.invoice_line.invoice_id for row in charges], actor, now)
    cut = {row.subscription_id for row in charges if row.counted == Charge.Counted.DAYS}
    since = BillingEvent.objects.filter(
        subscription__in=cut, run__started_at__gte=first_of(memo).issued_at, status__in=SETTLED
    )
    since.exclude(kind=BillingEvent.Kind.USAGE).update(status=Status.PENDING, reason="", counted=None)


def _charges(invoice: Invoice) -> list[Charge]:
    """What it billed that is not billed again yet."""
    return list(Charge.objects.filter(invoice_line__invoice=invoice).exclude(state=Charge.State.RETURNED))


def _credits() -> QuerySet[Credit]:
    return Credit.objects.filter(returned=False).select_related("charge").order_by("pk")


def _wait(found: Returned, documents: Sequence[Invoice | CreditMemo], actor: Actor, now: datetime) -> Returned:
    found.events = _events(found)
    Charge.objects.filter(pk__in=[row.pk for row in found.charges]).update(state=Charge.State.RETURNED)
    Credit.objects.filter(pk__in=[row.pk for row in found.credits]).update(returned=True)
    for credit in found.standing():
        if credit.charge_id and credit.undone:
            Charge.objects.filter(pk=credit.charge_id).update(undone=F("undone") - credit.undone)
    _count_again(found)
    due_again([row for row in found.charges if row.event_id is None])
    BillingEvent.objects.filter(pk__in=found.events).update(status=Status.PENDING, reason="", counted=None)
    BillingException.objects.filter(event__in=found.events, seen_at__isnull=True).update(
        seen_at=now, seen_by=actor.user_id
    )
    _see([document.pk for document in documents if isinstance(document, Invoice)], actor, now)
    for document in documents:
        audit.record(
            actor=actor, verb="billing.waits_again", obj=document, company_id=document.payer_id,
            after={"charges": len(found.charges), "credits": len(found.credits), "events": len(found.events)},
            now=now,
        )  # fmt: skip
    return found


def _see(invoices: Collection[int], actor: Actor, now: datetime) -> None:
    """Nobody needs to look after what is billed after all."""
    never = BillingException.objects.filter(reason=NOT_BILLED_AGAIN, invoice__in=invoices, seen_at__isnull=True)
    never.update(seen_at=now, seen_by=actor.user_id)


def _events(found: Returned) -> set[int]:
    """The events whose lines are taken back, but for those whose credit is not needed any more.

    When days come back to a charge, whatever else cut it waits too: days are always cut from the end.
    """
    wanted = {row.event_id for row in found.charges} | {row.event_id for row in found.standing()}
    cut = {row.charge_id for row in found.standing() if row.charge and row.charge.counted == Charge.Counted.DAYS}
    others = Credit.objects.filter(charge__in=cut, returned=False).exclude(pk__in=[row.pk for row in found.credits])
    wanted |= set(others.values_list("event_id", flat=True))
    wanted |= _without_lines({row.event_id for row in found.credits} - wanted, found)
    return {pk for pk in wanted if pk is not None}


def _without_lines(events: Collection[int | None], found: Returned) -> set[int | None]:
    """Those that no other line is left of."""
    charges = Charge.objects.filter(event__in=events).exclude(state=Charge.State.RETURNED)
    credits_ = Credit.objects.filter(event__in=events, returned=False)
    left = set(charges.exclude(pk__in=[row.pk for row in found.charges]).values_list("event_id", flat=True))
    left |= set(credits_.exclude(pk__in=[row.pk for row in found.credits]).values_list("event_id", flat=True))
    return set(events) - left


def _count_again(found: Returned) -> None:
    """Take the usage behind these lines off its counts; all records of a period that were rated together wait."""
    bearers = BillingEvent.objects.filter(pk__in=found.events, kind=BillingEvent.Kind.USAGE, counted__isnull=False)
    together = BillingEvent.objects.none()
    counts = _counts_of(found)
    for bearer in bearers:
        own = counts[bearer.subscription_id] | {bearer.counted_id}
        together = together | BillingEvent.objects.filter(
            subscription=bearer.subscription_id, run=bearer.run_id, counted__in=own, status__in=SETTLED
        )
    records = list(together)
    found.events |= {record.pk for record in records}
    _take_off(records, [row for row in found.credits if row.counted_id])


def _counts_of(found: Returned) -> dict[int | None, set[int | None]]:
    """The counts of usage that these lines belong to, by subscription."""
    counts: dict[int | None, set[int | None]] = defaultdict(set)
    for credit in found.credits:
        if credit.counted_id:
            counts[credit.subscription_id].add(credit.counted_id)
    undone = [row.charge for row in found.credits if row.charge]
    for charge in [*found.charges, *undone]:
        if charge.counted == Charge.Counted.AMOUNT and charge.terms and charge.first:
            own = Metered.objects.filter(
                subscription=charge.subscription_id, plan=charge.terms.plan_id, period_first=charge.first
            )
            counts[charge.subscription_id] |= set(own.values_list("pk", flat=True))
    return counts


def _take_off(records: Iterable[BillingEvent], below: Iterable[Credit]) -> None:
    quantity: dict[int | None, Decimal] = defaultdict(Decimal)
    taken: dict[int | None, Decimal] = defaultdict(Decimal)
    given: dict[int | None, list[Credit]] = defaultdict(list)
    for record in records:
        size = record.quantity or Decimal(0)
        quantity[record.counted_id] += size
        taken[record.counted_id] += max(-size, Decimal(0))
    for credit in below:
        given[credit.counted_id].append(credit)
    for count in Metered.objects.filter(pk__in=[pk for pk in {*quantity, *given} if pk]):
        count.quantity -= quantity[count.pk]
        count.taken -= taken[count.pk]
        count.credited -= sum(credit.undone for credit in given[count.pk])
        count.discount -= sum(credit.undone - credit.net for credit in given[count.pk])
        count.save(update_fields=["quantity", "taken", "credited", "discount"])
