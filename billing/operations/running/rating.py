"""The part of a batch that only reckons: contracts to lines, lines to bills, and what became of each event."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from billing.domain.document_taxes import tax_by_document
from billing.domain.grouping import Bill, Owner, group
from billing.models import BillingEvent
from billing.queries.creditable_taxes import rate_rooms
from billing.queries.loading import Loaded, Work
from billing.queries.price_book import PriceBook
from billing.rating import Key, Rated, TaxNotDetermined, Unbilled, rate
from billing.rating.lines import NOTHING_TO_BILL, OVER_CREDITABLE, OWN_COMPANY, TAX_NOT_DETERMINED
from companies.models import TaxBy

Status = BillingEvent.Status


@dataclass(slots=True)
class Outcome:
    """What rating made of some payers' contracts: bills, and of each event a status and a reason.

    The contracts in ``waiting`` were not rated: their days stay due and their events pending. Those in ``renewing``
    were, but for a renewal that waits for credit: their days stay due.
    """

    rated: list[tuple[Work, Rated]] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    events: dict[str, tuple[str, str]] = field(default_factory=dict)
    exceptions: list[tuple[Work, Unbilled]] = field(default_factory=list)
    waiting: set[Key] = field(default_factory=set)
    renewing: set[Key] = field(default_factory=set)

    @property
    def charges(self) -> int:
        """How many lines were rated, charges and credits."""
        return sum(len(rated.charges) + len(rated.credits) for _, rated in self.rated)


def rate_all(loaded: Loaded, book: PriceBook) -> Outcome:
    """Rate every contract that has events."""
    outcome = Outcome(events=dict.fromkeys(loaded.barred, (Status.FAILED, OWN_COMPANY)))
    for work in loaded.works:
        if work.events:
            allowances = loaded.allowances.get(int(work.contract.account))
            if allowances:
                work.contract = work.contract._replace(off_elsewhere=allowances.elsewhere(work.contract))
            try:
                rated = rate(work.contract, work.events, book.rules)
            except TaxNotDetermined:
                _let_wait(work, outcome)
                continue
            if allowances:
                allowances.learn(rated)
            outcome.rated.append((work, rated))
            _settle_events(work, rated, loaded, outcome)
    bills = group((work.owner, rated) for work, rated in outcome.rated)
    outcome.bills = _taxed(bills, loaded, is_new=book.settings.tax_by == TaxBy.DOCUMENT)
    return outcome


def _let_wait(work: Work, outcome: Outcome) -> None:
    """Leave a contract for a later run, and say so once for its account."""
    outcome.waiting.add(work.owner.contract)
    account = work.contract.account
    if not any(
        each.reason == TAX_NOT_DETERMINED and other.contract.account == account for other, each in outcome.exceptions
    ):
        outcome.exceptions.append((work, Unbilled(work.events[0].key, TAX_NOT_DETERMINED)))


def _taxed(bills: list[Bill], loaded: Loaded, *, is_new: bool) -> list[Bill]:
    """The bills with their taxes as the documents round them; ``is_new``: those made now are taxed by document."""
    sources = {str(credited.source) for bill in bills for credited in bill.credits}
    found = ((key, loaded.charges[key]) for key in sources if key in loaded.charges)
    invoices = {key: row.invoice_id for key, row in found if row.tax_by == TaxBy.DOCUMENT}
    if not (is_new or invoices):
        return bills
    return tax_by_document(bills, is_new=is_new, invoices=invoices, rooms=rate_rooms(set(invoices.values())))


def _settle_events(work: Work, rated: Rated, loaded: Loaded, outcome: Outcome) -> None:
    """An event fails when it asked for something that nobody can bill; what is only cut off is an exception."""
    billed = {line.event for line in rated.charges} | {line.event for line in rated.credits}
    reasons: dict[object, list[Unbilled]] = defaultdict(list)
    for each in rated.unbilled:
        reasons[each.event].append(each)
    for event in work.events:
        row = loaded.events.get(str(event.key))
        refused = reasons.get(event.key, [])
        if row is not None:
            outcome.events[row.key] = _status(row, refused, is_billed=event.key in billed)
        if row is None or outcome.events[row.key][0] != Status.FAILED:
            outcome.exceptions += [(work, each) for each in refused if each.reason not in NOTHING_TO_BILL]


def _status(row: BillingEvent, refused: Iterable[Unbilled], *, is_billed: bool) -> tuple[str, str]:
    if is_billed:
        return Status.BILLED, ""
    reasons = [each.reason for each in refused]
    failing = [reason for reason in reasons if reason not in NOTHING_TO_BILL and reason != OVER_CREDITABLE]
    if failing:
        return Status.FAILED, failing[0]
    if reasons:
        return Status.NOTHING, reasons[0]
    return (Status.BILLED if row.kind == BillingEvent.Kind.USAGE else Status.NOTHING), ""


__all__ = ["Outcome", "Owner", "rate_all"]
