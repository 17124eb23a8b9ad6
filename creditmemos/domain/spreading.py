"""How one application falls on lines and taxes: pure, exact, by largest remainder (I2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.money import split

Place = tuple[int, int | None]
"""A line's id and, for one of its taxes, the tax's id (None: the line's net)."""


@dataclass(frozen=True, slots=True)
class Open:
    """What is left of one line's net or of one tax, in minor units.

    On the memo's side ``undoes`` is the place on the invoice that it credits, if any.
    """

    place: Place
    amount: int
    undoes: Place | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """The part of an application at one place."""

    place: Place
    amount: int


def spread(amount: int, *, memo: Sequence[Open], invoice: Sequence[Open]) -> tuple[list[Share], list[Share]]:
    """Share ``amount`` over the memo's and over the invoice's open places; each side adds up to ``amount``.

    First to the invoice places that the memo's places credit, the rest pro rata over what is open on each side.
    Raises ValueError when a side has less open than ``amount``.
    """
    gives = {place.place: 0 for place in memo}
    takes = {place.place: 0 for place in invoice}
    left_on_invoice = {place.place: place.amount for place in invoice}
    pairs: list[tuple[Place, Place]] = []
    direct: list[int] = []
    for source in memo:
        if source.undoes in left_on_invoice:
            matched = min(source.amount, left_on_invoice[source.undoes])
            left_on_invoice[source.undoes] -= matched
            pairs.append((source.place, source.undoes))
            direct.append(matched)
    first = min(amount, sum(direct))
    for (give, take), share in zip(pairs, split(first, direct), strict=True):
        gives[give] += share
        takes[take] += share
    for places, shares in ((memo, gives), (invoice, takes)):
        _pro_rata(amount - first, places, shares)
    return _shares(gives), _shares(takes)


def share_out(amount: int, places: Sequence[Open]) -> list[Share]:
    """Share ``amount`` over open places, pro rata; what a V1 invoice takes off by a line below zero takes no share.

    Raises ValueError when less is open than ``amount``.
    """
    shares = {place.place: 0 for place in places}
    _pro_rata(amount, places, shares)
    return _shares(shares)


def _pro_rata(rest: int, places: Sequence[Open], shares: dict[Place, int]) -> None:
    weights = [max(place.amount - shares[place.place], 0) for place in places]
    if rest > sum(weights):
        raise ValueError("less is open than is to be shared")
    for place, share in zip(places, split(rest, weights), strict=True):
        shares[place.place] += share


def _shares(amounts: dict[Place, int]) -> list[Share]:
    return [Share(place, amount) for place, amount in amounts.items() if amount]


def lessen(places: Sequence[Open], shares: Sequence[Share]) -> list[Open]:
    """What is left open after the shares were taken."""
    taken = {share.place: share.amount for share in shares}
    return [Open(p.place, p.amount - taken.get(p.place, 0), p.undoes) for p in places]
