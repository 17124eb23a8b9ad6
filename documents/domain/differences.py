"""What changed between two texts, line by line, for people to read (pure)."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain

MOST_COMPARED = 1000
"""Lines; longer texts are shown one whole after the other."""
CONTEXT = 3
"""Unchanged lines that are shown around a change."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``change`` is "same", "removed", "added" or "skipped"; numbers count from 1, 0 where there is none."""

    change: str
    old: int
    new: int
    text: str


def differences(old: str, new: str) -> list[Line]:
    """The changed lines with a few around them; a skipped line stands for what lies between. Empty when equal."""
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > MOST_COMPARED:  # Comparing takes the square of the lines.
        return [] if before == after else _lines(before, after, "replace", 0, len(before), 0, len(after))
    groups = list(SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT))
    shown: list[Line] = []
    for group in groups:
        if shown:
            shown.append(Line("skipped", 0, 0, ""))
        shown.extend(chain.from_iterable(_lines(before, after, *step) for step in group))
    return shown


def _lines(before: list[str], after: list[str], tag: str, i1: int, i2: int, j1: int, j2: int) -> list[Line]:
    if tag == "equal":
        return [Line("same", i + 1, j + 1, before[i]) for i, j in zip(range(i1, i2), range(j1, j2), strict=True)]
    removed = [Line("removed", i + 1, 0, before[i]) for i in range(i1, i2)]
    return removed + [Line("added", 0, j + 1, after[j]) for j in range(j1, j2)]
