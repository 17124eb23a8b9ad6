"""Refunds of items through their operation."""

from companies.operations import approvals
from core.models import Approval
from creditmemos.domain.drafting import Details
from invoices.models import Invoice
from payments.operations import Items, Refunded, refund_items
from tests.factories.refunds import sent
from tests.factories.world import NOW, Market, key


def items(market: Market, *lines: tuple[int, int], payments: tuple[int, ...] | None = None, **details: object) -> Items:
    """Lines by id with gross minor units, because of an error in billing."""
    said = Details(reason_id=market.reason().pk, **details)  # type: ignore[arg-type]
    return Items(lines=lines, payments=payments, details=said)


def whole(invoice: Invoice) -> list[tuple[int, int]]:
    """All of every line, for an invoice of which nothing was credited yet."""
    return [(line.pk, line.net + line.tax) for line in invoice.lines.order_by("position")]


def refunded(
    market: Market, invoice: Invoice, *lines: tuple[int, int], payments: tuple[int, ...] | None = None, **extra: object
) -> Refunded:
    """Refund lines of an invoice, all of them unless some are given; with a second person where that takes one."""
    found = refund_items(
        invoice=invoice, items=items(market, *(lines or whole(invoice)), payments=payments), sending=sent(**extra),
        actor=market.actor(), now=NOW, key=key(),
    )  # fmt: skip
    if isinstance(found, Approval):
        done = approvals.approve(approval=found, actor=market.actor("second_manager"), now=NOW)
        assert isinstance(done, Refunded)
        return done
    return found
