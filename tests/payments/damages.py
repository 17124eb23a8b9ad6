"""What can be broken of a payment, how, and which invariants that breaks (some can't be alone)."""

TABLES = {
    "PAYMENT": "payments_payment",
    "NUMBERS": "payments_paymentnumbers",
    "ALLOCATION": "payments_allocation",
    "PART": "payments_allocationpart",
    "RETURN": "payments_paymentreturn",
    "KEPT": "payments_keptsurplus",
    "REFUND": "payments_refund",
    "MEMO": "creditmemos_creditmemo",
    "INTENDED": "payments_intended",
    "INVOICE": "invoices_invoice",
    "LINE": "invoices_invoiceline",
    "TAX": "invoices_invoicelinetax",
    "ENTRY": "ledger_journalentry",
    "HEADER": "ledger_journaltransaction",
}

DAMAGE: dict[str, tuple[str, str]] = {
    "money on account": ("I14 I21", "UPDATE {PAYMENT} SET on_account = on_account + 1 WHERE id = {payment}"),
    "used": (
        "I14 I21",
        "UPDATE {PAYMENT} SET allocated = allocated + 1, on_account = on_account - 1 WHERE id = {payment}",
    ),
    "returned": (
        "I14 I21 I23",
        "UPDATE {PAYMENT} SET returned = returned + 1, on_account = on_account - 1 WHERE id = {payment}",
    ),
    "kept": (
        "I14 I21 I23",
        "UPDATE {PAYMENT} SET kept = kept + 1, on_account = on_account - 1 WHERE id = {payment}",
    ),
    "more reserved than is there": ("I21", "UPDATE {PAYMENT} SET give_back_pending = amount WHERE id = {payment}"),
    "overdrawn beside money on account": (
        "I21",
        "UPDATE {PAYMENT} SET overdrawn = 1, on_account = on_account + 1 WHERE id = {payment}",
    ),
    "a status": ("I21 I22", "UPDATE {PAYMENT} SET status = 'failed' WHERE id = {pending}"),
    "moved before it succeeded": (
        "I14 I21 I22",
        "UPDATE {PAYMENT} SET amount = 1, allocated = 0, on_account = 1, returned = 1 WHERE id = {pending}",
    ),
    "an allocation that was never one": ("I3 I21", "DELETE FROM {PART}; DELETE FROM {ALLOCATION}"),
    "a part of another size": (
        "I3 I21",
        "UPDATE {PART} SET amount = amount + 1 WHERE id = (SELECT min(id) FROM {PART})",
    ),
    "paid of a line": ("I3", "UPDATE {LINE} SET paid_net = 1 WHERE invoice_id = {invoice}"),
    "paid of a tax": ("I3", "UPDATE {TAX} SET paid = 1"),
    "being paid": ("I21", "DELETE FROM {INTENDED}"),
    "a memo that nobody paid out": (
        "I14 I21",
        "UPDATE {MEMO} SET paid_out = total, balance = 0, status = 'paid_out' WHERE id = {memo}",
    ),
    "a refund that never went": ("I22", "UPDATE {REFUND} SET settled_at = NULL, status = 'successful'"),
    "a refund of another amount": ("I7 I21 I23", "UPDATE {REFUND} SET amount = amount + 1 WHERE memo_id IS NOT NULL"),
    "money given back twice": (
        "I14 I21 I23",
        "UPDATE {PAYMENT} SET given_back = given_back + 1, on_account = on_account - 1 WHERE id = {payment}",
    ),
    "a clearing entry": ("I14 I23", "UPDATE {ENTRY} SET amount = amount + 1 WHERE account = 'money_clearing'"),
    "a charge that nobody will look at": ("I22 I23", "UPDATE {PAYMENT} SET channel = 'gateway' WHERE id = {pending}"),
    "a refund that a gateway did not bring": ("I22", "UPDATE {REFUND} SET channel = 'gateway'"),
    "a number left out": ("I12", "UPDATE {PAYMENT} SET number = 9 WHERE id = {pending}"),
    "a number that no payment has": ("I12", "UPDATE {NUMBERS} SET last_number = last_number + 1"),
    "no counter": ("I12", "DELETE FROM {NUMBERS}"),
    "another account": (
        "I8",
        "UPDATE {PAYMENT} SET currency = 'JPY' WHERE id = {pending}",
    ),
}


def fill(statement: str, ids: dict[str, str]) -> str:
    """Put tables and ids, given as SQL literals, into a statement."""
    return statement.format(**TABLES, **ids)
