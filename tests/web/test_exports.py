"""The formula guard, through real CSV and XLSX files."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.db.models import Q
from django.utils import timezone

from web.exports import Frame, csv_response, guarded, xlsx_response
from web.tables import AmountColumn, Aside, Column, DayColumn, MomentColumn, NumberColumn, Table

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


class TotalledTable(Table):
    text = Column("Text")
    amount = AmountColumn("Amount", total=True)
    price = AmountColumn("Price", accessor="amount")


TOTALLED: list[Any] = list(TotalledTable.base_columns.values())
FRAME = Frame(
    heading=[("Statement", "=Acme"), ("Closing balance", Decimal("5.00"))],
    asides=[
        Aside("of which red", Q(), lambda record: record.text == "red", counted=True),
        Aside("Not issued", Q(), lambda record: record.text == "draft"),
        Aside("Nothing", Q(), lambda _record: False),
    ],
)


def told() -> list[SimpleNamespace]:
    return [record("red", 5_00), record("draft", 70_00), record("blue", 1_25)]


def test_a_csv_holds_rows_only_below_its_headers() -> None:
    text = body(csv_response(told(), TOTALLED, "x", FRAME)).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["Statement", "'=Acme"], ["Closing balance", "5.00"], [], ["Text", "Amount", "Price"],
        ["red", "5.00", "5.00"], ["draft", "70.00", "70.00"], ["blue", "1.25", "1.25"],
    ]  # fmt: skip


@pytest.mark.parametrize(("currency", "shown"), [("EUR", "#,##0.00"), ("JPY", "#,##0"), ("KWD", "#,##0.000")])
def test_a_workbook_is_fit_to_be_read(currency: str, shown: str) -> None:
    records = [record(row.text, row.amount, currency) for row in told()]
    book = openpyxl.load_workbook(io.BytesIO(body(xlsx_response(records, TOTALLED, "credit-memos", FRAME))))
    sheet: Any = book.active
    assert (sheet.title, sheet.freeze_panes, sheet.auto_filter.ref) == ("credit-memos", "A5", "A4:C7")
    assert [cell.font.bold for cell in sheet[4]] == [True, True, True]
    assert not sheet["A5"].font.bold
    assert [row[0].value for row in sheet.iter_rows(min_row=8)] == ["Total", "of which red", "Not issued"]
    shift = {"EUR": 100, "JPY": 1, "KWD": 1000}[currency]
    assert [row[1].value * shift for row in sheet.iter_rows(min_row=8)] == [6_25, 5_00, 70_00]
    assert (sheet["B8"].value, sheet["B8"].number_format, sheet["B8"].font.bold) == (
        sheet["B5"].value + sheet["B7"].value, shown, True
    )  # fmt: skip
    assert (sheet["B1"].value, sheet["B1"].data_type, sheet["B2"].number_format) == ("'=Acme", "s", "#,##0.00")
    assert sheet.column_dimensions["A"].width >= len("of which red") - 1


def test_a_column_is_as_wide_as_what_stands_in_it() -> None:
    sheet: Any = openpyxl.load_workbook(
        io.BytesIO(body(xlsx_response([record("A company with a long name"), record("x" * 500)], COLUMNS, "x")))
    ).active
    assert sheet.column_dimensions["A"].width == 50
    assert 8 <= sheet.column_dimensions["B"].width < 15


def test_a_file_is_written_where_its_reader_is() -> None:
    """The lines are sent when the request is over, and with it the marketplace's zone."""
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        response = csv_response([record("a")], COLUMNS, "x")
    assert b"2026-05-18 18:30:00" in body(response)
    assert timezone.get_current_timezone_name() == "UTC"
