"""The list of invoices."""

from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from creditmemos.queries.adjustments import with_adjustments
from invoices.filters import InvoiceFilters
from invoices.models import Invoice, InvoiceLine
from invoices.tables import OWN_SUM, InvoiceTable
from web.lists import BulkAction, ListPage


class InvoiceList(ListPage):
    """The invoices that the member sees."""

    permission = "invoices.view"
    title = _("Invoices")
    counted = ngettext_lazy("%(shown)s invoice", "%(shown)s invoices", "n")
    none_match = _("No invoices match")
    none_yet = _("No invoices yet")
    table_class = InvoiceTable
    filters_class = InvoiceFilters
    default_sort = "-date"
    url_name = "invoices:list"
    bulk_actions = (
        BulkAction(
            _("Download PDFs"),
            "documents:choose",
            "documents.download",
            "file-earmark-pdf",
            ("invoice",),
            _("PDFs (ZIP)"),
        ),
    )

    def queryset(self) -> QuerySet[Invoice]:
        """All issued ones that ``visible_to`` gives; for developers with the sum of their own lines."""
        found = Invoice.objects.visible_to(self.member)
        return self._with_own_sum(found) if self.member.is_developer else found

    def rows(self, found: QuerySet[Invoice]) -> QuerySet[Invoice]:
        """Without what is only printed; with what settled them beside money and credit."""
        rows = with_adjustments(found.defer("frozen", "void_reason"))
        return self._with_own_sum(rows) if self.member.is_developer else rows

    def _with_own_sum(self, found: QuerySet[Invoice]) -> QuerySet[Invoice]:
        """Annotate what the member's own product lines of each invoice come to, net and tax, in minor units."""
        own = InvoiceLine.objects.filter(invoice=OuterRef("pk"), vendor_id=self.member.company.pk).order_by()
        sums: Any = own.values("invoice").annotate(sum=Sum(F("net") + F("tax"))).values("sum")
        total = Coalesce(Subquery(sums), Value(0), output_field=BigIntegerField())
        return found.annotate(**{OWN_SUM: total})
