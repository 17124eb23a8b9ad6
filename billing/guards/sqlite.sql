-- Billing: an event says what it said the first time; charges and credits only count what is given
-- back of them, and whether they are billed again.

CREATE TRIGGER event_is_frozen BEFORE UPDATE ON billing_billingevent WHEN {{event_frozen_lite}}
BEGIN SELECT RAISE(ABORT, 'event_is_frozen'); END;
CREATE TRIGGER event_is_kept BEFORE DELETE ON billing_billingevent
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER charge_is_frozen BEFORE UPDATE ON billing_charge
WHEN {{charge_frozen_lite}} OR (OLD.state <> NEW.state AND OLD.state = 'returned')
BEGIN SELECT RAISE(ABORT, 'charge_is_frozen'); END;
CREATE TRIGGER i13_charge_delete BEFORE DELETE ON billing_charge
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER credit_is_frozen BEFORE UPDATE ON billing_credit WHEN {{credit_frozen_lite}} OR OLD.returned
BEGIN SELECT RAISE(ABORT, 'credit_is_frozen'); END;
-- It follows its line when the memo is divided, and nowhere else (ADR 46).
CREATE TRIGGER credit_follows_line BEFORE UPDATE OF memo_line_id ON billing_credit
WHEN OLD.memo_line_id IS NOT NEW.memo_line_id AND NOT EXISTS (
    SELECT 1 FROM creditmemos_creditmemoline o JOIN creditmemos_creditmemo m ON m.divided_from_id = o.memo_id
    JOIN creditmemos_creditmemoline n ON n.memo_id = m.id
    WHERE o.id = OLD.memo_line_id AND n.id = NEW.memo_line_id AND n.net = o.net AND n.tax = o.tax)
BEGIN SELECT RAISE(ABORT, 'credit_is_frozen'); END;
CREATE TRIGGER i13_credit_delete BEFORE DELETE ON billing_credit
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i20_event_insert BEFORE INSERT ON billing_billingevent
BEGIN
    SELECT RAISE(ABORT, 'i20_event_company') WHERE EXISTS (
        SELECT 1 FROM companies_company c WHERE c.id = NEW.company_id AND c.marketplace_id <> NEW.marketplace_id);
    SELECT RAISE(ABORT, 'i20_event_subscription') WHERE EXISTS (
        SELECT 1 FROM subscriptions_subscription s
        WHERE s.id = NEW.subscription_id AND s.marketplace_id <> NEW.marketplace_id);
    SELECT RAISE(ABORT, 'i20_event_product') WHERE EXISTS (
        SELECT 1 FROM subscriptions_product p
        WHERE p.id = NEW.product_id AND p.marketplace_id <> NEW.marketplace_id);
END;
