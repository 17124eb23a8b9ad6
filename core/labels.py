"""Words for what is stored: each app says its own, by plain calls in ``AppConfig.ready``."""

from collections.abc import Callable

_words: dict[str, Callable[[str], str]] = {}


def say(name: str, word: Callable[[str], str]) -> None:
    """Let an app write the codes of an audit field in words."""
    _words[name] = word


def word(name: str, code: str) -> str | None:
    """The code of a field in words; None where no app says it."""
    said = _words.get(name)
    return said(code) if said else None
