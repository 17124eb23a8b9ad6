"""Compare what was just made with what is kept, or keep it: `OFFSET_WITNESS=record`."""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent / "recorded"
COMMAND = "make witnesses"
MOST_LINES = 60
"""Lines of a difference that a failure shows."""
LONGEST_LINE = 240


def is_recording() -> bool:
    """Whether witnesses are written instead of compared."""
    return os.environ.get("OFFSET_WITNESS") == "record"


def witness(name: str, lines: Iterable[str]) -> None:
    """Compare with the file of this name below `recorded/`, or write it. Fails with the first lines that differ."""
    path, text = FOLDER / name, "".join(f"{line.rstrip()}\n" for line in lines)
    if is_recording():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    if kept != text:
        pytest.fail(_difference(name, kept, text), pytrace=False)


def leftovers(names: Iterable[str]) -> list[str]:
    """The kept files that no test asks for any more; they are removed while recording."""
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    found = sorted(there - set(names))
    if not is_recording():
        return found
    for name in found:
        (FOLDER / name).unlink()
    return []


def _difference(name: str, kept: str, made: str) -> str:
    found = list(difflib.unified_diff(kept.splitlines(), made.splitlines(), "kept", "made now", lineterm="", n=2))
    shown = [line[:LONGEST_LINE] for line in found[:MOST_LINES]]
    if len(found) > MOST_LINES:
        shown.append(f"... and {len(found) - MOST_LINES} lines more")
    what = "moved" if kept else "is new"
    advice = f"Meant so? Record it with `{COMMAND}`, read the difference and name it in the commit."
    return "\n".join([f"The witness {name} {what}.", *shown, "", advice])
