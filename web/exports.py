"""CSV and XLSX of a list's filtered set, written row by row, and the one guard against formulas in text cells."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Protocol

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from core.printable import printable
from web.tables import Aside, Column, totalled

MOST_XLSX_ROWS = 50_000
"""A spreadsheet is built whole before it is sent; more rows than this come as CSV."""
BATCH = 2_000
MEASURED = 200
"""Rows that a spreadsheet's columns are made wide enough for."""
NARROWEST, WIDEST = 8, 50
"""Letters."""
FORMULA = re.compile(r"[\s;,|'\"\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""What a spreadsheet may take for a formula: the sign, also fullwidth, also behind blanks, quotes or separators."""
BOLD = Font(bold=True)
LONGEST_TITLE = 31
"""Letters of a sheet's name."""
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def guarded(value: object) -> object:
    """A cell that no program will run: text that looks like a formula gets an apostrophe, numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, (int, float, Decimal, date)):
        return value
    text = str(value)
    return f"'{text}" if FORMULA.match(text) else text


@dataclass(frozen=True, slots=True)
class Frame:
    """What a file says beside its rows: lines of name and value above the headers, and a workbook's totals below.

    ``asides`` are told apart in the totals as they are under the list. ``label`` names the row of totals, ``closing``
    gives it values of other columns, by their names.
    """

    heading: Sequence[tuple[str, object]] = ()
    asides: Sequence[Aside] = ()
    label: str | Promise = ""
    closing: Mapping[str, object] = field(default_factory=dict)


class _Sums:
    """Adds up a file's rows while they are written: a row of totals, and one for each aside that has rows."""

    def __init__(self, columns: Sequence[Column], frame: Frame) -> None:
        self._columns, self._frame = columns, frame
        self._at = [at for at, column in enumerate(columns) if column in totalled(columns)]
        self._total: dict[int, Decimal] = {}
        self._apart: list[dict[int, Decimal] | None] = [None for _aside in frame.asides]

    def add(self, record: Any, values: Sequence[object]) -> None:
        """Count a record with the values of its row."""
        counts = True
        for number, aside in enumerate(self._frame.asides):
            if aside.holds(record):
                self._apart[number] = self._with(self._apart[number] or {}, values)
                counts = counts and aside.counted
        if counts:
            self._with(self._total, values)

    def _with(self, sums: dict[int, Decimal], values: Sequence[object]) -> dict[int, Decimal]:
        for at in self._at:
            if isinstance(value := values[at], Decimal):
                sums[at] = sums[at] + value if at in sums else value
        return sums

    def rows(self) -> Iterator[list[object]]:
        """The rows below the others; none where nothing is added up."""
        if not self._at:
            return
        row = self._row(self._frame.label or _("Total"), self._total)
        for at, column in enumerate(self._columns):
            if column.name in self._frame.closing:
                row[at] = self._frame.closing[column.name]
        yield row
        for aside, sums in zip(self._frame.asides, self._apart, strict=True):
            if sums is not None:
                yield self._row(aside.label, sums)

    def _row(self, label: object, sums: Mapping[int, Decimal]) -> list[object]:
        return [str(label), *(sums.get(at) for at in range(1, len(self._columns)))]


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def headers_of(columns: Sequence[Column]) -> list[str]:
    """The first row."""
    return [str(guarded(str(column.header or column.name))) for column in columns]


def csv_response(
    records: Iterable[Any], columns: Sequence[Column], name: str, frame: Frame | None = None
) -> HttpResponseBase:
    """A streamed CSV file: UTF-8 with its mark, text in quotes, amounts as plain numbers with a point.

    Below its headers stand rows only: programs read it, and would take a row of totals for a document (ADR 52).
    """
    lines = _csv_lines(records, columns, frame or Frame(), timezone.get_current_timezone())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _csv_lines(records: Iterable[Any], columns: Sequence[Column], frame: Frame, zone: tzinfo) -> Iterator[str]:
    """The lines. They are sent when the request is over, so the reader's time zone comes along."""
    writer = csv.writer(Echo(), quoting=csv.QUOTE_NONNUMERIC)

    def line(values: Iterable[object]) -> str:
        return str(writer.writerow([_plain(guarded(value)) for value in values]))  # The echo returns the line.

    with timezone.override(zone):
        yield "".join(["\ufeff", *map(line, _above(frame)), str(writer.writerow(headers_of(columns)))])
        writers = [column.exported for column in columns]
        for record in records:
            yield line([write(record) for write in writers])


def _above(frame: Frame) -> Iterator[Sequence[object]]:
    """The heading and an empty line after it."""
    if frame.heading:
        yield from frame.heading
        yield ()


def _names(frame: Frame) -> Iterator[str]:
    """What stands before the values above the headers."""
    return (name for name, _value in frame.heading)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def xlsx_response(
    records: Iterable[Any], columns: Sequence[Column], name: str, frame: Frame | None = None
) -> HttpResponseBase:
    """A workbook with one sheet: its header row frozen and filtered, text cells typed as text, totals below."""
    frame = frame or Frame()
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:LONGEST_TITLE])
    headers, writers, sums = headers_of(columns), [column.exported for column in columns], _Sums(columns, frame)
    rows = ((record, [write(record) for write in writers]) for record in records)
    measured = list(islice(rows, MEASURED))
    beside = [str(label) for label in (frame.label, *(aside.label for aside in frame.asides), *_names(frame))]
    for at, header in enumerate(headers):
        told = [*map(len, beside), NARROWEST] if not at else [NARROWEST]
        widest = max(len(header) + 3, *(_length(values[at]) for _record, values in measured), *told)
        sheet.column_dimensions[get_column_letter(at + 1)].width = min(widest + 1, WIDEST)
    above = list(_above(frame))
    first = len(above) + 1
    sheet.freeze_panes = f"A{first + 1}"
    for row in above:
        sheet.append([_cell(sheet, value, is_bold=not at) for at, value in enumerate(row)])
    sheet.append([_cell(sheet, text, is_bold=True) for text in headers])
    last = first
    for record, values in chain(measured, rows):
        sums.add(record, values)
        sheet.append([_cell(sheet, value) for value in values])
        last += 1
    sheet.auto_filter.ref = f"A{first}:{get_column_letter(len(columns))}{last}"
    for row in sums.rows():
        sheet.append([_cell(sheet, value, is_bold=True) for value in row])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)


def _length(value: object) -> int:
    """About how many letters wide a value is shown."""
    if isinstance(value, Decimal):
        return len(f"{value:,f}")
    return len(str(_plain(value))) if value is not None else 0


def _cell(sheet: Any, value: object, *, is_bold: bool = False) -> Any:
    safe = guarded(value)
    cell = WriteOnlyCell(sheet, value="" if isinstance(safe, str) else safe)
    if isinstance(safe, str):
        cell.value = printable(safe)
        cell.data_type = "s"
    if isinstance(safe, Decimal):
        places = -int(safe.as_tuple().exponent)
        cell.number_format = "#,##0" + ("." + "0" * places if places > 0 else "")
    if is_bold:
        cell.font = BOLD
    return cell


class Export(Protocol):
    """A way to write records as a file."""

    def __call__(
        self, records: Iterable[Any], columns: Sequence[Column], name: str, frame: Frame | None = None
    ) -> HttpResponseBase: ...


EXPORTS: dict[str, Export] = {"csv": csv_response, "xlsx": xlsx_response}
