"""Everything that a run needs to bill some payers, in a number of statements that does not depend on how many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from billing.domain.grouping import Owner
from billing.domain.schedule import dues
from billing.models import BillingEvent, Charge, Credit, Metered
from billing.queries.charges import ChargeRow, charges_named, charges_reaching, taken_off
from billing.queries.own_company_events import barred
from billing.queries.price_book import PriceBook
from billing.queries.replaced import current_keys
from billing.rating import Cancellation, Contract, Event, Key, Terms
from billing.rating import Metered as Counted
from billing.rating.allowances import Allowances
from billing.rating.counts import first_day
from billing.rating.events import RECURRING, USAGE
from billing.rating.timeline import Span, timeline
from billing.rating.worksheet import number_of
from companies.models import Company, User
from ledger.models import BalanceAccount
from subscriptions.domain.pricing import per_unit
from subscriptions.models import Subscription, SubscriptionTerms

AHEAD = timedelta(days=62)
"""A charge is invoiced at most so long before its period begins."""


@dataclass(slots=True)
class Work:
    """One contract with all that is to be billed for it; ``subscription`` is None for a company's one-off orders."""

    owner: Owner
    contract: Contract
    events: list[Event]
    subscription: Subscription | None = None
    spans: Sequence[Span] = ()


@dataclass(slots=True)
class Loaded:
    """Contracts of some payers, and the rows behind their keys; ``sources`` says which charge an event is about,
    ``payers`` for which of the payers a contract is billed, ``barred`` which events are not billed for whose they are.
    """

    works: list[Work] = field(default_factory=list)
    subscriptions: Mapping[Key, Subscription] = field(default_factory=dict)
    accounts: dict[int, BalanceAccount] = field(default_factory=dict)
    companies: dict[int, Company] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    charges: dict[str, ChargeRow] = field(default_factory=dict)
    events: dict[str, BillingEvent] = field(default_factory=dict)
    terms: dict[str, int] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    payers: dict[Key, int] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    allowances: dict[int, Allowances] = field(default_factory=dict)

    def subscription(self, owner: Owner) -> Subscription | None:
        """The subscription of a contract; None for one-off orders."""
        return self.subscriptions.get(owner.contract)


class _Named(NamedTuple):
    """Charges that events name, by the text that names them; ``current`` says what replaced the events of keys."""

    key: dict[str, str]
    rows: dict[str, ChargeRow]
    current: dict[str, str]


def load(
    payer_ids: Iterable[int],
    book: PriceBook,
    through: date,
    *,
    also: Iterable[BillingEvent] = (),
    without: Collection[str] = (),
) -> Loaded:
    """Read what is due through a day, and every event up to it, for these payers.

    ``also`` are events that nobody has written yet; ``without`` are keys of recurring charges that are left for later.
    """
    found = Loaded()
    payers = list(payer_ids)
    events = list(
        BillingEvent.objects.pending()
        .filter(account__payer_id__in=payers, marketplace=book.marketplace, day__lte=through)
        .order_by("id")
    )
    events += also
    found.events = {event.key: event for event in events}
    named = _named(events, book.marketplace.pk)
    subscriptions = _subscriptions(payers, events, named, book, through)
    found.subscriptions = dict(subscriptions.items())
    found.sources = {event.key: named.key[event.source_key] for event in events if event.source_key}
    account_ids = {each.account_id for each in subscriptions.values()} | {event.account_id for event in events}
    account_ids |= {int(row.charged.account) for row in named.rows.values()}
    found.accounts = {
        account.pk: account
        for account in BalanceAccount.objects.filter(pk__in=account_ids).select_related("payer", "merchant__company")
    }
    for account in found.accounts.values():
        account.marketplace = book.marketplace
    company_ids = {each.company_id for each in subscriptions.values()} | {event.company_id for event in events}
    found.companies = {company.pk: company for company in Company.objects.filter(pk__in=company_ids)}
    found.companies |= {account.payer_id: account.payer for account in found.accounts.values()}
    user_ids = {each.billed_user_id for each in subscriptions.values()} | {event.billed_user_id for event in events}
    people = User.objects.known_in(book.marketplace.pk).filter(pk__in=[pk for pk in user_ids if pk])
    found.users = {user.pk: user for user in people}
    _add_subscriptions(found, subscriptions, set(payers), book, through)
    if without:
        for work in found.works:
            work.events = [each for each in work.events if each.key not in without]
    sources = {key: named.rows[name] for key, name in found.sources.items() if name in named.rows}
    found.barred = barred(events, sources, subscriptions, found.accounts)
    _add_events(found, [event for event in events if event.key not in found.barred], named, book)
    _add_charges(found, named)
    found.allowances = _allowances(found.works)
    return found


def _named(events: Sequence[BillingEvent], marketplace_id: int) -> _Named:
    """What the events' source keys mean: a charge, or the first charge of an event."""
    here = {event.key for event in events}
    named = {event.source_key for event in events if event.source_key}
    current = current_keys(marketplace_id, named)
    asked = named | set(current.values())
    rows = {str(row.charged.key): row for row in charges_named(marketplace_id, asked | {f"{key}/0" for key in asked})}
    keys = {key: key if key in rows and key not in here else f"{key}/0" for key in asked}
    keys = {key: name if name in rows or key in here else key for key, name in keys.items()}
    keys |= {key: keys[then] for key, then in current.items()}
    return _Named(keys, {name: rows[name] for name in keys.values() if name in rows}, current)


def _subscriptions(
    payers: list[int], events: Sequence[BillingEvent], named: _Named, book: PriceBook, through: date
) -> dict[int, Subscription]:
    wanted = {event.subscription_id for event in events} | {row.subscription_id for row in named.rows.values()}
    inside = Subscription.objects.filter(marketplace=book.marketplace)
    due = inside.filter(account__payer_id__in=payers, due_on__lte=through)
    rows = {row.pk: row for row in due}
    missing = {pk for pk in wanted if pk is not None} - rows.keys()
    if missing:
        rows |= {row.pk: row for row in inside.filter(pk__in=missing)}
    return dict(sorted(rows.items()))


def _add_subscriptions(
    found: Loaded, subscriptions: dict[int, Subscription], payers: set[int], book: PriceBook, through: date
) -> None:
    history, found.terms = _history(subscriptions, book)
    discounts = book.discounts({row.company_id for row in subscriptions.values()})
    metered = _metered(found, subscriptions)
    for pk, row in subscriptions.items():
        account = found.accounts[row.account_id]
        contract = Contract(
            key=pk,
            account=account.pk,
            country=account.payer.country,
            exempt=account.payer.tax_exempt,
            terms=history[pk],
            anchor=row.anchor,
            cancellation=_cancellation(row),
            discounts=[*discounts.get(None, ()), *discounts.get(row.company_id, ())],
            metered=metered.get(pk, ()),
        )
        owner = Owner(pk, row.company_id, None if account.payer.company_wide_billing else row.billed_user_id)
        work = Work(owner, contract, [], row, timeline(contract, book.rules))
        if account.payer_id in payers:
            found.payers[pk] = account.payer_id
            if row.due_on is not None:
                work.events += _recurring(row, work.spans, through)
        found.works.append(work)


def _history(subscriptions: Iterable[int], book: PriceBook) -> tuple[dict[int, list[Terms]], dict[str, int]]:
    """All terms of each subscription in order, and the rows' ids by their keys."""
    agreed = SubscriptionTerms.objects.filter(subscription_id__in=list(subscriptions))
    agreed = agreed.order_by("subscription", "position")
    rows = list(agreed.values_list("subscription_id", "pk", "plan_id", "key", "day", "quantity", "at_cycle", "anchor"))
    book.learn_plans({row[2] for row in rows})
    history: dict[int, list[Terms]] = defaultdict(list)
    ids: dict[str, int] = {}
    for subscription, pk, plan, key, day, quantity, at_cycle, anchor in rows:
        history[subscription].append(Terms(key, day, book.plan(plan), quantity, at_cycle, anchor))
        ids[key] = pk
    return history, ids


def spans_of(subscriptions: Mapping[int, Subscription], book: PriceBook) -> dict[int, list[Span]]:
    """Which terms hold on which days of each of these subscriptions."""
    history, _ = _history(subscriptions, book)
    return {
        pk: timeline(
            Contract(pk, row.account_id, "", terms=history[pk], anchor=row.anchor, cancellation=_cancellation(row)),
            book.rules,
        )
        for pk, row in subscriptions.items()
    }


def _cancellation(row: Subscription) -> Cancellation | None:
    if row.cancelled_on is None:
        return None
    return Cancellation(row.cancelled_on, row.partial_credit, row.cancelled_at_cycle)


def _recurring(row: Subscription, spans: Sequence[Span], through: date) -> list[Event]:
    found: list[Event] = []
    for due in dues(spans, row.due_on or through):
        if due.on > through:
            break
        found.append(Event(f"subscription:{row.uuid}:{due.day:%Y%m%d}", RECURRING, day=due.day))
    return found


def _metered(found: Loaded, subscriptions: dict[int, Subscription]) -> dict[int, list[Counted]]:
    """Only asked where there is usage to bill."""
    using = {event.subscription_id for event in found.events.values() if event.kind == BillingEvent.Kind.USAGE}
    ids = [pk for pk in subscriptions if pk in using]
    counted: dict[int, list[Counted]] = defaultdict(list)
    if ids:
        for row in Metered.objects.filter(subscription_id__in=ids):
            known = row.plan_id, row.period_first, row.quantity, row.taken, row.credited, row.discount
            counted[row.subscription_id].append(Counted(*known))
    return counted


def _add_events(found: Loaded, events: Sequence[BillingEvent], named: _Named, book: PriceBook) -> None:
    by_subscription = {work.subscription.pk: work for work in found.works if work.subscription}
    orders: dict[tuple[int, int, int | None], Work] = {}
    book.learn_products({event.product_id for event in events if event.product_id})
    products = {event.key: event.product_id for event in events}
    standing = _standing(events)
    discounts = book.discounts({event.company_id for event in events}) if events else {}
    for event in events:
        name = named.key.get(event.source_key) if event.source_key else None
        source = named.rows.get(name) if name else None
        subscription = source.subscription_id if source else event.subscription_id
        work = by_subscription.get(subscription) if subscription else None
        if work is None:
            account = found.accounts[event.account_id]
            user = None if account.payer.company_wide_billing else event.billed_user_id
            place = event.company_id, account.pk, user
            work = orders.get(place)
            if work is None:
                owned = [*discounts.get(None, ()), *discounts.get(event.company_id, ())]
                contract = Contract(
                    f"orders of {place}", account.pk, account.payer.country, account.payer.tax_exempt,
                    discounts=owned,
                )  # fmt: skip
                work = orders[place] = Work(Owner(contract.key, event.company_id, user), contract, [])
        found.payers.setdefault(work.owner.contract, found.accounts[event.account_id].payer_id)
        product = event.product_id or products.get(named.current.get(event.source_key, event.source_key))
        work.events.append(_event(event, name, product, book)._replace(standing=frozenset(standing[event.pk])))
    found.works += [orders[place] for place in sorted(orders, key=lambda each: (*each[:2], each[2] or 0))]


def _standing(events: Sequence[BillingEvent]) -> dict[int, set[int]]:
    """The numbers of the lines that stand of events that were billed before."""
    ids = [event.pk for event in events if event.run_id]
    found: dict[int, set[int]] = defaultdict(set)
    if ids:
        charges = Charge.objects.filter(event__in=ids).exclude(state=Charge.State.RETURNED)
        credits_ = Credit.objects.filter(event__in=ids, returned=False)
        for rows in (charges, credits_):
            for event, key in rows.values_list("event_id", "key"):
                found[event].add(number_of(key))
    return found


def _event(row: BillingEvent, source: str | None, product: int | None, book: PriceBook) -> Event:
    return Event(
        key=row.key,
        kind=row.kind,
        at=row.at,
        day=row.day,
        quantity=row.quantity,
        amount=row.amount,
        source=source,
        item=book.item(product) if product else None,
        pricing=per_unit(row.price) if row.price is not None else None,
    )


def _add_charges(found: Loaded, named: _Named) -> None:
    """Give each contract the charges whose days reach into what its events are about, and those they name."""
    floors = {work.subscription.pk: _floor(work) for work in found.works if work.subscription and work.events}
    rows = {row.id: row for row in charges_reaching(floors)} | {row.id: row for row in named.rows.values()}
    by_subscription: dict[int | None, list[ChargeRow]] = defaultdict(list)
    for _, row in sorted(rows.items()):
        found.charges[str(row.charged.key)] = row
        by_subscription[row.subscription_id].append(row)
    for work in found.works:
        if work.subscription:
            own = by_subscription.get(work.subscription.pk, [])
        else:
            names = {event.source for event in work.events}
            own = [row for row in by_subscription.get(None, []) if row.charged.key in names]
        work.contract = work.contract._replace(charged=[row.charged for row in own])


def _allowances(works: Sequence[Work]) -> dict[int, Allowances]:
    """By account, where a general fixed discount holds: what was taken of it in the months that are worked on."""
    concerned = [
        work
        for work in works
        if work.events and any(each.is_general and each.fixed is not None for each in work.contract.discounts)
    ]
    if not concerned:
        return {}
    earliest = min(_floor(work) for work in concerned).replace(day=1)
    return taken_off({int(work.contract.account) for work in concerned}, earliest - AHEAD)


def _floor(work: Work) -> date:
    """The first day that any of the events may be about: that of the period in which the earliest lies, or of the
    earliest usage that settles with the events' own.
    """
    earliest = min(event.day for event in work.events if event.day)
    used = min((event.day for event in work.events if event.day and event.kind == USAGE), default=None)
    floor = min(earliest, (used and first_day(work.spans, used)) or earliest)
    for span in work.spans:
        if span.first <= earliest <= span.last:
            return min(floor, span.period(earliest).first)
    last = work.spans[-1].period(work.spans[-1].last) if work.spans else None
    return min(floor, last.first) if last else floor
