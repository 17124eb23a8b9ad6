"""The list of companies, and the look-up that company fields ask as one types."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from companies.filters import CompanyFilters
from companies.models import Company
from companies.tables import CompanyTable
from core.access import MemberView
from core.lists import ListPage

MOST_FOUND = 20


class CompanyList(ListPage):
    """Companies that the member sees."""

    permission = "companies.view"
    title = _("Companies")
    counted = ngettext_lazy("%(shown)s company", "%(shown)s companies", "n")
    none_match = _("No companies match")
    none_yet = _("No companies yet")
    table_class = CompanyTable
    filters_class = CompanyFilters
    default_sort = "name"

    def queryset(self) -> QuerySet[Company]:
        """All that ``visible_to`` gives."""
        return Company.objects.visible_to(self.member)

    def rows(self, found: QuerySet[Company]) -> QuerySet[Company]:
        """With the names of parent and reseller."""
        return found.select_related("parent", "reseller")


class CompanyLookup(MemberView):
    """Options for a company field: at most 20 whose name holds what is typed, as a part of a page."""

    permission = "companies.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The options; fewer than 2 letters find nothing."""
        name = request.headers.get("HX-Trigger-Name", "q")
        text = (request.GET.get(name) or request.GET.get("q") or "").strip().replace("\0", "")[:100]
        rows = Company.objects.visible_to(self.member).filter(is_active=True)
        found = rows.filter(name__icontains=text).order_by("name")[:MOST_FOUND] if len(text) > 1 else rows.none()
        return render(request, "core/_lookup.html", {"found": [(row.pk, row.name, row.city) for row in found]})
