"""CSV and XLSX of a list's filtered set, written row by row, and the one guard against formulas in text cells."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from core.printable import printable
from web.tables import Column

MOST_XLSX_ROWS = 50_000
"""A spreadsheet is built whole before it is sent; more rows than this come as CSV."""
BATCH = 2_000
FORMULA = re.compile(r"[\s;,|'\"\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""What a spreadsheet may take for a formula: the sign, also fullwidth, also behind blanks, quotes or separators."""
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def guarded(value: object) -> object:
    """A cell that no program will run: text that looks like a formula gets an apostrophe, numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, (int, float, Decimal, date)):
        return value
    text = str(value)
    return f"'{text}" if FORMULA.match(text) else text


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def headers_of(columns: Sequence[Column]) -> list[str]:
    """The first row."""
    return [str(guarded(str(column.header or column.name))) for column in columns]


def csv_response(records: Iterable[Any], columns: Sequence[Column], name: str) -> HttpResponseBase:
    """A streamed CSV file: UTF-8 with its mark, text in quotes, amounts as plain numbers with a point."""
    response = StreamingHttpResponse(_csv_lines(records, columns), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _csv_lines(records: Iterable[Any], columns: Sequence[Column]) -> Iterator[str]:
    writer = csv.writer(Echo(), quoting=csv.QUOTE_NONNUMERIC)
    writers = [column.exported for column in columns]
    yield f"\ufeff{writer.writerow(headers_of(columns))}"  # The echo returns the line.
    for record in records:
        yield str(writer.writerow([_plain(guarded(write(record))) for write in writers]))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def xlsx_response(records: Iterable[Any], columns: Sequence[Column], name: str) -> HttpResponseBase:
    """A workbook with one sheet, its header row frozen; text cells are typed as text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, text) for text in headers_of(columns)])
    writers = [column.exported for column in columns]
    for record in records:
        sheet.append([_cell(sheet, write(record)) for write in writers])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)


def _cell(sheet: Any, value: object) -> Any:
    safe = guarded(value)
    if isinstance(safe, str):
        cell = WriteOnlyCell(sheet, value="")
        cell.value = printable(safe)
        cell.data_type = "s"
        return cell
    cell = WriteOnlyCell(sheet, value=safe)
    if isinstance(safe, Decimal):
        places = -int(safe.as_tuple().exponent)
        cell.number_format = "#,##0" + ("." + "0" * places if places > 0 else "")
    return cell


Export = Callable[[Iterable[Any], Sequence[Column], str], HttpResponseBase]
EXPORTS: dict[str, Export] = {"csv": csv_response, "xlsx": xlsx_response}
