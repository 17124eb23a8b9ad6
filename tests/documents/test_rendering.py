"""The renderer process: real PDFs, and poison that it survives or is replaced after."""

import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from documents.pdf.printing import present
from documents.renderer import drawing, rendering
from documents.renderer.confinement import cpu_for
from documents.renderer.rendering import (
    LayoutError,
    LimitExceeded,
    Renderer,
    RendererDied,
    RenderError,
    TemplateError,
    render_pdf,
    render_texts,
)
from documents.templates import defaults
from tests.support.kinds import content

pytestmark = pytest.mark.slow
WORDS = {"en": "VOID", "de": "STORNIERT", "fr": "ANNULÉ"}


@pytest.fixture(scope="module", autouse=True)
def no_renderer_left() -> Iterator[None]:
    yield
    rendering._renderer.close()


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


def document(
    kind: str = "credit_memo", language: str = "de", *, stamp: str = "", rows: int = 2, **changes: Any
) -> bytes:
    made = render_pdf(
        source=defaults.source(kind, language),
        data=present(content(rows, **changes), kind=kind, language=language),
        must_show="CM-2026-00042",
        stamp=stamp,
    )
    return made.pdf


def texts(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def poison(renderer: Renderer, source: str, **data: object) -> bytes:
    return renderer.ask({"do": "pdf", "source": source, "data": data, "must_show": "", "stamp": "", "faces": []})[1]


def test_everything_is_on_the_page() -> None:
    (page,) = texts(document())
    for text in (
        "Gutschrift", "CM-2026-00042", "31. Mai 2026", "5. Mai 2026", "INV-2026-00017", "1. Mai 2026", "Nordmarkt GmbH",
        "Brünn & Söhne", "1010 Wien", "Österreich", "Für Ines Huber", "Business Suite 1", "05.05.2026", "31,00",
        "19 %", "405,00", "USt. 19 %", "810,00 EUR", "153,90 EUR", "963,90 EUR", "Danke für Ihre Geduld.",
        "Seite 1 von 1",
    ):  # fmt: skip
        assert text in page, text


def test_a_long_table_repeats_its_head_and_counts_pages() -> None:
    pages = texts(document(rows=70))
    assert len(pages) == 4
    for number, page in enumerate(pages, 1):
        assert f"Seite {number} von 4" in page
        assert "Nettobetrag" in page or number == 4
    assert sum(page.count("Business Suite") for page in pages) == 70


def test_other_alphabets_are_drawn_with_our_fonts() -> None:
    pdf = document(note="Ελληνικά Кириллица Łódź €")
    assert "Ελληνικά Кириллица Łódź €" in texts(pdf)[0]
    fonts = {str(font) for page in PdfReader(io.BytesIO(pdf)).pages for font in _fonts(page)}
    assert any("Roboto" in font for font in fonts)
    assert {font for font in fonts if "Roboto" not in font} <= {"/Helvetica"}  # named in every file, never used


def _fonts(page: Any) -> list[str]:
    return [font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()]


@pytest.mark.parametrize(("language", "word"), WORDS.items())
def test_a_void_copy_says_so_on_every_page(language: str, word: str) -> None:
    pages = texts(document(language=language, rows=30, stamp=defaults.stamp_word(language, "void_copy")))
    assert len(pages) == 2
    assert all(word in page for page in pages)


def test_the_same_content_gives_the_same_bytes() -> None:
    first = document()
    rendering._renderer.close()
    assert document() == first


def test_markup_in_the_data_is_shown_and_not_obeyed() -> None:
    (page,) = texts(document(note="<img src='http://127.0.0.1/'> & <b>bold</b>"))
    assert "<img src='http://127.0.0.1/'> & <b>bold</b>" in page


def test_a_result_without_its_number_is_refused(renderer: Renderer) -> None:
    with pytest.raises(LayoutError, match="CM-1"):
        renderer.ask({"do": "pdf", "source": "<p>x</p>", "data": {}, "must_show": "CM-1", "stamp": "", "faces": []})


def test_plain_texts() -> None:
    data = {"name": "Brünn & Söhne"}
    assert render_texts({"subject": "For {{ name }}", "body": "{{ name }}!"}, data) == {
        "subject": "For Brünn & Söhne",
        "body": "Brünn & Söhne!",
    }


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("<p>\n{{ absent }}", 2),
        ("<p>\n{% if %}", 2),
        ("{% for i in (1..9) %}\n<p>{{ i }}\n{% endfor %}\n<iframe>", 4),
        ("{% for i in (1..9) %}\n<p>{{ i }}\n<iframe>{% endfor %}", 3),
        ("<p>{{ two_lines }}\n<img src='/etc/passwd'>", 2),
        ("<style>\n{% if true %}\np { color: red }\n@import 'x';\n{% endif %}</style>", 4),
    ],
)
def test_a_mistake_names_its_line_in_the_template(renderer: Renderer, source: str, line: int) -> None:
    with pytest.raises(TemplateError) as refused:
        poison(renderer, source, two_lines="one\ntwo")
    assert refused.value.line == line


def test_reasons_are_fit_for_people(renderer: Renderer) -> None:
    with pytest.raises(LayoutError, match=r"^Something does not fit on its page: [^@]*$") as refused:
        poison(renderer, "<style>@page { size: A4; margin: 200mm }</style><p>x</p>")
    assert " at 0x" not in str(refused.value)
    with pytest.raises(LimitExceeded, match=r"^The document needs too much memory\.$"):
        poison(renderer, "<ol start=999999999999 type=i><li>x</li></ol>")


PAYLOAD = (
    "[[[getattr(pow, Word('__globals__'))['os'].system('true') for Word in [orgTypeFun('Word', (str,), {})]]] and 'red'"
)
TINY_PAGE = "<style>@page { size: 10mm 10mm; margin: 6mm }</style><p>xxxxxxxxxxxx</p>"
VARIABLES = "".join(f"--a{n}: var(--a{n - 1}) var(--a{n - 1});" for n in range(1, 40))
POISON: dict[str, tuple[str, type[RenderError]]] = {
    "a wide colspan": ("<table><tr><td colspan=1000000>x</td></tr></table>", TemplateError),
    "nested loops": ("{% for a in (1..9999) %}{% for b in (1..9999) %}x{% endfor %}{% endfor %}", TemplateError),
    "300 MB": ("{% assign a = 'aaaaaaaaaa' %}{{ a" + " | replace: '', a" * 9 + " }}", LimitExceeded),
    "an endless number": ("{{ (1..9) | size | plus: 1e400 }}", TemplateError),
    "a file": ("<img src='file:///etc/passwd'>", TemplateError),
    "a host": ("<img src='http://127.0.0.1:9/x.png'>", TemplateError),
    "5,000 nested elements": ("<div>" * 5000, TemplateError),
    "a tiny page": (TINY_PAGE, LayoutError),
    "a page of a hundred kilometres": ("<style>@page { size: 99999999mm 99999999mm }</style><p>x</p>", LayoutError),
    "a page below nothing": ("<style>@page { size: -10mm -10mm }</style><p>x</p>", LayoutError),
    "margins wider than the page": ("<style>@page { size: A4; margin: 200mm }</style><p>x</p>", LayoutError),
    "endless margins": ("<p style='margin: 1e308mm'>x</p>", LayoutError),
    "huge letters": ("<p style='font-size: 100000pt'>x</p>", LayoutError),
    "a cell below nothing": ("<table><tr><td style='width: -100mm'>x</td></tr></table>", LayoutError),
    "wide padding": ("<table><tr><td style='padding: 500mm'>x</td></tr></table>", LayoutError),
    "thick borders": ("<p style='border: 1e9pt solid red'>x</p>", LayoutError),
    "heads longer than the page": (
        "<table repeat=50>{% for i in (1..60) %}<tr><td style='height: 20mm'>x</td></tr>{% endfor %}</table>",
        LayoutError,
    ),
    "50,000 new pages": ("{% for i in (1..50000) %}<pdf:nextpage>{% endfor %}", TemplateError),
    "a bomb of custom properties": (f"<style>p {{ --a0: x; {VARIABLES} color: var(--a39) }}</style>", TemplateError),
    "deep selectors": ("<style>" + "a " * 30_000 + "{ color: red }</style><p>x</p>", LimitExceeded),
    "deep media": ("<style>" + "@media print {" * 2000 + "}" * 2000 + "</style><p>x</p>", LimitExceeded),
    "a Roman number without end": ("<ol start=999999999999 type=i><li>x</li></ol>", LimitExceeded),
    "a payload for ReportLab": (f'<para><font color="{PAYLOAD}">x</font></para>', TemplateError),
    "an image that is none": ("<img src='data:image/png;base64,AAAA'>", TemplateError),
}


HARMLESS = {
    "a colour without end": "<p style='color: rgb(" + "1" * 60_000 + "'>x</p>",
    "many colours without end": "<style>p { color: rgb({% for i in (1..40000) %}1,,,  ,1{% endfor %}</style><p>x</p>",
    "a text without end": "<style>p { content: '" + "a" * 60_000 + "</style><p>x</p>",
    "a text of quotes": '<style>p { content: "' + "'\"" * 20_000 + "</style><p>x</p>",
    "a custom property that is none": "<style>p { --a: red; color: var(--b) }</style><p>x</p>",
    "brackets in brackets": "<p style='width: calc(" + "(" * 3000 + "1mm" + ")" * 3000 + ")'>x</p>",
    "a frame of nothing": "<style>@page { size: A4; @frame a { -pdf-frame-content: no; top: 0; width: 1e9mm } }</style><p>x</p>",
    "a frame in itself": "<style>@page { @frame a { -pdf-frame-content: a; height: 1mm } }</style><div id=a>x<div id=b>y</div></div>",
    "no line height": "<p style='line-height: 0'>{% for i in (1..2000) %}abc {% endfor %}</p>",
    "a line height below nothing": "<p style='line-height: -99pt'>{% for i in (1..2000) %}abc {% endfor %}</p>",
    "a word of 52,000 letters": "<p>{% for i in (1..2000) %}abcdefghijklmnopqrstuvwxyz{% endfor %}</p>",
    "a colour that is a program": f'<p><font color="{PAYLOAD}">x</font></p>',
    "a page size that is no number": "<style>@page { size: nan inf }</style><p>x</p>",
}


@pytest.fixture(scope="module")
def victim() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


@pytest.mark.parametrize(("source", "error"), POISON.values(), ids=POISON.keys())
def test_poison_is_refused_and_the_process_replaced(victim: Renderer, source: str, error: type[RenderError]) -> None:
    """Unless it was refused before anything was laid out: whoever types a template does not wait for a new process."""
    poison(victim, "<p>warm</p>")
    pid = victim.pid
    with pytest.raises(error):
        poison(victim, source)
    assert victim.pid == (pid if error is TemplateError else None)


@pytest.mark.parametrize("source", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_the_library_ignores_takes_neither_time_nor_memory(victim: Renderer, source: str) -> None:
    poison(victim, "<p>warm</p>")
    pid, before = victim.pid, _used(victim)
    assert poison(victim, source).startswith(b"%PDF")
    assert victim.pid == pid
    seconds, megabytes = (after - earlier for after, earlier in zip(_used(victim), before, strict=True))
    assert seconds < 5
    assert megabytes < 200


def _used(renderer: Renderer) -> tuple[float, float]:
    """Seconds of processor time and megabytes at the most that a renderer has taken so far."""
    fields = Path(f"/proc/{renderer.pid}/stat").read_text().rpartition(")")[2].split()
    peak = next(line for line in Path(f"/proc/{renderer.pid}/status").read_text().splitlines() if "VmHWM" in line)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) / 1024


def test_after_poison_the_next_document_is_made(victim: Renderer) -> None:
    with pytest.raises(TemplateError):
        poison(victim, "{{ absent }}")
    assert poison(victim, "<p>fine</p>").startswith(b"%PDF")


def test_a_renderer_that_hangs_is_ended_and_the_document_may_be_tried_again() -> None:
    renderer = Renderer()
    try:
        poison(renderer, "<p>warm</p>")
        hung = renderer.pid
        assert hung
        os.kill(hung, signal.SIGSTOP)
        renderer._wall = 1
        with pytest.raises(RendererDied, match="did not answer"):
            poison(renderer, "<p>x</p>")
        assert renderer.pid is None
        renderer._wall = None
        assert poison(renderer, "<p>x</p>").startswith(b"%PDF")
    finally:
        renderer.close()


def test_a_document_that_eats_the_processor_is_ended_by_the_system() -> None:
    renderer = Renderer(cpu=1)
    try:
        poison(renderer, "<p>warm</p>")
        with pytest.raises(LimitExceeded, match="too long"):
            poison(renderer, "<table>{% for i in (1..4000) %}<tr><td>{{ i }}</td><td>x</td></tr>{% endfor %}</table>")
    finally:
        renderer.close()


@pytest.mark.parametrize(("lines", "seconds"), [(0, 20), (1, 21), (50, 21), (1000, 40), (5000, 120), (9999, 120)])
def test_lines_are_given_processor_time(renderer: Renderer, lines: int, seconds: int) -> None:
    assert cpu_for(lines) == seconds
    ask = {"do": "text", "parts": {}, "data": {}}
    renderer.ask(ask, lines=1)
    before = int(_used(renderer)[0])
    renderer.ask(ask, lines=lines)
    after = int(_used(renderer)[0])
    limits = Path(f"/proc/{renderer.pid}/limits").read_text()
    soft = int(re.findall(r"Max cpu time +(\d+)", limits)[0])
    assert before + seconds <= soft <= after + seconds + 2


def test_the_library_has_no_clock_of_its_own() -> None:
    """By the clock a busy machine is a slow document: only processor time may end one."""
    assert drawing._policy().max_render_seconds is None


def test_memory_is_limited(renderer: Renderer) -> None:
    poison(renderer, "<p>warm</p>")
    assert renderer.pid
    limits = Path(f"/proc/{renderer.pid}/limits").read_text()
    assert str(512 * 1024 * 1024) in next(line for line in limits.splitlines() if line.startswith("Max address space"))
    with pytest.raises(LimitExceeded):
        poison(renderer, "{{ a" + " | replace: 'a', a" * 3 + " }}", a="a" * 3000)


def test_a_renderer_that_is_killed_at_work_says_so_and_is_replaced(renderer: Renderer) -> None:
    poison(renderer, "<p>warm</p>")
    assert renderer.pid
    killer = threading.Timer(0.3, os.kill, (renderer.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(RendererDied):
        poison(renderer, "<table>{% for i in (1..4000) %}<tr><td>{{ i }}</td><td>x</td></tr>{% endfor %}</table>")
    assert poison(renderer, "<p>x</p>").startswith(b"%PDF")


def test_a_renderer_that_died_idle_is_replaced_without_a_word(renderer: Renderer) -> None:
    poison(renderer, "<p>warm</p>")
    assert renderer._process
    renderer._process.kill()
    renderer._process.wait()
    assert poison(renderer, "<p>x</p>").startswith(b"%PDF")


def test_a_renderer_is_replaced_after_many_documents(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "DOCUMENTS", 2)
    poison(renderer, "<p>1</p>")
    first = renderer.pid
    poison(renderer, "<p>2</p>")
    poison(renderer, "<p>3</p>")
    assert first
    assert renderer.pid != first


def test_it_ends_with_its_input_and_has_none_of_our_secrets(renderer: Renderer) -> None:
    poison(renderer, "<p>warm</p>")
    process = renderer._process
    assert process is not None
    assert process.stdin is not None
    environment = Path(f"/proc/{process.pid}/environ").read_bytes().decode().split("\0")
    assert {name.partition("=")[0] for name in environment if name} == {
        "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "LC_ALL", "MALLOC_ARENA_MAX",
    }  # fmt: skip
    process.stdin.close()
    assert process.wait(10) == 0


WALL = """
import sys
from documents.renderer import confinement, drawing, typefaces
drawing.prepare()
confinement.shut_out_the_world([typefaces.FOLDER])
import os, socket, subprocess
tries = {
    "read": lambda: open("/etc/passwd"),
    "write": lambda: open("/tmp/offset-escape", "w"),
    "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
    "resolve": lambda: socket.getaddrinfo("localhost", 80),
    "child": lambda: subprocess.run(["true"]),
    "shell": lambda: os.system("true"),
    "fork": lambda: os.fork(),
    "remove": lambda: os.remove("/tmp/offset-escape"),
}
for name, attempt in tries.items():
    try:
        attempt()
    except PermissionError:
        continue
    print(name, "went through")
print(len(drawing.draw("<p>still drawing</p>").pdf) > 500)
"""


def test_the_wall_behind_the_library_holds() -> None:
    done = subprocess.run([sys.executable, "-c", WALL], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
