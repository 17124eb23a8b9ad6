"""What can be broken in the books of the scenario, how, and which invariants that breaks (some can't be alone)."""

TABLES = {
    "MEMO": "creditmemos_creditmemo",
    "MEMO_LINE": "creditmemos_creditmemoline",
    "MEMO_TAX": "creditmemos_creditmemolinetax",
    "INVOICE": "invoices_invoice",
    "INVOICE_LINE": "invoices_invoiceline",
    "INVOICE_TAX": "invoices_invoicelinetax",
    "APPLICATION": "creditmemos_application",
    "MEMO_PART": "creditmemos_memopart",
    "INVOICE_PART": "creditmemos_invoicepart",
    "HEADER": "ledger_journaltransaction",
    "ENTRY": "ledger_journalentry",
    "ACCOUNT": "ledger_balanceaccount",
    "SERIES": "documents_numberseries",
    "COMPANY": "companies_company",
    "LIMIT": "limits_creditline",
    "PERSON_AS_OF": "core_personasof",
}
PLACES = {
    "FIRST_TAX": "(SELECT min(id) FROM {INVOICE_TAX} WHERE line_id = {FIRST_LINE})",
    "FIRST_LINE": "(SELECT min(id) FROM {INVOICE_LINE} WHERE invoice_id = {invoice})",
    "CREDIT_LINE": "(SELECT min(id) FROM {MEMO_LINE} WHERE memo_id = {credit})",
    "MEMO_SERIES": "(SELECT series_id FROM {MEMO} WHERE id = {credit})",
    "ISSUE_OF_GOODWILL": "(SELECT e.transaction_id FROM {ENTRY} e JOIN {HEADER} t ON t.id = e.transaction_id"
    " WHERE e.memo_id = {goodwill} AND t.verb = 'creditmemo.issue')",
}


def fill(statement: str, ids: dict[str, str]) -> str:
    """Put places, tables and the scenario's ids, given as SQL literals, into a statement."""
    for name, place in PLACES.items():
        statement = statement.replace(f"{{{name}}}", place)
    return statement.format(**TABLES, **ids)


DAMAGE: dict[str, tuple[str, str]] = {
    "a credit line that no history explains": (
        "I25",
        "UPDATE {LIMIT} SET mode = 'blocked' WHERE payer_id = (SELECT payer_id FROM {INVOICE} WHERE id = {invoice})",
    ),
    "a payout of a part": ("I1 I21", "UPDATE {MEMO} SET payout_pending = 1 WHERE id = {credit}"),
    "a payout of a used memo": ("I1 I21", "UPDATE {MEMO} SET payout_pending = total WHERE id = {goodwill}"),
    "a balance": ("I1 I14", "UPDATE {MEMO} SET balance = balance + 1 WHERE id = {goodwill}"),
    "a negative amount": (
        "I1 I6 I14",
        "UPDATE {MEMO} SET written_off = -1, balance = balance + 1 WHERE id = {credit}",
    ),
    "an extra memo part": (
        "I2",
        """INSERT INTO {MEMO_PART} (application_id, line_id, amount) SELECT application_id, line_id, 1
            FROM {MEMO_PART} WHERE application_id = {used}""",
    ),
    "a part of another memo's line": (
        "I2",
        "UPDATE {MEMO_PART} SET line_id = {CREDIT_LINE} WHERE application_id = {used}",
    ),
    "a part under another line's tax": (
        "I2",
        """UPDATE {INVOICE_PART} SET line_id = {FIRST_LINE} WHERE application_id = {used}
            AND tax_id IS NOT NULL AND line_id <> {FIRST_LINE}""",
    ),
    "more parts than the line": ("I2 I10", "UPDATE {MEMO_LINE} SET net = 2999 WHERE memo_id = {goodwill}"),
    "applied": (
        "I2 I4 I14",
        "UPDATE {MEMO} SET applied = applied + 1, balance = balance - 1 WHERE id = {goodwill}",
    ),
    "credited": (
        "I3 I4 I14",
        "UPDATE {INVOICE} SET credited = credited + 1, amount_due = amount_due - 1 WHERE id = {invoice}",
    ),
    "an amount due": ("I3 I14", "UPDATE {INVOICE} SET amount_due = amount_due - 1 WHERE id = {invoice}"),
    "a negative payment": ("I3 I21", "UPDATE {INVOICE} SET payment_pending = -1 WHERE id = {free_invoice}"),
    "money on a void invoice": ("I3", "UPDATE {INVOICE} SET paid = 1 WHERE id = {void_invoice}"),
    "overpaid": ("I3 I5 I14 I21", "UPDATE {INVOICE} SET paid = 1, amount_due = -1 WHERE id = {free_invoice}"),
    "a memo's status": ("I5", "UPDATE {MEMO} SET status = 'unapplied' WHERE id = {goodwill}"),
    "a status without a number": ("I5", "UPDATE {MEMO} SET status = 'unapplied' WHERE id = {waiting}"),
    "a draft that was used": ("I5 I21", "UPDATE {MEMO} SET payout_pending = total WHERE id = {waiting}"),
    "voided without a time": ("I5", "UPDATE {MEMO} SET status = 'voided' WHERE id = {waiting}"),
    "an invoice's status": ("I5", "UPDATE {INVOICE} SET status = 'paid' WHERE id = {invoice}"),
    "a voided memo that was paid out": ("I6 I21", "UPDATE {MEMO} SET paid_out = total WHERE id = {voided}"),
    "a closed memo with credit": (
        "I6 I14",
        "UPDATE {MEMO} SET written_off = written_off - 1, balance = 1 WHERE id = {closed}",
    ),
    "a payout of a part that is in the journal": (
        "I7 I21 I23",
        """UPDATE {MEMO} SET paid_out = 1, balance = balance - 1 WHERE id = {credit};
        INSERT INTO {ENTRY} (transaction_id, account, amount, posting_date, balance_account_id, memo_id, detail)
            SELECT {new}, account, 1, posting_date, balance_account_id, memo_id, ''
            FROM {ENTRY} WHERE memo_id = {credit};
        INSERT INTO {ENTRY} (transaction_id, account, amount, posting_date, detail)
            SELECT {new}, 'money_clearing', -1, posting_date, ''
            FROM {ENTRY} WHERE memo_id = {credit} AND amount < 0;
        INSERT INTO {HEADER} (id, marketplace_id, merchant_id, currency, posting_date, verb, created_at)
            SELECT {new}, t.marketplace_id, t.merchant_id, t.currency, t.posting_date, 'payout', t.created_at
            FROM {HEADER} t JOIN {ENTRY} e ON e.transaction_id = t.id
            WHERE e.memo_id = {credit} AND e.amount < 0""",
    ),
    "a foreign currency": ("I8", "UPDATE {APPLICATION} SET currency = 'USD' WHERE id = {used}"),
    "another account's application": (
        "I8",
        """UPDATE {APPLICATION} SET account_id = (SELECT account_id FROM {MEMO} WHERE id = {birch_memo})
            WHERE id = {used}""",
    ),
    "an account of somebody else": (
        "I8",
        """UPDATE {ACCOUNT} SET payer_id = (SELECT payer_id FROM {INVOICE} WHERE id = {far_invoice})
            WHERE id = (SELECT account_id FROM {INVOICE} WHERE id = {birch_invoice})""",
    ),
    "another customer's source": (
        "I8",
        "UPDATE {MEMO} SET source_invoice_id = {birch_invoice} WHERE id = {credit}",
    ),
    "credit of another customer's line": (
        "I8 I9",
        """UPDATE {MEMO_LINE} SET invoice_line_id = (SELECT min(id) FROM {INVOICE_LINE}
            WHERE invoice_id = {birch_invoice}) WHERE memo_id = {credit}""",
    ),
    "a line's credit": ("I9", "UPDATE {INVOICE_LINE} SET credited_net = credited_net + 1 WHERE id = {FIRST_LINE}"),
    "a tax's credit": ("I9", "UPDATE {INVOICE_TAX} SET credited = credited + 1 WHERE id = {FIRST_TAX}"),
    "credit over the line": (
        "I9 I14",
        """UPDATE {INVOICE_LINE} SET net = 4599 WHERE id = {FIRST_LINE};
        UPDATE {INVOICE} SET net = net - 5401, total = total - 5401, amount_due = amount_due - 5401
            WHERE id = {invoice}""",
    ),
    "a line's net": ("I10", "UPDATE {INVOICE_LINE} SET net = net + 1 WHERE id = {FIRST_LINE}"),
    "a line's tax": ("I10", "UPDATE {MEMO_LINE} SET tax = tax + 1 WHERE memo_id = {credit}"),
    "what is printed": ("I10", "UPDATE {MEMO} SET frozen = '{{}}' WHERE id = {goodwill}"),
    "a payer's name": ("I10", "UPDATE {INVOICE} SET payer_name = '' WHERE id = {invoice}"),
    "a total": ("I10 I14", "UPDATE {MEMO} SET net = net + 1, tax = tax - 1 WHERE id = {credit}"),
    "a reversal of something else": ("I11", "UPDATE {APPLICATION} SET reverses_id = {used} WHERE id = {reversal}"),
    "a reversal's parts": (
        "I11",
        """UPDATE {INVOICE_PART} SET amount = amount + 1 WHERE id = (SELECT min(id) FROM {INVOICE_PART}
            WHERE application_id = {reversal});
        UPDATE {INVOICE_PART} SET amount = amount - 1 WHERE id = (SELECT max(id) FROM {INVOICE_PART}
            WHERE application_id = {reversal})""",
    ),
    "a memo that outlived its invoice": (
        "I11",
        "UPDATE {MEMO} SET source_invoice_id = {void_invoice} WHERE id = {credit}",
    ),
    "a part of a memo that stands": ("I10", "UPDATE {MEMO} SET divided_from_id = {credit} WHERE id = {goodwill}"),
    "credit of a void invoice's line": (
        "I9 I11",
        """UPDATE {MEMO_LINE} SET invoice_line_id = (SELECT min(id) FROM {INVOICE_LINE}
            WHERE invoice_id = {void_invoice}) WHERE memo_id = {credit}""",
    ),
    "a number that no document has": (
        "I12",
        "UPDATE {SERIES} SET last_number = last_number + 1 WHERE id = {MEMO_SERIES}",
    ),
    "a gap": ("I12 I26", "UPDATE {MEMO} SET sequence = 100, number = 'CM-2026-00100' WHERE id = {birch_memo}"),
    "an earlier day": ("I12", "UPDATE {INVOICE} SET issue_date = '2026-05-17' WHERE id = {birch_invoice}"),
    "a number of another sequence": ("I12 I26", "UPDATE {INVOICE} SET number = 'INV-7' WHERE id = {invoice}"),
    "another year": ("I12", "UPDATE {SERIES} SET year = 2025 WHERE id = {MEMO_SERIES}"),
    "a series of the other kind": (
        "I12",
        "UPDATE {SERIES} SET kind = 'invoice', year = 2026 WHERE id = {MEMO_SERIES}",
    ),
    "a series date": ("I12", "UPDATE {SERIES} SET last_date = '2026-06-01' WHERE id = {MEMO_SERIES}"),
    "one number for both kinds": (
        "I12 I26",
        """UPDATE {SERIES} SET kind = 'shared' WHERE id = {MEMO_SERIES};
        UPDATE {MEMO} SET number = (SELECT i.number FROM {INVOICE} i
            JOIN {MEMO} m ON m.sequence = i.sequence AND m.merchant_id = i.merchant_id
            WHERE m.id = {credit}) WHERE id = {credit}""",
    ),
    "a number's search key": ("I26", "UPDATE {INVOICE} SET search_key = 'inv-7' WHERE id = {invoice}"),
    "a search key of the audit log": ("I26", "UPDATE {PERSON_AS_OF} SET search_key = upper(name)"),
    "a company's search key": ("I26", "UPDATE {COMPANY} SET search_key = upper(name)"),
    "an entry": ("I14", "UPDATE {ENTRY} SET amount = amount + 1 WHERE account = 'revenue' AND amount > 0"),
    "an entry's day": ("I14", "UPDATE {ENTRY} SET posting_date = '2026-05-17' WHERE memo_id = {credit}"),
    "an entry of another account": (
        "I14",
        """UPDATE {ENTRY} SET balance_account_id = (SELECT account_id FROM {MEMO} WHERE id = {birch_memo})
            WHERE memo_id = {credit}""",
    ),
    "an entry of a draft": ("I14", "UPDATE {ENTRY} SET memo_id = {waiting} WHERE memo_id = {credit}"),
    "an entry without a transaction": (
        "I14",
        """INSERT INTO {ENTRY} (transaction_id, account, amount, posting_date, detail)
            VALUES ({new}, 'money_clearing', 1, '2026-05-18', '')""",
    ),
    "a missing transaction": (
        "I14",
        """DELETE FROM {HEADER} WHERE id = {ISSUE_OF_GOODWILL};
        DELETE FROM {ENTRY} WHERE transaction_id NOT IN (SELECT id FROM {HEADER})""",
    ),
    "revenue that is nobody's": (
        "I14",
        "UPDATE {ENTRY} SET account = 'credit_given', detail = '' WHERE account = 'tax_payable'",
    ),
    "a transaction of another merchant": (
        "I14",
        """UPDATE {HEADER} SET merchant_id = (SELECT merchant_id FROM {MEMO} WHERE id = {far_memo})
            WHERE id = {ISSUE_OF_GOODWILL}""",
    ),
    "an application before its documents": (
        "I14",
        "UPDATE {APPLICATION} SET posting_date = '2026-05-17' WHERE id = {used}",
    ),
}
