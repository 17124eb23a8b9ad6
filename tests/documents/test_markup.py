"""What HTML may not hold before it is laid out."""

import pytest

from documents.markup import check
from documents.templating import TemplateRefused

PIXEL = "data:image/png;base64,iVBORw0KGgo="

REFUSED = {
    "a wide colspan": "<table><tr><td colspan=1000000>x</td></tr></table>",
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
    with pytest.raises(TemplateRefused):
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
    ],
)
def test_allowed(html: str) -> None:
    check(html)


def test_the_line_is_named() -> None:
    with pytest.raises(TemplateRefused) as refused:
        check("<p>1</p>\n<p>2</p>\n<img src='http://127.0.0.1/'>")
    assert refused.value.line == 3


def test_a_megabyte_is_looked_through_quickly() -> None:
    check("<table>" + "<tr><td>cell</td></tr>" * 40_000 + "</table>")
