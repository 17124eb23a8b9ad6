"""The part of EN 16931's semantic model that Offset's documents need, under the standard's own numbers (pure).

BT is a term, BG a group of terms. Amounts are Decimals in major units, percents are 19 for 19 %. Empty texts, None and
what is not named here are left out of the XML. The two syntaxes write this and decide nothing.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SPECIFICATION = "urn:cen.eu:en16931:2017"
"""BT-24: the core of the standard, no national or industry profile."""
INVOICE, CREDIT_NOTE = "380", "381"
"""BT-3: what kinds of document say that they are; others are neither."""
UNIT = "C62"
"""BT-130: "one", since Offset's quantities have no unit of their own."""
DISCOUNT = "95"
"""BT-140: the code of a discount in UNTDID 5189."""
CREDIT_TRANSFER, SEPA_CREDIT_TRANSFER = "30", "58"
"""BT-81: how an invoice is paid, of UNTDID 4461."""
STANDARD, ZERO_RATED, EXEMPT, OUTSIDE = "S", "Z", "E", "O"
"""BT-118 and BT-151: taxed, taxed at 0 %, exempt for a reason, not subject to tax at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The seller (BG-4) or the buyer (BG-7).

    ``name`` is BT-27 or BT-44; the address BT-35, 37, 38, 40 or BT-50, 52, 53, 55; ``vat_number`` BT-31 or BT-48.
    ``identifier`` (BT-29) and ``tax_number`` (BT-32) are the seller's only, ``contact`` (BT-56) the buyer's.
    """

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    vat_number: str = ""
    tax_number: str = ""
    identifier: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """How something is taxed: ``code`` is BT-118 or BT-151, ``percent`` BT-119 or BT-152 (None outside of tax)."""

    code: str
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class TaxSubtotal:
    """One row of the tax breakdown (BG-23): ``base`` BT-116, ``amount`` BT-117, ``reason`` BT-120."""

    category: Category
    base: Decimal
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An invoice line (BG-25): ``net`` (BT-131) is ``quantity`` (BT-129) x ``price`` (BT-146) less ``discount``.

    ``identifier`` is BT-126, ``name`` BT-153, the period BT-134 and 135, ``discount`` BT-136 with its reason BT-139.
    """

    identifier: str
    name: str
    quantity: Decimal
    price: Decimal
    discount: Decimal
    discount_reason: str
    net: Decimal
    category: Category
    period_from: date | None
    period_to: date | None


@dataclass(frozen=True, slots=True)
class Preceding:
    """An invoice that is credited (BG-3, which repeats): ``number`` is BT-25, ``issue_date`` BT-26."""

    number: str
    issue_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How an invoice is paid (BG-16) by transfer to one account (BG-17).

    ``means`` is BT-81, ``account`` BT-84 and ``is_iban`` what it is, ``holder`` BT-85, ``bic`` BT-86, ``reference``
    BT-83.
    """

    means: str
    account: str
    is_iban: bool
    holder: str
    bic: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EInvoice:
    """An invoice or a credit note; a credit note's amounts are positive, its type code says what they mean.

    ``number`` BT-1, ``issue_date`` BT-2, ``type_code`` BT-3, ``currency`` BT-5, ``due_date`` BT-9, ``terms`` BT-20,
    ``note`` BT-22, ``payment`` BG-16; the totals (BG-22): ``net`` BT-106 and BT-109, which only allowances of the whole
    document would part, ``tax`` BT-110, ``total`` BT-112, ``paid`` BT-113, ``due`` BT-115 = ``total`` - ``paid``
    (BR-CO-16). What was carried counts as paid: a balance taken over above zero, one carried on below.
    """

    number: str
    issue_date: date
    type_code: str
    currency: str
    due_date: date | None
    terms: str
    note: str
    payment: Payment | None
    preceding: tuple[Preceding, ...]
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    taxes: tuple[TaxSubtotal, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    paid: Decimal
    due: Decimal

    @property
    def is_credit_note(self) -> bool:
        """Whether it takes back what an invoice charged."""
        return self.type_code == CREDIT_NOTE
