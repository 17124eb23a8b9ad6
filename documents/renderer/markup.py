"""Looks through finished HTML before it is laid out, and refuses what a document must not hold.

One linear pass: the layout library takes seconds and a gigabyte for a wide ``colspan`` or 5,000 nested elements before
it gives up, and leaves out without a word what it does not fetch or cannot read. Refusing, with the place, also tells
an author more. Pure; runs inside the renderer process.
"""

import base64
import binascii
import io
import re
from functools import lru_cache
from html.parser import HTMLParser

from PIL import Image

WIDEST_SPAN = 20
DEEPEST = 50
MOST_ELEMENTS = 100_000
LARGEST_IMAGE = 1024 * 1024
"""Bytes of an image."""
MOST_PIXELS = 12_000_000

_ALLOWED = frozenset({
    "a", "abbr", "address", "article", "aside", "b", "big", "blockquote", "body", "br", "caption", "center", "cite",
    "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "i", "img", "ins", "kbd", "li",
    "main", "mark", "nav", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span", "strike", "strong",
    "style", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "title", "tr", "tt", "u", "ul",
    "var", "wbr",
})  # fmt: skip
_PAGE_TAGS = frozenset({"pdf:pagenumber", "pdf:pagecount", "pdf:nextpage"})
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_CLOSES_ITSELF = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "thead", "tbody", "tfoot"})
_LINKS = frozenset({"src", "href", "background", "data", "poster", "action", "xlink:href", "srcset", "code"})
_SPAN = re.compile(r"[0-9]{1,9}", re.ASCII)
_DATA_IMAGE = re.compile(r"data:image/(png|jpeg|gif);base64,", re.IGNORECASE)
_CSS_FETCH = re.compile(r"@import|@font-face", re.IGNORECASE)
_CSS_URL = re.compile(r"url\s*\(\s*['\"]?([^'\")]*)", re.IGNORECASE)
_CSS_TRICK = re.compile(r"\\|/\*|<")
_DECLARATION = re.compile(r"[^;}]+")
_CUSTOM = re.compile(r"(?<![\w-])--[\w-]+\s*:")
_VAR = re.compile(r"var\s*\(", re.IGNORECASE)
_TAG_START = re.compile(r"<[A-Za-z/!?]")
_TAG_REST = re.compile(r"""(?:[^"'<>]++|"[^"]*+"|'[^']*+')*+>""")
MOST_TORN = 100
"""Tags without an end, behind each of which the reader looks through all that follows."""


class MarkupRefused(Exception):
    """The document holds what it must not; ``position`` counts the characters of the HTML before the place."""

    def __init__(self, message: str, position: int) -> None:
        self.position = position
        super().__init__(message)


def check(html: str) -> None:
    """Raise MarkupRefused for anything that a document must not hold."""
    if (nothing := html.find("\0")) >= 0:  # Parsers differ about what it ends.
        raise MarkupRefused("A document may not hold the character NUL.", nothing)
    _refuse_torn(html)
    reader = _Reader(html)
    reader.feed(html)
    reader.close()


def _refuse_torn(html: str) -> None:
    """Refuse more tags without an end than anybody leaves by mistake: the reader takes quadratic time over them."""
    torn, place = 0, 0
    while (start := _TAG_START.search(html, place)) is not None:
        rest = _TAG_REST.match(html, start.end())
        torn += rest is None
        if torn > MOST_TORN:
            raise MarkupRefused("Too many tags are not closed.", start.start())
        place = rest.end() if rest else start.end()


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._html = html
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
            hint = f"; close each <{tag}> with </{tag}>" if tag in _PAGE_TAGS else ""
            self._refuse(f"Elements are nested more than {DEEPEST} deep{hint}.")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # HTML ignores the slash, and so does the layout library.

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open[-DEEPEST:]:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self._css(data, inside=True)

    def close(self) -> None:
        super().close()
        if self.cdata_elem is not None:
            self._refuse("A style element is not closed.")

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
        if tag not in _ALLOWED and tag not in _PAGE_TAGS:
            self._refuse(f"<{tag[:30]}> is not allowed.")
        for name, value in attrs:
            self._attribute(tag, name, (value or "").strip())

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on"):
            self._refuse(f"{name[:30]} is not allowed.")
        if name in {"colspan", "rowspan"} and not (_SPAN.fullmatch(value) and int(value) <= WIDEST_SPAN):
            self._refuse(f"{name} must be a number up to {WIDEST_SPAN}.")
        if name == "style":
            self._css(value)
        if name in _LINKS and value:
            self._link(tag, name, value)

    def _link(self, tag: str, name: str, value: str) -> None:
        if tag == "a" and value.lower().startswith(("#", "https://", "http://", "mailto:")):
            return
        if tag != "img" or name != "src":
            self._refuse(f"<{tag}> may not have {name}={value[:60]}.")
        self._image(value)

    def _css(self, css: str, *, inside: bool = False) -> None:
        """``inside`` a style element places are told exactly; for a style attribute the place is its element."""
        for pattern, message in (
            (_CSS_TRICK, 'Styles may hold neither backslashes nor comments nor "<".'),
            (_CSS_FETCH, "Styles may not fetch anything; fonts and images are uploaded."),
        ):
            if found := pattern.search(css):
                self._refuse(message, found.start() if inside else 0)
        if (start := _bomb(css)) >= 0:
            self._refuse("A custom property may not be made of others.", start if inside else 0)
        for url in _CSS_URL.finditer(css):
            self._image(url[1].strip(), url.start() if inside else 0)

    def _image(self, address: str, shift: int = 0) -> None:
        if not _DATA_IMAGE.match(address):
            self._refuse(f"{address[:60]} is no uploaded image; nothing is fetched from elsewhere.", shift)
        if problem := _problem_of(address):
            self._refuse(problem, shift)

    def _refuse(self, message: str, shift: int = 0) -> None:
        line, column = self.getpos()
        start = 0
        for _ in range(line - 1):
            start = self._html.index("\n", start) + 1
        raise MarkupRefused(message, start + column + shift)


def _bomb(css: str) -> int:
    """Where a custom property is made of others, which doubles with each; -1 when none is."""
    for declaration in _DECLARATION.finditer(css):
        own = _CUSTOM.search(css, declaration.start(), declaration.end())
        if own and _VAR.search(css, own.end(), declaration.end()):
            return own.start()
    return -1


@lru_cache(maxsize=32)
def _problem_of(address: str) -> str:
    """Why an image as data cannot be printed, or an empty text; the library would leave it out."""
    try:
        data = base64.b64decode(address.partition(",")[2], validate=True)
    except binascii.Error:
        return "This image is damaged."
    if len(data) > LARGEST_IMAGE:
        return f"An image has at most {LARGEST_IMAGE // 1024} KB."
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "GIF"]) as image:
            if image.width * image.height > MOST_PIXELS:
                return f"An image has at most {MOST_PIXELS // 1_000_000} million pixels."
            image.load()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the decoders raise all kinds
        return "This image is damaged, or no PNG, JPEG or GIF."
    return ""
