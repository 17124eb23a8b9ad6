"""What every page's frame needs: the member, the theme, and whether the browser runs our JavaScript."""

from typing import Any

from django.http import HttpRequest

from core import restoring
from web.access import viewer

THEME_COOKIE = "theme"
SIDEBAR_COOKIE, FILTERS_COOKIE = "sidebar", "filters"
SCRIPT_COOKIE = "js"
THEMES = ("light", "dark")


def theme_of(request: HttpRequest) -> str:
    """The theme that the reader switched to; empty while the system decides."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def runs_script(request: HttpRequest) -> bool:
    """Whether our JavaScript has run in this browser before; then counts may arrive after the page."""
    return request.COOKIES.get(SCRIPT_COOKIE) == "1"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor of `templates/base.html`."""
    member = viewer(request)
    sidebar_is_narrow = request.COOKIES.get(SIDEBAR_COOKIE) == "narrow"
    filters_are_folded = request.COOKIES.get(FILTERS_COOKIE) == "folded"
    return {
        "member": member,
        "restore_is_held": restoring.is_held() and member is not None and member.may("documents.retry"),
        "theme": theme_of(request),
        "sidebar_is_narrow": sidebar_is_narrow,
        "filters_are_folded": filters_are_folded,
        "folded": " ".join(
            name for name, on in (("sidebar-narrow", sidebar_is_narrow), ("filters-folded", filters_are_folded)) if on
        ),
        "csp_nonce": getattr(request, "csp_nonce", ""),
    }
