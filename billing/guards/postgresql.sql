-- Billing: an event says what it said the first time; charges and credits only count what is given
-- back of them, and whether they are billed again.

CREATE OR REPLACE FUNCTION billing_event_same() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {{event_frozen}} THEN PERFORM offset_refuse('event_is_frozen'); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER event_is_frozen BEFORE UPDATE ON billing_billingevent
    FOR EACH ROW EXECUTE FUNCTION billing_event_same();
CREATE OR REPLACE TRIGGER event_is_kept BEFORE DELETE ON billing_billingevent
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();

CREATE OR REPLACE FUNCTION billing_charge_same() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {{charge_frozen}} OR (OLD.state <> NEW.state AND OLD.state = 'returned') THEN
        PERFORM offset_refuse('charge_is_frozen');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER charge_is_frozen BEFORE UPDATE ON billing_charge
    FOR EACH ROW EXECUTE FUNCTION billing_charge_same();
CREATE OR REPLACE TRIGGER i13_charge_rows BEFORE DELETE ON billing_charge
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE FUNCTION billing_credit_same() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {{credit_frozen}} OR OLD.returned THEN PERFORM offset_refuse('credit_is_frozen'); END IF;
    -- It follows its line when the memo is divided, and nowhere else (ADR 46).
    IF OLD.memo_line_id IS DISTINCT FROM NEW.memo_line_id AND NOT EXISTS (
        SELECT 1 FROM creditmemos_creditmemoline o JOIN creditmemos_creditmemo m ON m.divided_from_id = o.memo_id
        JOIN creditmemos_creditmemoline n ON n.memo_id = m.id
        WHERE o.id = OLD.memo_line_id AND n.id = NEW.memo_line_id AND n.net = o.net AND n.tax = o.tax
    ) THEN
        PERFORM offset_refuse('credit_is_frozen');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER credit_is_frozen BEFORE UPDATE ON billing_credit
    FOR EACH ROW EXECUTE FUNCTION billing_credit_same();
CREATE OR REPLACE TRIGGER i13_credit_rows BEFORE DELETE ON billing_credit
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();

DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i20_event_company') THEN
        ALTER TABLE billing_billingevent
            ADD CONSTRAINT i20_event_company FOREIGN KEY (company_id, marketplace_id)
                REFERENCES companies_company (id, marketplace_id),
            ADD CONSTRAINT i20_event_subscription FOREIGN KEY (subscription_id, marketplace_id)
                REFERENCES subscriptions_subscription (id, marketplace_id),
            ADD CONSTRAINT i20_event_product FOREIGN KEY (product_id, marketplace_id)
                REFERENCES subscriptions_product (id, marketplace_id);
    END IF;
END $$;
