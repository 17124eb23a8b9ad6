"""What must hold of every memo and of every invoice: I1-I8, I10, I11, I14."""

from creditmemos.domain.balance import UNISSUED, VOIDED
from creditmemos.domain.balance import balance_sql as memo_balance
from creditmemos.domain.balance import status_sql as memo_status
from creditmemos.verification.rules import Rule, TableRules
from invoices.domain.balance import due_sql
from invoices.domain.balance import status_sql as invoice_status

_UNISSUED = ", ".join(f"'{status}'" for status in UNISSUED)
_LINES = "SELECT {of}, count(*) AS n, sum(net) AS net, sum(tax) AS tax FROM {table} GROUP BY {of}"
_PARTIES = (
    "b.marketplace_id = {d}.marketplace_id AND b.merchant_id = {d}.merchant_id"
    " AND b.payer_id = {d}.payer_id AND b.currency = {d}.currency"
)
_FROZEN = "{d}.number IS NULL OR ({d}.frozen <> '{{}}' AND {d}.payer_name <> '')"

MEMOS = TableRules(
    what="memo",
    key="m.id",
    rows=f"""creditmemos_creditmemo m
        LEFT JOIN ledger_balanceaccount b ON b.id = m.account_id
        LEFT JOIN invoices_invoice src ON src.id = m.source_invoice_id
        LEFT JOIN invoices_invoice sib ON sib.id = m.sibling_invoice_id
        LEFT JOIN (SELECT memo_id, sum(amount) AS amount FROM creditmemos_application GROUP BY memo_id) a
            ON a.memo_id = m.id
        LEFT JOIN ({_LINES.format(of="memo_id", table="creditmemos_creditmemoline")}) l ON l.memo_id = m.id
        LEFT JOIN (SELECT divided_from_id, sum(total) AS total FROM creditmemos_creditmemo
            WHERE divided_from_id IS NOT NULL AND number IS NOT NULL GROUP BY divided_from_id) p
            ON p.divided_from_id = m.id
        LEFT JOIN (SELECT memo_id, sum(amount) AS amount FROM ledger_journalentry WHERE memo_id IS NOT NULL
            GROUP BY memo_id) j ON j.memo_id = m.id""",
    rules=(
        Rule("I1", "the balance is not what its formula gives", f"m.balance = {memo_balance(row='m.')}"),
        Rule("I1", "the balance is not between 0 and the total", "m.balance BETWEEN 0 AND m.total"),
        Rule("I1", "an amount is below zero", "m.applied >= 0 AND m.paid_out >= 0 AND m.written_off >= 0"),
        Rule(
            "I1",
            "a pending payout reserves something else than the whole unused memo",
            "m.payout_pending = 0 OR (m.payout_pending = m.total AND m.applied = 0 AND m.paid_out = 0"
            " AND m.written_off = 0 AND m.voided_at IS NULL)",
        ),
        Rule("I2", "applied is not the sum of its applications", "m.applied = coalesce(a.amount, 0)"),
        Rule("I5", "number and status disagree", f"(m.number IS NULL) = (m.status IN ({_UNISSUED}))"),
        Rule("I5", "voided and its time disagree", f"(m.voided_at IS NOT NULL) = (m.status = '{VOIDED}')"),
        Rule(
            "I5",
            "the status is not what the amounts say",
            f"m.number IS NULL OR m.status = {memo_status(row='m.')}",
        ),
        Rule(
            "I5",
            "a draft has an effect",
            "m.number IS NOT NULL OR (m.applied = 0 AND m.paid_out = 0 AND m.payout_pending = 0 AND m.written_off = 0)",
        ),
        Rule(
            "I6",
            "a voided memo was used",
            "m.voided_at IS NULL OR (m.applied = 0 AND m.paid_out = 0 AND m.written_off = 0)",
        ),
        Rule("I6", "a closed memo has credit left", "m.written_off = 0 OR (m.balance = 0 AND m.paid_out = 0)"),
        Rule("I7", "it is paid out in part or used", "m.paid_out = 0 OR (m.paid_out = m.total AND m.applied = 0)"),
        Rule("I8", "its parties are not its account's", _PARTIES.format(d="m")),
        Rule(
            "I8",
            "its source or sibling is of another account",
            "(m.source_invoice_id IS NULL OR src.account_id = m.account_id)"
            " AND (m.sibling_invoice_id IS NULL OR sib.account_id = m.account_id)",
        ),
        Rule("I10", "the total is not net and tax, above zero", "m.total = m.net + m.tax AND m.total > 0"),
        Rule(
            "I10",
            "the total is not the sum of its lines and taxes",
            "m.number IS NULL OR (l.n > 0 AND l.net = m.net AND l.tax = m.tax)",
        ),
        Rule(
            "I10",
            "what it was divided into is not its total, or it is not void",
            "p.total IS NULL OR (p.total = m.total AND m.voided_at IS NOT NULL)",
        ),
        Rule("I10", "what it prints was not frozen", _FROZEN.format(d="m")),
        Rule(
            "I2",
            "a small difference or a written-off debt is not used whole",
            "m.purpose = 'ordinary' OR m.number IS NULL OR m.voided_at IS NOT NULL OR m.applied = m.total",
        ),
        Rule(
            "I10",
            "a small difference or a written-off debt has tax, another source or other uses",
            "m.purpose = 'ordinary' OR (m.tax = 0 AND m.source = 'ad_hoc' AND m.source_invoice_id IS NOT NULL"
            " AND m.paid_out = 0 AND m.written_off = 0 AND NOT m.on_hold)",
        ),
        Rule(
            "I11",
            "its source invoice is void, and it is not",
            "m.number IS NULL OR m.voided_at IS NOT NULL OR src.voided_at IS NULL",
        ),
        Rule("I14", "the journal's customer credit is not its balance", "coalesce(j.amount, 0) = -m.balance"),
    ),
)

INVOICES = TableRules(
    what="invoice",
    key="i.id",
    rows=f"""invoices_invoice i
        LEFT JOIN ledger_balanceaccount b ON b.id = i.account_id
        LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM creditmemos_application GROUP BY invoice_id) a
            ON a.invoice_id = i.id
        LEFT JOIN ({_LINES.format(of="invoice_id", table="invoices_invoiceline")}) l ON l.invoice_id = i.id
        LEFT JOIN (SELECT carried_to_id, sum(carried_out) AS amount FROM invoices_invoice
            WHERE carried_to_id IS NOT NULL GROUP BY carried_to_id) c ON c.carried_to_id = i.id
        LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM ledger_journalentry WHERE invoice_id IS NOT NULL
            GROUP BY invoice_id) j ON j.invoice_id = i.id""",
    rules=(
        Rule("I3", "credited is not the sum of its applications", "i.credited = coalesce(a.amount, 0)"),
        Rule("I3", "the amount due is not what its formula gives", f"i.amount_due = {due_sql(row='i.')}"),
        Rule("I3", "the amount due is below zero", "i.amount_due >= 0"),
        Rule(
            "I3",
            "an amount is below zero",
            "i.carried_in >= 0 AND i.carried_out >= 0 AND i.credited >= 0 AND i.paid >= 0 AND i.payment_pending >= 0",
        ),
        Rule("I3", "the total is below zero and not carried", "i.total >= 0 OR i.carried_out >= -i.total"),
        Rule(
            "I3",
            "money or credit is on a void invoice",
            "i.voided_at IS NULL OR (i.credited = 0 AND i.paid = 0 AND i.payment_pending = 0)",
        ),
        Rule("I5", "the status is not what the amounts say", f"i.status = {invoice_status(row='i.')}"),
        Rule("I8", "its parties are not its account's", _PARTIES.format(d="i")),
        Rule("I10", "the total is not net and tax", "i.total = i.net + i.tax"),
        Rule(
            "I10",
            "the total is not the sum of its lines and taxes",
            "i.number IS NULL OR (l.n > 0 AND l.net = i.net AND l.tax = i.tax)",
        ),
        Rule("I10", "what it prints was not frozen", _FROZEN.format(d="i")),
        Rule(
            "I3",
            "what it took over is not what was carried to it",
            "i.carried_in = coalesce(c.amount, 0) AND (i.carried_taken = 0 OR i.carried_taken = i.carried_out)",
        ),
        Rule(
            "I14",
            "the journal's receivable is not its amount due, less what it carries on",
            # What nobody took over may still be on its way to the customer; then payments tell which it is.
            "coalesce(j.amount, 0) = i.amount_due - (i.carried_out - i.carried_taken)"
            " OR i.carried_taken > 0 AND i.carried_to_id IS NULL"
            " AND coalesce(j.amount, 0) = i.amount_due - i.carried_out",
        ),
    ),
)

TOTALS = TableRules(
    what="marketplace",
    key="x.marketplace_id || ' ' || x.currency",
    rows="""(SELECT marketplace_id, currency, sum(amount) AS amount FROM (
            SELECT marketplace_id, currency, applied AS amount FROM creditmemos_creditmemo
            UNION ALL SELECT marketplace_id, currency, -credited FROM invoices_invoice
        ) moved GROUP BY marketplace_id, currency) x""",
    rules=(Rule("I4", "credit used on memos is not credit received by invoices", "x.amount = 0"),),
)

ACCOUNTS = TableRules(
    what="account",
    key="b.id",
    rows="""ledger_balanceaccount b
        LEFT JOIN companies_marketplace p ON p.id = b.marketplace_id
        LEFT JOIN companies_company c ON c.id = b.payer_id
        LEFT JOIN companies_merchantofrecord r ON r.id = b.merchant_id""",
    rules=(
        Rule(
            "I8",
            "payer, merchant and currency are not its marketplace's",
            "c.marketplace_id = b.marketplace_id AND r.marketplace_id = b.marketplace_id AND p.currency = b.currency",
        ),
    ),
)
