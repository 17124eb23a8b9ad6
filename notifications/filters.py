"""The filters of the delivery log."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core.filters import AnyOfFilter, DayFilter, ListFilters, LookupFilter, SearchFilter, SwitchFilter, TextFilter
from notifications.kinds import all_kinds
from notifications.models import Delivery

EARLIEST, LATEST = 1900, 2900
"""Years outside can't be turned into moments everywhere, and nothing was sent then."""


class KindFilter(AnyOfFilter):
    """The kinds of mail, as they are registered."""

    def prepare(self, field: forms.MultipleChoiceField, request: HttpRequest) -> None:  # noqa: ARG002
        """Offer them by what they are called."""
        self.pairs = [(kind.name, kind.label) for kind in all_kinds()]
        field.choices = self.pairs


class PlannedFilter(DayFilter):
    """One end of a span of days over the moment of planning, in the marketplace's zone; both ends inclusive."""

    def filter(self, qs: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        """From the day's first moment, or to its last."""
        if value is None:
            return qs
        is_start = self.lookup_expr == "gte"
        if not EARLIEST <= value.year <= LATEST:
            return qs if is_start == (value.year < EARLIEST) else qs.none()
        day = value if is_start else value + timedelta(days=1)
        moment = datetime.combine(day, time.min, self.parent.request.member.marketplace.zone)
        return qs.filter(created_at__gte=moment) if is_start else qs.filter(created_at__lt=moment)


class DeliveryFilters(ListFilters):
    """Mails by what became of them, kind, company, address and day; the search box takes a number or an address."""

    q = SearchFilter(placeholder=_("Number or address"))
    state = AnyOfFilter("state", _("State"), Delivery.State.choices)
    kind = KindFilter("kind", _("Mail"), [])
    company = LookupFilter(
        "company_id",
        _("Company"),
        url_name="companies:lookup",
        rows=lambda request: Company.objects.visible_to(request.member),
    )
    recipient = TextFilter("recipient", _("Address"))
    date_from = PlannedFilter("created_at", _("From"), edge="from")
    date_to = PlannedFilter("created_at", _("To"), edge="to")
    tests = SwitchFilter(_("Include tests"), otherwise={"is_test": False})

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """An address where there is an @ in it, else the beginning of a document's number."""
        return queryset.filter(**{"recipient__icontains" if "@" in text else "number__istartswith": text.strip()})
