"""Reading a CSV file: its header, and its records with the bytes that each took and what is wrong with them."""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from textwrap import shorten
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import InvalidInput
from core.search_keys import composed

LONGEST_LINE = 20_000
"""Bytes; a longer line is no line of ours."""
MOST_REREAD = 50 * LONGEST_LINE
"""Bytes that are read twice to save the rows behind a broken one; from then on a broken record goes whole."""
MOST_EMPTY = 100
"""Empty rows that may stand above the header."""
MOST_SHOWN, LONGEST_SHOWN = 5, 200
"""Rows that are shown before anything is imported, and letters of a cell or a message about it."""
DELIMITERS = (",", ";", "\t")
BOM = b"\xef\xbb\xbf"
NO_ALIASES: Mapping[str, str] = MappingProxyType({})
_SAYS_SEPARATOR = re.compile(r'"?sep=([,;\t])"?[,;\t]*', re.IGNORECASE)
_UTF_16 = gettext_lazy("The file is UTF-16 text. Save it as CSV in UTF-8 and upload it again.")
_WORKBOOK = gettext_lazy("This is a spreadsheet or an archive, not text. Save it as CSV in UTF-8 and upload that file.")
_NO_CSV = {
    b"\xff\xfe": _UTF_16,
    b"\xfe\xff": _UTF_16,
    b"PK\x03\x04": _WORKBOOK,
    b"\xd0\xcf\x11\xe0": _WORKBOOK,
    b"\x1f\x8b": _WORKBOOK,
    b"%PDF": gettext_lazy("This is a PDF. Save the table as CSV in UTF-8 and upload that file."),
}
"""How files begin that are none of ours, and what to send instead."""


class Header(NamedTuple):
    """What the first line says: the columns in their order, what parts them, and where the records begin.

    A column without a name has an empty one: spreadsheets write such columns, and their cells must be empty. ``row`` is
    the header's own number in a spreadsheet: 1, unless empty rows stand above it.
    """

    columns: list[str]
    delimiter: str
    offset: int
    row: int = 1


class Record(NamedTuple):
    """One record: its fields, its text, where the file goes on after it, and what is wrong with its bytes.

    ``row`` is its number in a spreadsheet that shows the file, empty rows counted.
    """

    fields: list[str]
    text: str
    offset: int
    problem: str = ""
    row: int = 0

    def problem_under(self, columns: Sequence[str]) -> str:
        """What is wrong with its bytes, or its shape: each named column has a field, all other fields are empty."""
        fields = self.fields
        if self.problem or (len(fields) == len(columns) and "" not in columns):
            return self.problem
        last = max(place for place, name in enumerate(columns) if name)
        if len(fields) <= last:
            return _("The row has a different number of fields than the header.")
        beside = zip_longest(fields, columns[: len(fields)], fillvalue="")
        if any(field.strip() and not name for field, name in beside):
            return _("The row has text in a column that the header does not name.")
        return ""


def read_header(
    stream: BinaryIO, *, known: Collection[str], required: Collection[str], aliases: Mapping[str, str] = NO_ALIASES
) -> Header:
    """Read the header line, which names ``known`` columns or their ``aliases``, all ``required`` ones among them.

    Empty rows above it are passed over, and so is the line "sep=;" by which a spreadsheet says what parts its columns.
    Raises InvalidInput beside the field ``file``.
    """
    text, delimiter, row = _header_line(stream)
    delimiter = delimiter or max(DELIMITERS, key=text.count)
    try:
        cells = next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error as error:
        raise InvalidInput(_("The first line is not valid CSV: %(error)s.") % {"error": error}, field="file") from None
    columns = [aliases.get(name, name) for name in (cell.strip().lower() for cell in cells)]
    named = [name for name in columns if name]
    unknown = [name for name in named if name not in known]
    missing = [name for name in required if name not in named]
    if missing or unknown:
        raise InvalidInput(
            _("The first line must name the columns: %(columns)s. Missing: %(missing)s. Unknown: %(unknown)s.")
            % {
                "columns": ", ".join(known),
                "missing": ", ".join(missing) or "-",
                "unknown": shorten(", ".join(unknown), LONGEST_SHOWN, placeholder="...") or "-",
            },
            field="file",
        )
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise InvalidInput(
            _("The first line names a column twice: %(columns)s.") % {"columns": ", ".join(twice)}, field="file"
        )
    return Header(columns, delimiter, stream.tell(), row)


def _header_line(stream: BinaryIO) -> tuple[str, str, int]:
    """The first line with text, the separator that a line above it names, and its row."""
    delimiter, row = "", 1
    text = _text_of_header(stream.readline(LONGEST_LINE))
    if said := _SAYS_SEPARATOR.fullmatch(text):
        delimiter = said[1]
        text = _text_of_header(stream.readline(LONGEST_LINE))
    while row <= MOST_EMPTY and not text.strip("".join(DELIMITERS) + ' "'):
        line = stream.readline(LONGEST_LINE)
        if not line:
            break
        text, row = _text_of_header(line), row + 1
    return text, delimiter, row


def _text_of_header(line: bytes) -> str:
    """The first line as text, or the reason why it is none, in words that name the way out."""
    for beginning, words in _NO_CSV.items():
        if line.startswith(beginning):
            raise InvalidInput(str(words), field="file")
    if b"\0" in line:
        raise InvalidInput(str(_UTF_16), field="file")
    try:
        text = line.removeprefix(BOM).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InvalidInput(
            _("The file is not UTF-8 text. Save it as CSV in UTF-8 and upload it again."), field="file"
        ) from None
    if "\r" in text:
        raise InvalidInput(
            _("The lines of the file end with a carriage return alone. Save it as CSV in UTF-8 and upload it again."),
            field="file",
        )
    return text


def first_rows(stream: BinaryIO, header: Header) -> list[list[str | int]]:
    """What the file looks like: the columns, then the number and the cells of the first rows, long ones cut short."""
    found: list[list[str | int]] = [["", *(name for name in header.columns if name)]]
    for record in islice(records(stream, offset=header.offset, delimiter=header.delimiter, row=header.row), MOST_SHOWN):
        cells = zip_longest(record.fields[: len(header.columns)], header.columns, fillvalue="")
        found.append([record.row, *(str(text).strip()[:LONGEST_SHOWN] for text, name in cells if name)])
    return found


def records(stream: BinaryIO, *, offset: int, delimiter: str, row: int = 1) -> Iterator[Record]:
    """The records from ``offset`` on, behind the spreadsheet's ``row``, their letters composed (NFC).

    A quoted field may hold line ends; rows without any text are passed over.

    Of a record that is no CSV only the first line is given up, so that a quote too many takes no other row with it;
    until ``MOST_REREAD`` is used up, so that a file of nothing else is read in a time that grows with its size alone.
    """
    lines = _Lines(stream, offset)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    reread = 0
    while True:
        lines.begin()
        row += 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reread += lines.taken
            if reread <= MOST_REREAD:
                lines.back_to_second()
            problem = _("This line is not valid CSV: %(error)s.") % {"error": error}
            yield Record([], lines.text, lines.offset, problem, row)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        if lines.problem or any(field and not field.isspace() for field in fields):
            yield Record([composed(field) for field in fields], lines.text, lines.offset, lines.problem, row)


class _Lines:
    """Lines as text, with the count of bytes that csv took; what is no text of ours is noted, never raised."""

    def __init__(self, stream: BinaryIO, offset: int) -> None:
        self._stream = stream
        self._stream.seek(offset)
        self.offset = offset
        self.begin()

    def begin(self) -> None:
        """A new record begins."""
        self._parts: list[str] = []
        self._start = self._second = self.offset
        self.problem = ""

    def back_to_second(self) -> None:
        """Give up the record's first line alone: what comes next is its second."""
        del self._parts[1:]
        self.offset = self._second
        self._stream.seek(self.offset)

    @property
    def taken(self) -> int:
        """Bytes of the record so far."""
        return self.offset - self._start

    @property
    def text(self) -> str:
        """The record as it stands in the file."""
        return "".join(self._parts).rstrip("\r\n")

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.taken > LONGEST_LINE:
            raise csv.Error(_("longer than %(longest)s bytes") % {"longest": LONGEST_LINE})
        line = self._stream.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.offset += len(line)
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text, self.problem = line.decode(errors="replace"), _("This line is not UTF-8 text.")
        if "\0" in text:
            text, self.problem = text.replace("\0", ""), _("This line contains an invalid character.")
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            self._pass_over_the_rest()
        if not self._parts:
            self._second = self.offset
        self._parts.append(text)
        return text

    def _pass_over_the_rest(self) -> None:
        self.problem = _("This line is longer than %(longest)s bytes.") % {"longest": LONGEST_LINE}
        more = b"."
        while more and not more.endswith(b"\n"):
            more = self._stream.readline(LONGEST_LINE)
            self.offset += len(more)
