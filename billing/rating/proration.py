"""A part of a period costs its share of the days; what is not used is what was charged less the used part.

Both are worked out as positive numbers and rounded half-up once. A credit is never rounded by itself: it is the
difference of two used parts, so that used + credited = charged to the minor unit after any sequence of changes.
"""

from decimal import Decimal

from core.money import EXACT, proportion, round_half_up

PLACES = Decimal("0.00000001")
"""A printed price has at most eight decimals."""


def share(price: Decimal, days: int, of: int) -> Decimal:
    """``price`` (for ``of`` days) for ``days`` of them, in its own units: exact to a hundred digits, not rounded."""
    return price if days == of else EXACT.divide(EXACT.multiply(price, days), of)


def prorated(price: Decimal, days: int, of: int, exponent: int) -> int:
    """``price`` (major units, for ``of`` days) for ``days`` of them: minor units, rounded half-up once."""
    return round_half_up(share(price, days, of).scaleb(exponent, EXACT))


def price_each(price: Decimal, quantity: Decimal, days: int, of: int) -> Decimal:
    """What one of ``quantity`` costs for these days, in major units with at most eight decimals, for print."""
    if not quantity:
        return quantity
    each = EXACT.divide(EXACT.multiply(price, days), EXACT.multiply(quantity, of))
    return each.quantize(PLACES, context=EXACT)


def used(net: int, whole: Decimal | int, undone: Decimal | int) -> int:
    """What is used of ``net`` (minor units) when ``undone`` of ``whole`` was given back, rounded half-up.

    ``whole`` counts what the charge was for: days, pieces, or minor units before discount. To give back more is worth
    the used part before less the used part after; the first time that is ``net`` - round(used part).
    """
    return proportion(net, whole - undone, whole) if undone else net
