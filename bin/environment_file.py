"""Reads a file of variables as systemd reads an EnvironmentFile, and refuses what systemd would pass over in silence.

A line is NAME=value; one that begins with # or ; is a comment. A value may stand in quotes, several lines long; a
backslash outside of single quotes keeps the next character as it is, or joins two lines. Nothing is expanded.
"""

import re
from collections.abc import Iterator
from pathlib import Path

_BLANK = re.compile(r"[ \t]*(?:[#;][^\r\n]*)?(?:[\r\n]|\Z)")
_ASSIGNMENT = re.compile(
    r"""[ \t]*(?P<name>[^=\r\n]*?)[ \t]*=
    (?P<quoted>(?:[ \t]*(?:'[^']*'|"(?:[^"\\]|\\.)*"))*)
    [ \t]*(?P<plain>(?:\\.|[^\\\r\n])*)""",
    re.VERBOSE | re.DOTALL,
)
_END = re.compile(r"[\r\n]|\Z")
_QUOTED = re.compile(r"""'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)\"""", re.DOTALL)
_PIECE = re.compile(r"\\.|[ \t]+|[^\\ \t]+", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Unreadable(Exception):
    """The file cannot be read; the text names it, with the line."""


def read(path: Path) -> dict[str, str]:
    """Give the variables of a file. Raises Unreadable."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Unreadable(f"There is no file {path}.") from None
    except UnicodeDecodeError as fault:
        line = path.read_bytes()[: fault.start].count(b"\n") + 1
        raise Unreadable(f"{path}, line {line}: this is not UTF-8.") from None
    except OSError as fault:
        raise Unreadable(f"{path} cannot be read: {fault.strerror}.") from None
    return dict(_assignments(text, path))


def _assignments(text: str, path: Path) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        blank = _BLANK.match(text, at)
        line = f"{path}, line {text.count(chr(10), 0, at) + 1}"
        if blank and blank[0].rstrip("\r\n").endswith("\\"):
            raise Unreadable(f"{line}: a comment ends in a backslash, which systemd before 254 reads on.")
        if blank:
            at = blank.end()
            continue
        found = _ASSIGNMENT.match(text, at)
        if not found:
            raise Unreadable(f"{line}: this is neither NAME=value nor a comment.")
        if not _NAME.match(found["name"]):
            raise Unreadable(f"{line}: {found['name']!r} is no name of a variable; write NAME=value.")
        if found["plain"][:1] in {"'", '"'}:
            raise Unreadable(f"{line}: a quote is not closed.")
        end = _END.match(text, found.end())
        if not end:
            raise Unreadable(f"{line}: a backslash stands at the end of the file.")
        yield found["name"], _unquoted(found["quoted"]) + _unescaped(found["plain"])
        at = end.end()


def _unquoted(text: str) -> str:
    return "".join(
        each["single"] if each["double"] is None else re.sub(r'\\(["\\`$])|\\\n', r"\1", each["double"])
        for each in _QUOTED.finditer(text)
    )


def _unescaped(text: str) -> str:
    """Without backslashes and the blanks at the end; an escaped blank stays, an escaped line end joins."""
    found, kept = "", 0
    for piece in _PIECE.findall(text):
        found += piece[1:].strip("\r\n") if piece[0] == "\\" else piece
        kept = kept if piece[0] in " \t" else len(found)
    return found[:kept]
