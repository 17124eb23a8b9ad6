"""The worked examples, run as billing runs: what is on the invoice, what is on the memo, and what stays due."""

from datetime import date
from decimal import Decimal

from billing.models import BillingEvent, Charge, Credit
from creditmemos.domain.planning import Allocation
from creditmemos.models import CreditMemo
from creditmemos.operations import apply
from invoices.models import Invoice
from tests.factories.billing import bill, plan, subscribe, tax
from tests.factories.world import NOW, Market, issue_memo, key

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def test_a_downgrade_is_credited_on_a_memo_and_charged_on_its_sibling(market: Market) -> None:
    """15 -> 10 units on 5 May at 31.00: the invoice has 270.00 + 310.00, the memo 405.00, and 175.00 stays due.

    The invoice of May is settled; else its credit would go there first.
    """
    sold = subscribe(market, plan(market), start=MAY)
    bill(market, MAY)
    assert [invoice.total for invoice in Invoice.objects.all()] == [46500]
    first = Invoice.objects.get()
    settled = issue_memo(market, "465.00")
    allocation = Allocation(settled.pk, first.pk, 46500)
    apply(allocations=[allocation], actor=market.actor(), now=NOW, key=key())
    sold.change(date(2026, 5, 5), quantity="10")
    bill(market, JUNE)
    invoice = Invoice.objects.exclude(pk=first.pk).get()
    assert sorted(line.net for line in invoice.lines.all()) == [27000, 31000]
    memo = CreditMemo.objects.exclude(pk=settled.pk).get()
    assert (memo.total, memo.source, memo.sibling_invoice) == (40500, "automatic", invoice)
    [line] = memo.lines.all()
    assert line.invoice_line == first.lines.get()
    assert (line.period_from, line.period_to, line.quantity) == (date(2026, 5, 5), date(2026, 5, 31), Decimal(15))
    assert (invoice.amount_due, memo.status) == (17500, "fully_applied")
    [application] = memo.applications.all()
    assert (application.invoice, application.amount, application.automatic) == (invoice, 40500, True)
    assert Charge.objects.get(invoice_line=first.lines.get()).undone == 27
    assert Credit.objects.get().memo_line == line
    assert set(BillingEvent.objects.values_list("status", flat=True)) == {"billed"}


def test_taxes_are_charged_by_the_table_and_credited_as_they_were(market: Market) -> None:
    tax(market)
    sold = subscribe(market, plan(market), start=MAY)
    bill(market, MAY)
    market.marketplace.tax_rules.update(rate="0.1")
    sold.change(date(2026, 5, 5), quantity="10")
    bill(market, date(2026, 5, 20))
    memo = CreditMemo.objects.get()
    assert (memo.net, memo.tax) == (40500, 8100)
    assert [(invoice.net, invoice.tax) for invoice in Invoice.objects.order_by("pk")] == [(46500, 9300), (27000, 2700)]
