"""What must hold of every line and tax of memos and invoices: I2, I8, I9, I10."""

from creditmemos.verification.rules import Rule, TableRules

_COUNTS = "d.number IS NOT NULL AND d.voided_at IS NULL"
_USED_OVER = "the parts used of it are not between 0 and its amount"
_ROUNDED_ELSEWHERE = "taxed by document, its tax is not one rounding of the rate's sum"
_IS_ONE_ROUNDING = "abs(x.amount - x.base * x.rate) < 0.501"
"""Half a unit, and what SQLite's floating rates may add."""


def _used(part: str, place: str) -> str:
    """Sums of parts per line's net or per tax, as a table to join."""
    of, only = ("line_id", " WHERE tax_id IS NULL") if place == "line" else ("tax_id", " WHERE tax_id IS NOT NULL")
    return f"(SELECT {of} AS place, sum(amount) AS amount FROM creditmemos_{part}{only} GROUP BY {of})"


def _taxes(table: str) -> str:
    return f"(SELECT line_id, sum(amount) AS amount FROM {table} GROUP BY line_id)"


MEMO_LINES = TableRules(
    what="memo line",
    key="x.id",
    rows=f"""creditmemos_creditmemoline x
        JOIN creditmemos_creditmemo d ON d.id = x.memo_id
        LEFT JOIN {_taxes("creditmemos_creditmemolinetax")} t ON t.line_id = x.id
        LEFT JOIN {_used("memopart", "line")} p ON p.place = x.id
        LEFT JOIN invoices_invoiceline il ON il.id = x.invoice_line_id
        LEFT JOIN invoices_invoice i ON i.id = il.invoice_id""",
    rules=(
        Rule("I10", "its tax is not the sum of its taxes", "d.number IS NULL OR x.tax = coalesce(t.amount, 0)"),
        Rule("I2", _USED_OVER, "coalesce(p.amount, 0) BETWEEN 0 AND x.net"),
        Rule(
            "I8",
            "it credits a line of another account or of a draft",
            "d.number IS NULL OR x.invoice_line_id IS NULL OR (i.account_id = d.account_id AND i.number IS NOT NULL)",
        ),
        Rule(
            "I11",
            "it credits a line of a void invoice, and its memo is not void",
            "d.number IS NULL OR d.voided_at IS NOT NULL OR i.voided_at IS NULL",
        ),
    ),
)

MEMO_TAXES = TableRules(
    what="memo tax",
    key="x.id",
    rows=f"""creditmemos_creditmemolinetax x
        JOIN creditmemos_creditmemoline l ON l.id = x.line_id
        LEFT JOIN {_used("memopart", "tax")} p ON p.place = x.id
        LEFT JOIN invoices_invoicelinetax it ON it.id = x.invoice_tax_id""",
    rules=(
        Rule("I2", _USED_OVER, "coalesce(p.amount, 0) BETWEEN 0 AND x.amount"),
        Rule(
            "I9",
            "it credits a tax of another line",
            "x.invoice_tax_id IS NULL OR it.line_id = l.invoice_line_id",
        ),
    ),
)

INVOICE_LINES = TableRules(
    what="invoice line",
    key="x.id",
    rows=f"""invoices_invoiceline x
        JOIN invoices_invoice i ON i.id = x.invoice_id
        LEFT JOIN {_taxes("invoices_invoicelinetax")} t ON t.line_id = x.id
        LEFT JOIN {_used("invoicepart", "line")} p ON p.place = x.id
        LEFT JOIN (SELECT l.invoice_line_id AS place, sum(l.net) AS amount FROM creditmemos_creditmemoline l
            JOIN creditmemos_creditmemo d ON d.id = l.memo_id WHERE {_COUNTS} AND l.invoice_line_id IS NOT NULL
            GROUP BY l.invoice_line_id) c ON c.place = x.id""",
    rules=(
        Rule("I9", "credited is not what issued memos credit of it", "x.credited_net = coalesce(c.amount, 0)"),
        Rule("I9", "more than the line is credited", "x.credited_net = 0 OR x.credited_net BETWEEN 0 AND x.net"),
        Rule("I10", "its tax is not the sum of its taxes", "i.number IS NULL OR x.tax = coalesce(t.amount, 0)"),
        Rule("I2", _USED_OVER, "coalesce(p.amount, 0) = 0 OR p.amount BETWEEN 0 AND x.net"),
    ),
)

INVOICE_TAXES = TableRules(
    what="invoice tax",
    key="x.id",
    rows=f"""invoices_invoicelinetax x
        JOIN invoices_invoiceline l ON l.id = x.line_id JOIN invoices_invoice i ON i.id = l.invoice_id
        LEFT JOIN {_used("invoicepart", "tax")} p ON p.place = x.id
        LEFT JOIN (SELECT t.invoice_tax_id AS place, sum(t.amount) AS amount FROM creditmemos_creditmemolinetax t
            JOIN creditmemos_creditmemoline l ON l.id = t.line_id JOIN creditmemos_creditmemo d ON d.id = l.memo_id
            WHERE {_COUNTS} AND t.invoice_tax_id IS NOT NULL GROUP BY t.invoice_tax_id) c ON c.place = x.id""",
    rules=(
        Rule("I9", "credited is not what issued memos credit of it", "x.credited = coalesce(c.amount, 0)"),
        Rule(
            "I9",
            "more than the tax is credited",
            "x.credited = 0 OR (x.credited > 0 AND (x.credited <= x.amount OR i.tax_by = 'document'))",
        ),
        Rule("I2", _USED_OVER, "coalesce(p.amount, 0) = 0 OR p.amount BETWEEN 0 AND x.amount"),
    ),
)

INVOICE_RATES = TableRules(
    what="invoice and tax",
    key="x.invoice_id || ' ' || x.name || ' ' || x.rate",
    rows="""(SELECT l.invoice_id, t.name, t.rate, sum(t.base) AS base, sum(t.amount) AS amount,
                sum(t.credited) AS credited
            FROM invoices_invoicelinetax t JOIN invoices_invoiceline l ON l.id = t.line_id
            JOIN invoices_invoice i ON i.id = l.invoice_id
            WHERE i.tax_by = 'document' AND i.number IS NOT NULL AND t.base >= 0
            GROUP BY l.invoice_id, t.name, t.rate) x""",
    rules=(
        Rule("I9", "more than its tax at the rate is credited", "x.credited BETWEEN 0 AND x.amount"),
        Rule("I10", _ROUNDED_ELSEWHERE, _IS_ONE_ROUNDING),
    ),
)

MEMO_RATES = TableRules(
    what="memo and tax",
    key="x.memo_id || ' ' || x.name || ' ' || x.rate",
    rows="""(SELECT l.memo_id, t.name, t.rate, sum(t.base) AS base, sum(t.amount) AS amount
            FROM creditmemos_creditmemolinetax t JOIN creditmemos_creditmemoline l ON l.id = t.line_id
            JOIN creditmemos_creditmemo m ON m.id = l.memo_id
            WHERE m.tax_by = 'document' AND m.number IS NOT NULL AND l.invoice_line_id IS NULL
                AND m.divided_from_id IS NULL
            GROUP BY l.memo_id, t.name, t.rate) x""",
    rules=(Rule("I10", _ROUNDED_ELSEWHERE, _IS_ONE_ROUNDING),),
)
"""What undoes no charge; credit of an invoice is that invoice's tax, in parts, as is what a memo was divided into."""
