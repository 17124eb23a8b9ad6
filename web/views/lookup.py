"""The look-up that a box asks as one types: options as a part of a page."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from web.access import MemberView
from web.lookups import MOST_LETTERS, MOST_MATCHES, TOO_LONG

LEAST_LETTERS = 2

Option = tuple[int, str, str]
"""Id, name, and what stands beside it."""


class LookupView(MemberView):
    """At most 20 options for what stands in the box; says so when that is too long to be looked for."""

    http_method_names = ["get", "head"]
    box = "q"
    least = LEAST_LETTERS

    def get(self, request: HttpRequest) -> HttpResponse:
        """The options, or why there are none."""
        text = self._typed(request)
        if len(text) > MOST_LETTERS:
            return self._answer([], TOO_LONG % {"most": MOST_LETTERS})
        found = list(self.found(text))[:MOST_MATCHES] if len(text) >= self.least else []
        return self._answer(found, _("Nothing found"))

    def found(self, text: str) -> Iterable[Option]:
        """The options for a text; ask for no more than MOST_MATCHES."""
        raise NotImplementedError

    def _typed(self, request: HttpRequest) -> str:
        name = HtmxDetails(request).trigger_name or self.box
        return (request.GET.get(name) or request.GET.get("q") or "").strip().replace("\0", "")

    def _answer(self, found: list[Option], nothing: str) -> HttpResponse:
        return render(self.request, "web/_lookup.html", {"found": found, "nothing": nothing})
