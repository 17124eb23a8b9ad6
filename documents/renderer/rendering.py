"""Asks the renderer process for a PDF or a text, and ends it when it takes too long (house rules: Renderer).

Each process that renders keeps one renderer warm. A prefork worker's child cannot start ``multiprocessing`` children,
but it can start a subprocess.
"""

import atexit
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from documents.renderer import turns, wire
from documents.renderer.about import NOTHING, About
from documents.renderer.confinement import MEMORY, MOST_CPU, cpu_for
from documents.renderer.fontfiles import Face, is_truetype

WALLS = 5
"""A document may take so many times its processor time by the clock: that ends what hangs, and nothing that is busy."""
LONGEST = WALLS * MOST_CPU
"""Seconds that any document may take in all."""
DOCUMENTS = 500
"""After so many a renderer is replaced, whatever it has gathered by then."""
FONT_BYTES = 24 * 1024 * 1024
"""After so much of uploaded fonts a renderer is replaced, so that there is memory for the next document."""
_ROOT = Path(__file__).resolve().parent.parent.parent

log = logging.getLogger(__name__)


class RenderError(Exception):
    """No document came of it; the text says why."""


class TemplateError(RenderError):
    """The template is refused or does not fit its data; ``line`` counts from 1, or is 0 when unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.line = line
        super().__init__(message)


class FontError(RenderError):
    """An uploaded font is no TrueType font that can be embedded."""


class LayoutError(RenderError):
    """The layout failed, or the result lacks its number or its pages."""


class LimitExceeded(RenderError):
    """The document wanted too much processor time or memory; trying again would end the same way."""


class RendererDied(RenderError):
    """The process ended for a reason that the document may have nothing to do with; trying again makes sense."""


class RendererBusy(RendererDied):
    """Nothing was tried: this page would hold up others. Trying again in a moment makes sense."""


_BY_CODE: dict[str, type[RenderError]] = {
    "font": FontError,
    "layout": LayoutError,
    "limit": LimitExceeded,
    "error": LayoutError,
}


@dataclass(frozen=True, slots=True)
class FontFile:
    """A TrueType font that a marketplace uploaded: the family and style it stands for, and how to read its bytes."""

    family: str
    bold: bool
    italic: bool
    sha256: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A PDF, and how many pages it has; ``missing`` are the characters that no font has: they are boxes in it."""

    pdf: bytes
    pages: int
    missing: str


class Renderer:
    """One renderer process with the pipes to it; it is started when first needed and after any failure."""

    def __init__(self, *, memory: int = MEMORY, cpu: int | None = None, wall: float | None = None) -> None:
        self.memory = memory
        self._cpu, self._wall = cpu, wall  # For tests; a document's lines say it.
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._made = 0
        self._fonts: dict[str, int] = {}  # What this process has: SHA-256 and size.
        self._turn = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The renderer's process id, when one is running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def command(self) -> list[str]:
        """How its process is started; another kind of process that talks as the renderer does says it anew."""
        return [sys.executable, "-m", "documents.renderer.process", str(self.memory), _cjk_fonts()]

    def ask(
        self,
        request: dict[str, Any],
        fonts: Sequence[FontFile] = (),
        attachment: bytes | None = None,
        *,
        lines: int = 0,
    ) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for its answer: the head, and the PDF if there is one. Raises RenderError.

        Those of ``fonts`` that the process does not know yet are sent before; an ``attachment`` follows the request.
        ``lines`` of the document are given processor time beside what every document has.
        """
        cpu = self._cpu or cpu_for(lines)
        request = {**request, "cpu": cpu}
        with self._taken():
            process = self._ready()
            slow = threading.Event()
            watch = threading.Timer(self._wall or WALLS * cpu, self._end_slow, (process, slow))
            watch.start()
            try:
                self._teach(process, fonts)
                head, pdf = _exchange(process, request, attachment)
            except (OSError, wire.BrokenPipe, ValueError) as error:
                raise self._reason(process, slow) from error
            except RenderError:
                self._end()
                raise
            finally:
                watch.cancel()
            self._made += 1
            if _is_upset(head) or self._made >= DOCUMENTS or sum(self._fonts.values()) > FONT_BYTES:
                self._end()
        _raise_refusal(head)
        return head, pdf

    @contextmanager
    def _taken(self) -> Iterator[None]:
        try:
            with turns.taken(self._turn):
                yield
        except turns.TurnRefused as reason:
            raise RendererBusy(str(reason)) from None

    def close(self) -> None:
        """End the process; a later request starts another."""
        with self._turn:
            self._end()

    def _teach(self, process: subprocess.Popen[bytes], fonts: Sequence[FontFile]) -> None:
        for font in fonts:
            if font.sha256 in self._fonts:
                continue
            data = font.read()
            if hashlib.sha256(data).hexdigest() != font.sha256:
                raise FontError("The font is not the one that was uploaded.")
            _raise_refusal(_exchange(process, {"do": "font", "cpu": cpu_for(0)}, data)[0])
            self._fonts[font.sha256] = len(data)

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # We are a fork: the pipes belong to our parent.
            self._process, self._owner, self._made = None, os.getpid(), 0
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
            )
            self._made, self._fonts = 0, {}
        return self._process

    def _end_slow(self, process: subprocess.Popen[bytes], slow: threading.Event) -> None:
        slow.set()
        process.kill()

    def _reason(self, process: subprocess.Popen[bytes], slow: threading.Event) -> RenderError:
        self._end()
        code = process.returncode
        log.warning("a renderer ended with %s%s", code, " for being slow" if slow.is_set() else "")
        if slow.is_set():
            return RendererDied("The renderer did not answer, and was ended.")
        if code == -signal.SIGXCPU:
            return LimitExceeded("The document took too long.")
        return RendererDied(f"The renderer ended unexpectedly ({code}).")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            _close(pipe)


def _close(pipe: IO[bytes] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except OSError:
        pass  # It held bytes for a process that is gone.


def _exchange(
    process: subprocess.Popen[bytes], request: dict[str, Any], attachment: bytes | None = None
) -> tuple[dict[str, Any], bytes]:
    assert process.stdin is not None  # noqa: S101 - both are pipes, see _ready
    assert process.stdout is not None  # noqa: S101
    wire.send(process.stdin, json.dumps(request).encode())
    if attachment is not None:
        wire.send(process.stdin, attachment)
    answer = wire.receive(process.stdout)
    if answer is None:
        raise wire.BrokenPipe("the renderer has gone")
    head: dict[str, Any] = json.loads(answer)
    pdf = wire.receive(process.stdout) if head["ok"] and request["do"] in {"pdf", "stamp"} else b""
    if pdf is None:
        raise wire.BrokenPipe("the renderer has gone")
    return head, pdf


def _is_upset(head: dict[str, Any]) -> bool:
    """Whether something failed in the process; a template that is refused has got no further than being read."""
    return not head["ok"] and head["code"] != "template"


def _raise_refusal(head: dict[str, Any]) -> None:
    if head["ok"]:
        return
    if head["code"] == "template":
        raise TemplateError(head["message"], head["line"])
    raise _BY_CODE[head["code"]](head["message"])


def _environment() -> dict[str, str]:
    """Nothing of ours but the way to the code: no address, password or key."""
    return {
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
    }


def _cjk_fonts() -> str:
    """The paths of the fonts for Chinese, Japanese and Korean, as the renderer reads them; without those it cannot."""
    paths = [Path(path).resolve() for path in settings.DOCUMENTS_CJK_FONT.split(os.pathsep) if path]
    return os.pathsep.join(str(path) for path in paths if _is_font(path))


def _is_font(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_truetype(file.read(4))
    except OSError:
        return False


_renderer = Renderer()
atexit.register(_renderer.close)


def render_pdf(
    *,
    source: str,
    data: dict[str, Any],
    must_show: str,
    stamp: str = "",
    fonts: Sequence[FontFile] = (),
    enclose: tuple[str, str] | None = None,
    about: About = NOTHING,
) -> Rendered:
    """The PDF of a Liquid template filled with plain data.

    ``must_show`` is a text that has to be found in the result (the document's number); ``stamp`` is written across
    every page; ``fonts`` are families of the author's beside ours; ``enclose`` is the name and text of an XML file to
    attach; ``about`` goes into its properties. Raises TemplateError, FontError, LayoutError, LimitExceeded or
    RendererDied.
    """
    faces = [Face(family=font.family, bold=font.bold, italic=font.italic, sha256=font.sha256) for font in fonts]
    request = {
        "do": "pdf",
        "source": source,
        "data": data,
        "must_show": must_show,
        "stamp": stamp,
        "faces": faces,
        "enclose": enclose,
        "about": about,
    }
    head, pdf = _renderer.ask(request, fonts, lines=len(data.get("lines", ())))
    return Rendered(pdf, head["pages"], head["missing"])


def stamped(pdf: bytes, word: str) -> bytes:
    """The same PDF with ``word`` across every page. Raises as ``render_pdf``."""
    return _renderer.ask({"do": "stamp", "word": word}, attachment=pdf)[1]


def check_font(data: bytes) -> None:
    """Try an uploaded font in the renderer. Raises FontError with what is wrong with it, or as ``render_pdf``."""
    font = FontFile("", False, False, hashlib.sha256(data).hexdigest(), lambda: data)
    _renderer.ask({"do": "text", "parts": {}, "data": {}}, [font])


def has_cjk() -> bool:
    """Whether a Chinese character can be printed: DOCUMENTS_CJK_FONT names a TrueType font that has one."""
    return bool(_cjk_fonts()) and not render_pdf(source="<p>\u6f22</p>", data={}, must_show="").missing


def render_texts(parts: dict[str, str], data: dict[str, Any]) -> dict[str, str]:
    """Plain texts from Liquid templates, by name; nothing is escaped. Raises as ``render_pdf``."""
    head, _ = _renderer.ask({"do": "text", "parts": parts, "data": data})
    texts: dict[str, str] = head["parts"]
    return texts
