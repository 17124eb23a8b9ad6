"""Badges and icons as HTML: a tone, an icon and a word, so that colour never speaks alone."""

from functools import lru_cache

from django.templatetags.static import static
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from core.labels import badge
from web.icons import NAMES


def icon_html(name: str, extra: str = "") -> SafeString:
    """The icon as a reference into the sprite, hidden from screen readers; KeyError for a name that it lacks."""
    if name not in NAMES:
        raise KeyError(f"no icon {name!r}: add it to web/icons.py and run manage.py build_icons")
    return _icon_html(name, extra)


@lru_cache(maxsize=1024)
def _icon_html(name: str, extra: str) -> SafeString:
    css = f"icon {extra}" if extra else "icon"
    source = static("img/icons.svg")
    return mark_safe(f'<svg class="{escape(css)}" aria-hidden="true"><use href="{source}#{name}"/></svg>')  # noqa: S308


def badge_html(kind: str, state: str, *, label: str = "") -> SafeString:
    """A status badge; ``label`` replaces the word."""
    return _badge_html(kind, state, label, get_language() or "")


@lru_cache(maxsize=2048)
def _badge_html(kind: str, state: str, label: str, _language: str) -> SafeString:
    shown = badge(kind, state)
    text = escape(label or shown.label)
    return mark_safe(f'<span class="state state-{shown.tone}">{icon_html(shown.icon)}{text}</span>')  # noqa: S308
