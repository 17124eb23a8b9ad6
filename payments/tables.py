"""The columns of the list of payments: the amount, and where the money is."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.models import moved_or_asked
from web.tables import AmountColumn, Aside, Column, DayColumn, KeyColumn, LinkColumn, StatusColumn, Table

SHOWN = "shown"
"""What a list of payments is ordered by for its amount: the annotation of `PaymentList.queryset`."""
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
        _("Returned or kept"), total=True, adds=F("returned") + F("given_back") + F("kept"), wide_only=True,
        exclude_from_export=True,
    )  # fmt: skip
    returned = AmountColumn(_("Returned"), total=True, in_files_only=True)
    given_back = AmountColumn(_("Given back"), total=True, in_files_only=True)
    kept = AmountColumn(_("Kept"), total=True, in_files_only=True)
    status = StatusColumn(_("Status"), kind="payment")
    currency = Column(_("Currency"), in_files_only=True)
