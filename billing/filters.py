"""The filters of lists about events, imports and runs."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from billing.models import BillingEvent, BillingRun
from companies.models import Company
from core.ids import read_id
from core.search_keys import key_holds
from web.access import member_of
from web.filters import AnyOfFilter, DayFilter, ListFilters, LookupFilter, SearchFilter, SwitchFilter, TextFilter


class RunFilter(TextFilter):
    """Events of one run, by its number."""

    def __init__(self) -> None:
        super().__init__("run_id", _("Run"), lookup_expr="exact", validators=[_check_id])


def _check_id(text: str) -> None:
    if not read_id(text):
        raise ValidationError(_("Enter the number of a run."))


class IncludeAside(SwitchFilter):
    """Events that were set aside are left out unless this is ticked, or a status is asked for."""

    def __init__(self) -> None:
        super().__init__(_("Include set aside"), exclude={"status": BillingEvent.Status.ASIDE})

    def filter(self, qs: QuerySet[Any], value: object) -> QuerySet[Any]:
        """Nothing to leave out where the status filter decides already."""
        return qs if self.parent.form.cleaned_data.get("status") else super().filter(qs, value)


class EventFilters(ListFilters):
    """Search by key or company's name; narrow by state, kind and where it comes from."""

    q = SearchFilter(placeholder=_("Key or company"))
    status = AnyOfFilter("status", _("Status"), BillingEvent.Status.choices)
    kind = AnyOfFilter("kind", _("Kind"), BillingEvent.Kind.choices)
    origin = AnyOfFilter("origin", _("Recorded by"), BillingEvent.Origin.choices)
    company = LookupFilter(
        "company_id",
        _("Company"),
        url_name="companies:lookup",
        rows=lambda request: Company.objects.visible_to(request.member),
    )
    from_day = DayFilter("day", _("From"), edge="from")
    to_day = DayFilter("day", _("To"), edge="to")
    run = RunFilter()
    include_aside = IncludeAside()

    def __init__(self, data: Any, queryset: QuerySet[Any], *, request: HttpRequest) -> None:
        super().__init__(data, queryset, request=request)
        self.member: Any = member_of(request)

    def resolve_search(self, queryset: QuerySet[BillingEvent], text: str) -> QuerySet[BillingEvent]:
        """A key by its beginning, else a company."""
        inside = {"marketplace_id": self.member.marketplace.pk}
        if BillingEvent.objects.filter(key__startswith=text, **inside).exists():
            return queryset.filter(key__startswith=text)
        found = Company.objects.filter(key_holds(text), **inside).values_list("pk", flat=True)[:1000]
        return queryset.filter(company_id__in=list(found))


class ImportFilters(ListFilters):
    """Imports by the file's name."""

    q = SearchFilter(placeholder=_("Name"))

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Files whose name holds the text."""
        return queryset.filter(key_holds(text))


class RunFilters(ListFilters):
    """Runs by state, kind and day."""

    state = AnyOfFilter("state", _("Status"), BillingRun.State.choices)
    dry = AnyOfFilter("dry", _("Kind"), [("False", _("Run")), ("True", _("Preview"))])
    from_day = DayFilter("through", _("From"), edge="from")
    to_day = DayFilter("through", _("To"), edge="to")
