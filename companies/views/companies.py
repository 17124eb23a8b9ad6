"""The list of companies, and the look-up that company fields ask as one types."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from companies.filters import CompanyFilters
from companies.models import Company
from companies.operations.companies import PERMISSION
from companies.tables import CompanyTable
from core.search_keys import key_holds
from web.lists import ListPage
from web.lookups import MOST_MATCHES
from web.views.lookup import LookupView, Option


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
    create_url_name = "companies:add"
    create_label = _("Add a company")
    create_permission = PERMISSION
    template_name = "companies/list.html"

    def queryset(self) -> QuerySet[Company]:
        """All that ``visible_to`` gives."""
        return Company.objects.visible_to(self.member)

    def rows(self, found: QuerySet[Company]) -> QuerySet[Company]:
        """With the names of parent and reseller."""
        return found.select_related("parent", "reseller")


class CompanyLookup(LookupView):
    """Options for a company field, found by name."""

    permission = "companies.view"

    def rows(self) -> QuerySet[Company]:
        """Companies that the member sees."""
        return Company.objects.visible_to(self.member)

    def found(self, text: str) -> Iterator[Option]:
        """Those that are active and whose name holds the text."""
        rows = self.rows().filter(key_holds(text), is_active=True)
        return ((row.pk, row.name, row.city) for row in rows.order_by("name")[:MOST_MATCHES])


class ResellerLookup(CompanyLookup):
    """Options for a reseller field."""

    def rows(self) -> QuerySet[Company]:
        """Resellers among them."""
        return super().rows().filter(kind=Company.Kind.RESELLER)
