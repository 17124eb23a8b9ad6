-- Invoices: issued once by the UPDATE that gives the number, checked then, frozen then (I10, I12).

CREATE OR REPLACE FUNCTION invoices_invoice_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number IS NOT NULL THEN PERFORM offset_refuse('i12_issued_by_update'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i12_invoice_issued_by_update BEFORE INSERT ON invoices_invoice
    FOR EACH ROW EXECUTE FUNCTION invoices_invoice_insert();

CREATE OR REPLACE FUNCTION invoices_invoice_issue() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s record; l record;
BEGIN
    SELECT * INTO s FROM documents_numberseries WHERE id = NEW.series_id;
    IF s.merchant_id IS DISTINCT FROM NEW.merchant_id OR s.marketplace_id IS DISTINCT FROM NEW.marketplace_id
       OR s.kind NOT IN ('invoice', 'shared')
       OR NEW.sequence NOT BETWEEN s.range_start AND s.last_number OR NEW.issue_date IS DISTINCT FROM s.last_date THEN
        PERFORM offset_refuse('i12_number_from_series');
    END IF;
    SELECT count(*) AS n, coalesce(sum(x.net), 0) AS net, coalesce(sum(x.tax), 0) AS tax,
           coalesce(bool_or(x.tax <> coalesce((SELECT sum(t.amount) FROM invoices_invoicelinetax t WHERE t.line_id = x.id), 0)), false)
               AS torn
    INTO l FROM invoices_invoiceline x WHERE x.invoice_id = NEW.id;
    IF l.n = 0 OR l.torn OR l.net <> NEW.net OR l.tax <> NEW.tax THEN
        PERFORM offset_refuse('i10_total_of_lines');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i12_invoice_issue BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.number IS NULL AND NEW.number IS NOT NULL) EXECUTE FUNCTION invoices_invoice_issue();

CREATE OR REPLACE FUNCTION invoices_invoice_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM offset_refuse('i10_issued_is_frozen');
    RETURN NULL;
END $$;
-- The columns are compared inside: a WHEN that names them would keep migrations from ever altering their types.
CREATE OR REPLACE FUNCTION invoices_invoice_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {{invoice_frozen}} THEN PERFORM offset_refuse('i10_issued_is_frozen'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i10_invoice_frozen BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION invoices_invoice_unchanged();
CREATE OR REPLACE TRIGGER i6_invoice_void_is_final BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.voided_at IS NOT NULL) EXECUTE FUNCTION invoices_invoice_frozen();
CREATE OR REPLACE TRIGGER i12_invoice_kept BEFORE DELETE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION invoices_invoice_frozen();
CREATE OR REPLACE TRIGGER i12_invoice_table_kept BEFORE TRUNCATE ON invoices_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- Credit and money move by rows only (I2, I3, I21): the columns follow them, nobody writes them.
CREATE OR REPLACE FUNCTION invoices_invoice_moved_by_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN PERFORM offset_refuse('i3_moved_by_rows'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i3_invoice_moved_by_rows BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.credited <> NEW.credited OR OLD.paid <> NEW.paid OR OLD.payment_pending <> NEW.payment_pending) EXECUTE FUNCTION invoices_invoice_moved_by_rows();

CREATE OR REPLACE FUNCTION invoices_invoice_children() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parents bigint[];
BEGIN
    IF TG_TABLE_NAME = 'invoices_invoiceline' THEN
        IF TG_OP = 'UPDATE' AND NOT ({{invoice_line_frozen}}) THEN RETURN NEW; END IF;
        parents := ARRAY[OLD.invoice_id, NEW.invoice_id];
    ELSE
        IF TG_OP = 'UPDATE' AND NOT ({{invoice_tax_frozen}}) THEN RETURN NEW; END IF;
        SELECT array_agg(x.invoice_id) INTO parents FROM invoices_invoiceline x WHERE x.id IN (OLD.line_id, NEW.line_id);
    END IF;
    IF EXISTS (SELECT 1 FROM invoices_invoice d WHERE d.id = ANY(parents) AND d.number IS NOT NULL) THEN
        PERFORM offset_refuse('i10_issued_is_closed');
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- Rows are added by the thousand: what is added is looked at once a statement.
CREATE OR REPLACE FUNCTION invoices_invoice_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'invoices_invoiceline' THEN
        IF EXISTS (SELECT 1 FROM added a JOIN invoices_invoice d ON d.id = a.invoice_id WHERE d.number IS NOT NULL) THEN
            PERFORM offset_refuse('i10_issued_is_closed');
        END IF;
    ELSIF EXISTS (
        SELECT 1 FROM added a JOIN invoices_invoiceline x ON x.id = a.line_id
        JOIN invoices_invoice d ON d.id = x.invoice_id WHERE d.number IS NOT NULL
    ) THEN
        PERFORM offset_refuse('i10_issued_is_closed');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i10_invoice_line_added AFTER INSERT ON invoices_invoiceline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoices_invoice_added();
CREATE OR REPLACE TRIGGER i10_invoice_tax_added AFTER INSERT ON invoices_invoicelinetax
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoices_invoice_added();
CREATE OR REPLACE TRIGGER i10_invoice_lines_closed BEFORE DELETE ON invoices_invoiceline
    FOR EACH ROW EXECUTE FUNCTION invoices_invoice_children();
CREATE OR REPLACE TRIGGER i10_invoice_taxes_closed BEFORE DELETE ON invoices_invoicelinetax
    FOR EACH ROW EXECUTE FUNCTION invoices_invoice_children();
CREATE OR REPLACE TRIGGER i10_invoice_line_frozen BEFORE UPDATE ON invoices_invoiceline
    FOR EACH ROW EXECUTE FUNCTION invoices_invoice_children();
CREATE OR REPLACE TRIGGER i10_invoice_tax_frozen BEFORE UPDATE ON invoices_invoicelinetax
    FOR EACH ROW EXECUTE FUNCTION invoices_invoice_children();

DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i8_invoice_account') THEN
        ALTER TABLE invoices_invoice
            ADD CONSTRAINT i8_invoice_account FOREIGN KEY (account_id, marketplace_id, merchant_id, payer_id, currency)
                REFERENCES ledger_balanceaccount (id, marketplace_id, merchant_id, payer_id, currency),
            ADD CONSTRAINT i20_invoice_beneficiary FOREIGN KEY (beneficiary_id, marketplace_id)
                REFERENCES companies_company (id, marketplace_id);
    END IF;
END $$;
