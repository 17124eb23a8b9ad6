"""Payments, what they are used for, what a bank takes back, and money that is sent back."""

from payments.models.allocation import Allocation, AllocationPart, Intended
from payments.models.gateway import GatewayAccount, PaymentMethod, ProviderEvent
from payments.models.movement import KeptSurplus, PaymentReturn
from payments.models.numbers import PaymentNumbers
from payments.models.payment import Payment, PaymentQuerySet, money_that_counts, moved_or_asked
from payments.models.refund import Refund

__all__ = [
    "Allocation",
    "AllocationPart",
    "GatewayAccount",
    "Intended",
    "KeptSurplus",
    "Payment",
    "PaymentMethod",
    "PaymentNumbers",
    "PaymentQuerySet",
    "PaymentReturn",
    "ProviderEvent",
    "Refund",
    "money_that_counts",
    "moved_or_asked",
]
