"""What billing itself remembers of a batch: charges, credits, usage, events, exceptions, documents, due days."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal

from billing.domain.grouping import Credited
from billing.domain.schedule import next_due
from billing.models import BillingEvent, BillingException, BillingRun, Charge, Credit, Metered, RunDocument
from billing.operations.due import NextDue
from billing.operations.running.documents import BatchDocuments, DraftedBill
from billing.operations.running.rating import Outcome
from billing.operations.running.rows import (
    BilledEvent,
    NewCharge,
    NewCredit,
    NewException,
    NewRunDocument,
    UndoneCharge,
)
from billing.queries.charges import stored
from billing.queries.loading import Loaded
from billing.rating import ChargeLine, CreditLine, Key, as_json
from billing.rating.events import USAGE
from core import rows
from core.rows import Json
from subscriptions.models import Subscription
from subscriptions.periods import DAY

Place = tuple[int, int, date]
"""A subscription, a plan and the first day of a period: what usage is counted by."""


def remember(run: BillingRun, documents: BatchDocuments, outcome: Outcome, loaded: Loaded, now: datetime) -> None:
    """Write all of it; a number of statements that does not depend on how many payers there are."""
    undone: dict[Key, Decimal | int] = {}
    for _work, rated in outcome.rated:
        undone |= rated.undone
    made = _charges(run, documents, loaded, undone)
    counted = _metered(outcome)
    _credits(run, documents, loaded, made, counted)
    earlier = [(loaded.charges[str(key)], value) for key, value in undone.items() if str(key) in loaded.charges]
    rows.update(Charge, [UndoneCharge(row.id, stored(row.charged.counted, value)) for row, value in earlier])
    _events(run, outcome, loaded, counted)
    _exceptions(run, outcome, loaded, made, now)
    rows.insert(RunDocument, _documents(run, documents.all))
    _due(run, outcome, loaded)


def _charges(
    run: BillingRun, documents: BatchDocuments, loaded: Loaded, undone: dict[Key, Decimal | int]
) -> dict[str, int]:
    """Store the charges of this batch; their ids by key."""
    charged = [each for drafted in documents.all for each in drafted.bill.charges]
    [ids] = rows.reserve((Charge, len(charged)))
    made = {each.line.key: pk for each, pk in zip(charged, ids, strict=True)}
    new = [
        NewCharge(
            id=made[line.key],
            marketplace_id=run.marketplace_id,
            key=line.key,
            invoice_line_id=documents.line_ids[line.key],
            account_id=line.account,
            subscription_id=_subscription(loaded, owner.contract),
            terms_id=_terms(loaded, line),
            event_id=_event(loaded, line.event),
            kind=line.kind,
            counted=line.counted,
            whole=stored(line.counted, line.whole),
            undone=stored(line.counted, undone.get(line.key, 0)),
            first=line.first,
            last=line.last,
            how=Json(as_json(line)),
        )
        for line, owner in charged
    ]
    rows.insert(Charge, new)
    return made


def _credits(
    run: BillingRun, documents: BatchDocuments, loaded: Loaded, made: dict[str, int], counted: dict[Place, int]
) -> None:
    new = [
        NewCredit(
            marketplace_id=run.marketplace_id,
            key=line.key,
            memo_line_id=memo_line,
            invoice_line_id=invoice_line,
            charge_id=_charge(loaded, made, line.source),
            subscription_id=_subscription(loaded, credited.owner.contract),
            event_id=_event(loaded, line.event),
            kind=line.kind,
            net=line.net,
            tax=line.tax,
            how=Json(as_json(line)),
            undone=_undone(line),
            counted_id=_count(loaded, counted, credited, line),
        )
        for drafted in documents.all
        for credited, line, memo_line, invoice_line in _credited(drafted)
    ]
    rows.insert(Credit, new)


def _credited(drafted: DraftedBill) -> Iterator[tuple[Credited, CreditLine, int | None, int | None]]:
    """Each credit with the memo line or, where there are no memos, the invoice line that bears it."""
    if drafted.memo:
        for credited, memo_line in zip(drafted.bill.credits, drafted.memo.line_ids, strict=True):
            for line in credited.lines:
                yield credited, line, memo_line, None
    elif drafted.invoice:
        apart = [each for credited in drafted.bill.credits for each in credited.apart()]
        for credited, invoice_line in zip(apart, drafted.invoice.line_ids[len(drafted.bill.charges) :], strict=True):
            yield credited, credited.lines[0], None, invoice_line


def _subscription(loaded: Loaded, contract: Key) -> int | None:
    row = loaded.subscriptions.get(contract)
    return row.pk if row else None


def _terms(loaded: Loaded, line: ChargeLine) -> int | None:
    return loaded.terms[str(line.terms)] if line.terms is not None else None


def _event(loaded: Loaded, key: Key) -> int | None:
    row = loaded.events.get(str(key))
    return row.pk if row else None


def _charge(loaded: Loaded, made: dict[str, int], key: Key | None) -> int | None:
    if key is None:
        return None
    row = loaded.charges.get(str(key))
    return row.id if row else made.get(str(key))


def _undone(line: CreditLine) -> int:
    """What a credit undoes, as its charge counts it."""
    return stored("pieces" if isinstance(line.undone, Decimal) else "amount", line.undone)


def _count(loaded: Loaded, counted: dict[Place, int], credited: Credited, line: CreditLine) -> int | None:
    """The count of usage that went below zero."""
    subscription = _subscription(loaded, credited.owner.contract)
    if line.source is not None or line.kind != USAGE or subscription is None or line.item is None or not line.first:
        return None
    return counted[subscription, int(line.item.plan or 0), line.first]


def _metered(outcome: Outcome) -> dict[Place, int]:
    """Store the usage counted of each period, in place of what was counted of it before; the counts' ids."""
    counted = [
        Metered(
            subscription_id=work.subscription.pk, plan_id=int(each.plan), period_first=each.period_first,
            quantity=each.quantity, taken=each.taken, credited=each.credited, discount=each.discount,
        )
        for work, rated in outcome.rated
        if work.subscription
        for each in rated.metered
    ]  # fmt: skip
    if not counted:
        return {}
    made = Metered.objects.bulk_create(
        counted,
        update_conflicts=True,
        unique_fields=["subscription", "plan", "period_first"],
        update_fields=["quantity", "taken", "credited", "discount"],
    )
    return {(row.subscription_id, row.plan_id, row.period_first): row.pk for row in made}


def _events(run: BillingRun, outcome: Outcome, loaded: Loaded, counted: dict[Place, int]) -> None:
    records = {
        str(key): counted[work.subscription.pk, int(plan), first]
        for work, rated in outcome.rated
        if work.subscription
        for key, (plan, first) in rated.counted.items()
    }
    rows.update(
        BillingEvent,
        [
            BilledEvent(loaded.events[key].pk, status, reason, run.pk, records.get(key))
            for key, (status, reason) in outcome.events.items()
        ],
    )


def _exceptions(run: BillingRun, outcome: Outcome, loaded: Loaded, made: dict[str, int], now: datetime) -> None:
    new = [
        NewException(
            marketplace_id=run.marketplace_id,
            run_id=run.pk,
            account_id=work.contract.account,
            event_id=_event(loaded, each.event),
            subscription_id=work.subscription.pk if work.subscription else None,
            charge_id=_charge(loaded, made, each.source),
            reason=each.reason,
            amount=each.amount,
            created_at=now,
        )
        for work, each in outcome.exceptions
    ]
    rows.insert(BillingException, new)


def _documents(run: BillingRun, documents: Iterable[DraftedBill]) -> Iterator[NewRunDocument]:
    for drafted in documents:
        if drafted.invoice:
            yield NewRunDocument(run.pk, drafted.line.pk, invoice_id=drafted.invoice.id)
        if drafted.memo:
            yield NewRunDocument(run.pk, drafted.line.pk, memo_id=drafted.memo.id)


def _due(run: BillingRun, outcome: Outcome, loaded: Loaded) -> None:
    """Move each subscription of these payers to the day on which it is due next, but for those that wait."""
    moved = []
    for work in loaded.works:
        row = work.subscription
        if row is not None and row.pk in loaded.payers and row.pk not in outcome.waiting:
            due = row.due_on if row.pk in outcome.renewing else next_due(work.spans, run.through + DAY)
            if due != row.due_on or row.committed is not None:
                moved.append(NextDue(row.pk, due))
    rows.update(Subscription, moved)
