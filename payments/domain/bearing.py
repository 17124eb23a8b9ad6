"""How a refund of items is shared: first to what is due, the rest over the payments that bear it (pure)."""

from collections.abc import Sequence
from typing import NamedTuple


class Sharing(NamedTuple):
    """``applied`` at once, ``parts`` that payments (by id) bear, ``missing`` that none can; minor units."""

    applied: int
    parts: list[tuple[int, int]]
    missing: int

    @property
    def sent(self) -> int:
        """What is paid back."""
        return sum(amount for _payment, amount in self.parts)

    @property
    def amounts(self) -> list[int]:
        """What each memo comes to: that which is applied first, if there is one."""
        return [*([self.applied] if self.applied else []), *(amount for _payment, amount in self.parts)]


def share(total: int, *, due: int, most: int, bearers: Sequence[tuple[int, int]]) -> Sharing:
    """Share a refund of ``total``: up to what is ``due``, then each of ``bearers`` in order up to what it can bear.

    Minor units. All of them together bear at most ``most``. Worked example: 119.00 of an invoice with 59.00 due and a
    payment of 60.00 is 59.00 applied and 60.00 paid back.
    """
    applied = min(total, due)
    left, room = total - applied, max(most, 0)
    parts = []
    for payment, can in bearers:
        part = min(left, room, can)
        if part > 0:
            parts.append((payment, part))
            left, room = left - part, room - part
    return Sharing(applied, parts, left)
