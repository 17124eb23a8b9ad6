"""Writes XML of one vocabulary: what has no content is not written, and the same content gives the same bytes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from lxml import etree

Element: TypeAlias = Any
"""An element of lxml, which has no types."""
Content: TypeAlias = str | Decimal | date | Element | None


class Vocabulary:
    """Makes elements named ``prefix:local``: ``v("cbc:ID", "INV-1")``.

    Decimals become plain numbers and dates ISO days. An element in which nothing remains is None, and None is left
    out, so that groups whose terms are all absent vanish.
    """

    def __init__(self, namespaces: Mapping[str | None, str]) -> None:
        self._namespaces = namespaces

    def __call__(self, name: str, *content: Content | list[Content], **attributes: str) -> Element | None:
        element = self.element(name, *content, **attributes)
        return element if len(element) or element.text else None

    def element(self, name: str, *content: Content | list[Content], **attributes: str) -> Element:
        """The element even when it is empty: for the root, and where a schema insists."""
        prefix, _, local = name.rpartition(":")
        element = etree.Element(f"{{{self._namespaces[prefix or None]}}}{local}", attributes, nsmap=self._namespaces)
        for part in content:
            for each in part if isinstance(part, list) else [part]:
                _put(element, each)
        return element


def _put(element: Element, content: Content) -> None:
    if isinstance(content, Decimal):
        element.text = f"{content:f}"
    elif isinstance(content, date):
        element.text = content.isoformat()
    elif isinstance(content, str):
        element.text = content or None
    elif content is not None:
        element.append(content)


def serialized(root: Element) -> bytes:
    """The document as UTF-8."""
    etree.cleanup_namespaces(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written
