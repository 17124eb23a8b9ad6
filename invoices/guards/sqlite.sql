-- Invoices: issued once by the UPDATE that gives the number, checked then, frozen then (I10, I12).

CREATE TRIGGER i12_invoice_issued_by_update BEFORE INSERT ON invoices_invoice WHEN NEW.number IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'i12_issued_by_update'); END;

CREATE TRIGGER i12_invoice_issue BEFORE UPDATE ON invoices_invoice WHEN OLD.number IS NULL AND NEW.number IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'i12_number_from_series') WHERE NOT EXISTS (
        SELECT 1 FROM documents_numberseries s WHERE s.id = NEW.series_id AND s.merchant_id = NEW.merchant_id
        AND s.marketplace_id = NEW.marketplace_id AND s.kind IN ('invoice', 'shared')
        AND NEW.sequence BETWEEN s.range_start AND s.last_number AND NEW.issue_date = s.last_date);
    SELECT RAISE(ABORT, 'i10_total_of_lines') WHERE (
        SELECT count(*) = 0 OR sum(x.net) <> NEW.net OR sum(x.tax) <> NEW.tax
               OR max(x.tax <> coalesce((SELECT sum(t.amount) FROM invoices_invoicelinetax t WHERE t.line_id = x.id), 0))
        FROM invoices_invoiceline x WHERE x.invoice_id = NEW.id);
END;

CREATE TRIGGER i10_invoice_frozen BEFORE UPDATE ON invoices_invoice
WHEN OLD.number IS NOT NULL AND ({{invoice_frozen_lite}})
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_frozen'); END;
CREATE TRIGGER i6_invoice_void_is_final BEFORE UPDATE ON invoices_invoice WHEN OLD.voided_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_frozen'); END;
CREATE TRIGGER i12_invoice_kept BEFORE DELETE ON invoices_invoice WHEN OLD.number IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_frozen'); END;

CREATE TRIGGER i10_invoice_line_insert BEFORE INSERT ON invoices_invoiceline WHEN EXISTS (SELECT 1 FROM invoices_invoice d WHERE d.id = NEW.invoice_id AND d.number IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;
CREATE TRIGGER i10_invoice_line_delete BEFORE DELETE ON invoices_invoiceline WHEN EXISTS (SELECT 1 FROM invoices_invoice d WHERE d.id = OLD.invoice_id AND d.number IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;
CREATE TRIGGER i10_invoice_line_update BEFORE UPDATE ON invoices_invoiceline
WHEN ({{invoice_line_frozen_lite}}) AND (EXISTS (SELECT 1 FROM invoices_invoice d WHERE d.id = OLD.invoice_id AND d.number IS NOT NULL) OR EXISTS (SELECT 1 FROM invoices_invoice d WHERE d.id = NEW.invoice_id AND d.number IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;
CREATE TRIGGER i10_invoice_tax_insert BEFORE INSERT ON invoices_invoicelinetax
WHEN EXISTS (SELECT 1 FROM invoices_invoiceline x JOIN invoices_invoice d ON d.id = x.invoice_id WHERE x.id = NEW.line_id AND d.number IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;
CREATE TRIGGER i10_invoice_tax_delete BEFORE DELETE ON invoices_invoicelinetax
WHEN EXISTS (SELECT 1 FROM invoices_invoiceline x JOIN invoices_invoice d ON d.id = x.invoice_id WHERE x.id = OLD.line_id AND d.number IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;
CREATE TRIGGER i10_invoice_tax_update BEFORE UPDATE ON invoices_invoicelinetax
WHEN ({{invoice_tax_frozen_lite}}) AND EXISTS (SELECT 1 FROM invoices_invoiceline x JOIN invoices_invoice d ON d.id = x.invoice_id WHERE x.id IN (OLD.line_id, NEW.line_id) AND d.number IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;

CREATE TRIGGER i8_invoice_account_insert BEFORE INSERT ON invoices_invoice
WHEN NOT EXISTS (SELECT 1 FROM ledger_balanceaccount a, companies_company c WHERE a.id = NEW.account_id
    AND a.marketplace_id = NEW.marketplace_id AND a.merchant_id = NEW.merchant_id AND a.payer_id = NEW.payer_id
    AND a.currency = NEW.currency AND c.id = NEW.beneficiary_id AND c.marketplace_id = NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i8_invoice_account'); END;

CREATE TRIGGER i8_invoice_account_update BEFORE UPDATE OF account_id, marketplace_id, merchant_id, payer_id, currency, beneficiary_id ON invoices_invoice
WHEN NOT EXISTS (SELECT 1 FROM ledger_balanceaccount a, companies_company c WHERE a.id = NEW.account_id
    AND a.marketplace_id = NEW.marketplace_id AND a.merchant_id = NEW.merchant_id AND a.payer_id = NEW.payer_id
    AND a.currency = NEW.currency AND c.id = NEW.beneficiary_id AND c.marketplace_id = NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i8_invoice_account'); END;
