"""The columns of the invoice list; developers get the sum of their own lines instead of the document's amounts."""

from datetime import date
from typing import Any

from babel import Locale
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.members import Member
from companies.models import Marketplace
from core.labels import badge_text
from invoices.domain.balance import PAID, VOID
from invoices.domain.states import PAID_AND_CREDITED, SETTLED, SETTLED_BY_CREDIT, WRITTEN_OFF, shown_state
from invoices.models import Invoice
from web.badges import badge_html
from web.tables import (
    NOT_ISSUED,
    AmountColumn,
    Aside,
    Column,
    DayColumn,
    KeyColumn,
    LinkColumn,
    StatusColumn,
    Table,
    Writer,
)

OWN_SUM = "own_sum"
"""The annotation with a developer's own lines, net and tax, in minor units."""
DOCUMENT_SUMS = ("total", "applied", "paid", "carried", "carried_before", "due")


def state_for(invoice: Invoice, today: date, *, is_masked: bool, is_staff: bool) -> str:
    """The state for the badge; who settled it is not told where document sums are not.

    That a debt was given up is told to staff alone.
    """
    state = shown_state(invoice, today)
    if is_masked and state in (SETTLED_BY_CREDIT, PAID_AND_CREDITED, WRITTEN_OFF):
        return PAID
    return SETTLED if state == WRITTEN_OFF and not is_staff else state


class InvoiceStatusColumn(StatusColumn):
    """The status, with overdue worked out for today in the marketplace's zone, and who settled it."""

    def __init__(self, *args: Any, is_masked: bool = False, is_staff: bool = False, **options: Any) -> None:
        super().__init__(*args, kind="invoice", **options)
        self.is_masked, self.is_staff = is_masked, is_staff

    def writer(self, _locale: Locale) -> Writer:
        """Icon and word."""
        today, opening = timezone.localdate(), self.opening
        return lambda record: f"{opening}{badge_html('invoice', self._state(record, today))}</td>"

    def exported(self, record: Any) -> object:
        """The word."""
        return badge_text("invoice", self._state(record, timezone.localdate()))

    def _state(self, record: Any, today: date) -> str:
        return state_for(record, today, is_masked=self.is_masked, is_staff=self.is_staff)


class InvoiceTable(Table):
    """Invoices; every sortable column has an index of its own, led by the marketplace.

    Total less void, applied, paid and carried over is what is due.
    """

    asides = (
        Aside(_("Of which voided"), Q(status=VOID), lambda invoice: invoice.status == VOID, counted=True),
        NOT_ISSUED,
    )

    number = KeyColumn(_("Number"), url_name="invoices:detail", order_by="sequence", initial_sort_descending=True)
    date = DayColumn(_("Date"), accessor="document_date", order_by="document_date")
    due_date = DayColumn(_("Due date"), order_by="due_date", wide_only=True)
    company = LinkColumn(
        _("Company"), accessor="payer", url_name="companies:detail", text="payer_name", order_by="payer_name"
    )
    company_name = Column(_("Company"), accessor="payer_name", order_by="payer_name")
    customer = Column(_("Billed user"), accessor="billed_user_name", wide_only=True)
    total = AmountColumn(_("Total"), order_by="total", total=True, below=True)
    applied = AmountColumn(_("Applied"), accessor="credited", total=True, wide_only=True)
    paid = AmountColumn(_("Paid"), total=True, extra=True)
    carried = AmountColumn(
        _("Carried over"), total=True, adds=F("carried_in") - F("carried_out"), accounting=True, wide_only=True
    )
    carried_before = AmountColumn(_("Carried over"), accessor="carried", total=True, in_files_only=True)
    due = AmountColumn(_("Due"), accessor="amount_due", order_by="amount_due", total=True)
    own_sum = AmountColumn(_("Own products"), total=True)
    status = InvoiceStatusColumn(_("Status"), accessor="status", is_staff=True)
    customer_status = InvoiceStatusColumn(_("Status"), accessor="status")
    own_status = InvoiceStatusColumn(_("Status"), accessor="status", is_masked=True)
    currency = Column(_("Currency"), in_files_only=True)

    @classmethod
    def columns_for(cls, member: Member) -> list[Column]:
        """Document sums for all but developers, who see what their own lines add up to; links where they lead on."""
        is_masked = getattr(member, "is_developer", False)
        hidden = {*DOCUMENT_SUMS} if is_masked else {OWN_SUM}
        status = "own_status" if is_masked else "status" if member.is_staff_side else "customer_status"
        hidden |= {"status", "customer_status", "own_status"} - {status}
        hidden.add("company_name" if member.may("companies.view") else "company")
        is_v1 = member.marketplace.pipeline == Marketplace.Pipeline.V1
        hidden.add("carried_before" if is_v1 else "carried")
        return [column for column in super().columns_for(member) if column.name not in hidden]
