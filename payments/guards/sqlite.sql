-- I21, I22: a payment begins with nothing used, and what moved is written once; rows move the rest.

CREATE TRIGGER i22_payment_frozen BEFORE UPDATE ON payments_payment
WHEN (OLD.settled_at IS NULL AND ({{payment_frozen_lite}})) OR (OLD.settled_at IS NOT NULL AND ({{payment_settled_frozen_lite}}))
    OR (OLD.failed_at IS NOT NULL AND NEW.settled_at IS NULL AND NEW.failed_at IS NOT OLD.failed_at)
    OR (OLD.provider_ref IS NOT NULL AND NEW.provider_ref IS NOT OLD.provider_ref)
    OR (OLD.status = 'failed' AND NEW.status <> 'failed' AND OLD.channel <> 'gateway')
BEGIN SELECT RAISE(ABORT, 'i22_payment_is_frozen'); END;
CREATE TRIGGER i21_payment_begins BEFORE INSERT ON payments_payment
WHEN NEW.allocated <> 0 OR NEW.returned <> 0 OR NEW.given_back <> 0 OR NEW.kept <> 0 OR NEW.give_back_pending <> 0
BEGIN SELECT RAISE(ABORT, 'i21_moved_by_rows'); END;
CREATE TRIGGER i21_payment_moved_by_rows BEFORE UPDATE OF allocated, returned, given_back, kept, give_back_pending ON payments_payment
WHEN NEW.allocated <> (SELECT coalesce(sum(a.amount), 0) FROM payments_allocation a WHERE a.payment_id = NEW.id)
    OR NEW.returned <> (SELECT coalesce(sum(r.amount), 0) FROM payments_paymentreturn r WHERE r.payment_id = NEW.id)
    OR NEW.kept <> (SELECT coalesce(sum(k.amount), 0) FROM payments_keptsurplus k WHERE k.payment_id = NEW.id)
    OR NEW.given_back <> (SELECT coalesce(sum(f.amount), 0) FROM payments_refund f
        WHERE f.payment_id = NEW.id AND f.memo_id IS NULL AND f.status = 'successful')
    OR NEW.give_back_pending <> (SELECT coalesce(sum(f.amount), 0) FROM payments_refund f
        WHERE f.payment_id = NEW.id AND f.memo_id IS NULL AND f.status = 'pending')
BEGIN SELECT RAISE(ABORT, 'i21_moved_by_rows'); END;
CREATE TRIGGER i13_payment_kept BEFORE DELETE ON payments_payment
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;

-- I12: a marketplace's payments are numbered one by one; the counter moves on only when its last number is used.
CREATE TRIGGER i12_payment_number BEFORE INSERT ON payments_payment
WHEN NOT EXISTS (SELECT 1 FROM payments_paymentnumbers n
    WHERE n.marketplace_id = NEW.marketplace_id AND n.last_number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'i12_number_from_counter'); END;
CREATE TRIGGER i12_payment_numbers_start BEFORE INSERT ON payments_paymentnumbers WHEN NEW.last_number <> 1
BEGIN SELECT RAISE(ABORT, 'i12_counter_starts_at_one'); END;
CREATE TRIGGER i12_payment_numbers_step BEFORE UPDATE ON payments_paymentnumbers
BEGIN
    SELECT RAISE(ABORT, 'i12_counter_moves_on') WHERE NEW.marketplace_id <> OLD.marketplace_id
        OR NEW.last_number <> OLD.last_number + 1;
    SELECT RAISE(ABORT, 'i12_gap') WHERE NOT EXISTS (SELECT 1 FROM payments_payment p
        WHERE p.marketplace_id = OLD.marketplace_id AND p.number = OLD.last_number);
END;
CREATE TRIGGER i12_payment_numbers_kept BEFORE DELETE ON payments_paymentnumbers
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;

-- I8: payment, account, invoice and allocation share marketplace, account and currency.
CREATE TRIGGER i8_payment_account BEFORE INSERT ON payments_payment
WHEN NOT EXISTS (SELECT 1 FROM ledger_balanceaccount a WHERE a.id = NEW.account_id
    AND a.marketplace_id = NEW.marketplace_id AND a.merchant_id = NEW.merchant_id AND a.payer_id = NEW.payer_id
    AND a.currency = NEW.currency)
BEGIN SELECT RAISE(ABORT, 'i8_payment_account'); END;
CREATE TRIGGER i8_allocation BEFORE INSERT ON payments_allocation
WHEN NOT EXISTS (SELECT 1 FROM payments_payment p, invoices_invoice i
    WHERE p.id = NEW.payment_id AND i.id = NEW.invoice_id AND p.account_id = NEW.account_id
    AND i.account_id = NEW.account_id AND p.marketplace_id = NEW.marketplace_id
    AND i.marketplace_id = NEW.marketplace_id AND p.currency = NEW.currency AND i.currency = NEW.currency)
BEGIN SELECT RAISE(ABORT, 'i8_allocation_account'); END;

CREATE TRIGGER i8_refund_account BEFORE INSERT ON payments_refund
WHEN NOT EXISTS (SELECT 1 FROM ledger_balanceaccount a WHERE a.id = NEW.account_id
        AND a.marketplace_id = NEW.marketplace_id AND a.merchant_id = NEW.merchant_id AND a.payer_id = NEW.payer_id
        AND a.currency = NEW.currency)
    OR NEW.memo_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM creditmemos_creditmemo m WHERE m.id = NEW.memo_id
        AND m.marketplace_id = NEW.marketplace_id AND m.account_id = NEW.account_id AND m.currency = NEW.currency)
    OR NEW.payment_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payments_payment p WHERE p.id = NEW.payment_id
        AND p.marketplace_id = NEW.marketplace_id AND p.account_id = NEW.account_id AND p.currency = NEW.currency)
    OR NEW.invoice_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM invoices_invoice i WHERE i.id = NEW.invoice_id
        AND i.marketplace_id = NEW.marketplace_id AND i.account_id = NEW.account_id AND i.currency = NEW.currency)
BEGIN SELECT RAISE(ABORT, 'i8_refund_account'); END;

-- I21: what a pending payment is for counts on its invoices until it ends; one live charge by gateway for an invoice (I22).
CREATE TRIGGER i21_intended AFTER INSERT ON payments_intended
BEGIN
    SELECT RAISE(ABORT, 'i21_intended') WHERE NOT EXISTS (
        SELECT 1 FROM payments_payment p JOIN invoices_invoice i ON i.account_id = p.account_id
        WHERE p.id = NEW.payment_id AND i.id = NEW.invoice_id AND p.status = 'pending'
        AND p.asked >= (SELECT sum(n.amount) FROM payments_intended n WHERE n.payment_id = NEW.payment_id));
    SELECT RAISE(ABORT, 'i22_one_live_charge') WHERE EXISTS (
        SELECT 1 FROM payments_payment p WHERE p.id = NEW.payment_id AND p.channel = 'gateway') AND EXISTS (
        SELECT 1 FROM payments_intended n JOIN payments_payment o ON o.id = n.payment_id
        WHERE n.invoice_id = NEW.invoice_id AND o.id <> NEW.payment_id AND o.channel = 'gateway' AND o.status = 'pending');
    UPDATE invoices_invoice SET payment_pending = payment_pending + NEW.amount, status = {{invoice_status_when_intended_one}}
    WHERE id = NEW.invoice_id;
END;
CREATE TRIGGER i21_payment_ended AFTER UPDATE OF status ON payments_payment
WHEN OLD.status = 'pending' AND NEW.status <> 'pending'
BEGIN
    SELECT RAISE(ABORT, 'i21_intended') WHERE EXISTS (
        SELECT 1 FROM payments_intended n JOIN invoices_invoice i ON i.id = n.invoice_id
        WHERE n.payment_id = NEW.id AND i.payment_pending < n.amount);
    UPDATE invoices_invoice SET payment_pending = payment_pending - {{intended_of_ended}},
        status = {{invoice_status_when_ended_one}}
    WHERE id IN (SELECT n.invoice_id FROM payments_intended n WHERE n.payment_id = NEW.id);
END;

-- I21: the allocation row closes its parts and moves payment, invoice and lines.
CREATE TRIGGER i21_parts_open BEFORE INSERT ON payments_allocationpart
WHEN EXISTS (SELECT 1 FROM payments_allocation a WHERE a.id = NEW.allocation_id)
BEGIN SELECT RAISE(ABORT, 'i21_allocation_closed'); END;
CREATE TRIGGER i21_allocation_settles AFTER INSERT ON payments_allocation
BEGIN
    SELECT RAISE(ABORT, 'i21_sum_of_parts') WHERE NEW.amount IS NOT (
        SELECT sum(p.amount) FROM payments_allocationpart p JOIN invoices_invoiceline l ON l.id = p.line_id
        LEFT JOIN invoices_invoicelinetax t ON t.id = p.tax_id
        WHERE p.allocation_id = NEW.id AND l.invoice_id = NEW.invoice_id AND (p.tax_id IS NULL OR t.line_id = l.id));
    SELECT RAISE(ABORT, 'i21_mirror') WHERE EXISTS (
        SELECT 1 FROM payments_allocation o WHERE o.id = NEW.reverses_id
        AND (o.amount <> -NEW.amount OR o.payment_id <> NEW.payment_id OR o.invoice_id <> NEW.invoice_id))
        OR NEW.reverses_id IS NOT NULL AND EXISTS (
            SELECT 1 FROM payments_allocationpart p WHERE p.allocation_id IN (NEW.id, NEW.reverses_id)
            GROUP BY p.line_id, p.tax_id HAVING sum(p.amount) <> 0);
    UPDATE payments_payment SET allocated = allocated + NEW.amount, {{payment_left_used_one}}
    WHERE id = NEW.payment_id;
    UPDATE invoices_invoice SET paid = paid + NEW.amount,
        amount_due = {{invoice_due_when_paid_one}},
        status = {{invoice_status_when_paid_one}}
    WHERE id = NEW.invoice_id;
    UPDATE invoices_invoiceline SET paid_net = (
        SELECT coalesce(sum(p.amount), 0) FROM payments_allocationpart p JOIN payments_allocation a ON a.id = p.allocation_id
        WHERE p.line_id = invoices_invoiceline.id AND p.tax_id IS NULL)
    WHERE id IN (SELECT p.line_id FROM payments_allocationpart p WHERE p.allocation_id = NEW.id AND p.tax_id IS NULL);
    UPDATE invoices_invoicelinetax SET paid = (
        SELECT coalesce(sum(p.amount), 0) FROM payments_allocationpart p JOIN payments_allocation a ON a.id = p.allocation_id
        WHERE p.tax_id = invoices_invoicelinetax.id)
    WHERE id IN (SELECT p.tax_id FROM payments_allocationpart p WHERE p.allocation_id = NEW.id);
END;
CREATE TRIGGER i21_invoice_moved_by_rows BEFORE UPDATE OF paid, payment_pending ON invoices_invoice
WHEN NEW.paid <> (SELECT coalesce(sum(a.amount), 0) FROM payments_allocation a WHERE a.invoice_id = NEW.id)
    OR NEW.payment_pending <> (SELECT coalesce(sum(n.amount), 0) FROM payments_intended n
        JOIN payments_payment p ON p.id = n.payment_id WHERE n.invoice_id = NEW.id AND p.status = 'pending')
BEGIN SELECT RAISE(ABORT, 'i3_moved_by_rows'); END;
CREATE TRIGGER i21_line_paid_by_rows BEFORE UPDATE OF paid_net ON invoices_invoiceline
WHEN NEW.paid_net <> (
    SELECT coalesce(sum(p.amount), 0) FROM payments_allocationpart p JOIN payments_allocation a ON a.id = p.allocation_id
    WHERE p.line_id = NEW.id AND p.tax_id IS NULL)
BEGIN SELECT RAISE(ABORT, 'i21_moved_by_rows'); END;
CREATE TRIGGER i21_tax_paid_by_rows BEFORE UPDATE OF paid ON invoices_invoicelinetax
WHEN NEW.paid <> (
    SELECT coalesce(sum(p.amount), 0) FROM payments_allocationpart p JOIN payments_allocation a ON a.id = p.allocation_id
    WHERE p.tax_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'i21_moved_by_rows'); END;

-- I21: what a bank takes back, or the merchant keeps, leaves the money on account.
CREATE TRIGGER i21_return_moves AFTER INSERT ON payments_paymentreturn
BEGIN
    SELECT RAISE(ABORT, 'i21_mirror') WHERE NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM payments_paymentreturn o
        WHERE o.id = NEW.reverses_id AND o.amount = -NEW.amount AND o.payment_id = NEW.payment_id);
    UPDATE payments_payment SET returned = returned + NEW.amount, {{payment_left_used_one}},
        status = {{payment_status_when_returned}} WHERE id = NEW.payment_id;
END;
CREATE TRIGGER i21_kept_moves AFTER INSERT ON payments_keptsurplus
BEGIN
    SELECT RAISE(ABORT, 'i21_mirror') WHERE NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM payments_keptsurplus o
        WHERE o.id = NEW.reverses_id AND o.amount = -NEW.amount AND o.payment_id = NEW.payment_id);
    UPDATE payments_payment SET kept = kept + NEW.amount, {{payment_left_used_one}} WHERE id = NEW.payment_id;
END;

-- I21, I22: a refund begins pending and reserves what it sends; success moves it, what came back moves it again.
CREATE TRIGGER i21_refund_begins AFTER INSERT ON payments_refund
BEGIN
    SELECT RAISE(ABORT, 'i22_refund_begins') WHERE NEW.status <> 'pending';
    UPDATE payments_payment SET give_back_pending = give_back_pending + NEW.amount
    WHERE id = NEW.payment_id AND NEW.memo_id IS NULL;
    UPDATE creditmemos_creditmemo SET payout_pending = payout_pending + NEW.amount WHERE id = NEW.memo_id;
    SELECT RAISE(ABORT, 'i21_moved_by_rows') WHERE NEW.invoice_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM invoices_invoice i
        WHERE i.id = NEW.invoice_id AND i.carried_out = NEW.amount AND i.carried_taken = 0);
    UPDATE invoices_invoice SET carried_taken = NEW.amount WHERE id = NEW.invoice_id;
END;
CREATE TRIGGER i21_refund_ends AFTER UPDATE OF status ON payments_refund WHEN OLD.status = 'pending' AND NEW.status <> 'pending'
BEGIN
    SELECT RAISE(ABORT, 'i21_moved_by_rows') WHERE NEW.memo_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM creditmemos_creditmemo m WHERE m.id = NEW.memo_id AND m.payout_pending = NEW.amount);
    UPDATE payments_payment SET give_back_pending = give_back_pending - NEW.amount,
        given_back = given_back + CASE NEW.status WHEN 'successful' THEN NEW.amount ELSE 0 END,
        {{payment_left_ended}}
    WHERE id = NEW.payment_id AND NEW.memo_id IS NULL;
    UPDATE creditmemos_creditmemo SET payout_pending = payout_pending - NEW.amount,
        paid_out = paid_out + CASE NEW.status WHEN 'successful' THEN NEW.amount ELSE 0 END,
        balance = balance - CASE NEW.status WHEN 'successful' THEN NEW.amount ELSE 0 END,
        status = CASE NEW.status WHEN 'successful' THEN 'paid_out' ELSE status END
    WHERE id = NEW.memo_id;
    UPDATE invoices_invoice SET carried_taken = 0 WHERE id = NEW.invoice_id AND NEW.status = 'failed';
END;
CREATE TRIGGER i21_refund_comes_back AFTER UPDATE OF status ON payments_refund
WHEN OLD.status = 'successful' AND NEW.status = 'returned'
BEGIN
    SELECT RAISE(ABORT, 'i21_moved_by_rows') WHERE NEW.memo_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM creditmemos_creditmemo m WHERE m.id = NEW.memo_id AND m.paid_out = NEW.amount);
    UPDATE payments_payment SET given_back = given_back - NEW.amount, {{payment_left_back}}
    WHERE id = NEW.payment_id AND NEW.memo_id IS NULL;
    UPDATE creditmemos_creditmemo SET paid_out = paid_out - NEW.amount, balance = balance + NEW.amount, on_hold = 1,
        status = 'unapplied'
    WHERE id = NEW.memo_id;
    UPDATE invoices_invoice SET carried_taken = 0 WHERE id = NEW.invoice_id;
END;
CREATE TRIGGER i22_refund_frozen BEFORE UPDATE ON payments_refund
WHEN CASE WHEN OLD.status = 'pending' THEN ({{refund_frozen_lite}}) OR NEW.status = 'returned'
    WHEN OLD.status = NEW.status THEN ({{refund_marked_frozen_lite}})
    ELSE ({{refund_ended_frozen_lite}}) OR OLD.status <> 'successful' OR NEW.status <> 'returned' END
    OR (OLD.provider_ref IS NOT NULL AND NEW.provider_ref IS NOT OLD.provider_ref)
BEGIN SELECT RAISE(ABORT, 'i22_refund_is_frozen'); END;
-- I21: what is sent back of one payment fits what it brought less what was taken back; a provider moves only its own money.
CREATE TRIGGER i21_refund_fits AFTER INSERT ON payments_refund WHEN NEW.payment_id IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'i21_refund_fits') WHERE EXISTS (
        SELECT 1 FROM payments_payment p WHERE p.id = NEW.payment_id
        AND p.amount - p.returned < (SELECT sum(f.amount) FROM payments_refund f
            WHERE f.payment_id = NEW.payment_id AND f.status IN ('pending', 'successful')));
    SELECT RAISE(ABORT, 'i22_refund_by_its_provider') WHERE NEW.channel = 'gateway' AND EXISTS (
        SELECT 1 FROM payments_payment p WHERE p.id = NEW.payment_id
        AND (p.channel <> 'gateway' OR p.provider_ref IS NULL));
END;
CREATE TRIGGER i13_refund_kept BEFORE DELETE ON payments_refund
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i21_carried_given_back BEFORE UPDATE OF carried_taken, carried_to_id ON invoices_invoice
WHEN EXISTS (SELECT 1 FROM payments_refund f WHERE f.invoice_id = NEW.id AND f.status IN ('pending', 'successful')
    AND (NEW.carried_taken <> f.amount OR NEW.carried_to_id IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'i21_moved_by_rows'); END;
CREATE TRIGGER i21_memo_paid_by_rows BEFORE UPDATE OF paid_out, payout_pending ON creditmemos_creditmemo
WHEN NEW.paid_out <> (SELECT coalesce(sum(f.amount), 0) FROM payments_refund f
        WHERE f.memo_id = NEW.id AND f.status = 'successful')
    OR NEW.payout_pending <> (SELECT coalesce(sum(f.amount), 0) FROM payments_refund f
        WHERE f.memo_id = NEW.id AND f.status = 'pending')
BEGIN SELECT RAISE(ABORT, 'i21_moved_by_rows'); END;

-- I8, I22: accounts at providers, saved methods and events keep what they are and whose they are.
CREATE TRIGGER i8_gateway_merchant BEFORE INSERT ON payments_gatewayaccount
WHEN NOT EXISTS (SELECT 1 FROM companies_merchantofrecord m
    WHERE m.id = NEW.merchant_id AND m.marketplace_id = NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i8_gateway_merchant'); END;
CREATE TRIGGER i8_method_payer BEFORE INSERT ON payments_paymentmethod
WHEN NOT EXISTS (SELECT 1 FROM companies_company c, payments_gatewayaccount g
    WHERE c.id = NEW.payer_id AND c.marketplace_id = NEW.marketplace_id
    AND g.id = NEW.gateway_account_id AND g.marketplace_id = NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i8_method_payer'); END;
CREATE TRIGGER i8_payment_gateway BEFORE INSERT ON payments_payment
WHEN NEW.gateway_account_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payments_gatewayaccount g
        WHERE g.id = NEW.gateway_account_id AND g.merchant_id = NEW.merchant_id)
    OR NEW.method_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payments_paymentmethod m
        WHERE m.id = NEW.method_id AND m.payer_id = NEW.payer_id AND m.gateway_account_id = NEW.gateway_account_id)
BEGIN SELECT RAISE(ABORT, 'i8_payment_gateway'); END;
CREATE TRIGGER i22_gateway_frozen BEFORE UPDATE ON payments_gatewayaccount WHEN {{gateway_account_frozen_lite}}
BEGIN SELECT RAISE(ABORT, 'i22_gateway_is_frozen'); END;
CREATE TRIGGER i22_method_frozen BEFORE UPDATE ON payments_paymentmethod WHEN {{payment_method_frozen_lite}}
BEGIN SELECT RAISE(ABORT, 'i22_gateway_is_frozen'); END;
CREATE TRIGGER i22_event_frozen BEFORE UPDATE ON payments_providerevent WHEN {{provider_event_frozen_lite}}
BEGIN SELECT RAISE(ABORT, 'i22_event_is_frozen'); END;
CREATE TRIGGER i13_event_kept BEFORE DELETE ON payments_providerevent
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;

-- I13: these are only ever added to.
CREATE TRIGGER i13_allocation_update BEFORE UPDATE ON payments_allocation
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_allocation_delete BEFORE DELETE ON payments_allocation
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_allocation_part_update BEFORE UPDATE ON payments_allocationpart
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_allocation_part_delete BEFORE DELETE ON payments_allocationpart
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_intended_update BEFORE UPDATE ON payments_intended
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_intended_delete BEFORE DELETE ON payments_intended
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_return_update BEFORE UPDATE ON payments_paymentreturn
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_return_delete BEFORE DELETE ON payments_paymentreturn
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_kept_update BEFORE UPDATE ON payments_keptsurplus
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_kept_delete BEFORE DELETE ON payments_keptsurplus
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
