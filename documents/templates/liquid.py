"""Liquid for templates that users write: plain data in, escaped text out, and a limit on everything.

Pure: neither Django nor the database. It runs inside the renderer process.
"""

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any, ClassVar

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.builtin import content, illegal, output
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    cycle_tag,
    for_tag,
    if_tag,
    inline_comment_tag,
    unless_tag,
)
from liquid.exceptions import LiquidError

LONGEST_SOURCE = 64 * 1024
"""Characters of a template."""
MOST_TORN = 20
"""Tags without an end."""
LONGEST_OUTPUT = 2 * 1024 * 1024
"""Bytes that a template may produce; about 5,000 document lines."""

_TAGS = (
    content.Literal, output.Output, illegal.Illegal, assign_tag.AssignTag, capture_tag.CaptureTag, case_tag.CaseTag,
    comment_tag.CommentTag, cycle_tag.CycleTag, for_tag.BreakTag, for_tag.ContinueTag, for_tag.ForTag, if_tag.IfTag,
    inline_comment_tag.InlineCommentTag, unless_tag.UnlessTag,
)  # fmt: skip
_FILTERS = (
    "append", "capitalize", "default", "downcase", "escape", "first", "last", "minus", "newline_to_br", "plus",
    "prepend", "remove", "replace", "size", "slice", "strip", "truncate", "upcase",
)  # fmt: skip


class TemplateRefused(Exception):
    """The template does not parse, asks for what is not there or wants too much; ``line`` is from 1, 0: unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.line = line
        super().__init__(message)


class _Limited(Environment):
    """The environment of document and mail templates."""

    block_nesting_limit: ClassVar[int] = 12
    context_depth_limit: ClassVar[int] = 12
    loop_iteration_limit: ClassVar[int | None] = 50_000
    local_namespace_limit: ClassVar[int | None] = 512 * 1024
    output_stream_limit: ClassVar[int | None] = LONGEST_OUTPUT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002 - the library names it
        """Take over only what documents need: no includes, no way around escaping, nothing that builds big texts."""
        full = Environment()
        for tag in _TAGS:
            self.add_tag(tag)
        for name in _FILTERS:
            self.add_filter(name, full.filters[name])


def _environment(*, autoescape: bool) -> Environment:
    return _Limited(undefined=StrictUndefined, strict_filters=True, autoescape=autoescape)


_HTML = _environment(autoescape=True)
_TEXT = _environment(autoescape=False)


@lru_cache(maxsize=32)
def _parsed(source: str, *, html: bool) -> BoundTemplate:
    return (_HTML if html else _TEXT).from_string(source)


def render(source: str, data: dict[str, Any], *, html: bool = True) -> str:
    """The template filled in. ``data`` holds texts, whole numbers, truth values, lists and dicts only.

    With ``html`` every value is escaped; without, the result is plain text (subjects, mail bodies).
    Raises TemplateRefused.
    """
    if len(source) > LONGEST_SOURCE:
        raise TemplateRefused(f"The template is longer than {LONGEST_SOURCE} characters.")
    return _filled(source, data, html=html)


def _refuse_torn(source: str) -> None:
    """Refuse more tags without an end than anybody leaves by mistake: the library takes cubic time over them.

    With a few it says itself what is wrong.
    """
    rest = source[max(source.rfind("}}"), source.rfind("%}"), 0) :]
    if rest.count("{{") + rest.count("{%") > MOST_TORN:
        raise TemplateRefused("Too many tags are not closed.", source.count("\n") - rest.count("\n") + 1)


def _filled(source: str, data: dict[str, Any], *, html: bool = True) -> str:
    _refuse_torn(source)
    try:
        return _parsed(source, html=html).render(**data)
    except LiquidError as error:
        context = error.context()
        raise TemplateRefused(str(error.message), context[0] if context else 0) from None
    except RecursionError:
        raise TemplateRefused("The template is nested too deeply.") from None


_OPENS = re.compile(r"\{\{|\{%")
_CLOSES = {"{{": "}}", "{%": "%}"}
_LINE_START = re.compile(r"(?:^|(?<=\n))([^\S\n]*)(?=\S)")
_MARK = re.compile("\ue000([0-9]+)\ue001")


def source_line(source: str, data: dict[str, Any], position: int) -> int:
    """The line of the template that wrote what stands at ``position`` of its result, from 1; 0 when it cannot be told.

    The template is filled in once more with each line's number written into its text, so this is for mistakes only.
    """
    try:
        marked, plain = _filled(_with_marks(source), data), _filled(source, data)
    except TemplateRefused:
        return 0
    if _MARK.sub("", marked) != plain:
        return 0
    line, gone = 0, 0
    for mark in _MARK.finditer(marked):
        if mark.start() - gone > position:
            break
        line, gone = int(mark[1]), gone + len(mark[0])
    return line


def _with_marks(source: str) -> str:
    """Before the first character of each line that is neither white space, which tags may strip, nor inside a tag."""
    line, parts = 1, []
    for part, is_tag in _pieces(source):
        parts.append(part if is_tag else _LINE_START.sub(partial(_mark, first=line, text=part), part))
        line += part.count("\n")
    return "".join(parts)


def _pieces(source: str) -> Iterator[tuple[str, bool]]:
    """The source cut into texts and tags; a tag without an end is text to the end."""
    place = 0
    while (opens := _OPENS.search(source, place)) is not None:
        end = source.find(_CLOSES[opens[0]], opens.end())
        if end < 0:
            break
        yield source[place : opens.start()], False
        yield source[opens.start() : end + 2], True
        place = end + 2
    yield source[place:], False


def _mark(found: re.Match[str], *, first: int, text: str) -> str:
    number = first + text.count("\n", 0, found.end())
    return f"{found[1]}\ue000{number}\ue001"
