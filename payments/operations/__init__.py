"""The verbs of payments."""

from payments.operations.allocating import allocate, allocate_automatically
from payments.operations.charging import charge
from payments.operations.giving_back_carried import give_back_carried
from payments.operations.keeping import keep_surplus
from payments.operations.looking import ask_now
from payments.operations.paying_out_used import pay_out_used
from payments.operations.receiving import Received, record_payment
from payments.operations.refund_ends import fail_refund, return_refund, settle_refund
from payments.operations.refund_items import Items, Refunded, refund_items
from payments.operations.refund_moves import Sending, by_gateway
from payments.operations.refunding import give_back, pay_out
from payments.operations.returning import return_payment, undo_return
from payments.operations.settling import fail_payment, settle_payment
from payments.operations.taking_off import take_off

__all__ = [
    "Items",
    "Received",
    "Refunded",
    "Sending",
    "allocate",
    "allocate_automatically",
    "ask_now",
    "by_gateway",
    "charge",
    "fail_payment",
    "fail_refund",
    "give_back",
    "give_back_carried",
    "keep_surplus",
    "pay_out",
    "pay_out_used",
    "record_payment",
    "refund_items",
    "return_payment",
    "return_refund",
    "settle_payment",
    "settle_refund",
    "take_off",
    "undo_return",
]
