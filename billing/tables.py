"""The columns of lists about events, imports and runs."""

from django.utils.translation import gettext_lazy as _

from core.tables import (
    AmountColumn,
    Column,
    DayColumn,
    FlagColumn,
    KeyColumn,
    LinkColumn,
    MomentColumn,
    NumberColumn,
    StatusColumn,
    Table,
)


class EventTable(Table):
    """Billing events."""

    key = KeyColumn(_("Key"), url_name="billing:event", order_by="id", initial_sort_descending=True)
    kind = Column(_("Kind"), accessor="kind_text")
    day = DayColumn(_("Day"))
    company = LinkColumn(_("Company"), url_name="companies:detail", text="company__name")
    quantity = Column(_("Quantity"), accessor="shown_quantity", wide_only=True)
    amount = AmountColumn(_("Amount"), currency="account__currency", wide_only=True, accounting=True)
    origin = Column(_("Recorded by"), accessor="origin_text", wide_only=True)
    reason = Column(_("Reason"), accessor="reason_text", wraps=True, extra=True)
    status = StatusColumn(_("Status"), kind="event")


class ImportTable(Table):
    """Files of events."""

    name = KeyColumn(_("File"), url_name="billing:import", order_by="id", initial_sort_descending=True)
    created = MomentColumn(_("Sent"), accessor="created_at")
    rows = NumberColumn(_("Rows"))
    added = NumberColumn(_("Added"))
    repeated = NumberColumn(_("Repeated"), wide_only=True)
    refused = NumberColumn(_("Not taken"))
    state = StatusColumn(_("State"), kind="import")


class RunTable(Table):
    """Billing runs, with what they came to."""

    number = KeyColumn(_("Run"), accessor="pk", url_name="billing:run", order_by="id", initial_sort_descending=True)
    started = MomentColumn(_("Started"), accessor="started_at")
    by = Column(_("By"), accessor="starter", wide_only=True)
    through = DayColumn(_("Due through"))
    preview = FlagColumn(_("Preview"), accessor="dry", wide_only=True)
    payers = NumberColumn(_("Payers"))
    invoices = NumberColumn(_("Invoices"), accessor="sum_invoices", wide_only=True)
    memos = NumberColumn(_("Credit memos"), accessor="sum_memos", wide_only=True)
    invoiced = AmountColumn(_("Invoiced"), accessor="sum_invoiced", currency="marketplace__currency")
    credited = AmountColumn(_("Credited"), accessor="sum_credited", currency="marketplace__currency", wide_only=True)
    failed = NumberColumn(_("Failed"), accessor="count_failed")
    state = StatusColumn(_("State"), kind="run")
