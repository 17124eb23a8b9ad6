"""What HTML may not hold before it is laid out."""

import base64
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from documents.renderer.markup import _ALLOWED, _DATA_IMAGE, _PAGE_TAGS, LARGEST_IMAGE, MarkupRefused, check


def address(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def picture(kind: str = "PNG", size: tuple[int, int] = (4, 3)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (15, 107, 85)).save(out, kind)
    return out.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


PIXEL = address(picture())
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>"

REFUSED = {
    "a wide colspan": "<table><tr><td colspan=1000000>x</td></tr></table>",
    "a colspan of too many digits": f"<table><tr><td colspan={'1' * 5000}>x</td></tr></table>",
    "a rowspan in words": "<td rowspan='many'>x</td>",
    "a remote image": "<img src='http://127.0.0.1/x.png'>",
    "a local image": "<img src='file:///etc/passwd'>",
    "a path": "<img src='/etc/passwd'>",
    "a path upwards": "<img src='../../etc/passwd'>",
    "a drawing as data": "<img src='data:image/svg+xml;base64,AAAA'>",
    "a stylesheet": "<link rel=stylesheet href=http://127.0.0.1/>",
    "an import": "<style>@import 'http://127.0.0.1/';</style>",
    "a font": "<style>@font-face { font-family: x; src: url(http://127.0.0.1/x.ttf) }</style>",
    "a page background": "<style>@page { background-image: url(http://127.0.0.1/) }</style>",
    "a background": "<p style='background: url( /etc/passwd )'>x</p>",
    "an escaped import": "<style>@\\69mport 'http://127.0.0.1/';</style>",
    "a commented url": "<style>p { background: u/**/rl(x) }</style>",
    "an upper-case function": "<p style='background: URL(//127.0.0.1/)'>x</p>",
    "a second address in a style": f"<p style='background: url({PIXEL}), url(/etc/passwd)'>x</p>",
    "a bomb of custom properties": "<style>p { --a: red; --b: var(--a) var(--a) }</style>",
    "an element hidden behind a style": "<style>a</style/><img src='http://127.0.0.1/'></style>",
    "an unclosed style": "<style>p { color: red }<img src='http://127.0.0.1/'>",
    "400 million pixels": f"<img src='{address(claiming(20_000, 20_000))}'>",
    "half an image": f"<img src='{address(picture(size=(400, 300))[:200])}'>",
    "an image that is text": f"<img src='{address(b'%PDF-1.4')}'>",
    "a drawing that says it is a PNG": f"<img src='{address(SVG)}'>",
    "an image that is not base64": "<img src='data:image/png;base64,????'>",
    "an image of another format": f"<img src='{address(picture('BMP'))}'>",
    "a large image": f"<img src='{address(picture() + bytes(LARGEST_IMAGE))}'>",
    "a broken image in a style": f"<style>p {{ background: url({address(b'GIF89a', 'gif')}) }}</style>",
    "an encoded address": "<img src='&#104;ttp://127.0.0.1/'>",
    "an image by another name": "<image src='http://127.0.0.1/'>",
    "a source set": f"<img src='{PIXEL}' srcset='http://127.0.0.1/ 2x'>",
    "a background of a table": "<table background='/etc/passwd'>",
    "a chart": '<canvas type="graph/verticalbar">{"data": [[1]]}</canvas>',
    "a form": "<textarea name=x>y</textarea>",
    "an unknown element": "<para><font color='red'>x</font></para>",
    "a page inserted by the library": "<pdf:insertpdf src='/etc/passwd'>",
    "a bar code": "<pdf:barcode value='x' type='qr'>",
    "a meta element": "<meta http-equiv=refresh content='0;url=http://127.0.0.1/'>",
    "page breaks that nest": "<pdf:nextpage>" * 60,
    "an object": "<object data='file:///etc/passwd'></object>",
    "a frame": "<iframe src='http://127.0.0.1/'></iframe>",
    "a vector graphic": "<svg><image href='http://127.0.0.1/'/></svg>",
    "a script": "<script>alert(1)</script>",
    "a font tag of the library": "<pdf:font name=x src='http://127.0.0.1/x.ttf'>",
    "an include of the library": "<pdf:include src='/etc/passwd'>",
    "a handler": "<p onclick='x'>x</p>",
    "a comment": "<!-- x -->",
    "a short comment": "<!--><img src='http://127.0.0.1/'>-->",
    "a processing instruction": "<?xml version='1.0'?>",
    "5,000 nested elements": "<div>" * 5000,
    "deep tables": "<table><tr><td>" * 20,
    "a file in a link": "<a href='file:///etc/passwd'>x</a>",
    "code in a link": "<a href='javascript:alert(1)'>x</a>",
}


@pytest.mark.parametrize("html", REFUSED.values(), ids=REFUSED.keys())
def test_refused(html: str) -> None:
    with pytest.raises(MarkupRefused):
        check(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>one<p>two<p>three" * 50,
        "<table><tr><td>1<td>2<tr><td>3</table>" * 50,
        "<ul>" + "<li>x" * 100 + "</ul>",
        f"<img src='{PIXEL}'><br/><hr>",
        f"<p style='background-image: url({PIXEL})'>x</p>",
        "<a href='https://example.com/'>x</a>",
        "<pdf:pagenumber> / <pdf:pagecount/>",
        "<td colspan='3'>x</td>",
        "<style>@page { size: A4 } p { color: red }</style>",
        "</div></p></table>",
        "<pdf:nextpage></pdf:nextpage>" * 100,
        f"<img src='{address(picture('JPEG'), 'jpeg')}'><img src='{address(picture('GIF'), 'gif')}'>",
        "<style>:root { --accent: #14324f } p { color: var(--accent) }</style>",
        "<p style='font-size: 9pt'>5 &lt; 6 &amp; 7</p>",
    ],
)
def test_allowed(html: str) -> None:
    check(html)


@pytest.mark.parametrize(
    ("html", "place"),
    [
        ("<p>1</p>\n<p>2</p>\n <img src='http://127.0.0.1/'>", "<img"),
        ("<style>\np { color: red }\np { background: url(/x) }\n</style>", "url"),
        ("<style>\np { color: red }\n@import 'x';\n</style>", "@import"),
        ("<p>\n<b style='\n\nbackground: url(/x)'>", "<b"),
        ("<p>\n\n<!-- x -->", "<!--"),
    ],
)
def test_the_place_is_named(html: str, place: str) -> None:
    with pytest.raises(MarkupRefused) as refused:
        check(html)
    assert html[refused.value.position :].startswith(place)


def test_a_megabyte_is_looked_through_quickly() -> None:
    check("<table>" + "<tr><td>cell</td></tr>" * 40_000 + "</table>")


PIECES = [
    "<", ">", "</", "/>", "/", "=", "'", '"', " ", "\n", "\0", "&lt;", "&#60;", "<!--", "-->", "<!", "<?", "]]>", "<![CDATA[",
    "<style>", "</style>", "</style/>", "</style x>", "<STYLE", "<title>", "</title>", "<p", "<td", "<table>", "<p style=",
    "<img src=", "<img/src=", "<image src=", "http://127.0.0.1/", "file:///etc/passwd", "url(", ")", "x", "<svg>", "<math>",
    "<svg><style>", "<iframe>", "<script>", "</script>", "<textarea>", "<noscript>", "<xmp>", "<plaintext>", "<template>",
    "<select>", "<!DOCTYPE", "<a href=", "javascript:", "onclick=", "<pdf:include src=", "colspan=99", "<td colspan=",
]  # fmt: skip


def elements(node: Any) -> Iterator[Any]:
    for child in node.childNodes:
        if child.nodeType == child.ELEMENT_NODE:
            yield child
            yield from elements(child)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_the_layouts_parser_sees_nothing_that_was_not_looked_at(html: str) -> None:
    """Two parsers may understand broken HTML differently; what passes here must be harmless there."""
    try:
        check(html)
    except MarkupRefused:
        return
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("dom"))
    for element in elements(parser.parse(html.encode(), transport_encoding="utf-8")):
        assert element.tagName in _ALLOWED | _PAGE_TAGS
        attributes = dict(element.attributes.items())
        assert not [name for name in attributes if name.startswith("on")]
        if element.tagName != "a":
            assert not attributes.keys() & {"href", "background", "data"}
            assert _DATA_IMAGE.match(attributes.get("src", "").lstrip("=") or PIXEL)
        css = attributes.get("style", "") + (
            element.firstChild.data if element.tagName == "style" and element.firstChild else ""
        )
        assert "url(" not in css
        assert attributes.get("colspan") != "99"
