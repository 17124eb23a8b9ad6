"""The filters of the list of companies near their limit."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core.search_keys import words_held
from web.filters import ListFilters, SearchFilter


class NearFilters(ListFilters):
    """Search by name."""

    q = SearchFilter(placeholder=_("Name"))

    def resolve_search(self, queryset: QuerySet[Company], text: str) -> QuerySet[Company]:
        """Companies that hold each word in their name."""
        return queryset.filter(words_held(text, "search_key"))
