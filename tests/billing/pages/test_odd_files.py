"""Odd files, as people hand them in: each is read or refused in words, and its dry run says what the import then does.

The same table for files of events and of companies.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from billing.models import BillingEvent, EventImport, TriedEvent
from companies.models import Company, CompanyImport
from tests.factories.billing import sells
from tests.factories.world import NOW, TODAY, Market
from tests.support.outbox import drain
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
Rows = list[list[str]]


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Any:
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    with time_machine.travel(NOW, tick=False):
        yield


class Events:
    """Files of events: an order in each row."""

    header = ("key", "kind", "company", "day", "quantity", "price", "product", "description")
    sign = "."

    def __init__(self, market: Market) -> None:
        sells(market, "Setup")
        day = str(TODAY)
        self.rows = [
            [f"o{number}", "order", market.acme.name, day, "1", "12.50", "Setup", f"No {number}"] for number in (1, 2)
        ]

    def send(self, client: Client, file: SimpleUploadedFile) -> Any:
        told = {"token": str(uuid4()), "file": file, "is_trial": "on", "decimal": self.sign}
        return client.post(reverse("billing:import_new"), told)

    def read(self) -> EventImport:
        drain(NOW, topic="billing.import.turn")
        return EventImport.objects.latest("pk")

    def come_to(self) -> tuple[object, ...]:
        row = self.read()
        assert (row.state, row.error) == ("done", "")
        problems = list(row.problems.order_by("row").values_list("row", "text", "message"))
        made = TriedEvent.objects.filter(event_import=row) if row.is_trial else BillingEvent.objects.all()
        keys = sorted(made.values_list("key", "body_hash"))
        return row.added, row.refused, row.repeated, row.asked, row.rows, problems, keys

    def url(self, name: str) -> str:
        return reverse(f"billing:{name}", args=[EventImport.objects.latest("pk").pk])


class Companies:
    """Files of companies: a customer in each row."""

    header = ("external_key", "name", "kind", "street", "postal_code", "city", "country", "tax_number")

    def __init__(self, market: Market) -> None:
        self.rows = [
            [f"C-{number}", f"Dune {number}", "customer", "1 Road", "80331", "Ulm", "DE", f"No {number}"]
            for number in (1, 2)
        ]

    def send(self, client: Client, file: SimpleUploadedFile) -> Any:
        return client.post(reverse("companies:import_new"), {"token": str(uuid4()), "file": file, "is_trial": "on"})

    def come_to(self) -> tuple[object, ...]:
        row = CompanyImport.objects.latest("pk")
        problems = list(row.problems.order_by("row").values_list("row", "text", "message"))
        return row.added, row.refused, row.changed, row.same, row.rows, problems

    def url(self, name: str) -> str:
        return reverse(f"companies:{name}", args=[CompanyImport.objects.latest("pk").pk])


def written(rows: Rows, *, by: str = ",", end: str = "\r\n", quoted: bool = False) -> str:
    cell = (lambda text: f'"{text}"') if quoted else str
    return "".join(by.join(map(cell, row)) + end for row in rows)


def archive(rows: Rows) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("xl/sheet1.xml", written(rows))
    return file.getvalue()


def last(rows: Rows, text: str) -> Rows:
    """The last cell of the last row is this."""
    return [*rows[:-1], [*rows[-1][:-1], text]]


Maker = Callable[[Rows], str | bytes]
READ: dict[str, tuple[Maker, tuple[int, int]]] = {
    "plain": (written, (2, 0)),
    "unix line ends": (lambda rows: written(rows, end="\n"), (2, 0)),
    "no line end at the end": (lambda rows: written(rows).rstrip(), (2, 0)),
    "a byte order mark": (lambda rows: "\ufeff" + written(rows), (2, 0)),
    "semicolons": (lambda rows: written(rows, by=";"), (2, 0)),
    "tabs": (lambda rows: written(rows, by="\t"), (2, 0)),
    "a line that says what parts columns": (lambda rows: "sep=;\r\n" + written(rows, by=";"), (2, 0)),
    "the same behind a mark, in quotes": (lambda rows: '\ufeff"sep=,"\r\n' + written(rows), (2, 0)),
    "everything in quotes": (lambda rows: written(rows, quoted=True), (2, 0)),
    "empty rows above the header": (lambda rows: ",,,\r\n\r\n" + written(rows), (2, 0)),
    "empty rows between": (lambda rows: written([rows[0], rows[1], [""] * 8, [" "], rows[2]]), (2, 0)),
    "empty rows below": (lambda rows: written([*rows, [""] * 8, [""] * 3]), (2, 0)),
    "an empty column behind": (lambda rows: written([[*row, "", ""] for row in rows]), (2, 0)),
    "an empty column in front": (lambda rows: written([["", *row] for row in rows]), (2, 0)),
    "a comment beside the columns": (lambda rows: written([*rows[:2], [*rows[2], "see mail"]]), (1, 1)),
    "a header in capitals and blanks": (lambda rows: written([[f" {c.upper()} " for c in rows[0]], *rows[1:]]), (2, 0)),
    "columns in another order": (lambda rows: written([row[::-1] for row in rows]), (2, 0)),
    "a row that ends early": (lambda rows: written([*rows[:2], rows[2][:4]]), (1, 1)),
    "a formula": (lambda rows: written(last(rows, "=1+1")), (2, 0)),
    "a command": (lambda rows: written(last(rows, "@SUM(A1)|cmd")), (2, 0)),
    "a quote too many": (lambda rows: written(last(rows, 'an "inch')), (2, 0)),
    "a quote that never ends": (lambda rows: written(last(rows, '"an inch')), (1, 1)),
    "a line break in a cell": (lambda rows: written(last(rows, '"two\r\nlines"')), (2, 0)),
    "a separator in a cell": (lambda rows: written(last(rows, '"a, b"')), (2, 0)),
    "a cell of a megabyte": (lambda rows: written(last(rows, "x" * 1_000_000)), (1, 1)),
    "a cell of a megabyte in lines": (lambda rows: written(last(rows, '"' + ("x" * 99 + "\n") * 10_000 + '"')), (1, -1)),
    "a NUL in a row": (lambda rows: written(last(rows, "x\0y")), (1, 1)),
    "a row of another encoding": (lambda rows: written(last(rows, "Köln")).encode("latin-1"), (1, 1)),
    "a bell": (lambda rows: written(last(rows, "x\ay")), (-1, -1)),
    "a carriage return in a row": (lambda rows: written(last(rows, "x\ry")), (-1, -1)),
    "decomposed letters": (lambda rows: written(last(rows, "u\u0308ber")), (2, 0)),
    "letters of many scripts": (lambda rows: written(last(rows, "\u6771\u4eac \u0645\u0635\u0631")), (2, 0)),
    "no rows": (lambda rows: written(rows[:1]), (0, 0)),
    "a header without a line end": (lambda rows: written(rows[:1]).strip(), (0, 0)),
    "the same row twice": (lambda rows: written([*rows, rows[1]]), (2, -1)),
    "the same key, another row": (lambda rows: written([*rows, last(rows[:2], "Other")[-1]]), (2, 1)),
}  # fmt: skip
"""How each is written, and how many rows are taken and rejected (-1: that is for the app to say)."""
REFUSED: dict[str, tuple[Maker, str]] = {
    "nothing": (lambda _rows: "", "The file is empty."),
    "a mark alone": (lambda _rows: "\ufeff", "Missing:"),
    "empty lines alone": (lambda _rows: "\r\n" * 3, "Missing:"),
    "UTF-16 with its mark": (lambda rows: written(rows).encode("utf-16"), "UTF-16"),
    "UTF-16, little end first": (lambda rows: written(rows).encode("utf-16-le"), "UTF-16"),
    "UTF-16, big end first": (lambda rows: written(rows).encode("utf-16-be"), "UTF-16"),
    "UTF-32": (lambda rows: written(rows).encode("utf-32"), "UTF-16"),
    "another encoding": (lambda rows: written(rows).replace("kind", "Käse").encode("latin-1"), "not UTF-8 text"),
    "bare carriage returns": (lambda rows: written(rows, end="\r"), "carriage return"),
    "a workbook": (archive, "spreadsheet or an archive"),
    "an old workbook": (lambda _rows: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "spreadsheet or an archive"),
    "a PDF": (lambda _rows: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "This is a PDF"),
    "a web page": (lambda _rows: "<!doctype html>\n<html></html>\n", "must name the columns"),
    "JSON": (lambda _rows: '[{"key": "o1", "kind": "order"}]', "must name the columns"),
    "one long line": (lambda _rows: "x" * 100_000, "must name the columns"),
    "a title above the header": (lambda rows: "Orders of May,,,\r\n" + written(rows), "must name the columns"),
    "no header": (lambda rows: written(rows[1:]), "must name the columns"),
    "a column twice": (lambda rows: written([[*row, row[0]] for row in rows]), "names a column twice"),
    "an unknown column": (lambda rows: written([[*row, "colour"] for row in rows]), "Unknown: colour"),
    "columns parted by bars": (lambda rows: written(rows, by="|"), "must name the columns"),
}  # fmt: skip


@pytest.fixture(params=[Events, Companies])
def kind(request: pytest.FixtureRequest, market: Market) -> Any:
    return request.param(market)


def made(kind: Any, maker: Maker) -> SimpleUploadedFile:
    content = maker([list(kind.header), *kind.rows])
    return SimpleUploadedFile("odd.csv", content.encode() if isinstance(content, str) else content)


@pytest.fixture
def finance(market: Market) -> Client:
    return client_of(market.people["finance"])


def each(table: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every entry over the same market: what came of one is taken back before the next."""
    for name, entry in table.items():
        before = transaction.savepoint()
        yield name, entry
        transaction.savepoint_rollback(before)


def test_what_is_no_file_of_ours_is_refused_beside_it(kind: Any, finance: Client) -> None:
    for name, (maker, words) in each(REFUSED):
        refused_beside(kind, finance, maker, words, name)


def refused_beside(kind: Any, finance: Client, maker: Maker, words: str, name: str) -> None:
    answer = kind.send(finance, made(kind, maker))
    assert answer.status_code == 422, name
    beside = re.search(r'id="id_file_error">(.*?)</div>', answer.content.decode(), re.DOTALL)
    assert beside is not None
    assert words in beside[1], name
    assert len(beside[1]) < 1000
    assert not EventImport.objects.exists()
    assert not CompanyImport.objects.exists()


def test_a_dry_run_says_what_the_import_then_does(kind: Any, finance: Client) -> None:
    for name, (maker, counts) in each(READ):
        tried_and_imported(kind, finance, maker, counts, name)


def tried_and_imported(kind: Any, finance: Client, maker: Maker, counts: tuple[int, int], name: str) -> None:
    taken, rejected = counts
    answer = kind.send(finance, made(kind, maker))
    assert answer.status_code == 302, name
    said = kind.come_to()
    assert (BillingEvent.objects.count(), Company.objects.exclude(external_key="").count()) == (0, 0)
    assert taken in (said[0], -1), name
    assert rejected in (said[1], -1), name
    for address in (kind.url("import"), kind.url("import_problems")):
        assert finance.get(address).status_code == 200
    if said[0]:
        assert finance.post(kind.url("import_tried"), {"token": str(uuid4())}).status_code == 302
        assert kind.come_to() == said, name
        assert finance.get(kind.url("import")).status_code == 200


def test_rows_are_counted_as_a_spreadsheet_does(kind: Any, finance: Client) -> None:
    bad = ["", *kind.rows[0][1:]]

    def maker(rows: Rows) -> str:
        return "\r\n" + written([rows[0], rows[1], [""] * 8, [*rows[2][:-1], '"two\r\nlines"'], bad])

    kind.send(finance, made(kind, maker))
    assert [row for row, *_ in kind.come_to()[5]] == [6]
    page = finance.get(kind.url("import")).content.decode()
    assert re.search(r'<td class="num">6</td>', page)
    lines = b"".join(finance.get(kind.url("import_problems")).streaming_content).decode()  # type: ignore[attr-defined]
    assert lines.splitlines()[1].startswith("6,")


def test_a_sample_file_has_the_right_form(market: Market, finance: Client) -> None:
    for kind, name in ((Events(market), "billing"), (Companies(market), "companies")):
        answer = finance.get(reverse(f"{name}:import_sample"))
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert kind.send(finance, SimpleUploadedFile("sample.csv", content)).status_code == 302
        taken, refused, *_rest = kind.come_to()
        assert (taken, refused) == ((2, 0) if name == "companies" else (0, 4))
    said = " ".join(EventImport.objects.get().problems.values_list("message", flat=True))
    assert said.count("is not known here") == 4
