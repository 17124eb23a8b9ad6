-- Subscriptions: the history is only ever added to (I13); a row's relatives are of its marketplace (I8, I20).

CREATE OR REPLACE TRIGGER i13_terms_rows BEFORE UPDATE OR DELETE ON subscriptions_subscriptionterms
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_terms_table BEFORE TRUNCATE ON subscriptions_subscriptionterms
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- What is paid for is told by the terms, so a plan that terms name keeps its price.
CREATE OR REPLACE FUNCTION subscriptions_plan_priced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.edition_id, NEW.months, NEW.in_advance, NEW.model, NEW.tiers, NEW.usage_model, NEW.usage_tiers)
       IS DISTINCT FROM
       (OLD.edition_id, OLD.months, OLD.in_advance, OLD.model, OLD.tiers, OLD.usage_model, OLD.usage_tiers)
       AND EXISTS (SELECT 1 FROM subscriptions_subscriptionterms t WHERE t.plan_id = OLD.id) THEN
        PERFORM offset_refuse('plan_in_use_keeps_price');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER plan_in_use_keeps_price BEFORE UPDATE ON subscriptions_plan
    FOR EACH ROW EXECUTE FUNCTION subscriptions_plan_priced();

CREATE OR REPLACE FUNCTION subscriptions_same_marketplace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM ledger_balanceaccount b WHERE b.id = NEW.account_id AND b.marketplace_id = NEW.marketplace_id
    ) THEN
        PERFORM offset_refuse('i8_subscription_account');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i8_subscription_account BEFORE INSERT OR UPDATE OF account_id, marketplace_id
    ON subscriptions_subscription FOR EACH ROW EXECUTE FUNCTION subscriptions_same_marketplace();

DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i20_subscription_company') THEN
        ALTER TABLE subscriptions_subscription
            ADD CONSTRAINT i20_subscription_company FOREIGN KEY (company_id, marketplace_id)
                REFERENCES companies_company (id, marketplace_id),
            ADD CONSTRAINT i20_subscription_product FOREIGN KEY (product_id, marketplace_id)
                REFERENCES subscriptions_product (id, marketplace_id);
        ALTER TABLE subscriptions_product
            ADD CONSTRAINT i20_product_vendor FOREIGN KEY (vendor_id, marketplace_id)
                REFERENCES companies_company (id, marketplace_id);
        ALTER TABLE subscriptions_discount
            ADD CONSTRAINT i20_discount_company FOREIGN KEY (company_id, marketplace_id)
                REFERENCES companies_company (id, marketplace_id),
            ADD CONSTRAINT i20_discount_product FOREIGN KEY (product_id, marketplace_id)
                REFERENCES subscriptions_product (id, marketplace_id);
    END IF;
END $$;
