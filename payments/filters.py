"""The filters of the lists of payments and of refunds."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core.labels import BADGES
from payments.domain.states import STATUSES
from payments.models import Payment
from payments.queries.finding import payments_matching, refunds_matching
from payments.queries.twice import TWICE, with_twice
from web.access import member_of
from web.filters import AmountFilter, AnyOfFilter, DayFilter, ListFilters, LookupFilter, SearchFilter, SwitchFilter

STATUS_CHOICES = [(code, BADGES["payment"][code].label) for code in STATUSES]


class MovedOrAsked(AmountFilter):
    """What moved; of a payment that has not moved, what was asked for."""

    def filter(self, qs: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        """Narrow by the amount that the list shows."""
        if value is None:
            return qs
        moved = Q(settled_at__isnull=False, **{f"amount__{self.lookup_expr}": value})
        return qs.filter(moved | Q(settled_at__isnull=True, **{f"asked__{self.lookup_expr}": value}))


def _companies(request: HttpRequest) -> QuerySet[Company]:
    return Company.objects.visible_to(member_of(request))


class TwiceFilter(SwitchFilter):
    """Payments of which something was paid back twice."""

    def __init__(self) -> None:
        super().__init__(_("Paid back twice"), condition={f"{TWICE}__gt": 0})

    def filter(self, qs: QuerySet[Any], value: object) -> QuerySet[Any]:
        """Only what a bank took back can be; the sums are made for those alone."""
        return super().filter(with_twice(qs.filter(returned__gt=0)), value) if value else qs


class AttentionFilter(SwitchFilter):
    """Payments that a person should look at."""

    def __init__(self) -> None:
        super().__init__(_("Needs attention"))

    def filter(self, qs: QuerySet[Any], value: object) -> QuerySet[Any]:
        """Those with a mark."""
        return qs.exclude(attention="") if value else qs


class PaymentFilters(ListFilters):
    """Which payments the list shows."""

    q = SearchFilter(placeholder=_("Number, reference, name or amount"))
    status = AnyOfFilter("status", _("Status"), STATUS_CHOICES)
    has_on_account = SwitchFilter(_("Has money on account"), condition={"on_account__gt": 0})
    needs_attention = AttentionFilter()
    paid_back_twice = TwiceFilter()
    company = LookupFilter("payer_id", _("Company"), url_name="companies:lookup", rows=_companies)
    channel = AnyOfFilter("channel", _("Channel"), Payment.Channel.choices)
    means = AnyOfFilter("means", _("Means"), Payment.Means.choices)
    date_from = DayFilter("value_date", _("From"), edge="from")
    date_to = DayFilter("value_date", _("To"), edge="to")
    amount_from = MovedOrAsked("amount", _("Amount from"), edge="from")
    amount_to = MovedOrAsked("amount", _("Amount to"), edge="to")

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """A number, a reference, an amount or a payer."""
        return payments_matching(queryset, text, member=self.request.member)


class RefundFilters(ListFilters):
    """Which refunds the list shows."""

    q = SearchFilter(placeholder=_("Number, reference or name"))
    status = AnyOfFilter("status", _("Status"), [(code, BADGES["refund"][code].label) for code in STATUSES])
    company = LookupFilter("payer_id", _("Company"), url_name="companies:lookup", rows=_companies)
    means = AnyOfFilter("means", _("Means"), Payment.Means.choices)
    date_from = DayFilter("value_date", _("Value date from"), edge="from")
    date_to = DayFilter("value_date", _("Value date to"), edge="to")
    amount_from = AmountFilter("amount", _("Amount from"), edge="from")
    amount_to = AmountFilter("amount", _("Amount to"), edge="to")

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """What is paid back by its number, a reference, or a payer."""
        return refunds_matching(queryset, text, member=self.request.member)
