"""The verbs of payments."""

from payments.operations.allocating import allocate, allocate_automatically
from payments.operations.keeping import keep_surplus
from payments.operations.receiving import Received, record_payment
from payments.operations.returning import return_payment, undo_return
from payments.operations.settling import fail_payment, settle_payment
from payments.operations.taking_off import take_off

__all__ = [
    "Received",
    "allocate",
    "allocate_automatically",
    "fail_payment",
    "keep_surplus",
    "record_payment",
    "return_payment",
    "settle_payment",
    "take_off",
    "undo_return",
]
