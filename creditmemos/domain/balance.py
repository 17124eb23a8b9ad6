"""What a credit memo's amounts say: its balance, and the one status that they allow. Pure, and the same in SQL."""

DRAFT, AWAITING, REJECTED, DISCARDED = "draft", "awaiting_approval", "rejected", "discarded"
UNAPPLIED, PARTIALLY, FULLY = "unapplied", "partially_applied", "fully_applied"
PAID_OUT, CLOSED, VOIDED = "paid_out", "closed", "voided"

EDITABLE = (DRAFT, REJECTED)
"""Drafts that wait for nobody: they can be edited, sent again, or discarded."""
DRAFTS = (*EDITABLE, AWAITING)
"""What may still become a credit memo."""
UNISSUED = (DRAFT, AWAITING, REJECTED, DISCARDED)
"""Statuses without a number: no effect on anything."""
OPEN = (UNAPPLIED, PARTIALLY)
"""Statuses with credit left to use."""
STATUSES = (*UNISSUED, UNAPPLIED, PARTIALLY, FULLY, PAID_OUT, CLOSED, VOIDED)


def balance_of(*, issued: bool, voided: bool, total: int, applied: int, paid_out: int, written_off: int) -> int:
    """Minor units of credit left (I1); 0 for drafts and voided memos."""
    return total - applied - paid_out - written_off if issued and not voided else 0


def status_of(*, voided: bool, total: int, applied: int, paid_out: int, written_off: int) -> str:
    """The status of an issued memo as a function of its amounts (I5)."""
    if voided:
        return VOIDED
    if paid_out > 0 and paid_out == total:
        return PAID_OUT
    if written_off > 0:
        return CLOSED
    if applied == 0:
        return UNAPPLIED
    return FULLY if applied == total else PARTIALLY


def balance_sql(*, row: str = "", applied: str = "applied", written_off: str = "written_off") -> str:
    """``balance_of`` as SQL over the columns of ``row`` (an alias with its dot)."""
    c = row
    return (
        f"CASE WHEN {c}voided_at IS NOT NULL OR {c}number IS NULL THEN 0"
        f" ELSE {c}total - ({applied}) - {c}paid_out - ({written_off}) END"
    )


def status_sql(*, row: str = "", applied: str = "applied", written_off: str = "written_off") -> str:
    """``status_of`` as SQL for issued memos, used by the CHECK and by the trigger that moves credit."""
    c = row
    return (
        f"CASE WHEN {c}voided_at IS NOT NULL THEN '{VOIDED}'"
        f" WHEN {c}paid_out > 0 AND {c}paid_out = {c}total THEN '{PAID_OUT}'"
        f" WHEN ({written_off}) > 0 THEN '{CLOSED}' WHEN ({applied}) = 0 THEN '{UNAPPLIED}'"
        f" WHEN ({applied}) = {c}total THEN '{FULLY}' ELSE '{PARTIALLY}' END"
    )


def written_off_after(*, row: str, moved: str) -> str:
    """SQL: what is written off once ``moved`` (minor units, negative when returned) has been applied.

    A closed memo writes returned credit off again (I11); nothing else changes the amount.
    """
    return f"CASE WHEN {row}written_off > 0 AND {moved} < 0 THEN {row}written_off - {moved} ELSE {row}written_off END"
