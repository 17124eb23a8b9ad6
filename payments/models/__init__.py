"""Payments, what they are used for, what a bank takes back, and money that is sent back."""

from payments.models.allocation import Allocation, AllocationPart, Intended
from payments.models.movement import KeptSurplus, PaymentReturn
from payments.models.numbers import PaymentNumbers
from payments.models.payment import Payment, PaymentQuerySet, moved_or_asked
from payments.models.refund import Refund

__all__ = [
    "Allocation",
    "AllocationPart",
    "Intended",
    "KeptSurplus",
    "Payment",
    "PaymentNumbers",
    "PaymentQuerySet",
    "PaymentReturn",
    "Refund",
    "moved_or_asked",
]
