"""The formula guard, through real CSV and XLSX files."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from web.exports import csv_response, guarded, xlsx_response
from web.tables import AmountColumn, Column, DayColumn, MomentColumn, NumberColumn, Table

DANGEROUS = [
    '=HYPERLINK("http://x","a")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff0b1", "\uff0d1",
    "\uff20x", ";=1", '"=1', " =1", "\u200b=1", ", =1", "'=1", "|=1",
]  # fmt: skip
HARMLESS = ["Acme GmbH", "3-4", "a=b", "", "'quoted'", "Zürich, Nord", "10 %"]


class ExportTable(Table):
    text = Column("Text")
    amount = AmountColumn("Amount")
    count = NumberColumn("Count")
    on = DayColumn("On")
    at = MomentColumn("At")


COLUMNS: list[Any] = list(ExportTable.base_columns.values())


def record(text: str, amount: int = -5_00, currency: str = "EUR") -> SimpleNamespace:
    return SimpleNamespace(
        text=text,
        amount=amount,
        currency=currency,
        count=3,
        on=date(2026, 5, 18),
        at=datetime(2026, 5, 18, 9, 30, tzinfo=UTC),
    )


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def as_csv(records: Iterable[Any]) -> list[list[str]]:
    text = body(csv_response(records, COLUMNS, "x")).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_looks_like_a_formula_is_disarmed(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert as_csv([record(text)])[1][0] == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.parametrize("text", DANGEROUS)
def test_workbook_cells_are_text(text: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(body(xlsx_response([record(text)], COLUMNS, "x")))).active
    assert sheet is not None
    cell = sheet["A2"]
    assert cell.data_type == "s"
    assert str(cell.value).startswith("'")


def test_amounts_stay_numbers() -> None:
    assert as_csv([record("a")])[1] == ["a", "-5.00", "3", "2026-05-18", "2026-05-18 09:30:00"]
    sheet = openpyxl.load_workbook(io.BytesIO(body(xlsx_response([record("a")], COLUMNS, "x")))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == ["a", -5, 3, datetime(2026, 5, 18), datetime(2026, 5, 18, 9, 30)]  # noqa: DTZ001
    assert sheet["B2"].number_format == "#,##0.00"


@pytest.mark.parametrize(("currency", "text"), [("JPY", "-500"), ("KWD", "-0.500")])
def test_amounts_have_the_currency_decimals(currency: str, text: str) -> None:
    assert as_csv([record("a", currency=currency)])[1][1] == text


def test_control_characters_do_not_break_a_workbook() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(body(xlsx_response([record("a\x01b\x0bc")], COLUMNS, "x")))).active
    assert sheet is not None
    assert sheet["A2"].value == "a b\nc"


def test_csv_is_streamed_and_names_its_file() -> None:
    def endless() -> Iterable[Any]:
        while True:
            yield record("a")

    response: Any = csv_response(endless(), COLUMNS, "credit-memos")
    lines = iter(response.streaming_content)
    assert next(lines).decode("utf-8-sig").startswith('"Text","Amount"')
    assert next(lines).startswith(b'"a",-5.00')
    assert response["Content-Disposition"] == 'attachment; filename="credit-memos.csv"'
