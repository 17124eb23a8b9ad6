-- I13: the journal is only ever added to. I14: a transaction balances when its header is written, and is closed then.

CREATE TRIGGER i13_journal_update BEFORE UPDATE ON ledger_journaltransaction
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_journal_delete BEFORE DELETE ON ledger_journaltransaction
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_entry_update BEFORE UPDATE ON ledger_journalentry
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_entry_delete BEFORE DELETE ON ledger_journalentry
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;

CREATE TRIGGER i14_transaction_closed BEFORE INSERT ON ledger_journalentry
WHEN EXISTS (SELECT 1 FROM ledger_journaltransaction t WHERE t.id = NEW.transaction_id)
BEGIN SELECT RAISE(ABORT, 'i14_transaction_closed'); END;

CREATE TRIGGER i14_balanced AFTER INSERT ON ledger_journaltransaction
BEGIN
    SELECT RAISE(ABORT, 'i14_balanced') WHERE (
        SELECT count(*) < 2 OR sum(e.amount) <> 0 OR max(e.posting_date <> NEW.posting_date) = 1
               OR max(e.balance_account_id IS NOT NULL AND (
                   b.marketplace_id <> NEW.marketplace_id OR b.merchant_id <> NEW.merchant_id
                   OR b.currency <> NEW.currency)) = 1
        FROM ledger_journalentry e LEFT JOIN ledger_balanceaccount b ON b.id = e.balance_account_id
        WHERE e.transaction_id = NEW.id);
    SELECT RAISE(ABORT, 'i14_open_period') WHERE EXISTS (
        SELECT 1 FROM companies_merchantofrecord m WHERE m.id = NEW.merchant_id
        AND (m.marketplace_id <> NEW.marketplace_id OR NEW.posting_date <= m.closed_through));
END;

CREATE TRIGGER i20_account_insert BEFORE INSERT ON ledger_balanceaccount
WHEN NOT EXISTS (SELECT 1 FROM companies_company c, companies_merchantofrecord m, companies_marketplace p
                 WHERE c.id = NEW.payer_id AND m.id = NEW.merchant_id AND p.id = NEW.marketplace_id
                 AND c.marketplace_id = p.id AND m.marketplace_id = p.id AND p.currency = NEW.currency)
BEGIN SELECT RAISE(ABORT, 'i20_account_parties'); END;
CREATE TRIGGER i20_account_update BEFORE UPDATE ON ledger_balanceaccount
BEGIN SELECT RAISE(ABORT, 'i20_account_fixed'); END;
