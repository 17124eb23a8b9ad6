"""Looks through finished HTML before it is laid out, and refuses what a document must not hold.

One linear pass: the layout library takes seconds and a gigabyte for a wide ``colspan`` or 5,000 nested elements before
it gives up (reliability notes, 4.3). Refusing with a line number also tells an author more than leaving it out would.
Pure; runs inside the renderer process.
"""

import re
from html.parser import HTMLParser

from documents.templating import TemplateRefused

WIDEST_SPAN = 20
DEEPEST = 50
MOST_ELEMENTS = 100_000

_FORBIDDEN = frozenset(
    {"applet", "audio", "base", "embed", "form", "frame", "frameset", "iframe", "input", "link", "math", "meta"}
    | {"object", "script", "svg", "video"}
)
_PAGE_TAGS = frozenset({"pdf:pagenumber", "pdf:pagecount", "pdf:nextpage"})
_VOID = frozenset(["br", "col", "hr", "img", "wbr"]) | _PAGE_TAGS
_CLOSES_ITSELF = frozenset(["p", "li", "td", "th", "tr", "dt", "dd", "thead", "tbody", "tfoot", "option"])
_LINKS = frozenset({"src", "href", "background", "data", "poster", "action", "xlink:href"})
_DATA_IMAGE = re.compile(r"data:image/(png|jpeg|gif);base64,", re.IGNORECASE)
_CSS_FETCH = re.compile(r"@import|@font-face|url\s*\(\s*(?!['\"]?data:image/(?:png|jpeg|gif);base64,)", re.IGNORECASE)
_CSS_TRICK = re.compile(r"\\|/\*")


def check(html: str) -> None:
    """Raise TemplateRefused, with the line of the finished HTML, for anything that a document must not hold."""
    reader = _Reader()
    reader.feed(html)
    reader.close()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self._elements = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._element(tag, attrs)
        if tag in _VOID:
            return
        if tag in _CLOSES_ITSELF and self._open and self._open[-1] == tag:
            self._open.pop()
        self._open.append(tag)
        if len(self._open) > DEEPEST:
            self._refuse(f"Elements are nested more than {DEEPEST} deep.")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self._element(tag, attrs)
        else:  # HTML ignores the slash, and so does the layout library.
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open[-DEEPEST:]:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self._css(data)

    def handle_comment(self, _data: str) -> None:
        self._refuse("HTML comments are not allowed; Liquid has a comment tag.")

    def handle_pi(self, _data: str) -> None:
        self._refuse("Processing instructions are not allowed.")

    def unknown_decl(self, _data: str) -> None:
        self._refuse("Declarations are not allowed.")

    def _element(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            self._refuse(f"A document has at most {MOST_ELEMENTS} elements.")
        if tag in _FORBIDDEN or (tag.startswith("pdf:") and tag not in _PAGE_TAGS):
            self._refuse(f"<{tag}> is not allowed.")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on"):
            self._refuse(f"{name} is not allowed.")
        if name in {"colspan", "rowspan"} and not (value.isascii() and value.isdigit() and int(value) <= WIDEST_SPAN):
            self._refuse(f"{name} must be a number up to {WIDEST_SPAN}.")
        if name == "style":
            self._css(value)
        if name in _LINKS and value and not self._harmless(tag, value.strip()):
            self._refuse(f"{name} may hold an image as data and nothing else.")

    def _harmless(self, tag: str, value: str) -> bool:
        if tag == "a":
            return value.lower().startswith(("#", "https://", "http://", "mailto:"))
        return tag == "img" and _DATA_IMAGE.match(value) is not None

    def _css(self, css: str) -> None:
        if _CSS_TRICK.search(css):
            self._refuse("Styles may hold neither backslashes nor comments.")
        if _CSS_FETCH.search(css):
            self._refuse("Styles may not fetch anything.")

    def _refuse(self, message: str) -> None:
        raise TemplateRefused(message, self.getpos()[0])
