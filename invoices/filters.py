"""The filters of the invoice list, and what its search box understands."""

from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Marketplace, User
from companies.queries.people import merchants_of, people_seen_by
from core.labels import BADGES
from creditmemos.queries.adjustments import given_up
from creditmemos.queries.finding import documents_matching
from invoices.domain.balance import CARRIED, PAID, PENDING, UNPAID, VOID
from invoices.domain.states import OVERDUE, WRITTEN_OFF
from web.access import member_of
from web.filters import AmountFilter, AnyOfFilter, DayFilter, ListFilters, LookupFilter, SearchFilter, SwitchFilter

SHOWN = (UNPAID, OVERDUE, PENDING, PAID, WRITTEN_OFF, VOID, CARRIED)
STATUS_CHOICES = [(code, BADGES["invoice"][code].label) for code in SHOWN]
OF_DOCUMENT_SUMS = {"has_due", "amount_from", "amount_to"}
"""Filters that would tell a developer what the whole document comes to."""
OF_PARTIES = {"company", "user"}
"""Filters for those who may look companies and people up."""


class StateFilter(AnyOfFilter):
    """The status; derived are *Overdue*, unpaid after the due date in the marketplace's zone, and *Written off*."""

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        """Rows in any of the states; what is overdue is unpaid too, and what is written off is paid."""
        stored = [each for each in value if each not in (OVERDUE, WRITTEN_OFF)]
        if stored == value:
            return super().filter(qs, value)
        any_of = Q(status__in=stored)
        if OVERDUE in value:
            any_of |= Q(status=UNPAID, due_date__lt=timezone.localdate())
        if WRITTEN_OFF in value:
            any_of |= Q(given_up(), status=PAID)
        return qs.filter(any_of)


class IncludeVoid(SwitchFilter):
    """Void invoices are left out unless this is ticked, or a status or a number is asked for."""

    def __init__(self) -> None:
        super().__init__(_("Include voided"), exclude={"status": VOID})

    def filter(self, qs: QuerySet[Any], value: object) -> QuerySet[Any]:
        """Nothing to leave out where something else decides already."""
        asked = self.parent.form.cleaned_data
        return qs if asked.get("status") or asked.get("q") else super().filter(qs, value)


class MerchantFilter(AnyOfFilter):
    """Who sells in this marketplace."""

    def prepare(self, field: forms.MultipleChoiceField, request: HttpRequest) -> None:
        """Offer the merchants of record by their company's name."""
        merchants = merchants_of(member_of(request).marketplace)
        self.pairs = [(str(merchant.pk), merchant.company.name) for merchant in merchants]
        field.choices = self.pairs


def _companies(request: HttpRequest) -> QuerySet[Company]:
    return Company.objects.visible_to(member_of(request))


def _people(request: HttpRequest) -> QuerySet[User]:
    return people_seen_by(member_of(request))


class InvoiceFilters(ListFilters):
    """Which invoices the list shows; what a member may not know is no filter either."""

    q = SearchFilter(placeholder=_("Number or name"))
    status = StateFilter("status", _("Status"), STATUS_CHOICES)
    include_void = IncludeVoid()
    has_due = SwitchFilter(_("Has amount due"), condition={"amount_due__gt": 0})
    company = LookupFilter("payer_id", _("Company"), url_name="companies:lookup", rows=_companies)
    user = LookupFilter("billed_user_id", _("Billed user"), url_name="creditmemos:people_lookup", rows=_people)
    date_from = DayFilter("document_date", _("From"), edge="from")
    date_to = DayFilter("document_date", _("To"), edge="to")
    due_from = DayFilter("due_date", _("Due from"), edge="from")
    due_to = DayFilter("due_date", _("Due to"), edge="to")
    amount_from = AmountFilter("total", _("Total from"), edge="from")
    amount_to = AmountFilter("total", _("Total to"), edge="to")
    merchant = MerchantFilter("merchant_id", _("Merchant"), [])

    def __init__(self, data: Any, queryset: QuerySet[Any], *, request: HttpRequest) -> None:
        super().__init__(data, queryset, request=request)
        self.member: Any = member_of(request)
        for name in self._unknowable():
            del self.filters[name]

    def _unknowable(self) -> set[str]:
        member = self.member
        names = set() if member.is_staff_side else {"merchant"}
        names |= set() if member.may("companies.view") else OF_PARTIES
        return names | OF_DOCUMENT_SUMS if member.is_developer else names

    @property
    def form(self) -> forms.Form:
        """The form with the fields of the filters that this member has, and the statuses that can occur."""
        form = super().form
        for name in set(form.fields) - set(self.filters):
            del form.fields[name]
        hidden = set() if self.member.marketplace.pipeline == Marketplace.Pipeline.V1 else {CARRIED}
        hidden |= set() if self.member.is_staff_side else {WRITTEN_OFF}
        offered = [pair for pair in STATUS_CHOICES if pair[0] not in hidden]
        cast("forms.ChoiceField", form.fields["status"]).choices = offered
        return form

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """A number, a company, or a person."""
        return documents_matching(queryset, text, member=self.member)
