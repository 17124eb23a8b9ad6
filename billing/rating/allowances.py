"""What the charges of an account took of its general fixed discounts, contract after contract."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing.rating.contracts import Contract
from billing.rating.discounts import Off
from billing.rating.items import Key
from billing.rating.lines import Rated
from billing.rating.proration import used


class Took(NamedTuple):
    """One charge: what it took, and how much of it was given back (see ``Charged``)."""

    off: Sequence[Off]
    whole: Decimal | int
    undone: Decimal | int


class Allowances:
    """General discounts of one account; contracts are rated one after the other, so what one took another has not."""

    def __init__(self, charges: Iterable[tuple[Key, Took]] = ()) -> None:
        self._took: dict[Key, Took] = dict(charges)

    def elsewhere(self, contract: Contract) -> Mapping[tuple[Key, date], int]:
        """What charges took that are not the contract's own, in minor units by discount and place."""
        own = {each.key for each in contract.charged}
        found: dict[tuple[Key, date], int] = defaultdict(int)
        for key, took in self._took.items():
            if key not in own:
                for each in took.off:
                    found[each.key, each.place] += used(each.amount, took.whole, took.undone)
        return found

    def learn(self, rated: Rated) -> None:
        """Count what a contract's rating took and gave back."""
        for line in rated.charges:
            if line.off:
                self._took[line.key] = Took(line.off, line.whole, 0)
        for key, undone in rated.undone.items():
            if key in self._took:
                self._took[key] = self._took[key]._replace(undone=undone)
