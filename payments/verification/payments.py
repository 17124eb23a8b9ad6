"""The rules over payments, allocations, invoices and the journal, one statement each."""

from creditmemos.verification.rules import Rule, TableRules
from payments.domain.states import left_agrees_sql, refund_status_sql, status_sql

_SUM = "(SELECT {of}, sum(amount) AS amount FROM {table} GROUP BY {of})"
_WATCHED = "{0}.channel <> 'gateway' OR {0}.status <> 'pending' OR {0}.look_at IS NOT NULL OR {0}.attention <> ''"

PAYMENTS = TableRules(
    what="payment",
    key="p.id",
    rows=f"""payments_payment p
        LEFT JOIN ledger_balanceaccount b ON b.id = p.account_id
        LEFT JOIN {_SUM.format(of="payment_id", table="payments_allocation")} a ON a.payment_id = p.id
        LEFT JOIN {_SUM.format(of="payment_id", table="payments_paymentreturn")} r ON r.payment_id = p.id
        LEFT JOIN {_SUM.format(of="payment_id", table="payments_keptsurplus")} k ON k.payment_id = p.id
        LEFT JOIN (SELECT payment_id, sum(CASE status WHEN 'pending' THEN amount ELSE 0 END) AS pending,
                sum(CASE status WHEN 'successful' THEN amount ELSE 0 END) AS gone
            FROM payments_refund WHERE memo_id IS NULL GROUP BY payment_id) f ON f.payment_id = p.id
        LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM payments_refund
            WHERE memo_id IS NOT NULL AND status = 'successful' GROUP BY payment_id) o ON o.payment_id = p.id
        LEFT JOIN payments_gatewayaccount g ON g.id = p.gateway_account_id
        LEFT JOIN payments_paymentmethod w ON w.id = p.method_id
        LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM ledger_journalentry
            WHERE account = 'unallocated' GROUP BY payment_id) j ON j.payment_id = p.id
        LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM ledger_journalentry
            WHERE account = 'money_clearing' AND payment_id IS NOT NULL GROUP BY payment_id) c
            ON c.payment_id = p.id""",
    rules=(
        Rule("I8", "its parties are not its account's",
            "b.marketplace_id = p.marketplace_id AND b.merchant_id = p.merchant_id"
            " AND b.payer_id = p.payer_id AND b.currency = p.currency"),
        Rule("I21", "its money is not what its formula gives", left_agrees_sql(row="p.")),
        Rule("I21", "an amount is below zero",
            "p.amount >= 0 AND p.allocated >= 0 AND p.returned >= 0 AND p.given_back >= 0 AND p.kept >= 0"
            " AND p.on_account >= 0 AND p.overdrawn >= 0 AND p.give_back_pending >= 0"),
        Rule("I21", "more is on its way back than is on account",
            "p.give_back_pending <= p.on_account OR p.returned > 0"),
        Rule("I21", "what is used is not the sum of its allocations", "p.allocated = coalesce(a.amount, 0)"),
        Rule("I21", "what is returned is not the sum of its returns", "p.returned = coalesce(r.amount, 0)"),
        Rule("I21", "what is kept is not the sum of what was kept", "p.kept = coalesce(k.amount, 0)"),
        Rule("I21", "what is given back is not the sum of its refunds",
            "p.given_back = coalesce(f.gone, 0) AND p.give_back_pending = coalesce(f.pending, 0)"),
        Rule("I22", "the status is not what its facts say", f"p.status = {status_sql(row='p.')}"),
        Rule("I22", "something moved before it succeeded", "p.settled_at IS NOT NULL OR p.amount = 0"),
        Rule("I14", "the journal's money on account is not its own",
            "coalesce(j.amount, 0) = p.overdrawn - p.on_account"),
        Rule("I23", "the journal's clearing is not what it brought",
            "coalesce(c.amount, 0) = p.amount - p.returned - p.given_back - coalesce(o.amount, 0)"),
        Rule("I8", "its provider's account or method is another's",
            "(p.gateway_account_id IS NULL OR g.merchant_id = p.merchant_id)"
            " AND (p.method_id IS NULL OR w.payer_id = p.payer_id AND w.gateway_account_id = p.gateway_account_id)"),
        Rule("I22", "it went by a gateway without an account there, or with one that no gateway is asked about",
            "(p.channel = 'gateway') = (p.gateway_account_id IS NOT NULL)"),
        Rule("I23", "it is pending at a provider, and nobody will look", _WATCHED.format("p")),
    ),
)  # fmt: skip

NUMBERS = TableRules(
    what="marketplace",
    key="m.id",
    rows="""companies_marketplace m
        LEFT JOIN (SELECT marketplace_id, count(*) AS n, min(number) AS low, max(number) AS high
            FROM payments_payment GROUP BY marketplace_id) p ON p.marketplace_id = m.id
        LEFT JOIN payments_paymentnumbers c ON c.marketplace_id = m.id""",
    rules=(
        Rule("I12", "its payments are not numbered from one to the last number",
            "CASE WHEN p.n IS NULL THEN c.last_number IS NULL"
            " ELSE p.low = 1 AND p.n = p.high AND c.last_number = p.high END"),
    ),
)  # fmt: skip

_PARTS = """(SELECT x.allocation_id, sum(x.amount) AS amount, min(l.invoice_id) AS low, max(l.invoice_id) AS high,
        sum(CASE WHEN x.tax_id IS NULL OR t.line_id = x.line_id THEN 0 ELSE 1 END) AS strays
    FROM payments_allocationpart x JOIN invoices_invoiceline l ON l.id = x.line_id
    LEFT JOIN invoices_invoicelinetax t ON t.id = x.tax_id GROUP BY x.allocation_id)"""

ALLOCATIONS = TableRules(
    what="allocation",
    key="a.id",
    rows=f"""payments_allocation a
        LEFT JOIN payments_payment p ON p.id = a.payment_id
        LEFT JOIN invoices_invoice i ON i.id = a.invoice_id
        LEFT JOIN payments_allocation o ON o.id = a.reverses_id
        LEFT JOIN (SELECT reverses_id, count(*) AS n FROM payments_allocation WHERE reverses_id IS NOT NULL
            GROUP BY reverses_id) v ON v.reverses_id = a.id
        LEFT JOIN {_PARTS} t ON t.allocation_id = a.id""",
    rules=(
        Rule("I21", "it is not the sum of its parts on the invoice's lines",
            "t.amount = a.amount AND t.low = a.invoice_id AND t.high = a.invoice_id AND t.strays = 0"),
        Rule("I8", "payment, invoice and allocation are not of one account",
            "a.marketplace_id = p.marketplace_id AND a.marketplace_id = i.marketplace_id"
            " AND a.account_id = p.account_id AND a.account_id = i.account_id"
            " AND a.currency = p.currency AND a.currency = i.currency"),
        Rule("I21", "it uses money that never came, or pays a draft",
            "p.settled_at IS NOT NULL AND i.number IS NOT NULL"),
        Rule("I21", "it is neither a use nor the mirror of one",
            "CASE WHEN a.reverses_id IS NULL THEN a.amount > 0 ELSE a.amount < 0 AND o.amount = -a.amount"
            " AND o.payment_id = a.payment_id AND o.invoice_id = a.invoice_id END"),
        Rule("I21", "it is reversed more than once", "v.n IS NULL OR v.n = 1"),
        Rule("I14", "it is dated before its payment or invoice",
            "a.posting_date >= p.posting_date AND a.posting_date >= i.issue_date"),
    ),
)  # fmt: skip

MIRRORS = TableRules(
    what="allocation",
    key="x.origin",
    rows="""(SELECT coalesce(a.reverses_id, a.id) AS origin, p.line_id, p.tax_id, sum(p.amount) AS amount
        FROM payments_allocation a JOIN payments_allocationpart p ON p.allocation_id = a.id
        WHERE a.reverses_id IS NOT NULL OR a.id IN (SELECT reverses_id FROM payments_allocation
            WHERE reverses_id IS NOT NULL)
        GROUP BY coalesce(a.reverses_id, a.id), p.line_id, p.tax_id) x""",
    rules=(Rule("I21", "the reversal does not mirror its parts", "x.amount = 0"),),
)

INVOICES = TableRules(
    what="invoice",
    key="i.id",
    rows=f"""invoices_invoice i
        LEFT JOIN {_SUM.format(of="invoice_id", table="payments_allocation")} a ON a.invoice_id = i.id
        LEFT JOIN (SELECT n.invoice_id, sum(n.amount) AS amount FROM payments_intended n
            JOIN payments_payment p ON p.id = n.payment_id WHERE p.status = 'pending' GROUP BY n.invoice_id) w
            ON w.invoice_id = i.id""",
    rules=(
        Rule("I3", "what is paid is not the sum of its allocations", "i.paid = coalesce(a.amount, 0)"),
        Rule("I21", "what is being paid is not what pending payments are for",
            "i.payment_pending = coalesce(w.amount, 0) AND i.payment_pending <= i.amount_due"),
    ),
)  # fmt: skip

LINES = TableRules(
    what="invoice line",
    key="l.id",
    rows="""invoices_invoiceline l
        LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM payments_allocationpart WHERE tax_id IS NULL
            GROUP BY line_id) p ON p.line_id = l.id
        LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM creditmemos_invoicepart WHERE tax_id IS NULL
            GROUP BY line_id) c ON c.line_id = l.id""",
    rules=(
        Rule("I3", "what is paid of its net is not the sum of its parts", "l.paid_net = coalesce(p.amount, 0)"),
        Rule("I3", "credit and money together are more than its net",
            "coalesce(p.amount, 0) + coalesce(c.amount, 0) BETWEEN 0 AND CASE WHEN l.net > 0 THEN l.net ELSE 0 END"),
    ),
)  # fmt: skip

TAXES = TableRules(
    what="tax of an invoice line",
    key="t.id",
    rows="""invoices_invoicelinetax t
        LEFT JOIN (SELECT tax_id, sum(amount) AS amount FROM payments_allocationpart WHERE tax_id IS NOT NULL
            GROUP BY tax_id) p ON p.tax_id = t.id
        LEFT JOIN (SELECT tax_id, sum(amount) AS amount FROM creditmemos_invoicepart WHERE tax_id IS NOT NULL
            GROUP BY tax_id) c ON c.tax_id = t.id""",
    rules=(
        Rule("I3", "what is paid of it is not the sum of its parts", "t.paid = coalesce(p.amount, 0)"),
        Rule("I3", "credit and money together are more than it is",
            "coalesce(p.amount, 0) + coalesce(c.amount, 0) BETWEEN 0"
            " AND CASE WHEN t.amount > 0 THEN t.amount ELSE 0 END"),
    ),
)  # fmt: skip

CLEARING = TableRules(
    what="merchant and currency",
    key="x.merchant_id || ' ' || x.currency",
    rows="""(SELECT merchant_id, currency, sum(amount) AS amount FROM (
            SELECT t.merchant_id, t.currency, e.amount FROM ledger_journalentry e
                JOIN ledger_journaltransaction t ON t.id = e.transaction_id
                WHERE e.account IN ('money_clearing', 'small_differences')
            UNION ALL SELECT merchant_id, currency, -(amount - returned - given_back - kept) FROM payments_payment
            UNION ALL SELECT merchant_id, currency, amount FROM payments_refund
                WHERE (memo_id IS NOT NULL OR invoice_id IS NOT NULL) AND status = 'successful'
        ) sides GROUP BY merchant_id, currency) x""",
    rules=(Rule("I23", "the journal's sum is not what payments brought and kept", "x.amount = 0"),),
)

REFUNDS = TableRules(
    what="refund",
    key="f.id",
    rows="""payments_refund f
        LEFT JOIN ledger_balanceaccount b ON b.id = f.account_id
        LEFT JOIN creditmemos_creditmemo m ON m.id = f.memo_id
        LEFT JOIN invoices_invoice i ON i.id = f.invoice_id
        LEFT JOIN payments_payment p ON p.id = f.payment_id""",
    rules=(
        Rule("I8", "its parties are not its account's, or what it pays back is of another",
            "b.marketplace_id = f.marketplace_id AND b.merchant_id = f.merchant_id AND b.payer_id = f.payer_id"
            " AND b.currency = f.currency AND coalesce(m.account_id, p.account_id, i.account_id) = f.account_id"),
        Rule("I22", "the status is not what its moments say", f"f.status = {refund_status_sql(row='f.')}"),
        Rule("I22", "a gateway moves what it did not bring",
            "f.channel <> 'gateway' OR p.channel = 'gateway' AND p.provider_ref IS NOT NULL"),
        Rule("I23", "it is pending at a provider, and nobody will look", _WATCHED.format("f")),
        Rule("I7", "it pays out a part of a memo", "f.memo_id IS NULL OR f.amount = m.total"),
    ),
)  # fmt: skip

CARRIED = TableRules(
    what="invoice",
    key="i.id",
    rows="""payments_refund f JOIN invoices_invoice i ON i.id = f.invoice_id AND f.status IN ('pending', 'successful')
        LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM ledger_journalentry WHERE invoice_id IS NOT NULL
            GROUP BY invoice_id) j ON j.invoice_id = i.id""",
    rules=(
        Rule("I21", "what is given back of what it carries on is not all of it, or something took it over",
            "f.amount = i.carried_out AND i.carried_taken = f.amount AND i.carried_to_id IS NULL"),
        Rule("I14", "the journal's receivable is not what it carried on and gave back",
            "coalesce(j.amount, 0) = i.amount_due - CASE f.status WHEN 'pending' THEN f.amount ELSE 0 END"),
    ),
)  # fmt: skip

PAYOUTS = TableRules(
    what="credit memo",
    key="m.id",
    rows="""creditmemos_creditmemo m
        LEFT JOIN (SELECT memo_id, sum(CASE status WHEN 'pending' THEN amount ELSE 0 END) AS pending,
                sum(CASE status WHEN 'successful' THEN amount ELSE 0 END) AS gone
            FROM payments_refund WHERE memo_id IS NOT NULL GROUP BY memo_id) f ON f.memo_id = m.id""",
    rules=(
        Rule("I21", "what is paid out is not the sum of its refunds",
            "m.paid_out = coalesce(f.gone, 0) AND m.payout_pending = coalesce(f.pending, 0)"),
    ),
)  # fmt: skip
