"""The list of payments."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from payments.filters import PaymentFilters
from payments.models import Payment, moved_or_asked
from payments.operations.receiving import PERMISSION as RECORD
from payments.tables import SHOWN, PaymentTable
from web.lists import ListPage


class PaymentList(ListPage):
    """The payments that the member sees."""

    permission = "payments.view"
    title = _("Payments")
    counted = ngettext_lazy("%(shown)s payment", "%(shown)s payments", "n")
    none_match = _("No payments match")
    none_yet = _("No payments yet")
    table_class = PaymentTable
    filters_class = PaymentFilters
    default_sort = "-date"
    create_url_name = "payments:record"
    create_label = _("Record payment")
    create_permission = RECORD

    def queryset(self) -> QuerySet[Payment]:
        """All of the marketplace for staff; payers see their own company's."""
        return Payment.objects.visible_to(self.member).annotate(**{SHOWN: moved_or_asked()})

    def rows(self, found: QuerySet[Payment]) -> QuerySet[Payment]:
        """With the payer; without what no column shows."""
        return found.select_related("payer").defer("note", "failure_text")
