"""From what is sold to invoice lines: pure arithmetic, half-up at the line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from core.money import round_half_up, to_minor


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
    return to_minor(charge.quantity * charge.unit_price, currency=currency) - charge.discount


def tax_of(net: int, rate: Decimal) -> int:
    """One tax of a line, rounded half-up; minor units."""
    return round_half_up(Decimal(net) * rate)
