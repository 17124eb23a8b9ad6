"""What a payment's facts say: its status and the money on account. Pure, and the same text in SQL (I21, I22)."""

PENDING, SUCCESSFUL, FAILED, RETURNED = "pending", "successful", "failed", "returned"
STATUSES = (PENDING, SUCCESSFUL, FAILED, RETURNED)

GATEWAY, BANK, OFF_PLATFORM = "gateway", "bank", "off_platform"
CHANNELS = (GATEWAY, BANK, OFF_PLATFORM)


UNKNOWN, NEEDS_CUSTOMER, DIFFERS, LATE = "unknown", "needs_customer", "differs", "late"
DISPUTED, STRAY = "disputed", "stray"
"""Why a person should look at what a payment provider moves."""

LIVE = (PENDING, SUCCESSFUL)
"""Statuses of refunds whose money is on its way, or went."""


def refund_status_sql(*, row: str = "") -> str:
    """The one status that a refund's moments allow: it goes, or fails; what went may come back (I22)."""
    c = row
    return (
        f"CASE WHEN {c}returned_at IS NOT NULL THEN '{RETURNED}' WHEN {c}settled_at IS NOT NULL THEN '{SUCCESSFUL}'"
        f" WHEN {c}failed_at IS NOT NULL THEN '{FAILED}' ELSE '{PENDING}' END"
    )


def status_of(*, settled: bool, failed: bool, amount: int, returned: int) -> str:
    """The one status that these facts allow; a payment that was taken back in part is still successful."""
    if settled:
        return RETURNED if returned == amount else SUCCESSFUL
    return FAILED if failed else PENDING


def left_of(*, amount: int, allocated: int, returned: int, given_back: int, kept: int) -> int:
    """What is left of a payment, minor units: what is neither used, taken back, given back nor kept.

    Above zero that is on account. Below zero more went back than came: a bank took back what had been given back.
    """
    return amount - allocated - returned - given_back - kept


def status_sql(*, row: str = "", plus_returned: str = "") -> str:
    """``status_of`` as SQL over the columns of ``row`` (an alias with its dot), once so much more is returned."""
    c = row
    return (
        f"CASE WHEN {c}settled_at IS NOT NULL"
        f" THEN CASE WHEN {c}returned{plus_returned} = {c}amount THEN '{RETURNED}' ELSE '{SUCCESSFUL}' END"
        f" WHEN {c}failed_at IS NOT NULL THEN '{FAILED}' ELSE '{PENDING}' END"
    )


def left_sql(*, row: str = "") -> str:
    """``left_of`` as SQL."""
    c = row
    return f"{c}amount - {c}allocated - {c}returned - {c}given_back - {c}kept"


def left_agrees_sql(*, row: str = "") -> str:
    """Money on account and what went back beyond it are what is left, and never both."""
    c = row
    return f"{c}on_account - {c}overdrawn = {left_sql(row=row)} AND ({c}on_account = 0 OR {c}overdrawn = 0)"


def moved_sql(less: str, *, row: str = "") -> str:
    """The assignments that take ``less`` minor units off what is left, an SQL expression."""
    left = f"{row}on_account - {row}overdrawn - ({less})"
    return (
        f"on_account = CASE WHEN {left} > 0 THEN {left} ELSE 0 END,"
        f" overdrawn = CASE WHEN {left} < 0 THEN -({left}) ELSE 0 END"
    )
