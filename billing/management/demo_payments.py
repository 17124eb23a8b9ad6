"""The demo's money: what customers paid, in each state that a payment can have."""

from dataclasses import dataclass
from datetime import datetime

from billing.management.demo_books import Scenario
from invoices.models import Invoice
from payments import operations
from payments.models import Payment
from payments.operations import Received

PAID_WHOLE = 12
"""Invoices that are paid in full at most; never more than a quarter of those that are unpaid."""


@dataclass
class Money:
    """Records payments of one marketplace at the end of its half year, on its oldest unpaid invoices."""

    scenario: Scenario
    now: datetime

    def tell(self) -> None:
        """Paid invoices, one paid in part, a pending cheque, money on account, and a transfer that was returned.

        The customer whose people can sign in has paid one and a part of another.
        """
        rows = Invoice.objects.filter(marketplace=self.scenario.market.marketplace, amount_due__gt=0).unpaid()
        invoices = list(rows.select_related("account__marketplace").order_by("due_date", "pk"))
        whole = min(PAID_WHOLE, len(invoices) // 4)
        for invoice in invoices[:whole]:
            self._pay(invoice, invoice.amount_due)
        for invoice, act in zip(
            invoices[whole:], (self._part, self._pending_cheque, self._too_much, self._bounced), strict=False
        ):
            act(invoice)
        mine = rows.filter(payer=self.scenario.market.customers[0]).select_related("account__marketplace")
        for invoice, part in zip(mine.order_by("due_date", "pk"), (1, 2), strict=False):
            self._pay(invoice, max(1, invoice.amount_due // part))

    def _pay(
        self, invoice: Invoice, amount: int, *, means: str = "transfer", is_pending: bool = False, keep: bool = False
    ) -> Payment:
        day = self.scenario.market.marketplace.today(self.now)
        received = Received(amount, means, day, reference=str(invoice), is_pending=is_pending, keep_on_account=keep)
        return operations.record_payment(
            account=invoice.account, received=received, wanted=[(invoice.pk, min(amount, invoice.amount_due))],
            actor=self.scenario.actor("finance"), now=self.now, key=self.scenario.key(),
        )  # fmt: skip

    def _part(self, invoice: Invoice) -> None:
        self._pay(invoice, max(1, invoice.amount_due // 2))

    def _pending_cheque(self, invoice: Invoice) -> None:
        self._pay(invoice, invoice.amount_due, means="cheque", is_pending=True)

    def _too_much(self, invoice: Invoice) -> None:
        self._pay(invoice, invoice.amount_due * 2, keep=True)

    def _bounced(self, invoice: Invoice) -> None:
        payment = self._pay(invoice, invoice.amount_due, means="cheque")
        operations.return_payment(
            payment=payment, amount=payment.amount, reason="bounced", value_date=payment.value_date,
            actor=self.scenario.actor("finance"), now=self.now, key=self.scenario.key(),
        )  # fmt: skip
