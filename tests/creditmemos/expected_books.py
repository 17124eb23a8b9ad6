"""What the books should say, kept beside the product by the simplest arithmetic there is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from creditmemos.models import Application, CreditMemo
from invoices.models import Invoice


@dataclass
class Books:
    """Minor units per memo and per invoice, and the applications that were not reversed."""

    total: dict[int, int] = field(default_factory=dict)
    written_off: dict[int, int] = field(default_factory=dict)
    paid_out: dict[int, int] = field(default_factory=dict)
    voided: set[int] = field(default_factory=set)
    source: dict[int, int] = field(default_factory=dict)
    owed: dict[int, int] = field(default_factory=dict)
    paid: dict[int, int] = field(default_factory=dict)
    void_invoices: set[int] = field(default_factory=set)
    live: dict[UUID, tuple[int, int, int]] = field(default_factory=dict)

    def issued(self, memo: CreditMemo) -> None:
        """A memo got its number, maybe with an application at once."""
        self.total[memo.pk] = memo.total
        if memo.source_invoice_id:
            self.source[memo.pk] = memo.source_invoice_id
        self.used(Application.objects.filter(memo=memo))

    def invoiced(self, invoice: Invoice) -> None:
        self.owed[invoice.pk] = invoice.total

    def used(self, applications: Iterable[Application]) -> None:
        for row in applications:
            self.live[row.pk] = (row.memo_id, row.invoice_id, row.amount)

    def returned(self, application_pk: UUID) -> None:
        """One application is undone; a closed memo writes it off again."""
        memo, _invoice, amount = self.live.pop(application_pk)
        if self.written_off.get(memo):
            self.written_off[memo] += amount

    def returned_where(self, *, memo: int | None = None, invoice: int | None = None) -> None:
        for pk, (of_memo, of_invoice, _amount) in list(self.live.items()):
            if memo in (None, of_memo) and invoice in (None, of_invoice):
                self.returned(pk)

    def voided_invoice(self, pk: int) -> None:
        """Its credit goes back, and what was issued from it goes with it."""
        self.returned_where(invoice=pk)
        self.voided |= {memo for memo, source in self.source.items() if source == pk}
        self.void_invoices.add(pk)

    def closed(self, pk: int) -> None:
        self.written_off[pk] = self.balance(pk)

    def balance(self, pk: int) -> int:
        """What is left of a memo."""
        if pk in self.voided:
            return 0
        return self.total[pk] - self.applied(pk) - self.written_off.get(pk, 0) - self.paid_out.get(pk, 0)

    def applied(self, pk: int) -> int:
        return sum(amount for memo, _invoice, amount in self.live.values() if memo == pk)

    def due(self, pk: int) -> int:
        """What is still owed on an invoice."""
        if pk in self.void_invoices:
            return 0
        credited = sum(amount for _memo, invoice, amount in self.live.values() if invoice == pk)
        return self.owed[pk] - credited - self.paid.get(pk, 0)

    def memos(self) -> dict[int, tuple[int, int, int]]:
        """Per memo: applied, written off, balance."""
        return {pk: (self.applied(pk), self.written_off.get(pk, 0), self.balance(pk)) for pk in self.total}

    def invoices(self) -> dict[int, int]:
        """Per invoice: the amount due."""
        return {pk: self.due(pk) for pk in self.owed}
