"""The sheet on which one contract is worked out: what is known, what was made so far, what is refused."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal

from billing.rating.contracts import Charged, Contract, Counted, Rules
from billing.rating.discounts import Discount, Off
from billing.rating.events import RECURRING, Event
from billing.rating.items import Item, Key
from billing.rating.lines import AMOUNT_OUT_OF_RANGE, ChargeLine, CreditLine, Rated, Step, Unbilled, as_charged
from billing.rating.proration import used
from billing.rating.taxes import ChargedTax, TaxAmount, charge_taxes, rates_for
from billing.rating.timeline import Span, timeline
from core.money import MAX_AMOUNT
from invoices.domain.charging import TaxRate
from subscriptions.periods import Days


class Opened:
    """A charge that this rating credits, with what it has given back so far."""

    __slots__ = ("charged", "credited_net", "cut", "price", "taxes", "undone")

    def __init__(self, charged: Charged) -> None:
        self.charged = charged
        self.undone = charged.undone
        self.credited_net = charged.credited_net
        self.price, self.cut = charged.price, charged.cut
        self.taxes: Sequence[ChargedTax] = charged.taxes


class Worksheet:
    """Lines and refusals of one contract; ``event`` is the one being looked at."""

    __slots__ = ("_opened", "_serial", "_standing", "contract", "covered", "event", "rated", "rules", "spans")

    def __init__(self, contract: Contract, rules: Rules) -> None:
        self.contract = contract
        self.rules = rules
        self.spans: list[Span] = timeline(contract, rules)
        self.covered: list[Days] = []
        if contract.charged:
            self.covered = [kept for each in contract.charged if (kept := kept_days(each, each.undone))]
        self.rated = Rated([], [], [], {}, [], {})
        self._opened: dict[Key, Opened] = {}
        self._serial = 0

    def begin(self, event: Event) -> None:
        """Turn to an event: its lines are numbered from 0, without the numbers of those that stand."""
        self.event = event
        self._serial = 0
        self._standing = event.standing
        if event.kind == RECURRING and self.contract.charged:
            keys = (str(each.key) for each in self.contract.charged)
            self._standing = frozenset(number_of(key) for key in keys if key.startswith(f"{event.key}/"))

    def refuse(self, reason: str, *, amount: int = 0, source: Key | None = None) -> None:
        """Record what the event does not get."""
        self.rated.unbilled.append(Unbilled(self.event.key, reason, amount, source))

    def span_of(self, day: date) -> Span | None:
        """The terms that hold on a day."""
        for span in self.spans:
            if span.first <= day <= span.last:
                return span
        return None

    def rates(self, item: Item | None) -> Sequence[TaxRate]:
        """The taxes that a new line for ``item`` bears. Raises TaxNotDetermined where nothing says which."""
        contract = self.contract
        if contract.exempt:
            return ()
        return rates_for(self.rules.taxes, contract.country, item.tax_class if item else "")

    def open(self, key: Key | None) -> Opened | None:
        """A charge made before or in this run, to credit it; None when there is none, or its invoice was voided."""
        found = self.open_any(key)
        return None if found is None or found.charged.void else found

    def open_any(self, key: Key | None) -> Opened | None:
        """A charge made before or in this run, also one whose invoice was voided."""
        if key is None:
            return None
        found = self._opened.get(key)
        if found is None:
            charged = next((each for each in self.contract.charged if each.key == key), None)
            if charged is None:
                charged = next((as_charged(line) for line in self.rated.charges if line.key == key), None)
            if charged is not None:
                found = self._opened[key] = Opened(charged)
        return found

    def off(self, key: Key, place: date, *, but: Collection[Key] = ()) -> int:
        """What is taken of a fixed discount for a place, by this contract and others, but by some charges."""
        total = self.contract.off_elsewhere.get((key, place), 0)
        made = [*self.contract.charged, *map(as_charged, self.rated.charges)]
        for each in made:
            if each.off and not each.void and each.key not in but:
                amount = sum(one.amount for one in each.off if (one.key, one.place) == (key, place))
                total += used(amount, each.whole, self.rated.undone.get(each.key, each.undone)) if amount else 0
        return total

    def left(self, discounts: Sequence[Discount], first: date, *, but: Collection[Key] = ()) -> dict[Key, int]:
        """What is left of fixed discounts for a period that begins on ``first``, in minor units."""
        return {
            each.key: max(0, each.fixed - self.off(each.key, each.place(first), but=but))
            for each in discounts
            if each.fixed is not None
        }

    def charge(
        self,
        amount: int,
        item: Item | None,
        counted: Counted,
        whole: Decimal | int,
        quantity: Decimal,
        unit_price: Decimal,
        days: Days | None,
        how: Sequence[Step],
        terms: Key | None = None,
        *,
        discount: int = 0,
        off: Sequence[Off] = (),
        account: Key | None = None,
        rates: Sequence[TaxRate] | None = None,
    ) -> None:
        """Add a charge of ``amount`` minor units before ``discount``, which ``how`` explains."""
        if not 0 <= amount <= MAX_AMOUNT:
            self.refuse(AMOUNT_OUT_OF_RANGE)
            return
        net = amount - discount
        taxes = charge_taxes(net, self.rates(item) if rates is None else rates)
        tax = 0
        for each in taxes:
            tax += each.amount
        event = self.event
        first, last = days or (None, None)
        self.rated.charges.append(
            ChargeLine(
                self.next_key(), event.key, event.kind, self.contract.account if account is None else account, item,
                terms, counted, whole, quantity, unit_price, first, last, amount, discount, net, tax, taxes, how,
                off,
            )
        )  # fmt: skip

    def credit(
        self,
        net: int,
        *,
        account: Key,
        source: Key | None,
        item: Item | None,
        quantity: Decimal,
        unit_price: Decimal,
        days: tuple[date | None, date | None],
        taxes: tuple[TaxAmount, ...],
        how: Sequence[Step],
        undone: Decimal | int = 0,
    ) -> None:
        """Add a credit of ``net`` minor units with its taxes."""
        event = self.event
        self.rated.credits.append(
            CreditLine(
                self.next_key(), event.key, event.kind, account, source, item, quantity, unit_price, *days,
                net, sum(tax.amount for tax in taxes), taxes, how, undone,
            )
        )  # fmt: skip

    def next_key(self) -> str:
        """The name of the event's next line: the same whenever the same facts are rated."""
        while self._serial in self._standing:
            self._serial += 1
        key = f"{self.event.key}/{self._serial}"
        self._serial += 1
        return key


def number_of(key: str) -> int:
    """The number of a line by its name (see ``Worksheet.next_key``)."""
    return int(key.rpartition("/")[2])


def kept_days(charged: Charged, undone: Decimal | int) -> Days | None:
    """The days of a charge that were not given back; None for what is no charge of days, or all given back."""
    first, last = charged.first, charged.last
    if charged.counted != "days" or first is None or last is None or undone >= charged.whole:
        return None
    return Days(first, last - timedelta(days=int(undone)) if undone else last)
