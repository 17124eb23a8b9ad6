-- Credit memos: issued once by the UPDATE that gives the number, checked then, frozen then (I10, I12).

CREATE OR REPLACE FUNCTION creditmemos_memo_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number IS NOT NULL THEN PERFORM offset_refuse('i12_issued_by_update'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i12_memo_issued_by_update BEFORE INSERT ON creditmemos_creditmemo
    FOR EACH ROW EXECUTE FUNCTION creditmemos_memo_insert();

CREATE OR REPLACE FUNCTION creditmemos_memo_issue() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s record; l record;
BEGIN
    SELECT * INTO s FROM documents_numberseries WHERE id = NEW.series_id;
    IF s.merchant_id IS DISTINCT FROM NEW.merchant_id OR s.marketplace_id IS DISTINCT FROM NEW.marketplace_id
       OR s.kind NOT IN ('credit_memo', 'shared', 'adjustment') OR (s.kind = 'adjustment') <> (NEW.purpose <> 'ordinary')
       OR NEW.sequence NOT BETWEEN s.range_start AND s.last_number OR NEW.issue_date IS DISTINCT FROM s.last_date THEN
        PERFORM offset_refuse('i12_number_from_series');
    END IF;
    SELECT count(*) AS n, coalesce(sum(x.net), 0) AS net, coalesce(sum(x.tax), 0) AS tax,
           coalesce(bool_or(x.tax <> coalesce((SELECT sum(t.amount) FROM creditmemos_creditmemolinetax t WHERE t.line_id = x.id), 0)), false)
               AS torn
    INTO l FROM creditmemos_creditmemoline x WHERE x.memo_id = NEW.id;
    IF l.n = 0 OR l.torn OR l.net <> NEW.net OR l.tax <> NEW.tax THEN
        PERFORM offset_refuse('i10_total_of_lines');
    END IF;
    IF EXISTS (SELECT 1 FROM invoices_invoice i WHERE i.id = NEW.source_invoice_id AND i.voided_at IS NOT NULL) OR EXISTS (
        SELECT 1 FROM creditmemos_creditmemoline x JOIN invoices_invoiceline c ON c.id = x.invoice_line_id
        JOIN invoices_invoice i ON i.id = c.invoice_id WHERE x.memo_id = NEW.id AND i.voided_at IS NOT NULL
    ) THEN
        PERFORM offset_refuse('i11_source_is_void');
    END IF;
    -- What a memo is divided into is issued once it is void, and is not more than it was (ADR 46).
    IF NEW.divided_from_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM creditmemos_creditmemo d WHERE d.id = NEW.divided_from_id AND d.voided_at IS NOT NULL
        AND d.total >= NEW.total + coalesce((SELECT sum(p.total) FROM creditmemos_creditmemo p
            WHERE p.divided_from_id = d.id AND p.number IS NOT NULL), 0)
    ) THEN
        PERFORM offset_refuse('i10_divided_once');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i12_memo_issue BEFORE UPDATE ON creditmemos_creditmemo FOR EACH ROW
    WHEN (OLD.number IS NULL AND NEW.number IS NOT NULL) EXECUTE FUNCTION creditmemos_memo_issue();

CREATE OR REPLACE FUNCTION creditmemos_memo_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM offset_refuse('i10_issued_is_frozen');
    RETURN NULL;
END $$;
-- The columns are compared inside: a WHEN that names them would keep migrations from ever altering their types.
CREATE OR REPLACE FUNCTION creditmemos_memo_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {{memo_frozen}} THEN PERFORM offset_refuse('i10_issued_is_frozen'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i10_memo_frozen BEFORE UPDATE ON creditmemos_creditmemo FOR EACH ROW
    WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION creditmemos_memo_unchanged();
CREATE OR REPLACE TRIGGER i6_memo_void_is_final BEFORE UPDATE ON creditmemos_creditmemo FOR EACH ROW
    WHEN (OLD.voided_at IS NOT NULL) EXECUTE FUNCTION creditmemos_memo_frozen();
-- A draft that was discarded stays as it is (I5).
CREATE OR REPLACE FUNCTION creditmemos_memo_discarded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'discarded' THEN PERFORM offset_refuse('i5_discarded_is_final'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i5_memo_discarded_is_final BEFORE UPDATE ON creditmemos_creditmemo FOR EACH ROW
    WHEN (OLD.number IS NULL) EXECUTE FUNCTION creditmemos_memo_discarded();
CREATE OR REPLACE TRIGGER i12_memo_kept BEFORE DELETE ON creditmemos_creditmemo FOR EACH ROW
    WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION creditmemos_memo_frozen();
CREATE OR REPLACE TRIGGER i12_memo_table_kept BEFORE TRUNCATE ON creditmemos_creditmemo
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- Credit moves by application rows only (I2, I3): the column follows them, nobody writes it.
CREATE OR REPLACE FUNCTION creditmemos_memo_moved_by_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN PERFORM offset_refuse('i2_moved_by_rows'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i2_memo_moved_by_rows BEFORE UPDATE ON creditmemos_creditmemo FOR EACH ROW
    WHEN (OLD.applied IS DISTINCT FROM NEW.applied) EXECUTE FUNCTION creditmemos_memo_moved_by_rows();

CREATE OR REPLACE FUNCTION creditmemos_memo_children() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parents bigint[];
BEGIN
    IF TG_TABLE_NAME = 'creditmemos_creditmemoline' THEN
        parents := ARRAY[OLD.memo_id, NEW.memo_id];
    ELSE
        SELECT array_agg(x.memo_id) INTO parents FROM creditmemos_creditmemoline x WHERE x.id IN (OLD.line_id, NEW.line_id);
    END IF;
    IF EXISTS (SELECT 1 FROM creditmemos_creditmemo d WHERE d.id = ANY(parents) AND d.number IS NOT NULL) THEN
        PERFORM offset_refuse('i10_issued_is_closed');
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- Rows are added by the thousand: what is added is looked at once a statement.
CREATE OR REPLACE FUNCTION creditmemos_memo_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'creditmemos_creditmemoline' THEN
        IF EXISTS (SELECT 1 FROM added a JOIN creditmemos_creditmemo d ON d.id = a.memo_id WHERE d.number IS NOT NULL) THEN
            PERFORM offset_refuse('i10_issued_is_closed');
        END IF;
    ELSIF EXISTS (
        SELECT 1 FROM added a JOIN creditmemos_creditmemoline x ON x.id = a.line_id
        JOIN creditmemos_creditmemo d ON d.id = x.memo_id WHERE d.number IS NOT NULL
    ) THEN
        PERFORM offset_refuse('i10_issued_is_closed');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i10_memo_line_added AFTER INSERT ON creditmemos_creditmemoline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION creditmemos_memo_added();
CREATE OR REPLACE TRIGGER i10_memo_tax_added AFTER INSERT ON creditmemos_creditmemolinetax
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION creditmemos_memo_added();
CREATE OR REPLACE TRIGGER i10_memo_lines_closed BEFORE DELETE ON creditmemos_creditmemoline
    FOR EACH ROW EXECUTE FUNCTION creditmemos_memo_children();
CREATE OR REPLACE TRIGGER i10_memo_taxes_closed BEFORE DELETE ON creditmemos_creditmemolinetax
    FOR EACH ROW EXECUTE FUNCTION creditmemos_memo_children();
CREATE OR REPLACE TRIGGER i10_memo_line_frozen BEFORE UPDATE ON creditmemos_creditmemoline FOR EACH ROW
    EXECUTE FUNCTION creditmemos_memo_children();
CREATE OR REPLACE TRIGGER i10_memo_tax_frozen BEFORE UPDATE ON creditmemos_creditmemolinetax FOR EACH ROW
    EXECUTE FUNCTION creditmemos_memo_children();

DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i8_memo_account') THEN
        ALTER TABLE creditmemos_creditmemo
            ADD CONSTRAINT i8_memo_account FOREIGN KEY (account_id, marketplace_id, merchant_id, payer_id, currency)
                REFERENCES ledger_balanceaccount (id, marketplace_id, merchant_id, payer_id, currency),
            ADD CONSTRAINT i20_memo_beneficiary FOREIGN KEY (beneficiary_id, marketplace_id)
                REFERENCES companies_company (id, marketplace_id);
    END IF;
END $$;

-- I8: memo, invoice and application share marketplace, account and currency.
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i8_application_memo') THEN
        ALTER TABLE creditmemos_application
            ADD CONSTRAINT i8_application_memo FOREIGN KEY (memo_id, marketplace_id, account_id, currency)
                REFERENCES creditmemos_creditmemo (id, marketplace_id, account_id, currency),
            ADD CONSTRAINT i8_application_invoice FOREIGN KEY (invoice_id, marketplace_id, account_id, currency)
                REFERENCES invoices_invoice (id, marketplace_id, account_id, currency);
        ALTER TABLE creditmemos_creditmemo
            ADD CONSTRAINT i8_memo_source FOREIGN KEY (source_invoice_id, marketplace_id, account_id, currency)
                REFERENCES invoices_invoice (id, marketplace_id, account_id, currency),
            ADD CONSTRAINT i8_memo_sibling FOREIGN KEY (sibling_invoice_id, marketplace_id, account_id, currency)
                REFERENCES invoices_invoice (id, marketplace_id, account_id, currency);
    END IF;
END $$;

DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i8_memo_divided_from') THEN
        ALTER TABLE creditmemos_creditmemo
            ADD CONSTRAINT i8_memo_divided_from FOREIGN KEY (divided_from_id, marketplace_id, account_id, currency)
                REFERENCES creditmemos_creditmemo (id, marketplace_id, account_id, currency);
    END IF;
END $$;

-- I9: an invoice line carries what issued memos credited of it; a void gives the room back. Its CHECK is the limit of
-- the net. The limit of a tax is the tax itself or, where the invoice is taxed by document, all of its name and rate.
CREATE OR REPLACE FUNCTION creditmemos_credit_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign integer := CASE WHEN NEW.voided_at IS NULL THEN 1 ELSE -1 END;
    pooled bigint[] := ARRAY(
        SELECT DISTINCT d.id FROM creditmemos_creditmemoline l JOIN invoices_invoiceline i ON i.id = l.invoice_line_id
        JOIN invoices_invoice d ON d.id = i.invoice_id WHERE l.memo_id = NEW.id AND d.tax_by = 'document');
BEGIN
    IF EXISTS (
        SELECT 1 FROM creditmemos_creditmemoline l JOIN invoices_invoiceline i ON i.id = l.invoice_line_id
        JOIN invoices_invoice d ON d.id = i.invoice_id
        WHERE l.memo_id = NEW.id AND (d.account_id <> NEW.account_id OR d.number IS NULL)
    ) OR EXISTS (
        SELECT 1 FROM creditmemos_creditmemolinetax t JOIN creditmemos_creditmemoline l ON l.id = t.line_id
        JOIN invoices_invoicelinetax x ON x.id = t.invoice_tax_id
        WHERE l.memo_id = NEW.id AND x.line_id IS DISTINCT FROM l.invoice_line_id
    ) THEN
        PERFORM offset_refuse('i8_credited_line_account');
    END IF;
    -- Always in the order of ids: two memos may have the same lines, and a join meets them in any order.
    PERFORM 1 FROM invoices_invoiceline i
        WHERE i.id IN (SELECT l.invoice_line_id FROM creditmemos_creditmemoline l WHERE l.memo_id = NEW.id)
        ORDER BY i.id FOR NO KEY UPDATE;
    PERFORM 1 FROM invoices_invoicelinetax x JOIN invoices_invoiceline i ON i.id = x.line_id
        WHERE i.invoice_id = ANY(pooled)
        ORDER BY x.id FOR NO KEY UPDATE OF x;
    PERFORM 1 FROM invoices_invoicelinetax x
        WHERE x.id IN (
            SELECT t.invoice_tax_id FROM creditmemos_creditmemolinetax t
            JOIN creditmemos_creditmemoline l ON l.id = t.line_id WHERE l.memo_id = NEW.id
        )
        ORDER BY x.id FOR NO KEY UPDATE;
    UPDATE invoices_invoiceline i SET credited_net = i.credited_net + sign * l.net
        FROM creditmemos_creditmemoline l WHERE l.memo_id = NEW.id AND i.id = l.invoice_line_id;
    UPDATE invoices_invoicelinetax x SET credited = x.credited + sign * t.amount
        FROM creditmemos_creditmemolinetax t JOIN creditmemos_creditmemoline l ON l.id = t.line_id
        WHERE l.memo_id = NEW.id AND x.id = t.invoice_tax_id;
    IF EXISTS (
        SELECT 1 FROM creditmemos_creditmemoline l JOIN creditmemos_creditmemolinetax t ON t.line_id = l.id
        JOIN invoices_invoicelinetax x ON x.id = t.invoice_tax_id JOIN invoices_invoiceline i ON i.id = x.line_id
        WHERE l.memo_id = NEW.id AND x.credited > greatest(x.amount, 0) AND i.invoice_id <> ALL(pooled)
    ) OR EXISTS (
        SELECT 1 FROM invoices_invoicelinetax x JOIN invoices_invoiceline i ON i.id = x.line_id
        WHERE i.invoice_id = ANY(pooled)
        GROUP BY i.invoice_id, x.name, x.rate HAVING sum(x.credited) > sum(greatest(x.amount, 0))
    ) THEN
        PERFORM offset_refuse('i9_tax_not_over_credited');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i9_memo_credits_lines AFTER UPDATE ON creditmemos_creditmemo FOR EACH ROW
    WHEN ((OLD.number IS NULL AND NEW.number IS NOT NULL) OR (OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL))
    EXECUTE FUNCTION creditmemos_credit_lines();

CREATE OR REPLACE FUNCTION creditmemos_line_credit_by_memos() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN PERFORM offset_refuse('i9_credited_by_memos'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i9_line_credited_by_memos BEFORE UPDATE ON invoices_invoiceline FOR EACH ROW
    WHEN (OLD.credited_net <> NEW.credited_net) EXECUTE FUNCTION creditmemos_line_credit_by_memos();
CREATE OR REPLACE TRIGGER i9_tax_credited_by_memos BEFORE UPDATE ON invoices_invoicelinetax FOR EACH ROW
    WHEN (OLD.credited <> NEW.credited) EXECUTE FUNCTION creditmemos_line_credit_by_memos();

-- I2, I3, I11: the application row closes its parts and moves memo and invoice.
CREATE OR REPLACE FUNCTION creditmemos_parts_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added p JOIN creditmemos_application a ON a.id = p.application_id) THEN
        PERFORM offset_refuse('i2_application_closed');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i2_memo_parts_open AFTER INSERT ON creditmemos_memopart
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION creditmemos_parts_open();
CREATE OR REPLACE TRIGGER i2_invoice_parts_open AFTER INSERT ON creditmemos_invoicepart
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION creditmemos_parts_open();

CREATE OR REPLACE FUNCTION creditmemos_settle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added a WHERE a.amount IS DISTINCT FROM (
            SELECT sum(p.amount) FROM creditmemos_memopart p JOIN creditmemos_creditmemoline l ON l.id = p.line_id
            LEFT JOIN creditmemos_creditmemolinetax t ON t.id = p.tax_id
            WHERE p.application_id = a.id AND l.memo_id = a.memo_id AND (p.tax_id IS NULL OR t.line_id = l.id)
        ) OR a.amount IS DISTINCT FROM (
            SELECT sum(p.amount) FROM creditmemos_invoicepart p JOIN invoices_invoiceline l ON l.id = p.line_id
            LEFT JOIN invoices_invoicelinetax t ON t.id = p.tax_id
            WHERE p.application_id = a.id AND l.invoice_id = a.invoice_id AND (p.tax_id IS NULL OR t.line_id = l.id)
        )
    ) THEN
        PERFORM offset_refuse('i2_sum_of_parts');
    END IF;
    -- An adjustment is used whole, on the invoice that it settles (ADR 63).
    IF EXISTS (
        SELECT 1 FROM added a JOIN creditmemos_creditmemo m ON m.id = a.memo_id
        WHERE m.purpose <> 'ordinary' AND (m.source_invoice_id <> a.invoice_id OR abs(a.amount) <> m.total)
    ) THEN
        PERFORM offset_refuse('i2_adjustment_whole');
    END IF;
    IF EXISTS (SELECT 1 FROM added a WHERE a.reverses_id IS NOT NULL) THEN
        IF EXISTS (
            SELECT 1 FROM added a JOIN creditmemos_application o ON o.id = a.reverses_id
            WHERE o.amount <> -a.amount OR o.memo_id <> a.memo_id OR o.invoice_id <> a.invoice_id
        ) OR EXISTS (
            SELECT 1 FROM added a JOIN creditmemos_memopart p ON p.application_id IN (a.id, a.reverses_id)
            WHERE a.reverses_id IS NOT NULL GROUP BY a.id, p.line_id, p.tax_id HAVING sum(p.amount) <> 0
        ) OR EXISTS (
            SELECT 1 FROM added a JOIN creditmemos_invoicepart p ON p.application_id IN (a.id, a.reverses_id)
            WHERE a.reverses_id IS NOT NULL GROUP BY a.id, p.line_id, p.tax_id HAVING sum(p.amount) <> 0
        ) THEN
            PERFORM offset_refuse('i11_mirror');
        END IF;
    END IF;
    UPDATE creditmemos_creditmemo m
        SET applied = m.applied + d.amount,
            written_off = {{memo_written_off_after}},
            balance = {{memo_balance_after}},
            status = {{memo_status_after}}
        FROM (SELECT memo_id, sum(amount) AS amount FROM added GROUP BY memo_id) d WHERE m.id = d.memo_id;
    UPDATE invoices_invoice i
        SET credited = i.credited + d.amount,
            amount_due = {{invoice_due_after}},
            status = {{invoice_status_after}}
        FROM (SELECT invoice_id, sum(amount) AS amount FROM added GROUP BY invoice_id) d WHERE i.id = d.invoice_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i2_application_settles AFTER INSERT ON creditmemos_application
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION creditmemos_settle();

-- I11: a void invoice takes the memos that credit it along, or is not voided.
CREATE OR REPLACE FUNCTION creditmemos_source_void() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM creditmemos_creditmemo m
        WHERE m.source_invoice_id = NEW.id AND m.number IS NOT NULL AND m.voided_at IS NULL
    ) OR EXISTS (
        SELECT 1 FROM invoices_invoiceline l JOIN creditmemos_creditmemoline x ON x.invoice_line_id = l.id
        JOIN creditmemos_creditmemo m ON m.id = x.memo_id
        WHERE l.invoice_id = NEW.id AND m.number IS NOT NULL AND m.voided_at IS NULL
    ) THEN
        PERFORM offset_refuse('i11_source_is_void');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i11_invoice_void_with_memos BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL) EXECUTE FUNCTION creditmemos_source_void();

-- I13: applications are only ever added to.
CREATE OR REPLACE TRIGGER i13_application_rows BEFORE UPDATE OR DELETE ON creditmemos_application
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_application_table BEFORE TRUNCATE ON creditmemos_application
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_memo_part_rows BEFORE UPDATE OR DELETE ON creditmemos_memopart
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_memo_part_table BEFORE TRUNCATE ON creditmemos_memopart
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_invoice_part_rows BEFORE UPDATE OR DELETE ON creditmemos_invoicepart
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_invoice_part_table BEFORE TRUNCATE ON creditmemos_invoicepart
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- I12: a counter moves on only when its last step is used up, and never back; PostgreSQL also looks at commit.
CREATE OR REPLACE FUNCTION creditmemos_range_used(series bigint, first bigint, last bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT (SELECT count(*) FROM invoices_invoice i WHERE i.series_id = series AND i.sequence BETWEEN first AND last)
         + (SELECT count(*) FROM creditmemos_creditmemo m WHERE m.series_id = series AND m.sequence BETWEEN first AND last)
         = last - first + 1
$$;
CREATE OR REPLACE FUNCTION creditmemos_series_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.marketplace_id <> OLD.marketplace_id OR NEW.merchant_id <> OLD.merchant_id OR NEW.kind <> OLD.kind
       OR NEW.year <> OLD.year OR NEW.first_number <> OLD.first_number OR NEW.range_start <> OLD.last_number + 1
       OR NEW.last_number <= OLD.last_number OR NEW.last_date IS NULL OR NEW.last_date < OLD.last_date THEN
        PERFORM offset_refuse('i12_series_moves_on');
    END IF;
    IF NOT creditmemos_range_used(OLD.id, OLD.range_start, OLD.last_number) THEN
        PERFORM offset_refuse('i12_gap');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i12_series_step BEFORE UPDATE ON documents_numberseries
    FOR EACH ROW EXECUTE FUNCTION creditmemos_series_step();
CREATE OR REPLACE FUNCTION creditmemos_series_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT creditmemos_range_used(NEW.id, NEW.range_start, NEW.last_number) THEN PERFORM offset_refuse('i12_gap'); END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS i12_series_used ON documents_numberseries;
CREATE CONSTRAINT TRIGGER i12_series_used AFTER UPDATE ON documents_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION creditmemos_series_used();
CREATE OR REPLACE TRIGGER i12_series_kept BEFORE DELETE ON documents_numberseries
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE FUNCTION creditmemos_series_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.range_start <> NEW.first_number OR NEW.last_number <> NEW.first_number - 1 OR NEW.last_date IS NOT NULL THEN
        PERFORM offset_refuse('i12_series_starts_unused');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i12_series_start BEFORE INSERT ON documents_numberseries
    FOR EACH ROW EXECUTE FUNCTION creditmemos_series_start();

-- I12: with a shared series both kinds of document are one kind.
CREATE OR REPLACE FUNCTION creditmemos_number_across() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM documents_numberseries s WHERE s.id = NEW.series_id AND s.kind = 'shared') AND (
        TG_TABLE_NAME = 'invoices_invoice' AND EXISTS (
            SELECT 1 FROM creditmemos_creditmemo m WHERE m.marketplace_id = NEW.marketplace_id
            AND m.merchant_id = NEW.merchant_id AND m.number = NEW.number)
        OR TG_TABLE_NAME = 'creditmemos_creditmemo' AND EXISTS (
            SELECT 1 FROM invoices_invoice i WHERE i.marketplace_id = NEW.marketplace_id
            AND i.merchant_id = NEW.merchant_id AND i.number = NEW.number)
    ) THEN
        PERFORM offset_refuse('i12_number_unique');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i12_invoice_number_across BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.number IS NULL AND NEW.number IS NOT NULL) EXECUTE FUNCTION creditmemos_number_across();
CREATE OR REPLACE TRIGGER i12_memo_number_across BEFORE UPDATE ON creditmemos_creditmemo FOR EACH ROW
    WHEN (OLD.number IS NULL AND NEW.number IS NOT NULL) EXECUTE FUNCTION creditmemos_number_across();
