"""Escaping for the parts that are written straight as HTML, some hundred times a page."""

from html import escape


def escaped(value: object) -> str:
    """Any value as text that is safe in HTML and in attributes. Django's own does the same, at five times the cost."""
    return escape(value if type(value) is str else str(value))
