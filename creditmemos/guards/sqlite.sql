-- Credit memos: issued once by the UPDATE that gives the number, checked then, frozen then (I10, I12).

CREATE TRIGGER i12_memo_issued_by_update BEFORE INSERT ON creditmemos_creditmemo WHEN NEW.number IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'i12_issued_by_update'); END;

CREATE TRIGGER i12_memo_issue BEFORE UPDATE ON creditmemos_creditmemo WHEN OLD.number IS NULL AND NEW.number IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'i12_number_from_series') WHERE NOT EXISTS (
        SELECT 1 FROM documents_numberseries s WHERE s.id = NEW.series_id AND s.merchant_id = NEW.merchant_id
        AND s.marketplace_id = NEW.marketplace_id AND s.kind IN ('credit_memo', 'shared', 'adjustment')
        AND (s.kind = 'adjustment') = (NEW.purpose <> 'ordinary')
        AND NEW.sequence BETWEEN s.range_start AND s.last_number AND NEW.issue_date = s.last_date);
    SELECT RAISE(ABORT, 'i10_total_of_lines') WHERE (
        SELECT count(*) = 0 OR sum(x.net) <> NEW.net OR sum(x.tax) <> NEW.tax
               OR max(x.tax <> coalesce((SELECT sum(t.amount) FROM creditmemos_creditmemolinetax t WHERE t.line_id = x.id), 0))
        FROM creditmemos_creditmemoline x WHERE x.memo_id = NEW.id);
    SELECT RAISE(ABORT, 'i11_source_is_void') WHERE EXISTS (
        SELECT 1 FROM invoices_invoice i WHERE i.id = NEW.source_invoice_id AND i.voided_at IS NOT NULL) OR EXISTS (
        SELECT 1 FROM creditmemos_creditmemoline x JOIN invoices_invoiceline c ON c.id = x.invoice_line_id
        JOIN invoices_invoice i ON i.id = c.invoice_id WHERE x.memo_id = NEW.id AND i.voided_at IS NOT NULL);
    -- What a memo is divided into is issued once it is void, and is not more than it was (ADR 46).
    SELECT RAISE(ABORT, 'i10_divided_once') WHERE NEW.divided_from_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM creditmemos_creditmemo d WHERE d.id = NEW.divided_from_id AND d.voided_at IS NOT NULL
        AND d.total >= NEW.total + coalesce((SELECT sum(p.total) FROM creditmemos_creditmemo p
            WHERE p.divided_from_id = d.id AND p.number IS NOT NULL), 0));
END;

CREATE TRIGGER i10_memo_frozen BEFORE UPDATE ON creditmemos_creditmemo
WHEN OLD.number IS NOT NULL AND ({{memo_frozen_lite}})
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_frozen'); END;
CREATE TRIGGER i6_memo_void_is_final BEFORE UPDATE ON creditmemos_creditmemo WHEN OLD.voided_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_frozen'); END;
CREATE TRIGGER i5_memo_discarded_is_final BEFORE UPDATE ON creditmemos_creditmemo WHEN OLD.status = 'discarded'
BEGIN SELECT RAISE(ABORT, 'i5_discarded_is_final'); END;
CREATE TRIGGER i12_memo_kept BEFORE DELETE ON creditmemos_creditmemo WHEN OLD.number IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_frozen'); END;

CREATE TRIGGER i10_memo_line_insert BEFORE INSERT ON creditmemos_creditmemoline WHEN EXISTS (SELECT 1 FROM creditmemos_creditmemo d WHERE d.id = NEW.memo_id AND d.number IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;
CREATE TRIGGER i10_memo_line_delete BEFORE DELETE ON creditmemos_creditmemoline WHEN EXISTS (SELECT 1 FROM creditmemos_creditmemo d WHERE d.id = OLD.memo_id AND d.number IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;
CREATE TRIGGER i10_memo_line_update BEFORE UPDATE ON creditmemos_creditmemoline
WHEN (EXISTS (SELECT 1 FROM creditmemos_creditmemo d WHERE d.id = OLD.memo_id AND d.number IS NOT NULL) OR EXISTS (SELECT 1 FROM creditmemos_creditmemo d WHERE d.id = NEW.memo_id AND d.number IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;
CREATE TRIGGER i10_memo_tax_insert BEFORE INSERT ON creditmemos_creditmemolinetax
WHEN EXISTS (SELECT 1 FROM creditmemos_creditmemoline x JOIN creditmemos_creditmemo d ON d.id = x.memo_id WHERE x.id = NEW.line_id AND d.number IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;
CREATE TRIGGER i10_memo_tax_delete BEFORE DELETE ON creditmemos_creditmemolinetax
WHEN EXISTS (SELECT 1 FROM creditmemos_creditmemoline x JOIN creditmemos_creditmemo d ON d.id = x.memo_id WHERE x.id = OLD.line_id AND d.number IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;
CREATE TRIGGER i10_memo_tax_update BEFORE UPDATE ON creditmemos_creditmemolinetax
WHEN EXISTS (SELECT 1 FROM creditmemos_creditmemoline x JOIN creditmemos_creditmemo d ON d.id = x.memo_id WHERE x.id IN (OLD.line_id, NEW.line_id) AND d.number IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'i10_issued_is_closed'); END;

CREATE TRIGGER i8_memo_account_insert BEFORE INSERT ON creditmemos_creditmemo
WHEN NOT EXISTS (SELECT 1 FROM ledger_balanceaccount a, companies_company c WHERE a.id = NEW.account_id
    AND a.marketplace_id = NEW.marketplace_id AND a.merchant_id = NEW.merchant_id AND a.payer_id = NEW.payer_id
    AND a.currency = NEW.currency AND c.id = NEW.beneficiary_id AND c.marketplace_id = NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i8_memo_account'); END;

CREATE TRIGGER i8_memo_account_update BEFORE UPDATE OF account_id, marketplace_id, merchant_id, payer_id, currency, beneficiary_id ON creditmemos_creditmemo
WHEN NOT EXISTS (SELECT 1 FROM ledger_balanceaccount a, companies_company c WHERE a.id = NEW.account_id
    AND a.marketplace_id = NEW.marketplace_id AND a.merchant_id = NEW.merchant_id AND a.payer_id = NEW.payer_id
    AND a.currency = NEW.currency AND c.id = NEW.beneficiary_id AND c.marketplace_id = NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i8_memo_account'); END;

-- I8: memo, invoice and application share marketplace, account and currency.
CREATE TRIGGER i8_application BEFORE INSERT ON creditmemos_application
WHEN NOT EXISTS (SELECT 1 FROM creditmemos_creditmemo m, invoices_invoice i
    WHERE m.id = NEW.memo_id AND i.id = NEW.invoice_id AND m.account_id = NEW.account_id
    AND i.account_id = NEW.account_id AND m.marketplace_id = NEW.marketplace_id
    AND i.marketplace_id = NEW.marketplace_id AND m.currency = NEW.currency AND i.currency = NEW.currency)
BEGIN SELECT RAISE(ABORT, 'i8_application_account'); END;
CREATE TRIGGER i8_memo_source_insert BEFORE INSERT ON creditmemos_creditmemo
WHEN EXISTS (SELECT 1 FROM invoices_invoice i WHERE i.id IN (NEW.source_invoice_id, NEW.sibling_invoice_id)
    AND (i.account_id <> NEW.account_id OR i.marketplace_id <> NEW.marketplace_id OR i.currency <> NEW.currency))
BEGIN SELECT RAISE(ABORT, 'i8_memo_source'); END;
CREATE TRIGGER i8_memo_source_update BEFORE UPDATE OF source_invoice_id, sibling_invoice_id, account_id ON creditmemos_creditmemo
WHEN EXISTS (SELECT 1 FROM invoices_invoice i WHERE i.id IN (NEW.source_invoice_id, NEW.sibling_invoice_id)
    AND (i.account_id <> NEW.account_id OR i.marketplace_id <> NEW.marketplace_id OR i.currency <> NEW.currency))
BEGIN SELECT RAISE(ABORT, 'i8_memo_source'); END;

CREATE TRIGGER i8_memo_divided_insert BEFORE INSERT ON creditmemos_creditmemo
WHEN NEW.divided_from_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM creditmemos_creditmemo d WHERE d.id = NEW.divided_from_id
    AND d.account_id = NEW.account_id AND d.marketplace_id = NEW.marketplace_id AND d.currency = NEW.currency)
BEGIN SELECT RAISE(ABORT, 'i8_memo_divided_from'); END;
CREATE TRIGGER i8_memo_divided_update BEFORE UPDATE OF divided_from_id, account_id ON creditmemos_creditmemo
WHEN NEW.divided_from_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM creditmemos_creditmemo d WHERE d.id = NEW.divided_from_id
    AND d.account_id = NEW.account_id AND d.marketplace_id = NEW.marketplace_id AND d.currency = NEW.currency)
BEGIN SELECT RAISE(ABORT, 'i8_memo_divided_from'); END;

-- I9: an invoice line carries what issued memos credited of it; a void gives the room back. Its CHECK is the limit of
-- the net. The limit of a tax is the tax itself or, where the invoice is taxed by document, all of its name and rate.
CREATE TRIGGER i9_memo_credits_lines AFTER UPDATE ON creditmemos_creditmemo
WHEN (OLD.number IS NULL AND NEW.number IS NOT NULL) OR (OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'i8_credited_line_account') WHERE EXISTS (
        SELECT 1 FROM creditmemos_creditmemoline l JOIN invoices_invoiceline i ON i.id = l.invoice_line_id
        JOIN invoices_invoice d ON d.id = i.invoice_id
        WHERE l.memo_id = NEW.id AND (d.account_id <> NEW.account_id OR d.number IS NULL)
    ) OR EXISTS (
        SELECT 1 FROM creditmemos_creditmemolinetax t JOIN creditmemos_creditmemoline l ON l.id = t.line_id
        JOIN invoices_invoicelinetax x ON x.id = t.invoice_tax_id
        WHERE l.memo_id = NEW.id AND x.line_id IS NOT l.invoice_line_id);
    UPDATE invoices_invoiceline SET credited_net = (
        SELECT coalesce(sum(l.net), 0) FROM creditmemos_creditmemoline l JOIN creditmemos_creditmemo m ON m.id = l.memo_id
        WHERE l.invoice_line_id = invoices_invoiceline.id AND m.number IS NOT NULL AND m.voided_at IS NULL)
    WHERE id IN (SELECT l.invoice_line_id FROM creditmemos_creditmemoline l WHERE l.memo_id = NEW.id);
    UPDATE invoices_invoicelinetax SET credited = (
        SELECT coalesce(sum(t.amount), 0) FROM creditmemos_creditmemolinetax t
        JOIN creditmemos_creditmemoline l ON l.id = t.line_id JOIN creditmemos_creditmemo m ON m.id = l.memo_id
        WHERE t.invoice_tax_id = invoices_invoicelinetax.id AND m.number IS NOT NULL AND m.voided_at IS NULL)
    WHERE id IN (SELECT t.invoice_tax_id FROM creditmemos_creditmemolinetax t
        JOIN creditmemos_creditmemoline l ON l.id = t.line_id WHERE l.memo_id = NEW.id);
    SELECT RAISE(ABORT, 'i9_tax_not_over_credited') WHERE EXISTS (
        SELECT 1 FROM creditmemos_creditmemoline l JOIN creditmemos_creditmemolinetax t ON t.line_id = l.id
        JOIN invoices_invoicelinetax x ON x.id = t.invoice_tax_id JOIN invoices_invoiceline i ON i.id = x.line_id
        JOIN invoices_invoice d ON d.id = i.invoice_id
        WHERE l.memo_id = NEW.id AND x.credited > max(x.amount, 0) AND d.tax_by <> 'document'
    ) OR EXISTS (
        SELECT 1 FROM invoices_invoicelinetax x JOIN invoices_invoiceline i ON i.id = x.line_id
        WHERE i.invoice_id IN (
            SELECT d.id FROM creditmemos_creditmemoline l JOIN invoices_invoiceline c ON c.id = l.invoice_line_id
            JOIN invoices_invoice d ON d.id = c.invoice_id WHERE l.memo_id = NEW.id AND d.tax_by = 'document')
        GROUP BY i.invoice_id, x.name, x.rate HAVING sum(x.credited) > sum(max(x.amount, 0)));
END;
CREATE TRIGGER i9_line_credited_by_memos BEFORE UPDATE OF credited_net ON invoices_invoiceline
WHEN NEW.credited_net <> (
    SELECT coalesce(sum(l.net), 0) FROM creditmemos_creditmemoline l JOIN creditmemos_creditmemo m ON m.id = l.memo_id
    WHERE l.invoice_line_id = NEW.id AND m.number IS NOT NULL AND m.voided_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'i9_credited_by_memos'); END;
CREATE TRIGGER i9_tax_credited_by_memos BEFORE UPDATE OF credited ON invoices_invoicelinetax
WHEN NEW.credited <> (
    SELECT coalesce(sum(t.amount), 0) FROM creditmemos_creditmemolinetax t
    JOIN creditmemos_creditmemoline l ON l.id = t.line_id JOIN creditmemos_creditmemo m ON m.id = l.memo_id
    WHERE t.invoice_tax_id = NEW.id AND m.number IS NOT NULL AND m.voided_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'i9_credited_by_memos'); END;

-- I2, I3, I11: the application row closes its parts and moves memo and invoice.
CREATE TRIGGER i2_memo_parts_open BEFORE INSERT ON creditmemos_memopart
WHEN EXISTS (SELECT 1 FROM creditmemos_application a WHERE a.id = NEW.application_id)
BEGIN SELECT RAISE(ABORT, 'i2_application_closed'); END;
CREATE TRIGGER i2_invoice_parts_open BEFORE INSERT ON creditmemos_invoicepart
WHEN EXISTS (SELECT 1 FROM creditmemos_application a WHERE a.id = NEW.application_id)
BEGIN SELECT RAISE(ABORT, 'i2_application_closed'); END;
CREATE TRIGGER i2_application_settles AFTER INSERT ON creditmemos_application
BEGIN
    SELECT RAISE(ABORT, 'i2_sum_of_parts') WHERE NEW.amount IS NOT (
        SELECT sum(p.amount) FROM creditmemos_memopart p JOIN creditmemos_creditmemoline l ON l.id = p.line_id
        LEFT JOIN creditmemos_creditmemolinetax t ON t.id = p.tax_id
        WHERE p.application_id = NEW.id AND l.memo_id = NEW.memo_id AND (p.tax_id IS NULL OR t.line_id = l.id)
    ) OR NEW.amount IS NOT (
        SELECT sum(p.amount) FROM creditmemos_invoicepart p JOIN invoices_invoiceline l ON l.id = p.line_id
        LEFT JOIN invoices_invoicelinetax t ON t.id = p.tax_id
        WHERE p.application_id = NEW.id AND l.invoice_id = NEW.invoice_id AND (p.tax_id IS NULL OR t.line_id = l.id));
    SELECT RAISE(ABORT, 'i11_mirror') WHERE EXISTS (
        SELECT 1 FROM creditmemos_application o WHERE o.id = NEW.reverses_id
        AND (o.amount <> -NEW.amount OR o.memo_id <> NEW.memo_id OR o.invoice_id <> NEW.invoice_id))
        OR NEW.reverses_id IS NOT NULL AND (EXISTS (
            SELECT 1 FROM creditmemos_memopart p WHERE p.application_id IN (NEW.id, NEW.reverses_id)
            GROUP BY p.line_id, p.tax_id HAVING sum(p.amount) <> 0)
        OR EXISTS (
            SELECT 1 FROM creditmemos_invoicepart p WHERE p.application_id IN (NEW.id, NEW.reverses_id)
            GROUP BY p.line_id, p.tax_id HAVING sum(p.amount) <> 0));
    UPDATE creditmemos_creditmemo SET applied = applied + NEW.amount,
        written_off = {{memo_written_off_after_one}},
        balance = {{memo_balance_after_one}},
        status = {{memo_status_after_one}}
    WHERE id = NEW.memo_id;
    UPDATE invoices_invoice SET credited = credited + NEW.amount,
        amount_due = {{invoice_due_after_one}},
        status = {{invoice_status_after_one}}
    WHERE id = NEW.invoice_id;
END;
-- An adjustment is used whole, on the invoice that it settles (ADR 63).
CREATE TRIGGER i2_adjustment_whole BEFORE INSERT ON creditmemos_application
WHEN EXISTS (SELECT 1 FROM creditmemos_creditmemo m WHERE m.id = NEW.memo_id AND m.purpose <> 'ordinary'
    AND (m.source_invoice_id <> NEW.invoice_id OR abs(NEW.amount) <> m.total))
BEGIN SELECT RAISE(ABORT, 'i2_adjustment_whole'); END;
CREATE TRIGGER i2_memo_moved_by_rows BEFORE UPDATE OF applied ON creditmemos_creditmemo
WHEN NEW.applied <> (SELECT coalesce(sum(a.amount), 0) FROM creditmemos_application a WHERE a.memo_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'i2_moved_by_rows'); END;
CREATE TRIGGER i3_invoice_moved_by_rows BEFORE UPDATE OF credited ON invoices_invoice
WHEN NEW.credited <> (SELECT coalesce(sum(a.amount), 0) FROM creditmemos_application a WHERE a.invoice_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'i3_moved_by_rows'); END;

-- I11: a void invoice takes the memos that credit it along, or is not voided.
CREATE TRIGGER i11_invoice_void_with_memos BEFORE UPDATE OF voided_at ON invoices_invoice
WHEN OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL AND (EXISTS (
    SELECT 1 FROM creditmemos_creditmemo m
    WHERE m.source_invoice_id = NEW.id AND m.number IS NOT NULL AND m.voided_at IS NULL) OR EXISTS (
    SELECT 1 FROM invoices_invoiceline l JOIN creditmemos_creditmemoline x ON x.invoice_line_id = l.id
    JOIN creditmemos_creditmemo m ON m.id = x.memo_id
    WHERE l.invoice_id = NEW.id AND m.number IS NOT NULL AND m.voided_at IS NULL))
BEGIN SELECT RAISE(ABORT, 'i11_source_is_void'); END;

-- I13: applications are only ever added to.
CREATE TRIGGER i13_application_update BEFORE UPDATE ON creditmemos_application
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_application_delete BEFORE DELETE ON creditmemos_application
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_memo_part_update BEFORE UPDATE ON creditmemos_memopart
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_memo_part_delete BEFORE DELETE ON creditmemos_memopart
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_invoice_part_update BEFORE UPDATE ON creditmemos_invoicepart
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_invoice_part_delete BEFORE DELETE ON creditmemos_invoicepart
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;

-- I12: a counter moves on only when its last step is used up, and never back.
CREATE TRIGGER i12_series_step BEFORE UPDATE ON documents_numberseries
BEGIN
    SELECT RAISE(ABORT, 'i12_series_moves_on') WHERE NEW.marketplace_id <> OLD.marketplace_id
        OR NEW.merchant_id <> OLD.merchant_id OR NEW.kind <> OLD.kind OR NEW.year <> OLD.year
        OR NEW.first_number <> OLD.first_number OR NEW.range_start <> OLD.last_number + 1
        OR NEW.last_number <= OLD.last_number OR NEW.last_date IS NULL OR NEW.last_date < OLD.last_date;
    SELECT RAISE(ABORT, 'i12_gap') WHERE
        (SELECT count(*) FROM invoices_invoice i WHERE i.series_id = OLD.id
             AND i.sequence BETWEEN OLD.range_start AND OLD.last_number)
        + (SELECT count(*) FROM creditmemos_creditmemo m WHERE m.series_id = OLD.id
             AND m.sequence BETWEEN OLD.range_start AND OLD.last_number)
        <> OLD.last_number - OLD.range_start + 1;
END;
CREATE TRIGGER i12_series_kept BEFORE DELETE ON documents_numberseries
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i12_series_start BEFORE INSERT ON documents_numberseries
WHEN NEW.range_start <> NEW.first_number OR NEW.last_number <> NEW.first_number - 1 OR NEW.last_date IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'i12_series_starts_unused'); END;

-- I12: with a shared series both kinds of document are one kind.
CREATE TRIGGER i12_invoice_number_across BEFORE UPDATE ON invoices_invoice
WHEN OLD.number IS NULL AND NEW.number IS NOT NULL
    AND EXISTS (SELECT 1 FROM documents_numberseries s WHERE s.id = NEW.series_id AND s.kind = 'shared')
    AND EXISTS (SELECT 1 FROM creditmemos_creditmemo m WHERE m.marketplace_id = NEW.marketplace_id
                AND m.merchant_id = NEW.merchant_id AND m.number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'i12_number_unique'); END;
CREATE TRIGGER i12_memo_number_across BEFORE UPDATE ON creditmemos_creditmemo
WHEN OLD.number IS NULL AND NEW.number IS NOT NULL
    AND EXISTS (SELECT 1 FROM documents_numberseries s WHERE s.id = NEW.series_id AND s.kind = 'shared')
    AND EXISTS (SELECT 1 FROM invoices_invoice i WHERE i.marketplace_id = NEW.marketplace_id
                AND i.merchant_id = NEW.merchant_id AND i.number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'i12_number_unique'); END;
