"""E-invoices as they leave the product: written, checked by the official rules and named; alone or inside a PDF.

What the rules refuse is not given out, whoever asks.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from documents.domain.filenames import stem
from documents.domain.kinds import Content, kind_called
from documents.einvoice import cii, ubl
from documents.einvoice.model import EInvoice
from documents.einvoice.problems import Problem
from documents.einvoice.translation import NotRepresentable, from_content
from documents.einvoice.validation import validate
from documents.renderer.rendering import RenderError

WRITERS: dict[str, Callable[[EInvoice], bytes]] = {"ubl": ubl.write, "cii": cii.write}
"""The syntaxes."""

log = logging.getLogger(__name__)


class Invalid(Exception):
    """The official rules refuse what was written of a document: a mistake of ours; ``problems`` are the fatal ones."""

    def __init__(self, number: str, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(f"{number}: " + "; ".join(f"{problem.rule}: {problem.text}" for problem in problems))


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The e-invoice inside a PDF: its syntax and XML, both empty when there is none; then ``note`` may say why."""

    syntax: str = ""
    xml: str = ""
    name: str = ""
    note: str = ""


def einvoice_for(content: Content, kind: str, syntax: str = "ubl") -> bytes:
    """The XML of an issued document of ``kind`` in a syntax ("ubl" or "cii"), valid by the official rules.

    Raises NotRepresentable when the standard can't say it, Invalid when the rules refuse it, and RenderError when
    it could not be checked.
    """
    xml = WRITERS[syntax](from_content(content, kind))
    fatal = [problem for problem in validate(xml, syntax) if problem.is_fatal]
    if fatal:
        raise Invalid(content["number"], fatal)
    return xml


def file_name(number: str, syntax: str) -> str:
    """What the file is called for people."""
    return f"{stem(number)}-{syntax}.xml"


def enclosure_for(content: Content, kind: str, syntax: str) -> Enclosure:
    """The e-invoice to put into a PDF; none when ``syntax`` names no syntax, or the kind has no e-invoices.

    Never fails: a PDF is made without it then, and the note says why.
    """
    if syntax not in WRITERS or kind_called(kind).einvoice_type is None:
        return Enclosure()
    try:
        xml = einvoice_for(content, kind, syntax)
    except NotRepresentable as refusal:
        return Enclosure(note=refusal.message)
    except (Invalid, RenderError) as error:
        log.exception("the e-invoice of %s is not valid or could not be checked", content["number"])
        return Enclosure(note=f"The e-invoice did not pass the official rules. {error}"[:1000])
    return Enclosure(syntax, xml.decode(), file_name(content["number"], syntax))
