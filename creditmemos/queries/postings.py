"""The journal transactions that concern one memo, invoice or payment, with their entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.functional import Promise

from core.labels import code_text
from creditmemos.domain.wording import ACCOUNTS, POSTINGS
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from ledger.models import JournalEntry, JournalTransaction

MOST_POSTINGS = 40
MOST_ENTRIES = 12
"""Entries shown of one transaction; an application of many memos to many invoices has more."""


class Side(NamedTuple):
    """One entry in words; of ``debit`` and ``credit``, minor units, one is None."""

    account: str | Promise
    detail: str
    debit: int | None
    credit: int | None


@dataclass(frozen=True, slots=True)
class Posting:
    """One transaction: at most MOST_ENTRIES entries, the document's first; ``more`` says how many are left out."""

    transaction: JournalTransaction
    entries: list[JournalEntry]
    more: int

    @property
    def label(self) -> str | Promise:
        """What was posted, in a word."""
        return POSTINGS.get(self.transaction.verb, self.transaction.verb)

    def sides(self) -> Iterator[Side]:
        """Its entries, debits and credits apart."""
        for entry in self.entries:
            debit, credit = (entry.amount, None) if entry.amount > 0 else (None, -entry.amount)
            detail = code_text(entry.account, entry.detail) or entry.detail
            yield Side(ACCOUNTS.get(entry.account, entry.account), detail, debit, credit)


def postings_of(memo: CreditMemo) -> list[Posting]:
    """The first MOST_POSTINGS transactions with an entry on this memo, oldest first; two queries."""
    return _postings("memo_id", memo.pk)


def postings_on_invoice(invoice: Invoice) -> list[Posting]:
    """The first MOST_POSTINGS transactions with an entry on this invoice, oldest first; two queries."""
    return _postings("invoice_id", invoice.pk)


def postings_on_payment(payment_id: int) -> list[Posting]:
    """The first MOST_POSTINGS transactions with an entry on this payment, oldest first; two queries."""
    return _postings("payment_id", payment_id)


def _postings(column: str, pk: int) -> list[Posting]:
    mine = JournalEntry.objects.filter(**{column: pk}).values("transaction_id")
    found = list(JournalTransaction.objects.filter(pk__in=mine).order_by("created_at", "pk")[:MOST_POSTINGS])
    entries: dict[object, list[JournalEntry]] = {row.pk: [] for row in found}
    for entry in JournalEntry.objects.filter(transaction_id__in=list(entries)).order_by("pk"):
        entries[entry.transaction_id].append(entry)
    return [_posting(row, entries[row.pk], column, pk) for row in found]


def _posting(transaction: JournalTransaction, entries: list[JournalEntry], column: str, pk: int) -> Posting:
    if len(entries) > MOST_ENTRIES:
        entries.sort(key=lambda entry: getattr(entry, column) != pk)
    return Posting(transaction, entries[:MOST_ENTRIES], max(0, len(entries) - MOST_ENTRIES))
