"""The columns of the list of payments: the amount, and where the money is."""

from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from web.tables import AmountColumn, Aside, Column, DayColumn, KeyColumn, LinkColumn, StatusColumn, Table

NOT_MOVED = Aside(_("Pending or failed"), Q(settled_at__isnull=True), lambda row: not row.is_settled)


class PaymentTable(Table):
    """Payments; the amount is what is allocated, on account, returned, given back and kept together.

    What has not moved shows the amount that was asked for, and is in no total.
    """

    asides = (NOT_MOVED,)

    number = KeyColumn(_("Number"), url_name="payments:detail")
    date = DayColumn(_("Value date"), accessor="value_date", order_by="value_date")
    company = LinkColumn(_("Company"), accessor="payer", url_name="companies:detail", text="payer__name")
    means = Column(_("Means"), accessor="means_text", spare=True)
    channel = Column(_("Channel"), accessor="channel_text", in_files_only=True)
    reference = Column(_("Reference"), extra=True)
    amount = AmountColumn(
        _("Amount"), accessor="shown_amount", order_by="amount", total=True,
        adds=Case(When(settled_at__isnull=True, then=F("asked")), default=F("amount")),
    )  # fmt: skip
    allocated = AmountColumn(_("Allocated"), total=True, wide_only=True)
    on_account = AmountColumn(_("On account"), total=True, below=True)
    returned = AmountColumn(_("Returned"), total=True, wide_only=True)
    given_back = AmountColumn(_("Given back"), total=True, spare=True)
    kept = AmountColumn(_("Kept"), total=True, spare=True)
    status = StatusColumn(_("Status"), kind="payment")
    currency = Column(_("Currency"), in_files_only=True)
