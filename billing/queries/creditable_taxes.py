"""What each tax of an invoice comes to over its lines, and how much of it was credited: for credits of a run."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from django.db import connection

from billing.domain.document_taxes import OnInvoice
from creditmemos.domain.part_credits import RateRoom

_ROOMS = """
SELECT l.invoice_id, x.name, x.rate, sum(l.net), sum(x.amount), sum(l.credited_net), sum(x.credited)
FROM invoices_invoiceline l JOIN invoices_invoicelinetax x ON x.line_id = l.id
WHERE l.invoice_id IN ({marks}) AND l.net >= 0 GROUP BY l.invoice_id, x.name, x.rate
UNION ALL
SELECT l.invoice_id, x.name, x.rate, 0, 0, sum(c.net), -sum(x.amount)
FROM invoices_invoiceline l JOIN billing_charge h ON h.invoice_line_id = l.id
JOIN billing_credit c ON c.charge_id = h.id AND NOT c.returned
JOIN invoices_invoicelinetax x ON x.line_id = c.invoice_line_id
JOIN invoices_invoiceline below ON below.id = c.invoice_line_id
JOIN invoices_invoice i ON i.id = below.invoice_id AND i.voided_at IS NULL
WHERE l.invoice_id IN ({marks}) GROUP BY l.invoice_id, x.name, x.rate
"""
"""Memos count on the lines that they credit; lines below zero on later invoices are counted beside."""


def rate_rooms(invoice_ids: Collection[int]) -> dict[OnInvoice, RateRoom]:
    """Every tax of these invoices by name and rate; minor units. One statement."""
    found: dict[OnInvoice, RateRoom] = defaultdict(RateRoom)
    if not invoice_ids:
        return found
    ids = sorted(invoice_ids)
    with connection.cursor() as cursor:
        cursor.execute(_ROOMS.format(marks=", ".join(["%s"] * len(ids))), [*ids, *ids])
        rows = cursor.fetchall()
    for invoice, name, rate, *figures in rows:
        room = found[invoice, name, rate if isinstance(rate, Decimal) else Decimal(str(rate))]
        net, tax, credited_net, credited_tax = (int(figure) for figure in figures)
        room.net, room.tax = room.net + net, room.tax + tax
        room.credited_net, room.credited_tax = room.credited_net + credited_net, room.credited_tax + credited_tax
    return found
