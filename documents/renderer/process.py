"""The renderer process: requests on standard input, answers on standard output.

Started as ``python -m documents.renderer.process MEMORY CJK`` (bytes, paths of fonts or an empty word). It knows
neither Django nor the database nor any secret. Requests are JSON objects in messages of ``documents.renderer.wire``,
each with the seconds of processor time that it may take as ``cpu``::

    {"do": "pdf", "source": liquid, "data": {...}, "must_show": number, "stamp": word or "", "faces": [Face, ...],
     "enclose": [name, xml], "about": About}
    {"do": "text", "parts": {name: liquid}, "data": {...}}
    {"do": "stamp", "word": word}, and then a PDF as a second message
    {"do": "font"}, and then the font's bytes as a second message; known by their SHA-256 from then on

The answer is a JSON object: ``{"ok": true, "pages": n, "missing": characters}`` or, to a stamp, ``{"ok": true}``, and
then the PDF as a second message, or ``{"ok": true, "parts": {...}}``, or ``{"ok": true}``, or ``{"ok": false, "code":
..., "message": ..., "line": n}`` with the codes ``template`` (the author's mistake), ``font``, ``layout``, ``limit``
and ``error``. It ends with its input.
"""

import gc
import json
import logging
import mimetypes
import re
import signal
import sys
from typing import Any

from reportlab.platypus.doctemplate import LayoutError
from xhtml2pdf.config.resources import RenderLimitError

from documents.renderer import confinement, drawing, markup, typefaces, wire
from documents.renderer.about import NOTHING
from documents.renderer.drawing import LayoutFailed
from documents.renderer.markup import MarkupRefused
from documents.renderer.typefaces import FontRefused
from documents.templates import liquid
from documents.templates.liquid import TemplateRefused

_LONGEST_MESSAGE = 300
_ADDRESS = re.compile(r" at 0x[0-9a-f]+|@0x[0-9a-f]+", re.IGNORECASE)


def main() -> None:
    """Confine the process, then answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business.
    logging.disable(logging.CRITICAL)
    mimetypes.init([])
    answers = wire.answers()
    memory, cjk = sys.argv[1:]
    drawing.prepare(cjk)
    confinement.limit_memory(int(memory))
    confinement.shut_out_the_world([typefaces.FOLDER])
    gc.freeze()  # What every document needs is never garbage; looking through it costs three percent of a page.
    while (message := wire.receive(sys.stdin.buffer)) is not None:
        request = json.loads(message)
        confinement.allow_cpu(request["cpu"])
        head, pdf = _answer(request)
        wire.send(answers, json.dumps(head).encode())
        if pdf:
            wire.send(answers, pdf)


def _answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        return _DO[request["do"]](request)
    except TemplateRefused as error:
        return _refusal("template", error, error.line)
    except FontRefused as error:
        return _refusal("font", error)
    except LayoutFailed as error:
        return _refusal("layout", error)
    except (MemoryError, RecursionError, RenderLimitError) as error:
        return _refusal("limit", error)
    except Exception as error:  # noqa: BLE001 - the library raises all kinds; each is one document's end
        return _refusal("error", error)


def _pdf(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    source, data = request["source"], request["data"]
    html = liquid.render(source, data)
    try:
        markup.check(html)
    except MarkupRefused as error:
        raise TemplateRefused(str(error), liquid.source_line(source, data, error.position)) from None
    made = drawing.draw(
        html, must_show=request["must_show"], faces=request["faces"], about=request.get("about", NOTHING)
    )
    pdf = drawing.stamp(made.pdf, request["stamp"]) if request["stamp"] else made.pdf
    if request.get("enclose"):
        pdf = drawing.enclose(pdf, *request["enclose"])
    return {"ok": True, "pages": made.pages, "missing": made.missing}, pdf


def _text(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    parts: dict[str, str] = request["parts"]
    texts = {name: liquid.render(source, request["data"], html=False) for name, source in parts.items()}
    return {"ok": True, "parts": texts}, b""


def _font(_request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    typefaces.add(wire.receive(sys.stdin.buffer) or b"")
    return {"ok": True}, b""


def _stamp(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    return {"ok": True}, drawing.stamp(wire.receive(sys.stdin.buffer) or b"", request["word"])


def _words(error: BaseException) -> str:
    """What people are told; the library's own errors name their class, and addresses in memory that help nobody."""
    match error:
        case TemplateRefused() | FontRefused() | LayoutFailed():
            return str(error)
        case MemoryError():
            return "The document needs too much memory."
        case RecursionError():
            return "The document is nested too deeply."
        case RenderLimitError():
            return f"The document is too large: {error}."
        case LayoutError():
            return f"Something does not fit on its page: {_ADDRESS.sub('', str(error))}"
    return f"The document could not be laid out ({type(error).__name__}: {_ADDRESS.sub('', str(error))})."


_DO = {"pdf": _pdf, "stamp": _stamp, "text": _text, "font": _font}


def _refusal(code: str, error: BaseException, line: int = 0) -> tuple[dict[str, Any], bytes]:
    text = _words(error)
    return {"ok": False, "code": code, "message": text[:_LONGEST_MESSAGE], "line": line}, b""


if __name__ == "__main__":
    main()
