"""Asks the validator process whether an e-invoice keeps the official rules; each process that asks keeps one warm."""

import atexit
import sys

from documents.einvoice.problems import Problem
from documents.renderer.rendering import Renderer

MEMORY = 1024 * 1024 * 1024
"""Bytes that it may write to. A warm process has 0.25 GB, one that checks 5,000 lines in CII 0.6 GB; with half a GB
the engine, which collects its garbage late, ended now and then after many documents of 1,000 lines."""
BYTES_OF_LINE = 1000
"""About so many bytes of XML an invoice line takes."""


class Validator(Renderer):
    """A process with the renderer's limits and messages that checks e-invoices."""

    def command(self) -> list[str]:
        """How its process is started."""
        return [sys.executable, "-m", "documents.einvoice.validator", str(self.memory)]


_validator = Validator(memory=MEMORY)
atexit.register(_validator.close)


def validate(xml: bytes, syntax: str) -> list[Problem]:
    """What is wrong with a document in a syntax ("ubl" or "cii"); empty when nothing is.

    Raises ``documents.renderer.rendering.RenderError`` when the document could not be checked at all.
    """
    head, _ = _validator.ask({"do": "check", "syntax": syntax, "xml": xml.decode()}, lines=len(xml) // BYTES_OF_LINE)
    return [Problem(*problem) for problem in head["problems"]]
