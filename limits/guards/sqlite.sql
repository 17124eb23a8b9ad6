-- I25: every company has a credit line, whoever writes the company.
CREATE TRIGGER i25_every_company_has_a_line AFTER INSERT ON companies_company
BEGIN
    INSERT INTO limits_creditline (marketplace_id, payer_id, mode, amount, is_shared, version, reached_on)
        VALUES (NEW.marketplace_id, NEW.id, 'inherit', NULL, 0, 0, NULL);
    SELECT RAISE(ABORT, 'i25_every_company_has_a_line') WHERE NOT EXISTS (
        SELECT 1 FROM limits_creditline l WHERE l.payer_id = NEW.id);
END;

-- A line says what its last change said, and goes with it.
CREATE TRIGGER i25_line_of_payer BEFORE UPDATE OF payer_id, marketplace_id ON limits_creditline
WHEN NEW.payer_id <> OLD.payer_id OR NEW.marketplace_id <> OLD.marketplace_id
BEGIN SELECT RAISE(ABORT, 'i25_line_of_payer'); END;
CREATE TRIGGER i25_line_has_history BEFORE UPDATE ON limits_creditline
WHEN (NEW.mode <> OLD.mode OR NEW.amount IS NOT OLD.amount OR NEW.is_shared <> OLD.is_shared OR NEW.version <> OLD.version)
    AND (NEW.version <> OLD.version + 1 OR NOT EXISTS (
        SELECT 1 FROM limits_creditlinechange c WHERE c.line_id = NEW.id AND c.version = NEW.version
            AND c.mode = NEW.mode AND c.amount IS NEW.amount AND c.is_shared = NEW.is_shared))
BEGIN SELECT RAISE(ABORT, 'i25_line_has_history'); END;
CREATE TRIGGER i25_line_begins BEFORE INSERT ON limits_creditline
WHEN NEW.version <> 0 OR NEW.mode <> 'inherit' OR NEW.is_shared
    OR NOT EXISTS (SELECT 1 FROM companies_company c WHERE c.id = NEW.payer_id AND c.marketplace_id = NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i25_line_has_history'); END;
CREATE TRIGGER i13_credit_line_kept BEFORE DELETE ON limits_creditline
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;

-- I13: history and checks are only added to.
CREATE TRIGGER i13_credit_line_change_update BEFORE UPDATE ON limits_creditlinechange
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_credit_line_change_delete BEFORE DELETE ON limits_creditlinechange
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_credit_check_update BEFORE UPDATE ON limits_creditcheck
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_credit_check_delete BEFORE DELETE ON limits_creditcheck
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;

-- I25: a reservation is what a check allowed; it ends once, and what was allowed once is used once.
CREATE TRIGGER i25_reservation_was_allowed BEFORE INSERT ON limits_reservation
WHEN NEW.state <> 'held' OR NOT EXISTS (
    SELECT 1 FROM limits_creditcheck c WHERE c.id = NEW.check_row_id AND c.is_allowed AND c.line_id = NEW.line_id
        AND c.marketplace_id = NEW.marketplace_id AND c.key = NEW.key AND c.amount = NEW.amount)
BEGIN SELECT RAISE(ABORT, 'i25_reservation_was_allowed'); END;
CREATE TRIGGER i25_reservation_frozen BEFORE UPDATE ON limits_reservation
WHEN ({{reservation_frozen_lite}}) OR OLD.state <> 'held'
BEGIN SELECT RAISE(ABORT, 'i25_reservation_is_frozen'); END;
CREATE TRIGGER i13_reservation_kept BEFORE DELETE ON limits_reservation
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i25_allowance_frozen BEFORE UPDATE ON limits_allowance
WHEN ({{allowance_frozen_lite}}) OR OLD.used_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'i25_allowance_is_frozen'); END;
CREATE TRIGGER i13_allowance_kept BEFORE DELETE ON limits_allowance
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
