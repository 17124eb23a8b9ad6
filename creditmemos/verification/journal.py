"""What must hold of the journal: I14. Balances per document are asked of the documents."""

from creditmemos.verification.rules import Rule, TableRules

TRANSACTIONS = TableRules(
    what="transaction",
    key="t.id",
    rows="""ledger_journaltransaction t
        LEFT JOIN companies_merchantofrecord r ON r.id = t.merchant_id
        LEFT JOIN companies_marketplace p ON p.id = t.marketplace_id
        LEFT JOIN (SELECT transaction_id, sum(amount) AS amount, count(*) AS n, min(posting_date) AS low,
                max(posting_date) AS high FROM ledger_journalentry GROUP BY transaction_id) e
            ON e.transaction_id = t.id""",
    rules=(
        Rule("I14", "debits are not credits", "e.amount = 0 AND e.n >= 2"),
        Rule("I14", "an entry is of another day", "e.low = t.posting_date AND e.high = t.posting_date"),
        Rule(
            "I14",
            "merchant or currency is not its marketplace's",
            "r.marketplace_id = t.marketplace_id AND p.currency = t.currency",
        ),
    ),
)

ENTRIES = TableRules(
    what="entry",
    key="e.id",
    rows="""ledger_journalentry e
        LEFT JOIN ledger_journaltransaction t ON t.id = e.transaction_id
        LEFT JOIN ledger_balanceaccount b ON b.id = e.balance_account_id
        LEFT JOIN invoices_invoice i ON i.id = e.invoice_id
        LEFT JOIN creditmemos_creditmemo m ON m.id = e.memo_id""",
    rules=(
        Rule("I14", "it belongs to no transaction, or is zero", "t.id IS NOT NULL AND e.amount <> 0"),
        Rule(
            "I14",
            "its account is of another merchant or currency",
            "e.balance_account_id IS NULL OR (b.marketplace_id = t.marketplace_id"
            " AND b.merchant_id = t.merchant_id AND b.currency = t.currency)",
        ),
        Rule(
            "I14",
            "it does not name an issued document of its account",
            "CASE e.account WHEN 'receivable' THEN i.number IS NOT NULL AND i.account_id = e.balance_account_id"
            " WHEN 'customer_credit' THEN m.number IS NOT NULL AND m.account_id = e.balance_account_id"
            " ELSE e.invoice_id IS NULL AND e.memo_id IS NULL END",
        ),
    ),
)

_ISSUED = "number IS NOT NULL AND voided_at IS NULL"
_GIVEN = (
    "CASE WHEN source <> 'ad_hoc' THEN 'revenue' WHEN purpose = 'ordinary' THEN 'credit_given'"
    " ELSE 'credit_given ' || purpose END"
)
_BOOKED = "CASE WHEN e.account = 'credit_given' AND e.detail <> '' THEN 'credit_given ' || e.detail ELSE e.account END"
"""What credit was given for, where the journal says it: for an adjustment."""

POSTED = TableRules(
    what="merchant, currency and account",
    key="x.merchant_id || ' ' || x.currency || ' ' || x.account",
    # What documents say should stand on the accounts that are not kept per document; a void takes its part away again.
    rows=f"""(SELECT merchant_id, currency, account, sum(amount) AS amount FROM (
            SELECT t.merchant_id, t.currency, {_BOOKED} AS account, sum(e.amount) AS amount FROM ledger_journalentry e
                JOIN ledger_journaltransaction t ON t.id = e.transaction_id
                WHERE e.account IN ('revenue', 'credit_given', 'tax_payable', 'credit_written_off')
                GROUP BY t.merchant_id, t.currency, {_BOOKED}
            UNION ALL SELECT merchant_id, currency, 'revenue', sum(net) FROM invoices_invoice
                WHERE {_ISSUED} GROUP BY merchant_id, currency
            UNION ALL SELECT merchant_id, currency, 'tax_payable', sum(tax) FROM invoices_invoice
                WHERE {_ISSUED} GROUP BY merchant_id, currency
            UNION ALL SELECT merchant_id, currency, {_GIVEN}, -sum(net) FROM creditmemos_creditmemo
                WHERE {_ISSUED} AND source <> 'carried' GROUP BY merchant_id, currency, {_GIVEN}
            UNION ALL SELECT merchant_id, currency, 'tax_payable', -sum(tax) FROM creditmemos_creditmemo
                WHERE {_ISSUED} AND source <> 'carried' GROUP BY merchant_id, currency
            UNION ALL SELECT merchant_id, currency, 'credit_written_off', sum(written_off) FROM creditmemos_creditmemo
                GROUP BY merchant_id, currency
        ) sides GROUP BY merchant_id, currency, account) x""",
    rules=(Rule("I14", "the journal's sum is not what the documents say", "x.amount = 0"),),
)
