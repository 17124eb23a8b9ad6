"""Renewals in a run: which recurring charges begin a new term, and what becomes of those that wait for credit.

A period that is charged in advance is a term, and its charge begins it; the first one was asked when it was bought. A
period that is charged in arrears has run when it is charged, and always is (ADR 68).
"""

from collections.abc import Sequence

from billing.models import BillingException
from billing.operations.asking_credit import Renewal
from billing.operations.running.rating import Outcome
from billing.queries.loading import Loaded, Work
from billing.rating import Event, Unbilled
from billing.rating.events import RECURRING
from billing.rating.lines import RENEWAL_WAITS


def renewals_of(loaded: Loaded, outcome: Outcome) -> list[Renewal]:
    """The renewals that would be charged now, in the order in which they are due."""
    amounts: dict[str, int] = {}
    for bill in outcome.bills:
        for charged in bill.charges:
            key = str(charged.line.event)
            amounts[key] = amounts.get(key, 0) + charged.line.net + charged.line.tax
    found = [
        Renewal(loaded.payers[work.owner.contract], str(each.key), each.day, amount, str(work.subscription.uuid))
        for work in loaded.works
        if work.subscription is not None
        for each in work.events
        if each.day is not None and _renews(work, each) and (amount := amounts.get(str(each.key), 0))
    ]
    return sorted(found, key=lambda each: (each.payer_id, each.due, each.key))


def _renews(work: Work, event: Event) -> bool:
    """Whether a recurring charge begins a term after the first."""
    if event.kind != RECURRING or event.day is None or work.subscription is None:
        return False
    span = next((each for each in work.spans if each.first <= event.day <= each.last), None)
    return span is not None and span.terms.plan.in_advance and event.day > work.subscription.started_on


def keep_waiting(loaded: Loaded, outcome: Outcome, waiting: Sequence[Renewal]) -> None:
    """Let their days stay due, and say so once for each subscription until somebody has seen it."""
    told = set(
        BillingException.objects.filter(
            subscription__in=[work.subscription.pk for work in loaded.works if work.subscription],
            reason=RENEWAL_WAITS, seen_at__isnull=True,
        ).values_list("subscription_id", flat=True)
    )  # fmt: skip
    by_subscription = {str(work.subscription.uuid): work for work in loaded.works if work.subscription}
    for each in waiting:
        work = by_subscription[each.subject]
        outcome.renewing.add(work.owner.contract)
        if work.subscription is not None and work.subscription.pk not in told:
            told.add(work.subscription.pk)
            outcome.exceptions.append((work, Unbilled(each.key, RENEWAL_WAITS, each.amount)))
