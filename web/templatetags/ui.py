"""Template tags of the frame: icons, status badges, the stacked bar and query strings."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.formats import amount_text, reader
from web.badges import badge_html, icon_html
from web.icons import NAMES
from web.links import changed_query

register = template.Library()
BAR_WIDTH = 1000
"""Units of the stacked bar's drawing, stretched to whatever width it has on the page."""


class IconNode(Node):
    """An icon whose name was checked when the template was compiled, if it is written there as it is."""

    def __init__(self, name: FilterExpression, extra: str) -> None:
        self.name = name
        self.extra = extra

    def render(self, context: Context) -> SafeString:
        """The reference into the sprite."""
        return icon_html(self.name.resolve(context), self.extra)


@register.tag
def icon(parser: Parser, token: Token) -> IconNode:
    """``{% icon "receipt" %}`` or ``{% icon "receipt" "icon-lg" %}`` with a further CSS class."""
    _tag, name, *extra = token.split_contents()
    literal = name[1:-1] if name[:1] in "\"'" else None
    if literal is not None and literal not in NAMES:
        raise template.TemplateSyntaxError(f"no icon {literal!r}: add it to web/icons.py and run build_icons")
    return IconNode(parser.compile_filter(name), extra[0].strip("\"'") if extra else "")


@register.simple_tag
def badge(kind: str, state: str, label: str = "") -> SafeString:
    """``{% badge "credit_memo" memo.status %}``: tone, icon and word from `web.badges`."""
    return badge_html(kind, state, label=label)


@register.simple_tag
def stacked_bar(parts: Iterable[Sequence[Any]], currency: str, label: str = "") -> SafeString:
    """Where an amount went, as one bar and its legend in words.

    ``parts`` holds (tone, label, minor units) or (tone, label, minor units, url); parts of 0 are left out.
    """
    shown = [(*part, "")[:4] for part in parts if part[2] > 0]
    total = sum(part[2] for part in shown)
    if not total:
        return SafeString("")
    text = ", ".join(f"{part[1]} {amount_text(part[2], currency)}" for part in shown)
    drawn, start = [], 0
    for tone, _label, minor, _url in shown:
        width = max(4, round(BAR_WIDTH * minor / total))
        drawn.append((start, width, tone))
        start += width
    bars = format_html_join("", '<rect x="{}" y="0" width="{}" height="10" class="bar-{}"/>', drawn)
    words = [_legend(part, currency) for part in shown]
    legend = format_html_join("", '<li><span class="swatch bar-{}"></span>{} {}</li>', words)
    return format_html(
        '<svg class="stacked-bar" viewBox="0 0 {} 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
        '<ul class="legend">{}</ul>',
        start,
        f"{label or _('Where it went')}: {text}",
        bars,
        legend,
    )


def _legend(part: Sequence[Any], currency: str) -> tuple[str, SafeString, SafeString]:
    tone, label, minor, url = part
    name = format_html('<a href="{}">{}</a>', url, label) if url else mark_safe(escape(label))  # noqa: S308
    return tone, name, format_html('<span class="money">{}</span>', amount_text(minor, currency))


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """The current query string with changes: ``{% query page=3 after=None %}`` (None takes a key out)."""
    return changed_query(context["request"].GET, changes)


@register.simple_tag
def frozen(template_name: str) -> SafeString:
    """``{% frozen "web/_dialogs.html" %}``: a part that is the same for everybody, made once for each language."""
    return _frozen(template_name, get_language() or "")


@lru_cache(maxsize=64)
def _frozen(template_name: str, _language: str) -> SafeString:
    return render_to_string(template_name)


@register.simple_tag(takes_context=True)
def sidebar(context: Context) -> SafeString:
    """The places that the member may open; made once for each set of them, page and count of what waits."""
    shown = tuple(
        (
            section.label,
            tuple((e.label, e.url, e.icon, e.is_current, e.waiting() if e.waiting else 0) for e in section.entries),
        )
        for section in context.get("navigation") or ()
    )
    return _sidebar(shown, bool(context.get("sidebar_is_narrow")), get_language() or "")


Places = tuple[tuple[str, tuple[tuple[str, str, str, bool, int], ...]], ...]


@lru_cache(maxsize=512)
def _sidebar(shown: Places, is_narrow: bool, _language: str) -> SafeString:
    return render_to_string("web/_sidebar.html", {"sections": shown, "sidebar_is_narrow": is_narrow})


CSRF_MARK = "csrf-token-of-this-answer"


@register.simple_tag(takes_context=True)
def topbar(context: Context) -> SafeString:
    """Search, theme, language and the member's menu; made once for each person, place and theme, then only marked."""
    member: Any = context.get("member")
    who: tuple[str, ...] = ()
    if member:
        who = (member.name, ", ".join(member.role_labels), member.company.name, member.marketplace.name)
    made = _topbar(who, context.get("theme", ""), reader().language)
    return mark_safe(made.replace(CSRF_MARK, escape(context.get("csrf_token", ""))))  # noqa: S308 - ours, and escaped


@lru_cache(maxsize=512)
def _topbar(who: tuple[str, ...], theme: str, language: str) -> str:
    words = dict(zip(("name", "roles", "company", "marketplace"), who, strict=False))
    return render_to_string("web/_topbar.html", {**words, "theme": theme, "reader": language, "csrf_mark": CSRF_MARK})


class DialogLinkNode(Node):
    """A link to a verb's page that opens in the dialog where JavaScript runs."""

    def __init__(self, url: FilterExpression, css: str, nodes: NodeList) -> None:
        self.url = url
        self.css = css
        self.nodes = nodes

    def render(self, context: Context) -> SafeString:
        """An ordinary link that htmx upgrades."""
        url = escape(self.url.resolve(context))
        return mark_safe(  # noqa: S308 - the address is escaped, the content was rendered by this template
            f'<a href="{url}" class="{escape(self.css)}" hx-get="{url}" hx-target="#dialog-body" hx-push-url="false"'
            f' aria-haspopup="dialog">{self.nodes.render(context)}</a>'
        )


@register.tag
def dialog_link(parser: Parser, token: Token) -> DialogLinkNode:
    """``{% dialog_link url "btn btn-primary" %}Void{% enddialog_link %}``"""
    _tag, url, *css = token.split_contents()
    nodes = parser.parse(("enddialog_link",))
    parser.delete_first_token()
    return DialogLinkNode(parser.compile_filter(url), css[0].strip("\"'") if css else "", nodes)
