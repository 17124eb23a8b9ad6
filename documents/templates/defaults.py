"""The templates that come with the product: a layout for each design, put together with a kind's and language's words.

In a layout ``[[word]]`` is a word from ``words.json`` or one of the kind's ``design_words``, and what is between
``[[#kind]]`` and ``[[/kind]]`` belongs to one kind of document.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.languages import first_of
from documents.domain.kinds import kind_called

_FOLDER = Path(__file__).resolve().parent / "default_templates"
_WORD = re.compile(r"\[\[(\w+)\]\]")
_SECTION = re.compile(r"\[\[#(\w+)\]\]\n(.*?)\[\[/\1\]\]\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Design:
    """A look that comes with the product; ``name`` is also that of its layout."""

    name: str
    label: str | Promise
    about: str | Promise

    @property
    def picture(self) -> str:
        """A static file that shows a credit memo in it."""
        return f"img/designs/{self.name}.png"


DESIGNS = (
    Design(
        "classic",
        _("Classic"),
        _("Dark blue and restrained: address left, details right, a strong head over the lines."),
    ),
    Design("modern", _("Modern"), _("Green and airy: large title, dates and amount in a row of cards.")),
    Design("compact", _("Compact"), _("Black on white in small type, for documents with many lines.")),
)


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = json.loads((_FOLDER / "words.json").read_text(encoding="utf-8"))
    return words


def languages() -> list[str]:
    """The languages that there are templates in."""
    return list(_words())


@cache
def source(kind: str, language: str, design: str = "classic") -> str:
    """The Liquid source of a design. Raises KeyError for a kind, language or design without one."""
    if design not in {known.name for known in DESIGNS}:
        raise KeyError(design)
    words = _words()[language]
    words = {**words, **kind_called(kind).design_words[language]}
    layout = (_FOLDER / f"{design}.html").read_text(encoding="utf-8")
    of_kind = _SECTION.sub(lambda match: match[2] if match[1] == kind else "", layout)
    return _WORD.sub(lambda match: words[match[1]], of_kind)


def stamp_word(language: str, purpose: str) -> str:
    """What is written across every page of a "void_copy" or a "copy", and "" for other purposes."""
    word: str = _words()[first_of([language], _words())]["stamps"].get(purpose, "")
    return word
