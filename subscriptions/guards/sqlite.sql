-- Subscriptions: the history is only ever added to (I13); a row's relatives are of its marketplace (I8, I20).

CREATE TRIGGER i13_terms_update BEFORE UPDATE ON subscriptions_subscriptionterms
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_terms_delete BEFORE DELETE ON subscriptions_subscriptionterms
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;

-- What is paid for is told by the terms, so a plan that terms name keeps its price.
CREATE TRIGGER plan_in_use_keeps_price BEFORE UPDATE ON subscriptions_plan
WHEN (NEW.edition_id <> OLD.edition_id OR NEW.months <> OLD.months OR NEW.in_advance <> OLD.in_advance
      OR NEW.model <> OLD.model OR NEW.tiers <> OLD.tiers OR NEW.usage_model <> OLD.usage_model
      OR NEW.usage_tiers <> OLD.usage_tiers)
    AND EXISTS (SELECT 1 FROM subscriptions_subscriptionterms t WHERE t.plan_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'plan_in_use_keeps_price'); END;

CREATE TRIGGER i20_subscription_insert BEFORE INSERT ON subscriptions_subscription
BEGIN
    SELECT RAISE(ABORT, 'i8_subscription_account') WHERE NOT EXISTS (
        SELECT 1 FROM ledger_balanceaccount b WHERE b.id = NEW.account_id AND b.marketplace_id = NEW.marketplace_id);
    SELECT RAISE(ABORT, 'i20_subscription_company') WHERE NOT EXISTS (
        SELECT 1 FROM companies_company c WHERE c.id = NEW.company_id AND c.marketplace_id = NEW.marketplace_id);
    SELECT RAISE(ABORT, 'i20_subscription_product') WHERE NOT EXISTS (
        SELECT 1 FROM subscriptions_product p WHERE p.id = NEW.product_id AND p.marketplace_id = NEW.marketplace_id);
END;
CREATE TRIGGER i20_subscription_update
BEFORE UPDATE OF account_id, company_id, product_id, marketplace_id ON subscriptions_subscription
BEGIN
    SELECT RAISE(ABORT, 'i8_subscription_account') WHERE NOT EXISTS (
        SELECT 1 FROM ledger_balanceaccount b WHERE b.id = NEW.account_id AND b.marketplace_id = NEW.marketplace_id);
    SELECT RAISE(ABORT, 'i20_subscription_company') WHERE NOT EXISTS (
        SELECT 1 FROM companies_company c WHERE c.id = NEW.company_id AND c.marketplace_id = NEW.marketplace_id);
    SELECT RAISE(ABORT, 'i20_subscription_product') WHERE NOT EXISTS (
        SELECT 1 FROM subscriptions_product p WHERE p.id = NEW.product_id AND p.marketplace_id = NEW.marketplace_id);
END;
CREATE TRIGGER i20_product_vendor_insert BEFORE INSERT ON subscriptions_product
WHEN EXISTS (SELECT 1 FROM companies_company c WHERE c.id = NEW.vendor_id AND c.marketplace_id <> NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i20_product_vendor'); END;
CREATE TRIGGER i20_discount_insert BEFORE INSERT ON subscriptions_discount
BEGIN
    SELECT RAISE(ABORT, 'i20_discount_company') WHERE EXISTS (
        SELECT 1 FROM companies_company c WHERE c.id = NEW.company_id AND c.marketplace_id <> NEW.marketplace_id);
    SELECT RAISE(ABORT, 'i20_discount_product') WHERE EXISTS (
        SELECT 1 FROM subscriptions_product p WHERE p.id = NEW.product_id AND p.marketplace_id <> NEW.marketplace_id);
END;
