"""Reading a CSV file: its header, and its records with the bytes that each took and what is wrong with them."""

import csv
from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.search_keys import composed

LONGEST_LINE = 20_000
"""Bytes; a longer line is no line of ours."""
MOST_REREAD = 50 * LONGEST_LINE
"""Bytes that are read twice to save the rows behind a broken one; from then on a broken record goes whole."""
BOM = b"\xef\xbb\xbf"


class Header(NamedTuple):
    """What the first line says: the columns in their order, what parts them, and where the records begin.

    A column without a name has an empty one: spreadsheets write such columns, and their cells must be empty.
    """

    columns: list[str]
    delimiter: str
    offset: int


class Record(NamedTuple):
    """One record: its fields, its text, where the file goes on after it, and what is wrong with its bytes.

    ``line`` is the line on which it begins, counted from where reading began.
    """

    fields: list[str]
    text: str
    offset: int
    problem: str = ""
    line: int = 0

    def problem_under(self, columns: Sequence[str]) -> str:
        """What is wrong with its bytes, or its shape: each named column has a field, all other fields are empty."""
        fields = self.fields
        if self.problem or (len(fields) == len(columns) and "" not in columns):
            return self.problem
        last = max(place for place, name in enumerate(columns) if name)
        if len(fields) <= last:
            return _("The row has not as many fields as the header.")
        beside = zip_longest(fields, columns[: len(fields)], fillvalue="")
        if any(field.strip() and not name for field, name in beside):
            return _("The row has text where the header names no column.")
        return ""


def read_header(stream: BinaryIO, *, known: Collection[str], required: Collection[str]) -> Header:
    """Read the header line, which names ``known`` columns, all ``required`` ones among them.

    Raises InvalidInput beside the field ``file``.
    """
    line = stream.readline(LONGEST_LINE)
    offset = len(line)
    text = _text_of_header(line)
    delimiter = ";" if text.count(";") > text.count(",") else ","
    try:
        columns = [name.strip().lower() for name in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error as error:
        raise InvalidInput(_("The first line is no line of CSV: %(error)s.") % {"error": error}, field="file") from None
    named = [name for name in columns if name]
    unknown = [name for name in named if name not in known]
    missing = [name for name in required if name not in named]
    if missing or unknown or len(set(named)) != len(named):
        raise InvalidInput(
            _("The first line must name the columns: %(columns)s. Missing: %(missing)s. Unknown: %(unknown)s.")
            % {
                "columns": ", ".join(known),
                "missing": ", ".join(missing) or "-",
                "unknown": ", ".join(unknown) or "-",
            },
            field="file",
        )
    return Header(columns, delimiter, offset)


def _text_of_header(line: bytes) -> str:
    """The first line as text, or the reason why it is none, in words that name the way out."""
    if line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in line:
        raise InvalidInput(_("The file is UTF-16 text. Save it as CSV in UTF-8 and send it again."), field="file")
    try:
        text = line.removeprefix(BOM).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InvalidInput(_("The file is not UTF-8 text."), field="file") from None
    if "\r" in text:
        raise InvalidInput(
            _("The lines of the file end with a carriage return alone. Save it as CSV in UTF-8 and send it again."),
            field="file",
        )
    return text


def records(stream: BinaryIO, *, offset: int, delimiter: str) -> Iterator[Record]:
    """The records from ``offset`` on, their letters composed (NFC); rows without any text are passed over.

    A quoted field may hold line ends.

    Of a record that is no CSV only the first line is given up, so that a quote too many takes no other row with it;
    until ``MOST_REREAD`` is used up, so that a file of nothing else is read in a time that grows with its size alone.
    """
    lines = _Lines(stream, offset)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    reread = 0
    while True:
        lines.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reread += lines.taken
            if reread <= MOST_REREAD:
                lines.back_to_second()
            problem = _("This is no line of CSV: %(error)s.") % {"error": error}
            yield Record([], lines.text, lines.offset, problem, lines.first)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        if lines.problem or any(field and not field.isspace() for field in fields):
            yield Record([composed(field) for field in fields], lines.text, lines.offset, lines.problem, lines.first)


class _Lines:
    """Lines as text, with the count of bytes that csv took; what is no text of ours is noted, never raised."""

    def __init__(self, stream: BinaryIO, offset: int) -> None:
        self._stream = stream
        self._stream.seek(offset)
        self.offset = offset
        self._read = 0
        self.begin()

    def begin(self) -> None:
        """A new record begins."""
        self._parts: list[str] = []
        self._start = self._second = self.offset
        self.first = self._read + 1
        self.problem = ""

    def back_to_second(self) -> None:
        """Give up the record's first line alone: what comes next is its second."""
        del self._parts[1:]
        self.offset, self._read = self._second, self.first
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
        self._read += 1
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text, self.problem = line.decode(errors="replace"), _("This line is not UTF-8 text.")
        if "\0" in text:
            text, self.problem = text.replace("\0", ""), _("This line holds a character that no text has.")
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
