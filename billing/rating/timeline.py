"""Which terms hold on which days of a subscription, from its first day to its last."""

from datetime import date
from typing import NamedTuple

from billing.rating.contracts import Cancellation, Contract, Rules, Terms
from subscriptions.periods import DAY, FOREVER, Days, period_holding


class Span(NamedTuple):
    """Days on which one set of terms holds; ``anchor`` is the day that its periods are counted from."""

    first: date
    last: date
    terms: Terms
    anchor: date

    def period(self, day: date) -> Days:
        """The whole period of these terms that holds ``day``, also where the span ends before it."""
        return period_holding(day, self.anchor, self.terms.plan.months)

    @property
    def cycle(self) -> tuple[date, int, bool]:
        """What decides when these terms are charged."""
        return self.anchor, self.terms.plan.months, self.terms.plan.in_advance


def timeline(contract: Contract, rules: Rules) -> list[Span]:
    """The spans of a contract in order, without holes; terms replaced on their own first day have none."""
    terms = contract.terms
    if not terms:
        return []
    anchor = contract.anchor or terms[0].day
    if len(terms) == 1:
        spans = [Span(terms[0].day, FOREVER, terms[0], terms[0].anchor or anchor)]
    else:
        spans = _spans(contract, rules, anchor)
    if contract.cancellation:
        end = _end(contract.cancellation, spans, rules)
        spans = [span._replace(last=min(span.last, end)) for span in spans if span.first <= end]
    return spans


def _spans(contract: Contract, rules: Rules, anchor: date) -> list[Span]:
    later = 0 if rules.change_day_is_new else 1
    starts = [
        (each.day if each.at_cycle or not number else each.day + later * DAY, each)
        for number, each in enumerate(contract.terms)
    ]
    starts.sort(key=lambda start: start[0])
    lasts = [first - DAY for first, _ in starts[1:]]
    spans = []
    for (first, each), last in zip(starts, [*lasts, FOREVER], strict=True):
        anchor = each.anchor or anchor
        if first <= last:
            spans.append(Span(first, last, each, anchor))
    return spans


def _end(cancellation: Cancellation, spans: list[Span], rules: Rules) -> date:
    """The last day owed: the last one used, or without partial credit the last of the period that was begun."""
    used = cancellation.at_cycle or rules.cancel_day_is_used
    last = cancellation.day if used else cancellation.day - DAY
    if not cancellation.partial_credit:
        for span in spans:
            if span.first <= last <= span.last:
                return span.period(last).last
    return last
