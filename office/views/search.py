"""One box for everything: numbers, amounts, days, names, keys; only what the member may see."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.search_keys import composed
from office.views.search_groups import Groups
from web.access import MemberView, is_partial
from web.lookups import MOST_LETTERS, TOO_LONG

MOST, FEW = 8, 3
"""Results shown of each kind: on the page, and as one types."""
LEAST_LETTERS = 2
SUGGESTIONS = "search_list"


class Search(MemberView):
    """Results in groups; a whole number that only one document has goes straight to it. Suggestions as one types."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Look everywhere that the member may look."""
        if is_partial(request, SUGGESTIONS):
            return self._suggestions()
        groups = Groups(self.text, self.member, most=MOST) if self.is_usable else None
        if groups and (url := groups.only_document()):
            return redirect(url)
        context = {
            "title": _("Search"),
            "q": self.text.replace("\0", "")[:MOST_LETTERS],
            "groups": groups.found() if groups else [],
            "is_short": not self.is_usable,
            "too_long": TOO_LONG % {"most": MOST_LETTERS} if len(self.text) > MOST_LETTERS else "",
        }
        return render(request, "office/search.html", context)

    def _suggestions(self) -> HttpResponse:
        """The first results of each kind, and the page with all of them."""
        groups = Groups(self.text, self.member, most=FEW).found() if self.is_usable else []
        context = {"groups": groups, "q": self.text, "url": reverse("core:search")}
        return render(self.request, "web/_suggestions.html", context)

    @cached_property
    def text(self) -> str:
        """What was typed."""
        return composed(self.request.GET.get("q", "")).strip()

    @property
    def is_usable(self) -> bool:
        """Whether it can be looked for: some letters, or a number."""
        least = 1 if self.text.isascii() and self.text.isdigit() else LEAST_LETTERS
        return least <= len(self.text) <= MOST_LETTERS and "\0" not in self.text
