"""Reading a page as a person does: which label stands beside which amount, and what a table's columns add up to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import html as parser

from core.formats import DASH
from core.money import exponent

AMOUNT = re.compile(r"\(?-?(?:[A-Z]{1,3}\$?|[€¥£])?\s?\(?[\d,]+(?:\.\d+)?\)?")
BELOW_ZERO = re.compile(r"^\W*-|^\(.*\)$")


def amount(text: str, currency: str = "EUR") -> int | None:
    """A printed amount in minor units; nothing or a dash is zero, None what is no amount alone."""
    text = " ".join(text.split()).replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")
    if text in ("", DASH, "-"):
        return 0
    if not AMOUNT.fullmatch(text):
        return None
    whole, _point, fraction = re.sub(r"[^\d.]", "", text).partition(".")
    minor = int(whole + fraction.ljust(exponent(currency), "0"))
    assert len(fraction) in (0, exponent(currency)), text
    return -minor if BELOW_ZERO.match(text) else minor


@dataclass
class Row:
    """One row of a table: its first words, the text of each cell by its column's header, and its classes."""

    label: str
    cells: dict[str, str]
    kind: str = ""

    def amount(self, header: str, currency: str = "EUR") -> int:
        """The amount under a header, in minor units."""
        found = amount(self.cells[header], currency)
        assert found is not None, f"{self.cells[header]!r} under {header}"
        return found


@dataclass
class Sheet:
    """A table: its rows, and those of its foot."""

    headers: list[str]
    rows: list[Row] = field(default_factory=list)
    foot: list[Row] = field(default_factory=list)

    def sum(self, header: str, currency: str = "EUR", *, kind: str = "") -> int:
        """What the rows add up to under a header; with ``kind`` those of this class, without the heads of groups."""
        rows = [row for row in self.rows if not kind or {kind, "leaf-head"} & {*row.kind.split()} == {kind}]
        return sum(row.amount(header, currency) for row in rows)

    def row(self, label: str) -> Row:
        """The row, of the body or the foot, that begins with this label."""
        found = [row for row in (*self.rows, *self.foot) if row.label.startswith(label)]
        assert len(found) == 1, [row.label for row in (*self.rows, *self.foot)]
        return found[0]


class Page:
    """A page as it was answered."""

    def __init__(self, body: bytes | str, currency: str = "EUR") -> None:
        """Parse it; amounts are of ``currency``."""
        self.tree: Any = parser.fromstring(body)
        self.currency = currency

    def figures(self, section: str = "") -> dict[str, int]:
        """Label to minor units of every ``<dl>`` of figures or sums, within the section that this heading names."""
        found: dict[str, int] = {}
        for term in self._within(section).iterfind(".//dl//dt"):
            told = amount(_text(term.getnext()), self.currency)
            if told is not None:
                found.setdefault(_label(term), told)
        return found

    def table(self, section: str) -> Sheet:
        """The first table of the section whose heading has this id."""
        return sheet_of(next(self._within(section).iter("table")))

    def list(self) -> Sheet:
        """The table of a list page."""
        return sheet_of(self.tree.find(".//div[@id='results']//table"))

    def _within(self, section: str) -> Any:
        if not section:
            return self.tree
        found = self.tree.xpath("//*[@aria-labelledby=$id]", id=section)
        assert found, section
        return found[0]


def sheet_of(table: Any) -> Sheet:
    """A table's headers, rows and foot; a cell that spans columns stands under the first of them."""
    headers = [_text(cell) for cell in table.find("thead").iter("th")]
    sheet = Sheet(headers)
    for part in table:
        if part.tag in ("tbody", "tfoot"):
            rows = sheet.foot if part.tag == "tfoot" else sheet.rows
            rows += [_row(line, headers, f"{part.get('class') or ''} {line.get('class') or 'plain'}") for line in part]
    return sheet


def _row(line: Any, headers: Sequence[str], kind: str) -> Row:
    cells: dict[str, str] = {}
    at = 0
    for cell in line.iter("td", "th"):
        if at < len(headers):
            cells[headers[at]] = _text(cell)
        at += int(cell.get("colspan", 1))
    label = next((text for text in cells.values() if text), "")
    return Row(label, cells, kind)


def _label(term: Any) -> str:
    """A term without what stands beside it in small letters."""
    return " ".join(" ".join(_told(term, but="muted")).split())


def _text(node: Any) -> str:
    """What is read of a node: not what is hidden, or said in a second line."""
    return " ".join(" ".join(_told(node, but="muted")).split()) if node is not None else ""


UNREAD = {"svg", "select", "option", "input", "template"}


def _told(node: Any, *, but: str) -> Iterator[str]:
    if node.text:
        yield node.text
    for child in node:
        is_read = isinstance(child.tag, str) and child.tag not in UNREAD
        if is_read and but not in (child.get("class") or "").split():
            yield from _told(child, but=but)
        if child.tail:
            yield child.tail
