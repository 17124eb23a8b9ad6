"""A page as lines of text: what it says, where it leads and what its forms ask, without its looks.

Left out: style and script, classes, ids, wrappers, icons, tokens, and the ids of rows in addresses and values (`#`).
"""

import re
from collections.abc import Iterable

from lxml import html
from lxml.html import HtmlElement

WIDTH = 150
"""Characters up to which an element stands on one line; rows of tables and pairs of lists always do, if they can."""
DROPPED = frozenset(["script", "style", "link", "meta", "svg", "template", "kbd"])
WRAPPERS = frozenset(
    [
        "article",
        "aside",
        "b",
        "body",
        "br",
        "div",
        "em",
        "footer",
        "header",
        "html",
        "main",
        "nav",
        "p",
        "section",
        "small",
        "span",
        "strong",
        "tbody",
        "td",
        "th",
        "time",
    ]
)
"""They leave no trace of their own unless an attribute speaks for them."""
FLAGS = ("checked", "disabled", "hidden", "multiple", "open", "readonly", "required", "selected")
BARE = ("href", "action", "src", "hx-get", "hx-post")
NAMED = (
    "method", "type", "name", "value", "placeholder", "min", "max", "step", "maxlength", "accept", "enctype", "lang",
    "aria-current", "aria-label", "aria-pressed", "aria-sort", "alt", "title", "hx-trigger",
)  # fmt: skip
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
TOKEN = re.compile(r"\b[0-9a-f]{32,}\b")
KEY = re.compile(r"\bkey-\d+\b")
"""What the factories call the next thing, counted over all tests of a process."""
ROW = re.compile(r"(?<=[/=])\d+(?=[/?&#]|$)")
PLACE = re.compile(r"(?<=[?&])(?:page|per_page)=\d+")
DIGITS = re.compile(r"\d+")
HELD_IN_ROWS = frozenset(["checkbox", "hidden", "radio"])


def lines_of_page(content: bytes) -> list[str]:
    """The title and the main part of a page; everything when it is a part of one."""
    page = html.document_fromstring(content.decode())
    titles = [f"title {_text(each.text)}" for each in page.iter("title")]
    mains = list(page.iter("main"))
    return [*titles, *_lines(mains[0] if mains else page)]


def lines_of_frame(content: bytes) -> list[str]:
    """What stands around the main part of a page."""
    page = html.document_fromstring(content.decode())
    for main in list(page.iter("main")):
        main.drop_tree()
    return _lines(page)


def without_ids(text: str) -> str:
    """The text without what is drawn by lot."""
    return KEY.sub("key-#", TOKEN.sub("<token>", UUID.sub("<uuid>", text)))


def _lines(element: HtmlElement) -> list[str]:
    if element.tag == "head" or (element.tag == "input" and element.get("name") == "csrfmiddlewaretoken"):
        return []
    if element.tag == "time" and element.get("datetime", "").startswith("P"):
        return ["<a while>"]  # How long something takes goes by the real clock.
    label, parts = _label(element), _parts(element)
    if element.tag == "dl":
        parts = _pairs(parts)
    elif all(len(part) == 1 for part in parts):
        short = (" | " if element.tag == "tr" else " ").join(line for (line,) in parts)
        if element.tag == "tr" or len(label) + len(short) <= WIDTH:
            return [f"{label} {short}".strip()] if label or short else []
    inner = [line for part in parts for line in part]
    return [label, *(f" {line}" for line in inner)] if label else inner


def _pairs(parts: list[list[str]]) -> list[list[str]]:
    """The terms of a list, each with what follows it, on one line where that is possible."""
    found: list[list[str]] = []
    for part in parts:
        if found and len(part) == 1 and len(found[-1]) == 1 and not part[0].startswith("<dt"):
            found[-1] = [f"{found[-1][0]} {part[0]}"]
        else:
            found.append(part)
    return found


def _parts(element: HtmlElement) -> list[list[str]]:
    """The texts and children, each as its lines; a child on one line is put in brackets when it has a label."""
    found = [[_text(element.text)]] if _text(element.text) else []
    for child in element:
        if isinstance(child.tag, str) and child.tag not in DROPPED:
            lines = _lines(child)
            if len(lines) == 1 and _label(child):
                lines = [f"<{lines[0]}>"]
            if lines or (element.tag == "tr"):
                found.append(lines or [""])
        if _text(child.tail):
            found.append([_text(child.tail)])
    return found


def _label(element: HtmlElement) -> str:
    """The tag with what its attributes say; nothing for a wrapper that says nothing."""
    given = element.attrib
    said = [_address(given[name]) for name in BARE if name in given]
    if "datetime" not in given:
        said += [f"{name}={_value(element, name)}" for name in NAMED if given.get(name)]
    said += [name for name in FLAGS if name in given]
    if element.tag in WRAPPERS and not said:
        return ""
    return " ".join([element.tag, *dict.fromkeys(said)])


def _value(element: HtmlElement, name: str) -> str:
    value = _text(element.get(name))
    is_choice = element.tag == "option" or element.get("type") in HELD_IN_ROWS
    return "#" if name == "value" and is_choice and DIGITS.fullmatch(value) else value


def _address(url: str) -> str:
    """An address without ids of rows; the place in a list stays."""
    places = PLACE.findall(url)
    return ROW.sub("#", without_ids(url)) + ("" if not places else f" ({', '.join(places)})")


def _text(text: str | None) -> str:
    return without_ids(" ".join((text or "").split()))


def joined(parts: Iterable[Iterable[str]]) -> list[str]:
    """The lines of several parts, an empty line between them."""
    found: list[str] = []
    for part in parts:
        found += [*([""] if found else []), *part]
    return found
