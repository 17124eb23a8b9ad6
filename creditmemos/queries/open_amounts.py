"""What is still open on the lines and taxes of memos and invoices: one statement a side."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

from creditmemos.domain.spreading import Open

_MEMO = """
SELECT l.memo_id, l.id, NULL, l.invoice_line_id, NULL,
       l.net - coalesce((SELECT sum(p.amount) FROM creditmemos_memopart p
                         WHERE p.line_id = l.id AND p.tax_id IS NULL), 0)
FROM creditmemos_creditmemoline l WHERE l.memo_id IN ({ids})
UNION ALL
SELECT l.memo_id, l.id, t.id, l.invoice_line_id, t.invoice_tax_id,
       t.amount - coalesce((SELECT sum(p.amount) FROM creditmemos_memopart p WHERE p.tax_id = t.id), 0)
FROM creditmemos_creditmemoline l JOIN creditmemos_creditmemolinetax t ON t.line_id = l.id WHERE l.memo_id IN ({ids})
"""
_INVOICE = """
SELECT l.invoice_id, l.id, NULL, NULL, NULL,
       l.net - l.paid_net - coalesce((SELECT sum(p.amount) FROM creditmemos_invoicepart p
                                      WHERE p.line_id = l.id AND p.tax_id IS NULL), 0)
FROM invoices_invoiceline l WHERE l.invoice_id IN ({ids})
UNION ALL
SELECT l.invoice_id, l.id, t.id, NULL, NULL,
       t.amount - t.paid - coalesce((SELECT sum(p.amount) FROM creditmemos_invoicepart p WHERE p.tax_id = t.id), 0)
FROM invoices_invoiceline l JOIN invoices_invoicelinetax t ON t.line_id = l.id WHERE l.invoice_id IN ({ids})
"""


def open_on_memos(memo_ids: Iterable[int]) -> dict[int, list[Open]]:
    """Open places per memo, lines before their taxes, in id order; amounts in minor units."""
    return _open(_MEMO, list(memo_ids))


def open_on_invoices(invoice_ids: Iterable[int]) -> dict[int, list[Open]]:
    """What neither credit nor money has settled, per invoice: lines before taxes, in id order; minor units."""
    return _open(_INVOICE, list(invoice_ids))


def _open(statement: str, ids: list[int]) -> dict[int, list[Open]]:
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(statement.format(ids=marks), [*ids, *ids])
        rows = cursor.fetchall()
    rows.sort(key=lambda row: (row[1], row[2] or 0))
    found: dict[int, list[Open]] = defaultdict(list)
    for document, line, tax, invoice_line, invoice_tax, amount in rows:
        undoes = None if invoice_line is None or (tax and not invoice_tax) else (invoice_line, invoice_tax)
        found[document].append(Open((line, tax), int(amount), undoes))
    return found
