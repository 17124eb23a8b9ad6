"""The words for codes that payments store, and the names of what happens to them."""

KIND = "payment"
"""How audit rows and requests name a payment."""
RECEIVED, FAILED, ALLOCATED, TAKEN_OFF = "payment.received", "payment.failed", "payment.allocated", "payment.taken_off"
ASKED, RETURNED, UNRETURNED, KEPT = "payment.asked", "payment.returned", "payment.unreturned", "payment.kept"
"""Events and audit rows; postings have the same verbs."""
ARRIVED = "payment.arrived"
"""The audit row of a pending payment whose money came; its event and posting are those of any that is received."""
