"""The list of requests that need a second person: what waits, and what was decided."""

from typing import Any

from babel import Locale
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from companies.members import Member
from companies.models import Company
from companies.queries.two_person import verb_of, verbs
from core.models import Approval
from core.search_keys import key_holds
from creditmemos.domain.wording import KIND
from creditmemos.models import CreditMemo
from creditmemos.operations.requesting import APPROVE, WITHDRAW
from creditmemos.queries.finding import documents_matching
from creditmemos.queries.requests import requests_for, with_document
from web.access import MemberView, viewer
from web.filters import AmountFilter, AnyOfFilter, ListFilters, LookupFilter, OneOfFilter, SearchFilter
from web.lists import BulkAction, ListPage
from web.tables import (
    AmountColumn,
    Column,
    KeyColumn,
    LinkColumn,
    MomentColumn,
    StatusColumn,
    Table,
    Writer,
    address_around_id,
)


def decides(member: Member) -> str:
    """The first permission by which the member decides about something; empty for none."""
    return next((verb.permission for verb in verbs() if member.may(verb.permission)), "")


def may_answer(approval: Approval, member: Member) -> bool:
    """Whether a request waits for this member's answer, as far as its own columns tell."""
    is_open = approval.decision == Approval.Decision.WAITING and approval.requested_by_id != member.user.pk
    return is_open and bool(member.may(verb_of(approval).permission))


class ForDeciders(MemberView):
    """A page for those who decide, and for those who may at least take back what they asked for."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask for the right that the member is the likelier to hold."""
        member = viewer(request)
        decides = member is not None and member.may(APPROVE)
        self.permission = APPROVE if decides else WITHDRAW
        return super().dispatch(request, *args, **kwargs)


class RequestColumn(KeyColumn):
    """What is asked for in a few words, which each verb has of its own."""

    def writer(self, _locale: Locale) -> Writer:
        """A link to the request."""
        opening = self.opening
        before, after = address_around_id(self.url_name, settings.ROOT_URLCONF)

        def write(record: Any) -> str:
            title = escape(verb_of(record).title(record))
            return f'{opening}<a href="{before}{record.pk}{after}" data-row-link>{title}</a></td>'

        return write

    def exported(self, record: Any) -> object:
        """The words."""
        return verb_of(record).title(record)


class ApprovalTable(Table):
    """Requests, newest first."""

    asked = RequestColumn(_("Request"), url_name="creditmemos:approval", accessor="pk", wraps=True)
    company = LinkColumn(_("Company"), url_name="companies:detail", text="company_then")
    amount = AmountColumn(_("Amount"), order_by="amount")
    requested_by = Column(_("Requested by"), accessor="requested_by_name")
    requested_at = MomentColumn(_("Requested"), order_by="requested_at")
    request_reason = Column(_("Reason"), wide_only=True, wraps=True)
    decision = StatusColumn(_("Status"), kind="approval", accessor="state")
    decided_by = Column(_("Decided by"), accessor="decided_by_name", wide_only=True)


class StateFilter(OneOfFilter):
    """What waits, unless decided requests are asked for."""

    def __init__(self) -> None:
        choices = [("decided", _("Decided")), ("all", _("All"))]
        super().__init__("decision", _("Status"), choices, any_label=_("Waiting"))

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Waiting by default."""
        if value == "all":
            return qs
        waiting = {"decision": Approval.Decision.WAITING}
        return qs.exclude(**waiting) if value == "decided" else qs.filter(**waiting)


class VerbFilter(AnyOfFilter):
    """What is asked for, by the verb."""

    def __init__(self) -> None:
        super().__init__("verb", _("Action"), list({verb.name: verb.label for verb in verbs()}.items()))


class ApprovalFilters(ListFilters):
    """Narrow by state, verb, company and amount; search by number or company."""

    q = SearchFilter(placeholder=_("Number or company"))
    state = StateFilter()
    verb = VerbFilter()
    company = LookupFilter(
        "company_id",
        _("Company"),
        url_name="companies:lookup",
        rows=lambda request: Company.objects.visible_to(request.member),
    )
    amount_from = AmountFilter("amount", _("Amount from"), edge="from")
    amount_to = AmountFilter("amount", _("Amount to"), edge="to")

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Requests about the memos that the text finds, about a company of that name, or an event of that key."""
        memos = CreditMemo.objects.visible_to(self.request.member)
        found = documents_matching(memos, text, member=self.request.member)
        about = Q(kind=KIND, object_id__in=found.values("pk"))
        return queryset.filter(about | key_holds(text, key="company__search_key") | Q(arguments__key=text.strip()))


class ApprovalList(ForDeciders, ListPage):
    """Requests that wait, or were decided."""

    title = _("Approvals")
    counted = ngettext_lazy("%(shown)s request", "%(shown)s requests", "n")
    none_match = _("No requests match")
    none_yet = _("No requests are awaiting a decision")
    table_class = ApprovalTable
    filters_class = ApprovalFilters
    default_sort = "-requested_at"
    bulk_actions = (
        BulkAction(_("Approve"), "creditmemos:approvals_approve", "", "check-lg"),
        BulkAction(_("Reject"), "creditmemos:approvals_reject", "", "x-lg"),
    )

    @cached_property
    def bulk(self) -> list[BulkAction]:
        """Both answers, for whoever decides about anything."""
        return list(self.bulk_actions) if decides(self.member) else []

    def may_pick(self, record: Any, /) -> bool:
        """What waits for this member's answer; never what they asked for themselves."""
        return may_answer(record, self.member)

    def queryset(self) -> QuerySet[Approval]:
        """What this member may see."""
        return requests_for(self.member)

    def rows(self, found: QuerySet[Approval]) -> QuerySet[Approval]:
        """With document, company and people."""
        return with_document(found)
