"""Credit asked for gross: the net and the taxes that come to it, exact in any sequence (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.money import proportion, split


@dataclass(slots=True)
class GrossRoom:
    """A charge of ``net`` and ``taxes``, with what can still be credited; minor units, ``take`` moves it on."""

    net: int
    taxes: Sequence[int]
    net_left: int
    taxes_left: list[int]

    @property
    def left(self) -> int:
        """Net and taxes that can still be credited."""
        return self.net_left + sum(self.taxes_left)

    def take(self, gross: int) -> tuple[int, list[int]]:
        """The net and each tax of a credit of ``gross``, at most what is left; they count as credited from now on.

        The net is its rounded share of the charge, as far as net and taxes have room for it, and what remains is tax:
        so what exhausts the charge takes its last cent. Worked example: 60.03 of 100.00 + 19.00 is 50.45 + 9.58.
        """
        if not 0 < gross <= self.left:
            raise ValueError(f"{gross} of {self.left}")
        share = proportion(self.net, gross, self.net + sum(self.taxes)) if self.net else 0
        net = max(gross - sum(self.taxes_left), min(share, self.net_left))
        taxes = self._taxes(net, gross - net)
        self.net_left -= net
        self.taxes_left = [left - tax for left, tax in zip(self.taxes_left, taxes, strict=True)]
        return net, taxes

    def _taxes(self, net: int, together: int) -> list[int]:
        """What each tax takes: its cumulative share of the net, and what that is off ``together`` by its room."""
        so_far = self.net - self.net_left + net
        due = [
            max(0, min(proportion(tax, so_far, self.net) - (tax - left), left)) if self.net else 0
            for tax, left in zip(self.taxes, self.taxes_left, strict=True)
        ]
        off = together - sum(due)
        if off < 0:
            return [each - cut for each, cut in zip(due, split(-off, due), strict=True)]
        room = [left - each for left, each in zip(self.taxes_left, due, strict=True)]
        return [each + more for each, more in zip(due, split(off, room), strict=True)] if off else due


def fill(wanted: Sequence[int], amounts: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
    """Share what is ``wanted`` of each line over documents of these ``amounts``, line by line, in order.

    Minor units; both add up to the same. For each document the places of lines in ``wanted``, each with its part: a
    line is split only where a document is full.
    """
    place, left = 0, list(wanted)
    for amount in amounts:
        parts, missing = [], amount
        while missing:
            part = min(missing, left[place])
            if part:
                parts.append((place, part))
            missing -= part
            left[place] -= part
            place += not left[place]
        yield parts
