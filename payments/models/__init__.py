"""Payments, what they are used for, and what a bank takes back."""

from payments.models.allocation import Allocation, AllocationPart, Intended
from payments.models.movement import KeptSurplus, PaymentReturn
from payments.models.numbers import PaymentNumbers
from payments.models.payment import Payment, PaymentQuerySet, moved_or_asked

__all__ = [
    "Allocation",
    "AllocationPart",
    "Intended",
    "KeptSurplus",
    "Payment",
    "PaymentNumbers",
    "PaymentQuerySet",
    "PaymentReturn",
    "moved_or_asked",
]
