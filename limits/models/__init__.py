"""Credit lines with their history, checks, reservations, what was allowed once, and tokens of checkouts."""

from limits.models.allowance import Allowance
from limits.models.check import CreditCheck
from limits.models.line import CreditLine, CreditLineChange
from limits.models.reservation import Reservation
from limits.models.token import CheckoutToken

__all__ = ["Allowance", "CheckoutToken", "CreditCheck", "CreditLine", "CreditLineChange", "Reservation"]
