"""The list of companies near or over their credit limit."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from companies.models import Company, MarketplaceSettings
from limits.filters import NearFilters
from limits.operations.standing import state_of
from limits.queries.near import Counted, standings
from limits.tables import NearTable
from web.lists import ListPage

SHOWN = ("blocked", "over", "near")


class NearList(ListPage):
    """Those that the member sees, with what counts and what of the limit is used."""

    permission = "limits.change"
    title = _("Credit limits")
    counted = ngettext_lazy(
        "%(shown)s company near or over its limit", "%(shown)s companies near or over their limit", "n"
    )
    none_match = _("No companies match")
    none_yet = _("No company is near its credit limit")
    table_class = NearTable
    filters_class = NearFilters
    default_sort = "name"

    @cached_property
    def standing(self) -> dict[int, Counted]:
        """Of the companies that are shown."""
        marketplace = self.member.marketplace
        settings = MarketplaceSettings.objects.select_related("marketplace").get(marketplace=marketplace)
        found = standings(settings, now=timezone.now())
        return {pk: each for pk, each in found.items() if _state(each) in SHOWN}

    def queryset(self) -> QuerySet[Company]:
        """Near, over or blocked."""
        return Company.objects.visible_to(self.member).filter(pk__in=self.standing)

    def rows(self, found: QuerySet[Company]) -> QuerySet[Company]:
        """With their figures, in minor units of the marketplace's currency."""
        currency = self.member.marketplace.currency
        each = self.standing.items()
        return found.annotate(
            standing=_case({pk: _state(row) for pk, row in each}, CharField()),
            counts=_case({pk: row.exposure for pk, row in each}, BigIntegerField()),
            credit_limit=_case({pk: row.policy.limit for pk, row in each}, BigIntegerField()),
            used=_case({pk: _used(row) for pk, row in each}, BigIntegerField()),
            currency=Value(currency),
        )


def _state(row: Counted) -> str:
    return state_of(row.policy, row.exposure)


def _used(row: Counted) -> int | None:
    limit = row.policy.limit
    return row.exposure * 100 // limit if limit else None


def _case(values: Mapping[int, object], field: Any) -> Case:
    known = [When(pk=pk, then=Value(value, output_field=field)) for pk, value in values.items() if value is not None]
    return Case(*known, default=None, output_field=field)
