"""The columns of lists about events, imports and runs."""

from typing import Any

from babel import Locale
from django.utils.translation import gettext_lazy as _

from core.formats import exact_text
from web.tables import (
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
    Writer,
    getter,
)


class ExactColumn(NumberColumn):
    """A quantity or a great count, as the reader writes numbers."""

    def writer(self, _locale: Locale) -> Writer:
        """With all its decimals."""
        get, opening, empty = getter(self.path), self.opening, self.empty

        def write(record: Any) -> str:
            value = get(record)
            return empty if value is None else f"{opening}{exact_text(value)}</td>"

        return write


class EventTable(Table):
    """Billing events."""

    key = KeyColumn(_("Key"), url_name="billing:event", order_by="id", initial_sort_descending=True)
    kind = Column(_("Kind"), accessor="kind_text")
    day = DayColumn(_("Day"))
    company = LinkColumn(_("Company"), url_name="companies:detail", text="company__name")
    quantity = ExactColumn(_("Quantity"), wide_only=True)
    amount = AmountColumn(_("Amount"), currency="account__currency", wide_only=True, accounting=True)
    origin = Column(_("Recorded by"), accessor="origin_text", wide_only=True)
    reason = Column(_("Reason"), accessor="reason_text", wraps=True, extra=True)
    status = StatusColumn(_("Status"), kind="event", wraps=True)
    currency = Column(_("Currency"), accessor="account__currency", in_files_only=True)


class ImportTable(Table):
    """Files of events."""

    name = KeyColumn(_("File"), url_name="billing:import", order_by="id", initial_sort_descending=True)
    created = MomentColumn(_("Uploaded"), accessor="created_at")
    trial = FlagColumn(_("Dry run"), accessor="is_trial", wide_only=True)
    rows = ExactColumn(_("Rows"))
    added = ExactColumn(_("Imported"))
    repeated = ExactColumn(_("Already imported"), wide_only=True)
    refused = ExactColumn(_("Rejected"))
    state = StatusColumn(_("Status"), kind="import")


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
    state = StatusColumn(_("Status"), kind="run")
    currency = Column(_("Currency"), accessor="marketplace__currency", in_files_only=True)
