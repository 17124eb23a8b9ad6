"""The renderer process: requests on standard input, answers on standard output.

Started as ``python -m documents.renderer MEMORY CPU`` (bytes, seconds). It knows neither Django nor the database nor
any secret. Requests are JSON objects in messages of ``documents.wire``::

    {"do": "pdf", "source": liquid, "data": {...}, "must_show": number, "stamp": word or ""}
    {"do": "text", "parts": {name: liquid}, "data": {...}}

The answer is a JSON object: ``{"ok": true, "pages": n}`` and then the PDF as a second message, or
``{"ok": true, "parts": {...}}``, or ``{"ok": false, "code": ..., "message": ..., "line": n}`` with the codes
``template`` (the author's mistake), ``layout``, ``limit`` and ``error``. It ends when its input ends.
"""

import json
import logging
import mimetypes
import os
import signal
import sys
from typing import Any, BinaryIO

from xhtml2pdf.config.resources import RenderLimitError

from documents import confinement, drawing, markup, templating, wire
from documents.templating import TemplateRefused

_LONGEST_MESSAGE = 500


def main() -> None:
    """Confine the process, say "ready", and answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business.
    logging.disable(logging.CRITICAL)
    mimetypes.init([])
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # Nothing that a library prints may get between the messages.
    drawing.prepare()
    memory, cpu = (int(word) for word in sys.argv[1:])
    confinement.limit_memory(memory)
    confinement.shut_out_the_world([drawing.FONTS])
    while (request := wire.receive(sys.stdin.buffer)) is not None:
        confinement.allow_cpu(cpu)
        _answer(json.loads(request), answers)


def _answer(request: dict[str, Any], answers: BinaryIO) -> None:
    pdf = b""
    try:
        if request["do"] == "text":
            head: dict[str, Any] = {"ok": True, "parts": _texts(request)}
        else:
            pdf = _pdf(request)
            head = {"ok": True, "pages": drawing.pages(pdf, request["must_show"])}
    except TemplateRefused as error:
        head = _refusal("template", error, error.line)
    except drawing.LayoutFailed as error:
        head = _refusal("layout", error)
    except (MemoryError, RecursionError, RenderLimitError) as error:
        head = _refusal("limit", error)
    except Exception as error:  # noqa: BLE001 - the library raises all kinds; each is one document's end
        head = _refusal("error", error)
    wire.send(answers, json.dumps(head).encode())
    if head["ok"] and request["do"] == "pdf":
        wire.send(answers, pdf)


def _pdf(request: dict[str, Any]) -> bytes:
    html = templating.render(request["source"], request["data"])
    markup.check(html)
    pdf = drawing.draw(html)
    return drawing.stamp(pdf, request["stamp"]) if request["stamp"] else pdf


def _texts(request: dict[str, Any]) -> dict[str, str]:
    parts: dict[str, str] = request["parts"]
    return {name: templating.render(source, request["data"], html=False) for name, source in parts.items()}


def _refusal(code: str, error: BaseException, line: int = 0) -> dict[str, Any]:
    text = (
        str(error) if isinstance(error, TemplateRefused | drawing.LayoutFailed) else f"{type(error).__name__}: {error}"
    )
    return {"ok": False, "code": code, "message": text[:_LONGEST_MESSAGE], "line": line}


if __name__ == "__main__":
    main()
