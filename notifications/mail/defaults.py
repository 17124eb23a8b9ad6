"""The mail texts that come with the product: a subject and a body per kind and language."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.languages import FALLBACK, first_of

_FOLDER = Path(__file__).resolve().parent / "default_templates"


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """The Liquid sources of a mail, and a version that changes when they do."""

    subject: str
    body: str
    version: str


@cache
def languages(kind: str) -> list[str]:
    """The languages that there are texts in for a kind of mail."""
    return sorted(path.name.split(".")[1] for path in _FOLDER.glob(f"{kind}.*.liquid"))


def language_for(kind: str, wishes: Iterable[str]) -> str:
    """The first wish that there is a text of this kind for; English when there is none."""
    return first_of(wishes, languages(kind))


@cache
def template(kind: str, language: str) -> MailTemplate:
    """The default text. Raises FileNotFoundError for a kind or language without one."""
    source = (_FOLDER / f"{kind}.{language}.liquid").read_text(encoding="utf-8")
    subject, _, body = source.partition("\n\n")
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    return MailTemplate(subject.strip(), body.strip() + "\n", f"default-{kind}-{language}-{digest}")


@cache
def _locks() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((_FOLDER / "locks.json").read_text(encoding="utf-8"))
    return found


def lock_hint(protection: str, language: str) -> str:
    """What a mail says about the password of its PDF, never the password; empty when the PDF has none."""
    return _locks().get(language, _locks()[FALLBACK]).get(protection, "")
