"""The mail texts that come with the product: a subject and a body per kind and language."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "default_templates"
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """The Liquid sources of a mail."""

    subject: str
    body: str


@cache
def languages(kind: str) -> list[str]:
    """The languages that there are texts in for a kind of mail."""
    return sorted(path.name.split(".")[1] for path in _FOLDER.glob(f"{kind}.*.liquid"))


def language_for(kind: str, wishes: Iterable[str]) -> str:
    """The first wish that there is a text for, "de-AT" counting as "de"; English when there is none."""
    for wish in wishes:
        for language in (wish, wish.split("-")[0]):
            if language in languages(kind):
                return language
    return FALLBACK


@cache
def template(kind: str, language: str) -> MailTemplate:
    """The default text. Raises FileNotFoundError for a kind or language without one."""
    source = (_FOLDER / f"{kind}.{language}.liquid").read_text(encoding="utf-8")
    subject, _, body = source.partition("\n\n")
    return MailTemplate(subject.strip(), body.strip() + "\n")
