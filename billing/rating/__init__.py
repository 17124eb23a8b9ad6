"""Rating: from billing events and the contract that they are about to charge lines and credit lines. Pure.

``rate(contract, events, rules)`` knows no rows, clock or language: it takes values and opaque keys, and answers
values. Amounts are integers in minor units and positive on both sides, prices and quantities are Decimals, days are
calendar days of the marketplace; each figure is rounded half-up once, at the line.

Where to read: ``contracts`` and ``events`` are what goes in, ``lines`` what comes out. ``periods``, ``pricing``,
``proration``, ``discounts`` and ``taxes`` are the arithmetic, each by itself. ``timeline`` says which terms hold when;
``recurring``, ``usage``, ``orders`` and ``credits`` turn events into lines on a ``worksheet``; ``explaining`` tells
people how a line was worked out.
"""

from billing.rating.contracts import Cancellation, Charged, Contract, Metered, Plan, Rules, Terms
from billing.rating.discounts import Discount
from billing.rating.events import Event
from billing.rating.explaining import as_json, sentences
from billing.rating.items import Item, Key
from billing.rating.lines import ChargeLine, CreditLine, Rated, Unbilled
from billing.rating.rater import rate
from billing.rating.taxes import ChargedTax, TaxAmount, TaxNotDetermined

__all__ = [
    "Cancellation",
    "ChargeLine",
    "Charged",
    "ChargedTax",
    "Contract",
    "CreditLine",
    "Discount",
    "Event",
    "Item",
    "Key",
    "Metered",
    "Plan",
    "Rated",
    "Rules",
    "TaxAmount",
    "TaxNotDetermined",
    "Terms",
    "Unbilled",
    "as_json",
    "rate",
    "sentences",
]
