"""What somebody asks to credit, as values: the same for form, preview, API and pipeline (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

LONGEST_NOTE = 2000
"""Letters of each of a memo's notes."""


@dataclass(frozen=True, slots=True)
class InvoiceCredit:
    """Credit of one invoice line: exactly one of net amount, quantity or tax-only amount (minor units, Decimal)."""

    invoice_line_id: int
    net: int | None = None
    quantity: Decimal | None = None
    tax_only: int | None = None


@dataclass(frozen=True, slots=True)
class DraftTax:
    """One tax of a drafted line; ``rate`` is a fraction, amounts are minor units."""

    name: str
    rate: Decimal
    base: int
    amount: int
    invoice_tax_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """One memo line worked out: what will be stored, printed and posted."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    net: int
    taxes: Sequence[DraftTax] = ()
    by: str = "amount"
    invoice_line_id: int | None = None
    product_name: str = ""
    product_uuid: UUID | None = None
    vendor_id: int | None = None
    subscription_uuid: UUID | None = None
    period_from: date | None = None
    period_to: date | None = None

    @property
    def tax(self) -> int:
        """All taxes of the line, in minor units."""
        return sum(tax.amount for tax in self.taxes)

    @property
    def gross(self) -> int:
        """Net and taxes, in minor units."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Everything about a memo beside its lines. ``use`` is follow, apply_now or hold.

    ``afterwards`` is again or never: what becomes of the invoice's period, should this credit it in full.
    """

    reason_id: int | None = None
    reason_note: str = ""
    internal_note: str = ""
    customer_note: str = ""
    effective_date: date | None = None
    use: str = "follow"
    afterwards: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of drafted lines, in minor units; ``by_rate`` maps (name, rate) to (base, amount)."""

    net: int
    tax: int
    by_rate: dict[tuple[str, Decimal], tuple[int, int]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Net and tax."""
        return self.net + self.tax


def totals(lines: Sequence[DraftLine]) -> Totals:
    """Add drafted lines up."""
    by_rate: dict[tuple[str, Decimal], tuple[int, int]] = {}
    for line in lines:
        for tax in line.taxes:
            base, amount = by_rate.get((tax.name, tax.rate), (0, 0))
            by_rate[tax.name, tax.rate] = (base + tax.base, amount + tax.amount)
    return Totals(sum(line.net for line in lines), sum(line.tax for line in lines), by_rate)
