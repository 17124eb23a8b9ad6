"""Asks the renderer process for a PDF or a text, and ends it when it takes too long (house rules: Renderer).

Each process that renders keeps one renderer warm. A prefork worker's child cannot start ``multiprocessing`` children,
but it can start a subprocess.
"""

import atexit
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from documents import wire
from documents.confinement import CPU, MEMORY

WALL = 30
"""Seconds that one document may take in all."""
DOCUMENTS = 500
"""After so many a renderer is replaced, whatever it has gathered by then."""
_ROOT = Path(__file__).resolve().parent.parent

log = logging.getLogger(__name__)


class RenderError(Exception):
    """No document came of it; the text says why."""


class TemplateError(RenderError):
    """The template is refused or does not fit its data; ``line`` counts from 1, or is 0 when unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.line = line
        super().__init__(message)


class LayoutError(RenderError):
    """The layout failed, or the result lacks its number or its pages."""


class LimitExceeded(RenderError):
    """The document wanted too much time or memory; trying again would end the same way."""


class RendererDied(RenderError):
    """The process ended for a reason that the document may have nothing to do with; trying again makes sense."""


_BY_CODE: dict[str, type[RenderError]] = {"layout": LayoutError, "limit": LimitExceeded, "error": LayoutError}


class Renderer:
    """One renderer process with the pipes to it; it is started when first needed and after any failure."""

    def __init__(self, *, memory: int = MEMORY, cpu: int = CPU, wall: float = WALL) -> None:
        self._limits = (str(memory), str(cpu))
        self._wall = wall
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._made = 0
        self._turn = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The renderer's process id, when one is running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for its answer: the head, and the PDF if there is one. Raises RenderError."""
        with self._turn:
            process = self._ready()
            slow = threading.Event()
            watch = threading.Timer(self._wall, self._end_slow, (process, slow))
            watch.start()
            try:
                head, pdf = _exchange(process, request)
            except (OSError, wire.BrokenPipe, ValueError) as error:
                raise self._reason(process, slow) from error
            finally:
                watch.cancel()
            self._made += 1
            if not head["ok"] or self._made >= DOCUMENTS:
                self._end()
        if head["ok"]:
            return head, pdf
        if head["code"] == "template":
            raise TemplateError(head["message"], head["line"])
        raise _BY_CODE[head["code"]](head["message"])

    def close(self) -> None:
        """End the process; a later request starts another."""
        with self._turn:
            self._end()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # We are a fork: the pipes belong to our parent.
            self._process, self._owner, self._made = None, os.getpid(), 0
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "documents.renderer", *self._limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
            )
            self._made = 0
        return self._process

    def _end_slow(self, process: subprocess.Popen[bytes], slow: threading.Event) -> None:
        slow.set()
        process.kill()

    def _reason(self, process: subprocess.Popen[bytes], slow: threading.Event) -> RenderError:
        self._end()
        code = process.returncode
        log.warning("a renderer ended with %s%s", code, " for being slow" if slow.is_set() else "")
        if slow.is_set() or code == -signal.SIGXCPU:
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


def _exchange(process: subprocess.Popen[bytes], request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    assert process.stdin is not None  # noqa: S101 - both are pipes, see _ready
    assert process.stdout is not None  # noqa: S101
    wire.send(process.stdin, json.dumps(request).encode())
    answer = wire.receive(process.stdout)
    if answer is None:
        raise wire.BrokenPipe("the renderer has gone")
    head: dict[str, Any] = json.loads(answer)
    pdf = wire.receive(process.stdout) if head["ok"] and request["do"] == "pdf" else b""
    if pdf is None:
        raise wire.BrokenPipe("the renderer has gone")
    return head, pdf


def _environment() -> dict[str, str]:
    """Nothing of ours but the way to the code: no address, password or key."""
    return {
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
    }


_renderer = Renderer()
atexit.register(_renderer.close)


def render_pdf(*, source: str, data: dict[str, Any], must_show: str, stamp: str = "") -> bytes:
    """The PDF of a Liquid template filled with plain data.

    ``must_show`` is a text that has to be found in the result (the document's number); ``stamp`` is written across
    every page. Raises TemplateError, LayoutError, LimitExceeded or RendererDied.
    """
    request = {"do": "pdf", "source": source, "data": data, "must_show": must_show, "stamp": stamp}
    return _renderer.ask(request)[1]


def render_texts(parts: dict[str, str], data: dict[str, Any]) -> dict[str, str]:
    """Plain texts from Liquid templates, by name; nothing is escaped. Raises as ``render_pdf``."""
    head, _ = _renderer.ask({"do": "text", "parts": parts, "data": data})
    texts: dict[str, str] = head["parts"]
    return texts
