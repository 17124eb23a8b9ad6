"""Invoices on the way to their numbers: what is to be issued, and what was written of it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from companies.models import Company, User
from core import rows
from invoices.domain.drafting import NewLine
from invoices.models import Invoice, InvoiceLine, InvoiceLineTax
from ledger.models import BalanceAccount


class NewInvoice(NamedTuple):
    """One invoice to issue. The account has its marketplace, payer and merchant's company at hand.

    ``billed_user`` is ``known_as`` the marketplace knows them. ``takes_over`` are locked invoices of the account whose
    carried balances it takes over. ``terms_days`` is days from issue to due, where not the payer's or marketplace's.
    """

    account: BalanceAccount
    beneficiary: Company
    billed_user: User | None
    lines: Sequence[NewLine]
    takes_over: Sequence[Invoice] = ()
    effective_date: date | None = None
    terms_days: int | None = None


class Draft:
    """An invoice that was written and waits for its number; ``tax_ids`` are those of each line in its order."""

    __slots__ = ("carried_in", "id", "line_ids", "net", "new", "number", "tax", "tax_ids")

    def __init__(self, new: NewInvoice, pk: int, line_ids: list[int], tax_ids: list[list[int]]) -> None:
        self.new = new
        self.id = pk
        self.line_ids = line_ids
        self.tax_ids = tax_ids
        self.net = sum(line.net for line in new.lines)
        self.tax = sum(line.tax for line in new.lines)
        self.carried_in = sum(earlier.carried_out for earlier in new.takes_over)
        self.number = ""

    @property
    def account(self) -> BalanceAccount:
        """Whose debt it is."""
        return self.new.account

    @property
    def total(self) -> int:
        """Net and tax, in minor units."""
        return self.net + self.tax

    @property
    def due(self) -> int:
        """What it owes when it is issued, in minor units."""
        return self.total - self.carried_in + self.carried_out

    @property
    def carried_out(self) -> int:
        """What is below zero, and so carried on; minor units."""
        return max(0, self.carried_in - self.total)


def reserve_drafts(new: Sequence[NewInvoice]) -> list[Draft]:
    """Take ids for the invoices, their lines and taxes, in the order of the documents."""
    lines = [line for each in new for line in each.lines]
    ids, line_ids, tax_ids = map(
        iter,
        rows.reserve(
            (Invoice, len(new)), (InvoiceLine, len(lines)), (InvoiceLineTax, sum(len(line.taxes) for line in lines))
        ),
    )
    return [
        Draft(
            each,
            next(ids),
            [next(line_ids) for _ in each.lines],
            [[next(tax_ids) for _ in line.taxes] for line in each.lines],
        )
        for each in new
    ]
