"""The columns of the lists of payments and of refunds: the amount, and where the money is."""

from typing import Any

from babel import Locale
from django.db.models import F, Q
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from payments.domain.states import SUCCESSFUL
from payments.models import moved_or_asked
from web.tables import (
    AmountColumn,
    Aside,
    Column,
    DayColumn,
    KeyColumn,
    LinkColumn,
    MomentColumn,
    StatusColumn,
    Table,
    Writer,
)

SHOWN = "shown"
"""What a list of payments is ordered by for its amount: the annotation of `PaymentList.queryset`."""
NOT_GONE = Aside(
    _("Pending, failed or returned (not in total)"), ~Q(status=SUCCESSFUL), lambda row: row.status != SUCCESSFUL
)
NOT_MOVED = Aside(_("Pending or failed (not in total)"), Q(settled_at__isnull=True), lambda row: not row.is_settled)


class PaymentTable(Table):
    """Payments; the amount is what is allocated, on account, and returned or kept together. What is neither on an
    invoice nor on account stands in one column, in files apart.

    What has not moved shows the amount that was asked for, and is in no total.
    """

    asides = (NOT_MOVED,)

    number = KeyColumn(_("Number"), url_name="payments:detail", accessor="name")
    date = DayColumn(_("Value date"), accessor="value_date", order_by="value_date")
    company = LinkColumn(_("Company"), accessor="payer", url_name="companies:detail", text="payer__name")
    means = Column(_("Means"), accessor="means_text", spare=True)
    channel = Column(_("Channel"), accessor="channel_text", in_files_only=True)
    reference = Column(_("Reference"), extra=True)
    amount = AmountColumn(_("Amount"), accessor="shown_amount", order_by=SHOWN, total=True, adds=moved_or_asked())
    allocated = AmountColumn(_("Allocated"), total=True, wide_only=True)
    on_account = AmountColumn(_("On account"), total=True, below=True)
    gone = AmountColumn(
        _("Returned or kept"), total=True, adds=F("returned") + F("given_back") + F("kept") - F("overdrawn"),
        wide_only=True, exclude_from_export=True,
    )  # fmt: skip
    returned = AmountColumn(_("Returned"), total=True, in_files_only=True)
    given_back = AmountColumn(_("Given back"), total=True, in_files_only=True)
    kept = AmountColumn(_("Kept"), total=True, in_files_only=True)
    overdrawn = AmountColumn(_("Overdrawn"), total=True, in_files_only=True)
    status = StatusColumn(_("Status"), kind="payment")
    currency = Column(_("Currency"), in_files_only=True)


def page_of(refund: Any) -> str:
    """The name of the page of what a refund pays back."""
    if refund.memo_id:
        return "creditmemos:detail"
    return "invoices:detail" if refund.invoice_id else "payments:detail"


class SourceColumn(Column):
    """The memo that is paid out, or the payment whose money is given back."""

    css = "key"

    def writer(self, _locale: Locale) -> Writer:
        """A link to it."""
        opening = self.opening

        def write(record: Any) -> str:
            url = reverse(page_of(record), args=[record.source.pk])
            return f'{opening}<a href="{url}" data-row-link>{escape(str(record))}</a></td>'

        return write

    def exported(self, record: Any) -> object:
        """Its number."""
        return str(record)


class RefundTable(Table):
    """Refunds; totals count what went and did not come back."""

    asides = (NOT_GONE,)

    requested = MomentColumn(_("Requested"), accessor="requested_at", order_by="requested_at")
    source = SourceColumn(_("Refund of"), accessor="pk")
    company = LinkColumn(_("Company"), accessor="payer", url_name="companies:detail", text="payer__name")
    means = Column(_("Means"), accessor="means_text", wide_only=True)
    reference = Column(_("Reference"), extra=True)
    value_date = DayColumn(_("Value date"), order_by="value_date")
    amount = AmountColumn(_("Amount"), total=True)
    status = StatusColumn(_("Status"), kind="refund")
    reason = Column(_("Reason"), wide_only=True, wraps=True, permission="audit.view")
    currency = Column(_("Currency"), in_files_only=True)
