"""What voiding an invoice would do and mean, read with or without its locks."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from billing.models import BillingRun
from billing.queries.documents import run_of
from core.formats import day_text, reader
from creditmemos.queries.invoice_credits import VoidPlan, void_plan
from invoices.models import Invoice
from notifications.queries import mailed_at


@dataclass(frozen=True, slots=True)
class Voiding:
    """The invoice, the run that made it, and the memos that voiding it concerns.

    ``out_of_hand``: why what a run made is better credited than voided, in a sentence; else empty.
    """

    invoice: Invoice
    run: BillingRun | None
    plan: VoidPlan
    out_of_hand: str

    @property
    def companies(self) -> list[int]:
        """The ids of the companies concerned: the invoice's, and those that the memos are for."""
        beneficiaries = (memo.beneficiary_id for memo in self.plan.memos)
        return sorted({self.invoice.payer_id, self.invoice.beneficiary_id, *beneficiaries})

    @property
    def gives_up(self) -> int:
        """What is lost if it is never billed again: its total less the memos that go with it; minor units.

        What those gave back counted when they were issued.
        """
        return max(0, self.invoice.total - self.plan.credited)


def voiding_of(invoice: Invoice) -> Voiding:
    """Read what voiding this invoice would mean."""
    run = run_of(invoice=invoice)
    return Voiding(invoice, run, void_plan(invoice), _out_of_hand(invoice) if run else "")


def _out_of_hand(invoice: Invoice) -> str:
    mailed = mailed_at("invoice", invoice.pk, invoice.marketplace_id)
    if mailed:
        day = day_text(invoice.marketplace.today(mailed), reader())
        return _("%(invoice)s was mailed to the customer on %(day)s.") % {"invoice": invoice, "day": day}
    closed = invoice.merchant.closed_through
    if closed and invoice.issue_date and invoice.issue_date <= closed:
        day = day_text(closed, reader())
        return _("%(invoice)s is in a period that is closed through %(day)s.") % {"invoice": invoice, "day": day}
    return ""
