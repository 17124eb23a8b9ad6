"""No pattern and no parser that reads what people typed takes more than its length in time: 1 MB is fed to each."""

import importlib
import io
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from companies.domain import tax_numbers
from core import csvfile, ids, printable
from core.errors import Refusal
from core.money import AmountError, parse_amount
from documents.domain import differences, filenames, patterns
from documents.renderer import markup
from documents.renderer.markup import MarkupRefused
from documents.templates import liquid
from documents.templates.liquid import TemplateRefused
from notifications.forms import kind as audience
from web import exports, fields

APPS = ("core", "companies", "documents", "notifications", "subscriptions", "invoices", "creditmemos", "billing")
LONG = 1 << 20
SWEPT = 1 << 14
MODEST = 0.1
"""Seconds of processor time in which a ratio is noise."""
RUNS = (
    "-", " ", "\n", "\t", "a", "A", "9", ".", "9.", "é", "'", '"', "\\", "<", "{", "{{", "{%", "{{ a", "[[a]]", "(", ",",
    "; ", "=", "@", "0x", "/*", "--a:", "--a", "--a:var ", "url ", "url(", "var(", "data:", "\x00", "\r", "\u2028",
)  # fmt: skip
TAGS = (
    "<a",
    "<a ",
    "<!",
    "<!-",
    "<?",
    "</",
    "</a",
    "<a b",
    "<a b=",
    "<a b='",
    "<a/",
    "<p>",
    "</p>",
    "<p>a</p>",
    "&",
    "&#",
)
OURS = {"core.guarding", "core.installed_guards", "documents.templates.defaults"}
"""Modules whose patterns read files of the product alone."""
AT_START = {"web.exports.FORMULA", "documents.renderer.markup._TAG_REST"}
"""Patterns that are asked at one place, never searched with."""


def modules() -> Iterator[Any]:
    for app in APPS:
        package = importlib.import_module(app)
        for found in pkgutil.walk_packages(package.__path__, f"{app}."):
            if not {"migrations", "management"} & set(found.name.split(".")):
                yield importlib.import_module(found.name)


def our_patterns() -> dict[str, re.Pattern[str]]:
    found: dict[str, re.Pattern[str]] = {}
    for module in modules():
        if module.__name__ in OURS:
            continue
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and value not in found.values():
                found[f"{module.__name__}.{name}"] = value
    return found


def spent(work: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    work(text)
    return time.process_time() - began


def assert_linear(work: Callable[[str], object], run: str, length: int) -> None:
    """Twice the text takes at most three times the processor time: the best of three, before it is called slow."""
    whole = run * (length // len(run) + 1)
    half, full = whole[: length // 2], whole[:length]
    once, twice = spent(work, half), spent(work, full)
    for _ in range(2):
        if twice <= max(3 * once, MODEST):
            return
        once, twice = min(once, spent(work, half)), min(twice, spent(work, full))
    assert twice <= max(3 * once, MODEST), f"{run!r}: {once:.3f} s and {twice:.3f} s for {length} letters"


PATTERNS = our_patterns()


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_patterns(name: str) -> None:
    pattern = PATTERNS[name]

    def work(text: str) -> None:
        pattern.fullmatch(text)
        if name not in AT_START:
            for _ in pattern.finditer(text):
                pass

    for run in (*RUNS, *TAGS):
        assert_linear(work, run, SWEPT)
    assert_linear(work, "-", LONG)


def test_all_patterns_are_found() -> None:
    """What the discovery must not lose: a pattern of each kind of module."""
    assert {
        "documents.renderer.markup._CUSTOM",
        "core.printable._CONTROL",
        "core.csvfile._SAYS_SEPARATOR",
    } <= PATTERNS.keys()


def reads_csv(text: str) -> None:
    csvfile.read_header(io.BytesIO(text.encode()), known=["key"], required=["key"])


def reads_records(text: str) -> None:
    for _ in csvfile.records(io.BytesIO(text.encode()), offset=0, delimiter=","):
        pass


PARSERS: dict[str, Callable[[str], object]] = {
    "the HTML of a document": markup.check,
    "a style element": lambda text: markup.check(f"<style>{text}</style>"),
    "a style attribute": lambda text: markup.check(f'<p style="{text}">'),
    "a tag": lambda text: markup.check(f"<p {text}>"),
    "a template": lambda text: liquid.render(text[: liquid.LONGEST_SOURCE], {}),
    "a template's lines": lambda text: liquid.source_line(text[: liquid.LONGEST_SOURCE], {}, 1),
    "a template's pieces": liquid._with_marks,
    "a text in a template": lambda text: liquid.render("{{ a | escape }}", {"a": text}),
    "two texts": lambda text: differences.differences(text[:SWEPT], text[:SWEPT].replace("a", "b") + "\nc"),
    "a printed text": printable.printable,
    "a printed name": printable.one_line,
    "an exported cell": exports.guarded,
    "an amount": lambda text: parse_amount(text, currency="EUR"),
    "a quantity": lambda text: fields.ExactField(places=6).clean(text),
    "an id": ids.read_id,
    "a prefix": patterns.check_prefix,
    "a file's name": filenames.stem,
    "a tax number": lambda text: tax_numbers.vat_number(text, "DE"),
    "addresses": audience.BETWEEN.split,
    "the header of a file": reads_csv,
    "the records of a file": reads_records,
}
REFUSALS = (Refusal, AmountError, MarkupRefused, TemplateRefused, ValueError, Exception)
"""Whatever is said of such a text, it must be said soon."""


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_parsers(name: str) -> None:
    def work(text: str) -> None:
        with suppress(*REFUSALS):
            PARSERS[name](text)

    for run in (*RUNS, *TAGS):
        assert_linear(work, run, SWEPT)
    for run in ("-", "{{", "<a b"):
        assert_linear(work, run, LONG)


class Counted(io.BytesIO):
    """Counts the bytes that are read of it."""

    count = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self.count += len(line)
        return line


def test_a_file_of_broken_records_alone_is_not_read_over_and_over() -> None:
    stream = Counted(b'x","\n' * (LONG // 5))
    found = list(csvfile.records(stream, offset=0, delimiter=","))
    assert all(record.problem for record in found)
    assert stream.count <= LONG + csvfile.MOST_REREAD + 2 * csvfile.LONGEST_LINE
