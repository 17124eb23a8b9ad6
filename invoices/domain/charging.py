"""From what is sold to invoice lines: pure arithmetic, half-up at the line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from core.checks import check_text
from core.errors import InvalidInput
from core.money import EXACT, MAX_AMOUNT, round_half_up, to_minor

LONGEST_DESCRIPTION = 300
QUANTITY_PLACES = 6
PRICE_PLACES = 8
"""Decimals of a unit price, whatever the currency's are."""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax by name and rate; the rate is a fraction (0.2 for 20 %)."""

    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One thing to charge: quantity and unit price as Decimals (price in major units), discount in minor units."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    discount: int = 0
    taxes: Sequence[TaxRate] = ()
    product_name: str = ""
    product_uuid: UUID | None = None
    vendor_id: int | None = None
    subscription_uuid: UUID | None = None
    period_from: date | None = None
    period_to: date | None = None


def net_of(charge: Charge, *, currency: str) -> int:
    """Quantity times price, rounded half-up, less the discount; minor units."""
    return to_minor(EXACT.multiply(charge.quantity, charge.unit_price), currency=currency) - charge.discount


def check(charge: Charge, *, field: str) -> None:
    """Refuse what could not be stored as it stands: nothing is cut off or rounded in silence.

    A unit price may be finer than the currency; a discount is an amount, and so are the net and tax worked out from it.
    """
    check_text(charge.description, longest=LONGEST_DESCRIPTION, field=field, required=True)
    if not _fits(charge.quantity, whole=12, decimals=QUANTITY_PLACES):
        raise InvalidInput(_("Enter a quantity with at most 12 digits and 6 decimals."), field=field)
    if not _fits(charge.unit_price, whole=16, decimals=PRICE_PLACES):
        raise InvalidInput(_("Enter a price with at most 16 digits and 8 decimals."), field=field)
    if (
        EXACT.multiply(charge.quantity, charge.unit_price) > MAX_AMOUNT // 1000
        or not 0 <= charge.discount <= MAX_AMOUNT
    ):
        raise InvalidInput(_("This amount is too large."), field=field)
    if not all(_fits(tax.rate, whole=1, decimals=6) and tax.rate <= 1 for tax in charge.taxes):
        raise InvalidInput(_("Enter a tax rate from 0 to 100 % with at most 4 decimals."), field=field)
    if len({tax.name for tax in charge.taxes}) != len(charge.taxes):
        raise InvalidInput(_("Name each tax of a line once."), field=field)


def _fits(value: Decimal, *, whole: int, decimals: int) -> bool:
    if not value.is_finite() or value < 0 or value >= 10**whole:
        return False
    return value == round(value, decimals)


def tax_of(net: int, rate: Decimal) -> int:
    """One tax of a line, rounded half-up; minor units."""
    return round_half_up(Decimal(net) * rate)
