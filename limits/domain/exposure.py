"""What counts against a credit limit, as one sum: pure. Minor units throughout."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

SIGNS = {
    "dues": 1, "pending": -1, "committed": 1, "reserved": 1, "credit": -1, "carried": -1, "on_account": -1,
}  # fmt: skip
"""The addends in the order in which people read them, and how each counts."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """The addends, each of at least 0, but for money on account.

    ``dues`` is what invoices still ask, ``pending`` what payments on their way will pay of it, ``committed`` what is
    agreed and not invoiced, ``reserved`` what is kept for purchases, ``credit`` what credit memos have left, held ones
    too, ``carried`` what the next invoice takes over below zero (V1), ``on_account`` money that no invoice has, less
    what went back beyond what came: below 0 where that is more.
    """

    dues: int = 0
    pending: int = 0
    committed: int = 0
    reserved: int = 0
    credit: int = 0
    carried: int = 0
    on_account: int = 0

    @property
    def total(self) -> int:
        """What counts against the limit; below zero where the company has more than it owes."""
        return sum(amount for _name, amount in self.signed())

    def signed(self) -> Iterator[tuple[str, int]]:
        """Each addend as it counts."""
        for name, amount in asdict(self).items():
            yield name, SIGNS[name] * amount
