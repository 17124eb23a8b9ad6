"""What must hold of payments, what they are used for and what the journal says of them: I21-I23."""

from creditmemos.verification import prove_too
from payments.verification.payments import (
    ALLOCATIONS,
    CARRIED,
    CLEARING,
    INVOICES,
    LINES,
    MIRRORS,
    NUMBERS,
    PAYMENTS,
    PAYOUTS,
    REFUNDS,
    TAXES,
)

INVARIANTS = {
    "I21": "a payment's money is used on invoices, on account, returned, given back or kept",
    "I22": "a payment's status is what its facts say, and nothing posts before success",
    "I23": "money clearing is what payments brought, less what went back; nothing pending is forgotten",
}


def register_all() -> None:
    """Called from AppConfig.ready."""
    prove_too(
        INVARIANTS,
        (PAYMENTS, NUMBERS, ALLOCATIONS, MIRRORS, INVOICES, LINES, TAXES, CLEARING, REFUNDS, PAYOUTS, CARRIED),
    )
