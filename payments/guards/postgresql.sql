-- I21, I22: a payment begins with nothing used, and what moved is written once; rows move the rest.

CREATE OR REPLACE FUNCTION payments_payment_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.settled_at IS NULL THEN
        IF {{payment_frozen}} THEN PERFORM offset_refuse('i22_payment_is_frozen'); END IF;
    ELSIF {{payment_settled_frozen}} THEN
        PERFORM offset_refuse('i22_payment_is_frozen');
    END IF;
    IF OLD.failed_at IS NOT NULL AND NEW.settled_at IS NULL AND NEW.failed_at IS DISTINCT FROM OLD.failed_at THEN
        PERFORM offset_refuse('i22_payment_is_frozen');
    END IF;
    IF OLD.provider_ref IS NOT NULL AND NEW.provider_ref IS DISTINCT FROM OLD.provider_ref THEN
        PERFORM offset_refuse('i22_payment_is_frozen');
    END IF;
    IF OLD.status = 'failed' AND NEW.status <> 'failed' AND OLD.channel <> 'gateway' THEN
        PERFORM offset_refuse('i22_payment_is_frozen');
    END IF;
    IF pg_trigger_depth() < 2 AND (NEW.allocated <> OLD.allocated OR NEW.returned <> OLD.returned
       OR NEW.given_back <> OLD.given_back OR NEW.kept <> OLD.kept OR NEW.give_back_pending <> OLD.give_back_pending) THEN
        PERFORM offset_refuse('i21_moved_by_rows');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i22_payment_frozen BEFORE UPDATE ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION payments_payment_unchanged();
CREATE OR REPLACE FUNCTION payments_payment_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.allocated <> 0 OR NEW.returned <> 0 OR NEW.given_back <> 0 OR NEW.kept <> 0 OR NEW.give_back_pending <> 0 THEN
        PERFORM offset_refuse('i21_moved_by_rows');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i21_payment_begins BEFORE INSERT ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION payments_payment_begins();
CREATE OR REPLACE TRIGGER i13_payment_kept BEFORE DELETE ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_payment_table BEFORE TRUNCATE ON payments_payment
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- I12: a marketplace's payments are numbered one by one; the counter moves on only when its last number is used, and
-- at commit it must be.
CREATE OR REPLACE FUNCTION payments_payment_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payments_paymentnumbers n
        WHERE n.marketplace_id = NEW.marketplace_id AND n.last_number = NEW.number) THEN
        PERFORM offset_refuse('i12_number_from_counter');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i12_payment_number BEFORE INSERT ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION payments_payment_numbered();
CREATE OR REPLACE FUNCTION payments_numbers_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last_number <> 1 THEN PERFORM offset_refuse('i12_counter_starts_at_one'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i12_payment_numbers_start BEFORE INSERT ON payments_paymentnumbers
    FOR EACH ROW EXECUTE FUNCTION payments_numbers_start();
CREATE OR REPLACE FUNCTION payments_number_used(marketplace bigint, last bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM payments_payment p WHERE p.marketplace_id = marketplace AND p.number = last)
$$;
CREATE OR REPLACE FUNCTION payments_numbers_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.marketplace_id <> OLD.marketplace_id OR NEW.last_number <> OLD.last_number + 1 THEN
        PERFORM offset_refuse('i12_counter_moves_on');
    END IF;
    IF NOT payments_number_used(OLD.marketplace_id, OLD.last_number) THEN PERFORM offset_refuse('i12_gap'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i12_payment_numbers_step BEFORE UPDATE ON payments_paymentnumbers
    FOR EACH ROW EXECUTE FUNCTION payments_numbers_step();
CREATE OR REPLACE FUNCTION payments_numbers_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT payments_number_used(NEW.marketplace_id, NEW.last_number) THEN PERFORM offset_refuse('i12_gap'); END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS i12_payment_numbers_used ON payments_paymentnumbers;
CREATE CONSTRAINT TRIGGER i12_payment_numbers_used AFTER INSERT OR UPDATE ON payments_paymentnumbers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_numbers_used();
CREATE OR REPLACE TRIGGER i12_payment_numbers_kept BEFORE DELETE ON payments_paymentnumbers
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();

-- I8: payment, account, invoice and allocation share marketplace, account and currency.
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i8_payment_account') THEN
        ALTER TABLE payments_payment
            ADD CONSTRAINT i8_payment_account FOREIGN KEY (account_id, marketplace_id, merchant_id, payer_id, currency)
                REFERENCES ledger_balanceaccount (id, marketplace_id, merchant_id, payer_id, currency);
        ALTER TABLE payments_allocation
            ADD CONSTRAINT i8_allocation_payment FOREIGN KEY (payment_id, marketplace_id, account_id, currency)
                REFERENCES payments_payment (id, marketplace_id, account_id, currency),
            ADD CONSTRAINT i8_allocation_invoice FOREIGN KEY (invoice_id, marketplace_id, account_id, currency)
                REFERENCES invoices_invoice (id, marketplace_id, account_id, currency);
    END IF;
END $$;

DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i8_refund_account') THEN
        ALTER TABLE payments_refund
            ADD CONSTRAINT i8_refund_account FOREIGN KEY (account_id, marketplace_id, merchant_id, payer_id, currency)
                REFERENCES ledger_balanceaccount (id, marketplace_id, merchant_id, payer_id, currency),
            ADD CONSTRAINT i8_refund_memo FOREIGN KEY (memo_id, marketplace_id, account_id, currency)
                REFERENCES creditmemos_creditmemo (id, marketplace_id, account_id, currency),
            ADD CONSTRAINT i8_refund_payment FOREIGN KEY (payment_id, marketplace_id, account_id, currency)
                REFERENCES payments_payment (id, marketplace_id, account_id, currency);
    END IF;
END $$;

DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i8_refund_invoice') THEN
        ALTER TABLE payments_refund
            ADD CONSTRAINT i8_refund_invoice FOREIGN KEY (invoice_id, marketplace_id, account_id, currency)
                REFERENCES invoices_invoice (id, marketplace_id, account_id, currency);
    END IF;
END $$;

-- I21: what a pending payment is for counts on its invoices until it ends; one live charge by gateway for an invoice (I22).
CREATE OR REPLACE FUNCTION payments_intend() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE p record;
BEGIN
    SELECT * INTO p FROM payments_payment WHERE id = NEW.payment_id;
    IF p.status <> 'pending' OR NOT EXISTS (
        SELECT 1 FROM invoices_invoice i WHERE i.id = NEW.invoice_id AND i.account_id = p.account_id
    ) OR p.asked < (SELECT sum(n.amount) FROM payments_intended n WHERE n.payment_id = NEW.payment_id) THEN
        PERFORM offset_refuse('i21_intended');
    END IF;
    UPDATE invoices_invoice i
        SET payment_pending = i.payment_pending + d.amount, status = {{invoice_status_when_intended}}
        FROM (SELECT NEW.amount AS amount) d WHERE i.id = NEW.invoice_id;
    IF p.channel = 'gateway' AND EXISTS (
        SELECT 1 FROM payments_intended n JOIN payments_payment o ON o.id = n.payment_id
        WHERE n.invoice_id = NEW.invoice_id AND o.id <> p.id AND o.channel = 'gateway' AND o.status = 'pending'
    ) THEN
        PERFORM offset_refuse('i22_one_live_charge');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i21_intended AFTER INSERT ON payments_intended
    FOR EACH ROW EXECUTE FUNCTION payments_intend();
CREATE OR REPLACE FUNCTION payments_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoices_invoice i
        SET payment_pending = i.payment_pending - d.amount, status = {{invoice_status_when_ended}}
        FROM (SELECT invoice_id, amount FROM payments_intended WHERE payment_id = NEW.id) d WHERE i.id = d.invoice_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i21_payment_ended AFTER UPDATE ON payments_payment FOR EACH ROW
    WHEN (OLD.status = 'pending' AND NEW.status <> 'pending') EXECUTE FUNCTION payments_ended();

-- I21: the allocation row closes its parts and moves payment, invoice and lines.
CREATE OR REPLACE FUNCTION payments_parts_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added p JOIN payments_allocation a ON a.id = p.allocation_id) THEN
        PERFORM offset_refuse('i21_allocation_closed');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i21_parts_open AFTER INSERT ON payments_allocationpart
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION payments_parts_open();

CREATE OR REPLACE FUNCTION payments_settle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added a WHERE a.amount IS DISTINCT FROM (
            SELECT sum(p.amount) FROM payments_allocationpart p JOIN invoices_invoiceline l ON l.id = p.line_id
            LEFT JOIN invoices_invoicelinetax t ON t.id = p.tax_id
            WHERE p.allocation_id = a.id AND l.invoice_id = a.invoice_id AND (p.tax_id IS NULL OR t.line_id = l.id)
        )
    ) THEN
        PERFORM offset_refuse('i21_sum_of_parts');
    END IF;
    IF EXISTS (SELECT 1 FROM added a WHERE a.reverses_id IS NOT NULL) THEN
        IF EXISTS (
            SELECT 1 FROM added a JOIN payments_allocation o ON o.id = a.reverses_id
            WHERE o.amount <> -a.amount OR o.payment_id <> a.payment_id OR o.invoice_id <> a.invoice_id
        ) OR EXISTS (
            SELECT 1 FROM added a JOIN payments_allocationpart p ON p.allocation_id IN (a.id, a.reverses_id)
            WHERE a.reverses_id IS NOT NULL GROUP BY a.id, p.line_id, p.tax_id HAVING sum(p.amount) <> 0
        ) THEN
            PERFORM offset_refuse('i21_mirror');
        END IF;
    END IF;
    UPDATE payments_payment p
        SET allocated = p.allocated + d.amount, {{payment_left_used}}
        FROM (SELECT payment_id, sum(amount) AS amount FROM added GROUP BY payment_id) d WHERE p.id = d.payment_id;
    UPDATE invoices_invoice i
        SET paid = i.paid + d.amount,
            amount_due = {{invoice_due_when_paid}},
            status = {{invoice_status_when_paid}}
        FROM (SELECT invoice_id, sum(amount) AS amount FROM added GROUP BY invoice_id) d WHERE i.id = d.invoice_id;
    UPDATE invoices_invoiceline l SET paid_net = l.paid_net + d.amount
        FROM (SELECT x.line_id, sum(x.amount) AS amount FROM payments_allocationpart x JOIN added a ON a.id = x.allocation_id
              WHERE x.tax_id IS NULL GROUP BY x.line_id) d WHERE l.id = d.line_id;
    UPDATE invoices_invoicelinetax t SET paid = t.paid + d.amount
        FROM (SELECT x.tax_id, sum(x.amount) AS amount FROM payments_allocationpart x JOIN added a ON a.id = x.allocation_id
              WHERE x.tax_id IS NOT NULL GROUP BY x.tax_id) d WHERE t.id = d.tax_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i21_allocation_settles AFTER INSERT ON payments_allocation
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION payments_settle();

CREATE OR REPLACE FUNCTION payments_line_by_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN PERFORM offset_refuse('i21_moved_by_rows'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i21_line_paid_by_rows BEFORE UPDATE ON invoices_invoiceline FOR EACH ROW
    WHEN (OLD.paid_net <> NEW.paid_net) EXECUTE FUNCTION payments_line_by_rows();
CREATE OR REPLACE TRIGGER i21_tax_paid_by_rows BEFORE UPDATE ON invoices_invoicelinetax FOR EACH ROW
    WHEN (OLD.paid <> NEW.paid) EXECUTE FUNCTION payments_line_by_rows();

-- I21: what a bank takes back, or the merchant keeps, leaves the money on account.
CREATE OR REPLACE FUNCTION payments_move() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE same boolean := true;
BEGIN
    IF NEW.reverses_id IS NOT NULL THEN
        EXECUTE format('SELECT amount = $1 AND payment_id = $2 FROM %I WHERE id = $3', TG_TABLE_NAME)
            INTO same USING -NEW.amount, NEW.payment_id, NEW.reverses_id;
    END IF;
    IF same IS NOT TRUE THEN PERFORM offset_refuse('i21_mirror'); END IF;
    IF TG_TABLE_NAME = 'payments_paymentreturn' THEN
        UPDATE payments_payment SET returned = returned + NEW.amount, {{payment_left_used_one}},
            status = {{payment_status_when_returned}} WHERE id = NEW.payment_id;
    ELSE
        UPDATE payments_payment SET kept = kept + NEW.amount, {{payment_left_used_one}}
            WHERE id = NEW.payment_id;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i21_return_moves AFTER INSERT ON payments_paymentreturn
    FOR EACH ROW EXECUTE FUNCTION payments_move();
CREATE OR REPLACE TRIGGER i21_kept_moves AFTER INSERT ON payments_keptsurplus
    FOR EACH ROW EXECUTE FUNCTION payments_move();

-- I21, I22: a refund begins pending and reserves what it sends; success moves it, what came back moves it again.
CREATE OR REPLACE FUNCTION payments_refund_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE reserved bigint; gone bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'pending' THEN PERFORM offset_refuse('i22_refund_begins'); END IF;
        reserved := NEW.amount; gone := 0;
    ELSE
        reserved := CASE WHEN OLD.status = 'pending' THEN -NEW.amount ELSE 0 END;
        gone := CASE NEW.status WHEN 'successful' THEN NEW.amount WHEN 'returned' THEN -NEW.amount ELSE 0 END;
    END IF;
    IF NEW.invoice_id IS NOT NULL THEN
        IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT 1 FROM invoices_invoice i
            WHERE i.id = NEW.invoice_id AND i.carried_out = NEW.amount AND i.carried_taken = 0)
        THEN PERFORM offset_refuse('i21_moved_by_rows'); END IF;
        UPDATE invoices_invoice SET carried_taken = CASE WHEN NEW.status IN ('failed', 'returned') THEN 0 ELSE NEW.amount END
            WHERE id = NEW.invoice_id;
    ELSIF NEW.memo_id IS NULL THEN
        UPDATE payments_payment SET give_back_pending = give_back_pending + reserved, given_back = given_back + gone,
            {{payment_left_gone}} WHERE id = NEW.payment_id;
    ELSE
        UPDATE creditmemos_creditmemo SET payout_pending = payout_pending + reserved, paid_out = paid_out + gone,
            balance = balance - gone, on_hold = on_hold OR gone < 0,
            status = CASE WHEN gone > 0 THEN 'paid_out' WHEN gone < 0 THEN 'unapplied' ELSE status END
            WHERE id = NEW.memo_id;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i21_refund_begins AFTER INSERT ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION payments_refund_moves();
CREATE OR REPLACE TRIGGER i21_refund_ends AFTER UPDATE ON payments_refund FOR EACH ROW
    WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION payments_refund_moves();
CREATE OR REPLACE FUNCTION payments_carried_given_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM payments_refund f WHERE f.invoice_id = NEW.id AND f.status IN ('pending', 'successful')
        AND (NEW.carried_taken <> f.amount OR NEW.carried_to_id IS NOT NULL))
    THEN PERFORM offset_refuse('i21_moved_by_rows'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i21_carried_given_back BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.carried_taken <> NEW.carried_taken OR OLD.carried_to_id IS DISTINCT FROM NEW.carried_to_id)
    EXECUTE FUNCTION payments_carried_given_back();
CREATE OR REPLACE FUNCTION payments_refund_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'pending' THEN
        IF {{refund_frozen}} OR NEW.status = 'returned' THEN PERFORM offset_refuse('i22_refund_is_frozen'); END IF;
    ELSIF NEW.status = OLD.status THEN
        IF {{refund_marked_frozen}} THEN PERFORM offset_refuse('i22_refund_is_frozen'); END IF;
    ELSIF {{refund_ended_frozen}} OR OLD.status <> 'successful' OR NEW.status <> 'returned' THEN
        PERFORM offset_refuse('i22_refund_is_frozen');
    END IF;
    IF OLD.provider_ref IS NOT NULL AND NEW.provider_ref IS DISTINCT FROM OLD.provider_ref THEN
        PERFORM offset_refuse('i22_refund_is_frozen');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i22_refund_frozen BEFORE UPDATE ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION payments_refund_unchanged();
-- I21: what is sent back of one payment fits what it brought less what was taken back; a provider moves only its own money.
CREATE OR REPLACE FUNCTION payments_refund_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE p record;
BEGIN
    SELECT * INTO p FROM payments_payment WHERE id = NEW.payment_id;
    IF p.amount - p.returned < (SELECT sum(f.amount) FROM payments_refund f
        WHERE f.payment_id = NEW.payment_id AND f.status IN ('pending', 'successful')) THEN
        PERFORM offset_refuse('i21_refund_fits');
    END IF;
    IF NEW.channel = 'gateway' AND (p.channel <> 'gateway' OR p.provider_ref IS NULL) THEN
        PERFORM offset_refuse('i22_refund_by_its_provider');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER i21_refund_fits AFTER INSERT ON payments_refund FOR EACH ROW
    WHEN (NEW.payment_id IS NOT NULL) EXECUTE FUNCTION payments_refund_fits();
CREATE OR REPLACE TRIGGER i13_refund_kept BEFORE DELETE ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_refund_table BEFORE TRUNCATE ON payments_refund
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE FUNCTION payments_memo_paid_by_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN PERFORM offset_refuse('i21_moved_by_rows'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i21_memo_paid_by_rows BEFORE UPDATE ON creditmemos_creditmemo FOR EACH ROW
    WHEN (OLD.paid_out <> NEW.paid_out OR OLD.payout_pending <> NEW.payout_pending)
    EXECUTE FUNCTION payments_memo_paid_by_rows();

-- I8, I22: accounts at providers, saved methods and events keep what they are and whose they are.
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i8_gateway_merchant') THEN
        ALTER TABLE payments_gatewayaccount
            ADD CONSTRAINT i8_gateway_merchant FOREIGN KEY (merchant_id, marketplace_id)
                REFERENCES companies_merchantofrecord (id, marketplace_id);
        ALTER TABLE payments_paymentmethod
            ADD CONSTRAINT i8_method_payer FOREIGN KEY (payer_id, marketplace_id)
                REFERENCES companies_company (id, marketplace_id),
            ADD CONSTRAINT i8_method_gateway FOREIGN KEY (gateway_account_id, marketplace_id)
                REFERENCES payments_gatewayaccount (id, marketplace_id);
        ALTER TABLE payments_payment
            ADD CONSTRAINT i8_payment_gateway FOREIGN KEY (gateway_account_id, merchant_id)
                REFERENCES payments_gatewayaccount (id, merchant_id),
            ADD CONSTRAINT i8_payment_method FOREIGN KEY (method_id, payer_id, gateway_account_id)
                REFERENCES payments_paymentmethod (id, payer_id, gateway_account_id);
    END IF;
END $$;
CREATE OR REPLACE FUNCTION payments_gateway_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {{gateway_account_frozen}} THEN PERFORM offset_refuse('i22_gateway_is_frozen'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i22_gateway_frozen BEFORE UPDATE ON payments_gatewayaccount
    FOR EACH ROW EXECUTE FUNCTION payments_gateway_unchanged();
CREATE OR REPLACE FUNCTION payments_method_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {{payment_method_frozen}} THEN PERFORM offset_refuse('i22_gateway_is_frozen'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i22_method_frozen BEFORE UPDATE ON payments_paymentmethod
    FOR EACH ROW EXECUTE FUNCTION payments_method_unchanged();
CREATE OR REPLACE FUNCTION payments_event_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {{provider_event_frozen}} THEN PERFORM offset_refuse('i22_event_is_frozen'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i22_event_frozen BEFORE UPDATE ON payments_providerevent
    FOR EACH ROW EXECUTE FUNCTION payments_event_unchanged();
CREATE OR REPLACE TRIGGER i13_event_kept BEFORE DELETE ON payments_providerevent
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_event_table BEFORE TRUNCATE ON payments_providerevent
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- I13: these are only ever added to.
CREATE OR REPLACE TRIGGER i13_allocation_rows BEFORE UPDATE OR DELETE ON payments_allocation
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_allocation_table BEFORE TRUNCATE ON payments_allocation
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_allocation_part_rows BEFORE UPDATE OR DELETE ON payments_allocationpart
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_allocation_part_table BEFORE TRUNCATE ON payments_allocationpart
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_intended_rows BEFORE UPDATE OR DELETE ON payments_intended
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_intended_table BEFORE TRUNCATE ON payments_intended
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_return_rows BEFORE UPDATE OR DELETE ON payments_paymentreturn
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_return_table BEFORE TRUNCATE ON payments_paymentreturn
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_kept_rows BEFORE UPDATE OR DELETE ON payments_keptsurplus
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_kept_table BEFORE TRUNCATE ON payments_keptsurplus
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
