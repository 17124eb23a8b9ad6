"""What an invoice is called on pages: its status, and what follows from its date and from who settled it. Pure."""

from datetime import date
from typing import Protocol

from invoices.domain.balance import PAID, is_overdue

OVERDUE, SETTLED_BY_CREDIT, PAID_AND_CREDITED = "overdue", "settled_by_credit", "paid_and_credited"
WRITTEN_OFF, SETTLED = "written_off", "settled"
"""A debt that was given up, as staff and as customers read it."""


class Shown(Protocol):
    """What the state is worked out from; amounts in minor units."""

    status: str
    due_date: date | None
    credited: int
    paid: int


def shown_state(invoice: Shown, today: date) -> str:
    """The state for the badge; money and credit are told apart, and overdue is derived (never stored).

    A small difference beside money is no credit, and what was given up is told before anything else, where the invoice
    was read with both (``with_adjustments``).
    """
    if is_overdue(status=invoice.status, due_date=invoice.due_date, today=today):
        return OVERDUE
    if invoice.status == PAID and invoice.credited > 0:
        if getattr(invoice, "uncollectible", 0):
            return WRITTEN_OFF
        if not invoice.paid:
            return SETTLED_BY_CREDIT
        return PAID_AND_CREDITED if invoice.credited > getattr(invoice, "difference", 0) else PAID
    return invoice.status


def days_overdue(invoice: Shown, today: date) -> int:
    """Whole days after the due date; 0 for whatever is not overdue."""
    due = invoice.due_date
    return (today - due).days if due and is_overdue(status=invoice.status, due_date=due, today=today) else 0
