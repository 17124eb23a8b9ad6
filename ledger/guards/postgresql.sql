-- I13: the journal is only ever added to. I14: a transaction balances when its header is written, and is closed then.

CREATE OR REPLACE TRIGGER i13_journal_rows BEFORE UPDATE OR DELETE ON ledger_journaltransaction
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_journal_table BEFORE TRUNCATE ON ledger_journaltransaction
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_entry_rows BEFORE UPDATE OR DELETE ON ledger_journalentry
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_entry_table BEFORE TRUNCATE ON ledger_journalentry
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

CREATE OR REPLACE FUNCTION ledger_entries_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added a JOIN ledger_journaltransaction t ON t.id = a.transaction_id) THEN
        PERFORM offset_refuse('i14_transaction_closed');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i14_transaction_closed AFTER INSERT ON ledger_journalentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_open();

CREATE OR REPLACE FUNCTION ledger_close_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added a LEFT JOIN LATERAL (
            SELECT sum(e.amount) AS total, count(*) AS sides,
                   bool_and(e.posting_date = a.posting_date) AS same_day,
                   bool_and(e.balance_account_id IS NULL OR (
                       b.marketplace_id = a.marketplace_id AND b.merchant_id = a.merchant_id AND b.currency = a.currency
                   )) AS same_books
            FROM ledger_journalentry e LEFT JOIN ledger_balanceaccount b ON b.id = e.balance_account_id
            WHERE e.transaction_id = a.id
        ) s ON true
        WHERE s.sides < 2 OR s.total <> 0 OR NOT s.same_day OR NOT s.same_books
    ) THEN
        PERFORM offset_refuse('i14_balanced');
    END IF;
    IF EXISTS (
        SELECT 1 FROM added a JOIN companies_merchantofrecord m ON m.id = a.merchant_id
        WHERE m.marketplace_id <> a.marketplace_id OR a.posting_date <= m.closed_through
    ) THEN
        PERFORM offset_refuse('i14_open_period');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i14_balanced AFTER INSERT ON ledger_journaltransaction
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_close_transaction();

-- I8, I20: an account's parties are of its marketplace.
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i20_account_payer') THEN
        ALTER TABLE ledger_balanceaccount
            ADD CONSTRAINT i20_account_payer FOREIGN KEY (payer_id, marketplace_id)
                REFERENCES companies_company (id, marketplace_id),
            ADD CONSTRAINT i20_account_merchant FOREIGN KEY (merchant_id, marketplace_id)
                REFERENCES companies_merchantofrecord (id, marketplace_id),
            ADD CONSTRAINT i20_account_currency FOREIGN KEY (marketplace_id, currency)
                REFERENCES companies_marketplace (id, currency);
    END IF;
END $$;
