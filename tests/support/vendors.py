"""Memos over products of the vendor: alone, and beside somebody else's."""

from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo
from tests.factories.world import NOW, Market, charge, credit_invoice, issue_invoice, key


def mixed_memo(market: Market) -> CreditMemo:
    """A memo over a line of the vendor's product (24.00) and one of somebody else's (120.00)."""
    own = charge("20.00", vendor_id=market.vendor.pk, product_name="Own", description="Vendor seats")
    invoice = issue_invoice(market, own, charge("100.00", product_name="Foreign", description="Foreign seats"))
    return operations.issue_from_invoice(
        invoice=invoice,
        lines=[InvoiceCredit(line.pk, net=line.net) for line in invoice.lines.all()],
        details=Details(reason_id=market.reason().pk, use="hold"),
        actor=market.actor(),
        now=NOW,
        key=key(),
    )


def own_memo(market: Market) -> CreditMemo:
    """A memo whose every line is of the vendor's product, 24.00."""
    invoice = issue_invoice(market, charge("20.00", vendor_id=market.vendor.pk, product_name="Own"))
    return credit_invoice(market, invoice, 20_00)
