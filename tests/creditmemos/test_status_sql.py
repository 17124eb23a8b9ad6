"""The status in SQL, which the guards use, is the pure function, on every combination of small amounts."""

from itertools import product

from django.db import connection

from creditmemos.domain import balance as memos
from invoices.domain import balance as invoices

SMALL = (0, 1, 2, 3)


def answers(columns: dict[str, tuple[object, ...]], *expressions: str) -> dict[tuple[object, ...], tuple[object, ...]]:
    """What each expression gives for every combination of the columns' values."""
    tables = [
        f"t{number} ({name}) AS (VALUES {', '.join(f'({_literal(value)})' for value in values)})"
        for number, (name, values) in enumerate(columns.items())
    ]
    froms = ", ".join(f"t{number}" for number in range(len(columns)))
    asked = ", ".join([*columns, *expressions])
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(tables)} SELECT {asked} FROM {froms}")
        rows = cursor.fetchall()
    return {tuple(row[: len(columns)]): tuple(row[len(columns) :]) for row in rows}


def _literal(value: object) -> str:
    return "CAST(NULL AS text)" if value is None else repr(value)


def test_memos(db: None) -> None:
    columns: dict[str, tuple[object, ...]] = {
        "number": (None, "CM-1"), "voided_at": (None, "2026-05-18"), "total": SMALL[1:], "applied": SMALL,
        "paid_out": SMALL, "written_off": SMALL,
    }  # fmt: skip
    found = answers(columns, memos.status_sql(), memos.balance_sql())
    assert len(found) == 2 * 2 * 3 * 4 * 4 * 4
    for number, voided, total, applied, paid_out, written_off in product(*columns.values()):
        amounts = {"total": total, "applied": applied, "paid_out": paid_out, "written_off": written_off}
        status = memos.status_of(voided=voided is not None, **amounts)  # type: ignore[arg-type]
        issued = {"issued": number is not None, "voided": voided is not None}
        balance = memos.balance_of(**issued, **amounts)  # type: ignore[arg-type]
        assert found[number, voided, total, applied, paid_out, written_off] == (status, balance), amounts


def test_invoices(db: None) -> None:
    columns: dict[str, tuple[object, ...]] = {
        "number": (None, "INV-1"), "voided_at": (None, "2026-05-18"), "total": (-1, 0, 1, 2, 3), "carried_in": (0, 1),
        "carried_out": (0, 1), "credited": SMALL[:3], "paid": SMALL[:3], "payment_pending": (0, 1),
    }  # fmt: skip
    found = answers(columns, invoices.status_sql(), invoices.due_sql())
    assert len(found) == 2 * 2 * 5 * 2 * 2 * 3 * 3 * 2
    for row in product(*columns.values()):
        number, voided, total, carried_in, carried_out, credited, paid, pending = row
        facts = {"issued": number is not None, "voided": voided is not None, "carried_out": carried_out}
        amounts = {"total": total, "carried_in": carried_in, "credited": credited, "paid": paid}
        due = invoices.amount_due(**facts, **amounts)  # type: ignore[arg-type]
        asked = total - carried_in + carried_out - credited - paid  # type: ignore[operator]
        status = invoices.status_of(**facts, due=asked, payment_pending=pending)  # type: ignore[arg-type]
        assert found[row] == (status, due), row


def test_what_is_written_off_after_credit_moved(db: None) -> None:
    columns: dict[str, tuple[object, ...]] = {"written_off": SMALL, "moved": (-2, -1, 0, 1, 2)}
    found = answers(columns, memos.written_off_after(row="", moved="moved"))
    for written_off, moved in product(SMALL, (-2, -1, 0, 1, 2)):
        again = written_off - moved if written_off and moved < 0 else written_off
        assert found[written_off, moved] == (again,)
