"""The filters of the credit memo list, and what its search box understands."""

from functools import cached_property
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from companies.models import Company, User
from companies.queries.people import merchants_of, people_seen_by
from core.labels import BADGES
from core.prepared import Prepared
from creditmemos.domain.balance import DISCARDED, STATUSES, UNISSUED, VOIDED
from creditmemos.domain.wording import PURPOSES, SOURCES
from creditmemos.models import CreditReason
from creditmemos.queries.finding import documents_matching
from web.access import member_of
from web.filters import (
    AmountFilter,
    AnyOfFilter,
    DayFilter,
    ListFilters,
    LookupFilter,
    SearchFilter,
    SwitchFilter,
)

STATUS_CHOICES = [(code, BADGES["credit_memo"][code].label) for code in STATUSES]
OF_DOCUMENT_SUMS = {"has_balance", "amount_from", "amount_to"}
"""Filters that would tell a developer what the whole document comes to."""
OF_PARTIES = {"company", "user"}
"""Filters that look companies and people up."""

REASONS = Prepared(lambda marketplace: CreditReason.objects.filter(marketplace_id=marketplace))


class IncludeVoided(SwitchFilter):
    """Voided memos are left out unless this is ticked, or *Voided* itself is asked for; discarded drafts, always
    unless *Discarded* itself is.
    """

    def __init__(self) -> None:
        super().__init__(_("Include voided"), exclude={"status": VOIDED})

    def filter(self, qs: QuerySet[Any], value: object) -> QuerySet[Any]:
        """Nothing to leave out where the status filter decides already."""
        if self.parent.form.cleaned_data.get("status"):
            return qs
        return super().filter(qs.exclude(status=DISCARDED), value)


class ReasonFilter(AnyOfFilter):
    """The marketplace's own reasons."""

    def prepare(self, field: forms.MultipleChoiceField, request: HttpRequest) -> None:
        """Offer the reasons in the reader's language."""
        reasons = REASONS.rows(member_of(request).marketplace.pk)
        language = get_language() or "en"
        self.pairs = [(str(reason.pk), reason.label(language)) for reason in reasons]
        field.choices = self.pairs


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


class MemoFilters(ListFilters):
    """Which memos the list shows; what a member may not know is no filter either."""

    q = SearchFilter(placeholder=_("Number or name"))
    status = AnyOfFilter("status", _("Status"), STATUS_CHOICES)
    include_voided = IncludeVoided()
    company = LookupFilter("payer_id", _("Company"), url_name="companies:lookup", rows=_companies)
    user = LookupFilter("billed_user_id", _("Billed user"), url_name="creditmemos:people_lookup", rows=_people)
    date_from = DayFilter("document_date", _("From"), edge="from")
    date_to = DayFilter("document_date", _("To"), edge="to")
    source = AnyOfFilter("source", _("Source"), list(SOURCES.items()))
    reason = ReasonFilter("reason_id", _("Reason"), [])
    purpose = AnyOfFilter("purpose", _("Adjustment"), list(PURPOSES.items()))
    has_balance = SwitchFilter(_("Has balance"), condition={"balance__gt": 0})
    amount_from = AmountFilter("total", _("Total from"), edge="from")
    amount_to = AmountFilter("total", _("Total to"), edge="to")
    merchant = MerchantFilter("merchant_id", _("Merchant"), [])

    def __init__(self, data: Any, queryset: QuerySet[Any], *, request: HttpRequest) -> None:
        super().__init__(data, queryset, request=request)
        for name in self._unknowable():
            del self.filters[name]

    def _unknowable(self) -> set[str]:
        member = self.request.member
        names = set() if member.may("creditmemos.view_reason") else {"reason"}
        names |= set() if member.may("companies.view") else OF_PARTIES
        names |= set() if member.is_staff_side else {"purpose"}
        return names | OF_DOCUMENT_SUMS if member.is_developer else names

    @cached_property
    def form(self) -> forms.Form:
        """The form with the fields of the filters that this member has, and the statuses that can occur."""
        form = super().form
        for name in set(form.fields) - set(self.filters):
            del form.fields[name]
        if not self.request.member.is_staff_side:
            offered = [pair for pair in STATUS_CHOICES if pair[0] not in UNISSUED]
            cast("forms.ChoiceField", form.fields["status"]).choices = offered
        return form

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """A number, a company, or a person."""
        return documents_matching(queryset, text, member=self.request.member)
