"""What an invoice posts when it is issued, and when it takes balances over."""

from collections.abc import Mapping
from typing import Protocol

from invoices.domain.drafting import sums_by_name
from invoices.models import Invoice, InvoiceLineTax
from invoices.operations.drafts import Draft
from ledger.domain.kinds import Account
from ledger.posting import Entry


class Figures(Protocol):
    """A draft or an invoice; minor units."""

    @property
    def id(self) -> int: ...
    @property
    def net(self) -> int: ...
    @property
    def total(self) -> int: ...


def issue_entries(invoice: Figures, taxes: Mapping[str, int]) -> list[Entry]:
    """Receivable against revenue and each tax; ``taxes`` are sums by name, in the order of the lines."""
    return [
        Entry(Account.RECEIVABLE, invoice.total, invoice_id=invoice.id),
        Entry(Account.REVENUE, -invoice.net),
        *(Entry(Account.TAX_PAYABLE, -amount, detail=name) for name, amount in taxes.items()),
    ]


def carry_entries(draft: Draft) -> list[Entry]:
    """The balances that it takes over move from the earlier invoices to this one."""
    return [
        *(Entry(Account.RECEIVABLE, earlier.carried_out, invoice_id=earlier.pk) for earlier in draft.new.takes_over),
        Entry(Account.RECEIVABLE, -draft.carried_in, invoice_id=draft.id),
    ]


def stored_taxes(invoice: Invoice) -> dict[str, int]:
    """What each tax of a stored invoice comes to, by name."""
    taxes = InvoiceLineTax.objects.filter(line__invoice=invoice).order_by("pk")
    return sums_by_name(taxes.values_list("name", "amount"))
