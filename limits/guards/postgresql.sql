-- I25: every company has a credit line, whoever writes the company.
CREATE OR REPLACE FUNCTION limits_every_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO limits_creditline (marketplace_id, payer_id, mode, is_shared, version)
        VALUES (NEW.marketplace_id, NEW.id, 'inherit', false, 0);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i25_every_company_has_a_line AFTER INSERT ON companies_company
    FOR EACH ROW EXECUTE FUNCTION limits_every_company();

-- A line says what its last change said, and goes with it.
CREATE OR REPLACE FUNCTION limits_line_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.payer_id <> OLD.payer_id OR NEW.marketplace_id <> OLD.marketplace_id THEN
        PERFORM offset_refuse('i25_line_of_payer');
    END IF;
    IF (NEW.mode, NEW.amount, NEW.is_shared, NEW.version)
        IS DISTINCT FROM (OLD.mode, OLD.amount, OLD.is_shared, OLD.version)
        AND (NEW.version <> OLD.version + 1 OR NOT EXISTS (
            SELECT 1 FROM limits_creditlinechange c WHERE c.line_id = NEW.id AND c.version = NEW.version
                AND c.mode = NEW.mode AND c.amount IS NOT DISTINCT FROM NEW.amount AND c.is_shared = NEW.is_shared)) THEN
        PERFORM offset_refuse('i25_line_has_history');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i25_line_has_history BEFORE UPDATE ON limits_creditline
    FOR EACH ROW EXECUTE FUNCTION limits_line_changes();
CREATE OR REPLACE FUNCTION limits_line_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> 0 OR NEW.mode <> 'inherit' OR NEW.is_shared THEN
        PERFORM offset_refuse('i25_line_has_history');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i25_line_begins BEFORE INSERT ON limits_creditline
    FOR EACH ROW EXECUTE FUNCTION limits_line_begins();
CREATE OR REPLACE TRIGGER i13_credit_line_kept BEFORE DELETE ON limits_creditline
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_credit_line_table BEFORE TRUNCATE ON limits_creditline
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- I13: history and checks are only added to.
CREATE OR REPLACE TRIGGER i13_credit_line_changes BEFORE UPDATE OR DELETE ON limits_creditlinechange
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_credit_line_changes_table BEFORE TRUNCATE ON limits_creditlinechange
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_credit_checks BEFORE UPDATE OR DELETE ON limits_creditcheck
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_credit_checks_table BEFORE TRUNCATE ON limits_creditcheck
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- I25: a reservation is what a check allowed; it ends once, and what was allowed once is used once.
CREATE OR REPLACE FUNCTION limits_reservation_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'held' OR NOT EXISTS (
        SELECT 1 FROM limits_creditcheck c WHERE c.id = NEW.check_row_id AND c.is_allowed AND c.line_id = NEW.line_id
            AND c.marketplace_id = NEW.marketplace_id AND c.key = NEW.key AND c.amount = NEW.amount) THEN
        PERFORM offset_refuse('i25_reservation_was_allowed');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i25_reservation_was_allowed BEFORE INSERT ON limits_reservation
    FOR EACH ROW EXECUTE FUNCTION limits_reservation_begins();
CREATE OR REPLACE FUNCTION limits_reservation_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {{reservation_frozen}} OR OLD.state <> 'held' THEN PERFORM offset_refuse('i25_reservation_is_frozen'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i25_reservation_frozen BEFORE UPDATE ON limits_reservation
    FOR EACH ROW EXECUTE FUNCTION limits_reservation_changes();
CREATE OR REPLACE TRIGGER i13_reservation_kept BEFORE DELETE ON limits_reservation
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_reservation_table BEFORE TRUNCATE ON limits_reservation
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE FUNCTION limits_allowance_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {{allowance_frozen}} OR OLD.used_at IS NOT NULL THEN PERFORM offset_refuse('i25_allowance_is_frozen'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i25_allowance_frozen BEFORE UPDATE ON limits_allowance
    FOR EACH ROW EXECUTE FUNCTION limits_allowance_changes();
CREATE OR REPLACE TRIGGER i13_allowance_kept BEFORE DELETE ON limits_allowance
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_allowance_table BEFORE TRUNCATE ON limits_allowance
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- I20: everything of a line is of its marketplace.
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i20_credit_line_marketplace') THEN
        ALTER TABLE limits_creditline ADD CONSTRAINT i20_credit_line_marketplace
            FOREIGN KEY (payer_id, marketplace_id) REFERENCES companies_company (id, marketplace_id)
            DEFERRABLE INITIALLY DEFERRED;
    END IF;
END $$;

-- Not guards, but for PostgreSQL alone: what a check sums is read from indexes, however much a payer ever had.
CREATE INDEX IF NOT EXISTS limits_dues ON invoices_invoice (payer_id) INCLUDE (amount_due, payment_pending)
    WHERE amount_due > 0;
CREATE INDEX IF NOT EXISTS limits_credit ON creditmemos_creditmemo (payer_id) INCLUDE (balance, status)
    WHERE balance > 0 AND payout_pending = 0;
CREATE INDEX IF NOT EXISTS limits_on_account ON payments_payment (payer_id) INCLUDE (on_account, give_back_pending)
    WHERE on_account > 0;
CREATE INDEX IF NOT EXISTS limits_events ON billing_billingevent (account_id, day)
    INCLUDE (status, committed, committed_until) WHERE status IN ('pending', 'asked', 'failed');
