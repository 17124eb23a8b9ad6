"""The page of one company: facts, relatives, members, its balance accounts, and the statement of one of them."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from companies.domain.roles import Role
from companies.models import Company, Marketplace, Membership, MerchantOfRecord
from companies.operations import companies
from companies.operations.billing import may_switch_billing
from companies.queries.people import creditable_companies
from core.ids import read_id
from creditmemos.operations import applying, drafts, merchants
from creditmemos.queries.accounts import accounts_visible_to, with_open_sums
from notifications.operations.bouncing import marks_of
from office.views.statement import exported, postings_in, statement_of
from payments.operations import receiving
from web.access import require
from web.exports import EXPORTS, MOST_XLSX_ROWS
from web.links import changed_query
from web.views import Action, DetailPage

MOST_PEOPLE, MOST_RELATIVES = 50, 50


class CompanyPage(DetailPage):
    """Everything about one company that the member may know."""

    permission = "companies.view"
    object_name = "company"
    template_name: str = "companies/detail.html"

    def queryset(self) -> QuerySet[Company]:
        """Companies that the member sees; ``is_creditable``: this person may credit it (I18)."""
        creditable = Company.objects.filter(creditable_companies(self.member.user.pk, self.member.marketplace.pk))
        rows = Company.objects.visible_to(self.member).annotate(
            is_creditable=Exists(creditable.filter(pk=OuterRef("pk")))
        )
        return rows.select_related("parent", "reseller", "merchant", "marketplace__settings")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the statement as a file."""
        kind = request.GET.get("export", "")
        return self.export(kind) if kind in EXPORTS else super().get(request, *args, **kwargs)  # type: ignore[return-value]

    def export(self, kind: str) -> HttpResponseBase:
        """The statement as CSV or XLSX."""
        require(self.request, "reports.export")
        if self.account is None:
            raise Http404
        data = self.request.GET
        if kind == "xlsx" and postings_in(self.account, data) > MOST_XLSX_ROWS:
            text = _("A spreadsheet can have at most %(n)s rows here. Export a CSV file, or choose fewer days.")
            messages.warning(self.request, text % {"n": MOST_XLSX_ROWS})
            return redirect(f"{self.request.path}{changed_query(data, {'export': None})}")
        return exported(self.account, data, kind)

    @cached_property
    def accounts(self) -> list[Any]:
        """The company's balance accounts as payer, with what is open on them."""
        rows = accounts_visible_to(self.member).filter(payer=self.object)
        return list(with_open_sums(rows).select_related("merchant__company", "marketplace", "payer").order_by("pk"))

    @cached_property
    def account(self) -> Any:
        """The account whose statement is shown: the one asked for, else the first; None when there is none."""
        asked = self.request.GET.get("account", "")
        if not asked:
            return self.accounts[0] if self.accounts else None
        found = next((account for account in self.accounts if account.pk == read_id(asked)), None)
        if found is None:
            raise Http404
        return found

    def actions(self) -> Iterable[Action]:
        """By what is open and by role."""
        company, account, member = self.object, self.account, self.member
        if account and account.open_due and account.open_credit and member.may(applying.PERMISSION, account):
            url = reverse("creditmemos:apply_account", args=[account.pk])
            yield Action(_("Apply credit"), url, "arrow-left-right", key="a", tone="primary")
        has_memos = company.marketplace.pipeline == Marketplace.Pipeline.V2
        if company.is_creditable and has_memos and member.may(drafts.PERMISSION):
            url = f"{reverse('creditmemos:create')}?company={company.pk}"
            yield Action(_("Create credit memo"), url, "file-earmark-minus", key="c")
        if company.is_creditable and member.may(receiving.PERMISSION):
            yield Action(_("Record payment"), f"{reverse('payments:record')}?company={company.pk}", "cash-stack")
        yield from self._own_actions()
        if member.may("settings.change") and may_switch_billing(company, actor=member.actor):
            label = _("Bill each user separately") if company.company_wide_billing else _("Bill company-wide")
            yield Action(label, reverse("companies:billing", args=[company.pk]), "people", in_dialog=True)

    def _own_actions(self) -> Iterable[Action]:
        """What is changed of the company itself."""
        company, member, pk = self.object, self.member, [self.object.pk]
        if member.may(companies.PERMISSION):
            yield Action(_("Change"), reverse("companies:change", args=pk), "pencil")
            if companies.may_switch_off(company):
                yield Action(_("Deactivate"), reverse("companies:switch_off", args=pk), "slash-circle", in_dialog=True)
            if companies.may_switch_on(company):
                yield Action(_("Reactivate"), reverse("companies:switch_on", args=pk), "play-circle", in_dialog=True)
        if member.may(merchants.PERMISSION) and merchants.may_make_merchant(company):
            url = reverse("companies:make_merchant", args=pk)
            yield Action(_("Make merchant of record"), url, "shop", in_dialog=True)

    def _may_change_code(self, merchant: MerchantOfRecord) -> bool:
        return bool(self.member.may(merchants.PERMISSION)) and merchants.may_change_code(merchant)

    @property
    def sees_people(self) -> bool:
        """Members are for the marketplace's staff and for the company's own people."""
        return bool(self.member.is_staff_side or self.member.company.pk == self.object.pk)

    def people(self) -> list[tuple[Membership, str]]:
        """Active members with their roles in words."""
        if not self.sees_people:
            return []
        rows = self.object.memberships.active().select_related("user")
        return [(row, _roles(row)) for row in rows.order_by("name", "pk")[:MOST_PEOPLE]]

    def relatives(self) -> list[Company]:
        """Children, or a reseller's customers, as far as the member sees them."""
        company = self.object
        rows = Company.objects.visible_to(self.member)
        own = rows.filter(reseller=company) if company.kind == Company.Kind.RESELLER else rows.filter(parent=company)
        return list(own.order_by("name", "pk")[: MOST_RELATIVES + 1])

    @property
    def sees_limit(self) -> bool:
        """Whether its credit limit is told; not of a company that pays nothing itself."""
        company, member = self.object, self.member
        is_shown = member.is_staff_side or member.company.pk == company.pk
        return is_shown and not company.reseller_id and bool(member.may("limits.view"))

    def context(self) -> dict[str, Any]:
        """Facts, relatives, people, accounts and the statement."""
        company, relatives = self.object, self.relatives()
        merchant = getattr(company, "merchant", None)
        account = self.account
        return {
            "account": account,
            "merchant": merchant,
            "may_change_code": merchant and self._may_change_code(merchant),
            "sees_settings": self.member.may("settings.view"),
            "accounts": self.accounts,
            "carries": any(each.carried for each in self.accounts),
            "holds_money": any(each.on_account for each in self.accounts),
            "opens_payments": self.member.may("payments.view"),
            "statement": statement_of(account, self.request.GET) if account else None,
            "people": self.people(),
            "sees_people": self.sees_people,
            "relatives": relatives[:MOST_RELATIVES],
            "more_relatives": len(relatives) > MOST_RELATIVES,
            "sees_parent": self.member.is_staff_side,
            "bounced": marks_of(company) if self.member.may("documents.retry") else [],
            "exports": list(EXPORTS) if account and self.member.may("reports.export") else [],
            "sees_limit": self.sees_limit,
            "terms": company.payment_terms_days,
            "default_terms": company.marketplace.settings.payment_terms_days,
        }


def _roles(membership: Membership) -> str:
    return ", ".join(str(role.label) for role in Role if role in membership.roles)
