"""One spelling of each word that is stored; rows that are only added to keep the one they were written in.

A word is a kind of thing ("credit_memo"), or begins with one: verbs of the audit log, topics of events
("credit_memo.issued"). What is written now is in the present spelling, and whoever reads rows asks here for both.
"""

_PRESENT: dict[str, str] = {}


def changed(old: str, new: str) -> None:
    """Let rows say ``old`` for what is called ``new``; an app calls it from ``AppConfig.ready``."""
    _PRESENT[old] = new


def present(word: str) -> str:
    """A word of a row as it is written today."""
    kind, dot, rest = word.partition(".")
    return f"{_PRESENT.get(kind, kind)}{dot}{rest}"


def spellings(word: str) -> list[str]:
    """All that rows say for a word, the present spelling first."""
    kind, dot, rest = present(word).partition(".")
    return [f"{each}{dot}{rest}" for each in (kind, *(old for old, new in _PRESENT.items() if new == kind))]
