"""What an invoice's amounts say: what is due, and which status that is. Pure, and the same text in SQL."""

from datetime import date

DRAFT, UNPAID, PENDING, PAID, VOID, CARRIED = "draft", "unpaid", "pending", "paid", "void", "carried"
STATUSES = (DRAFT, UNPAID, PENDING, PAID, VOID, CARRIED)


def amount_due(
    *,
    issued: bool,
    voided: bool,
    total: int,
    carried_in: int = 0,
    carried_out: int = 0,
    credited: int = 0,
    paid: int = 0,
) -> int:
    """Minor units still owed; 0 for drafts and void invoices (I3)."""
    if voided or not issued:
        return 0
    return total - carried_in + carried_out - credited - paid


def status_of(*, issued: bool, voided: bool, due: int, carried_out: int = 0, payment_pending: int = 0) -> str:
    """The one status that these facts allow."""
    if not issued:
        return DRAFT
    if voided:
        return VOID
    if carried_out > 0:
        return CARRIED
    if due == 0:
        return PAID
    return PENDING if payment_pending > 0 else UNPAID


def is_overdue(*, status: str, due_date: date | None, today: date) -> bool:
    """Overdue is derived, never stored: unpaid after the due date in the marketplace's zone."""
    return status == UNPAID and due_date is not None and due_date < today


def due_sql(*, row: str = "", plus_credited: str = "0", plus_paid: str = "0") -> str:
    """``amount_due`` as SQL over the columns of ``row`` (an alias with its dot), once more is credited or paid."""
    c = row
    return (
        f"CASE WHEN {c}voided_at IS NOT NULL OR {c}number IS NULL THEN 0 ELSE {_owed(c, plus_credited, plus_paid)} END"
    )


def status_sql(*, row: str = "", plus_credited: str = "0", plus_paid: str = "0", plus_pending: str = "0") -> str:
    """``status_of`` as SQL, once so much more is credited, paid or being paid: for the CHECK and for triggers."""
    c = row
    return (
        f"CASE WHEN {c}number IS NULL THEN '{DRAFT}' WHEN {c}voided_at IS NOT NULL THEN '{VOID}'"
        f" WHEN {c}carried_out > 0 THEN '{CARRIED}'"
        f" WHEN {_owed(c, plus_credited, plus_paid)} = 0 THEN '{PAID}'"
        f" WHEN {c}payment_pending{_plus(plus_pending)} > 0 THEN '{PENDING}' ELSE '{UNPAID}' END"
    )


def _owed(row: str, plus_credited: str, plus_paid: str) -> str:
    c = row
    paid = f"{c}paid" if plus_paid == "0" else f"({c}paid + {plus_paid})"
    return f"{c}total - {c}carried_in + {c}carried_out - ({c}credited{_plus(plus_credited)}) - {paid}"


def _plus(more: str) -> str:
    return "" if more == "0" else f" + {more}"
