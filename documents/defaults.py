"""The templates that come with the product: one per kind and language, put together from a layout and its words."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent / "default_templates"
_WORD = re.compile(r"\[\[(\w+)\]\]")
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Template:
    """A template's Liquid source, its language, and a version that changes when the source does."""

    source: str
    language: str
    version: str


@dataclass(frozen=True, slots=True)
class Design:
    """A look that comes with the product."""

    name: str


DESIGNS = (Design("classic"),)


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = json.loads((_FOLDER / "words.json").read_text(encoding="utf-8"))
    return words


def languages() -> list[str]:
    """The languages that there are templates in."""
    return list(_words())


def language_for(wishes: Iterable[str]) -> str:
    """The first wish that there is a template for, "de-AT" counting as "de"; English when there is none."""
    for wish in wishes:
        for language in (wish, wish.split("-")[0]):
            if language in _words():
                return language
    return FALLBACK


@cache
def template(kind: str, language: str, design: str = "classic") -> Template:  # noqa: ARG001
    """The default template. Raises KeyError for a kind or language without one."""
    words = _words()[language]
    words = {**words, **words[kind]}
    layout = (_FOLDER / "document.html").read_text(encoding="utf-8")
    source = _WORD.sub(lambda match: words[match.group(1)], layout)
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    return Template(source=source, language=language, version=f"default-{kind}-{language}-{digest}")


def stamp_word(language: str) -> str:
    """What is written across a void copy."""
    word: str = _words()[language]["stamp"]
    return word
