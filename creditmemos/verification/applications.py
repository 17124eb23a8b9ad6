"""What must hold of every application and its parts: I2, I8, I11."""

from creditmemos.verification.rules import Rule, TableRules


def _parts(part: str, line: str, tax: str, document: str) -> str:
    """Parts per application: their sum, the documents that their lines are of, and taxes that are not their line's."""
    return f"""(SELECT p.application_id, sum(p.amount) AS amount, min(l.{document}) AS low, max(l.{document}) AS high,
            sum(CASE WHEN p.tax_id IS NULL OR t.line_id = p.line_id THEN 0 ELSE 1 END) AS strays
        FROM creditmemos_{part} p JOIN {line} l ON l.id = p.line_id LEFT JOIN {tax} t ON t.id = p.tax_id
        GROUP BY p.application_id)"""


_MEMO_PARTS = _parts("memopart", "creditmemos_creditmemoline", "creditmemos_creditmemolinetax", "memo_id")
_INVOICE_PARTS = _parts("invoicepart", "invoices_invoiceline", "invoices_invoicelinetax", "invoice_id")

APPLICATIONS = TableRules(
    what="application",
    key="a.id",
    rows=f"""creditmemos_application a
        LEFT JOIN creditmemos_creditmemo m ON m.id = a.memo_id
        LEFT JOIN invoices_invoice i ON i.id = a.invoice_id
        LEFT JOIN creditmemos_application o ON o.id = a.reverses_id
        LEFT JOIN {_MEMO_PARTS} g ON g.application_id = a.id
        LEFT JOIN {_INVOICE_PARTS} t ON t.application_id = a.id""",
    rules=(
        Rule(
            "I2",
            "it is not the sum of its parts on the memo's lines",
            "g.amount = a.amount AND g.low = a.memo_id AND g.high = a.memo_id AND g.strays = 0",
        ),
        Rule(
            "I2",
            "it is not the sum of its parts on the invoice's lines",
            "t.amount = a.amount AND t.low = a.invoice_id AND t.high = a.invoice_id AND t.strays = 0",
        ),
        Rule(
            "I8",
            "memo, invoice and application are not of one account",
            "a.marketplace_id = m.marketplace_id AND a.marketplace_id = i.marketplace_id"
            " AND a.account_id = m.account_id AND a.account_id = i.account_id"
            " AND a.currency = m.currency AND a.currency = i.currency",
        ),
        Rule(
            "I2",
            "it uses a part of a small difference or a written-off debt, or on another invoice",
            "m.purpose = 'ordinary' OR (m.source_invoice_id = a.invoice_id AND abs(a.amount) = m.total)",
        ),
        Rule("I8", "it uses a draft", "m.number IS NOT NULL AND i.number IS NOT NULL"),
        Rule(
            "I11",
            "it is neither a use nor the mirror of one",
            "CASE WHEN a.reverses_id IS NULL THEN a.amount > 0 ELSE a.amount < 0 AND o.amount = -a.amount"
            " AND o.memo_id = a.memo_id AND o.invoice_id = a.invoice_id END",
        ),
        Rule(
            "I14",
            "it is dated before its documents",
            "a.posting_date >= m.issue_date AND a.posting_date >= i.issue_date",
        ),
    ),
)

REVERSED = TableRules(
    what="application",
    key="r.reverses_id",
    rows="""(SELECT reverses_id, count(*) AS n FROM creditmemos_application WHERE reverses_id IS NOT NULL
        GROUP BY reverses_id) r""",
    rules=(Rule("I11", "it is reversed more than once", "r.n = 1"),),
)


def _mirror(part: str) -> str:
    return f"""SELECT coalesce(a.reverses_id, a.id) AS origin, p.line_id, p.tax_id, sum(p.amount) AS amount
        FROM creditmemos_application a JOIN creditmemos_{part} p ON p.application_id = a.id
        WHERE a.reverses_id IS NOT NULL OR a.id IN (SELECT reverses_id FROM creditmemos_application
            WHERE reverses_id IS NOT NULL)
        GROUP BY coalesce(a.reverses_id, a.id), p.line_id, p.tax_id"""


MIRRORS = TableRules(
    what="application",
    key="x.origin",
    rows=f"({_mirror('memopart')} UNION ALL {_mirror('invoicepart')}) x",
    rules=(Rule("I11", "the reversal does not mirror its parts", "x.amount = 0"),),
)
