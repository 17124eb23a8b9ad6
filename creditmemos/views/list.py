"""The list of credit memos, and the look-ups of its filters."""

from collections.abc import Iterator
from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from companies.models import Company
from companies.queries.people import creditable_companies, people_seen_by
from core.search_keys import key_holds
from creditmemos.filters import MemoFilters
from creditmemos.models import CreditMemo, CreditMemoLine
from creditmemos.operations import drafts, holding, voiding
from creditmemos.tables import OWN_SUM, MemoTable
from web.lists import BulkAction, ListPage
from web.lookups import MOST_MATCHES
from web.views.lookup import LookupView, Option

UNSEEN = ("frozen", "reason_note", "internal_note", "customer_note", "void_reason", "close_reason")
"""Long columns that no row shows."""


class MemoList(ListPage):
    """The credit memos that the member sees."""

    permission = "creditmemos.view"
    title = _("Credit memos")
    counted = ngettext_lazy("%(shown)s credit memo", "%(shown)s credit memos", "n")
    none_match = _("No credit memos match")
    none_yet = _("No credit memos yet")
    table_class = MemoTable
    filters_class = MemoFilters
    default_sort = "-date"
    url_name = "creditmemos:list"
    create_url_name = "creditmemos:create"
    create_label = _("Create credit memo")
    create_permission = drafts.PERMISSION
    bulk_actions = (
        BulkAction(
            _("Download PDFs"),
            "documents:choose",
            "documents.download",
            "file-earmark-pdf",
            ("credit_memo",),
            _("PDFs (ZIP)"),
        ),
        BulkAction(_("Hold credit"), "creditmemos:bulk_hold", holding.PERMISSION, "pause-fill"),
        BulkAction(_("Release hold"), "creditmemos:bulk_release", holding.PERMISSION, "play-circle"),
        BulkAction(_("Void"), "creditmemos:bulk_void", voiding.PERMISSION, "slash-circle"),
    )

    def queryset(self) -> QuerySet[CreditMemo]:
        """All that ``visible_to`` gives; for developers with the sum of their own lines."""
        found = CreditMemo.objects.visible_to(self.member)
        return self._with_own_sum(found) if self.member.is_developer else found

    def rows(self, found: QuerySet[CreditMemo]) -> QuerySet[CreditMemo]:
        """With the reason's labels, where the member may read them."""
        if self.member.is_developer:
            return self._with_own_sum(found)
        found = found.defer(*UNSEEN)
        return found.select_related("reason") if self.member.may("creditmemos.view_reason") else found

    def _with_own_sum(self, found: QuerySet[CreditMemo]) -> QuerySet[CreditMemo]:
        """Annotate what the member's own product lines of each memo come to, net and tax, in minor units."""
        own = CreditMemoLine.objects.filter(memo=OuterRef("pk"), vendor_id=self.member.company.pk).order_by()
        sums: Any = own.values("memo").annotate(sum=Sum(F("net") + F("tax"))).values("sum")
        total = Coalesce(Subquery(sums), Value(0), output_field=BigIntegerField())
        return found.annotate(**{OWN_SUM: total})


class PeopleLookup(LookupView):
    """Options for the customer filter: people of companies that the member sees, by name."""

    permission = "companies.view"

    def found(self, text: str) -> Iterator[Option]:
        """People, with their address."""
        named = people_seen_by(self.member).filter(key_holds(text))
        return ((row.pk, row.known_as, row.email) for row in named.order_by(F("known_as"))[:MOST_MATCHES])


class CreditableLookup(LookupView):
    """Options for the company of a new memo, by name; none that the member belongs to."""

    permission = drafts.PERMISSION

    def found(self, text: str) -> Iterator[Option]:
        """Companies, with their town."""
        may_be = creditable_companies(self.member.user.pk, self.member.marketplace.pk)
        rows = Company.objects.filter(may_be, key_holds(text)).order_by("name")[:MOST_MATCHES]
        return ((row.pk, row.name, row.city) for row in rows)
