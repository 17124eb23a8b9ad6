-- Relatives are of the same marketplace (I20).

DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i20_parent_marketplace') THEN
        ALTER TABLE companies_company ADD CONSTRAINT i20_parent_marketplace
            FOREIGN KEY (parent_id, marketplace_id) REFERENCES companies_company (id, marketplace_id);
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i20_reseller_marketplace') THEN
        ALTER TABLE companies_company ADD CONSTRAINT i20_reseller_marketplace
            FOREIGN KEY (reseller_id, marketplace_id) REFERENCES companies_company (id, marketplace_id);
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i20_merchant_marketplace') THEN
        ALTER TABLE companies_merchantofrecord ADD CONSTRAINT i20_merchant_marketplace
            FOREIGN KEY (company_id, marketplace_id) REFERENCES companies_company (id, marketplace_id);
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'i20_bank_details_marketplace') THEN
        ALTER TABLE companies_merchantbankdetails ADD CONSTRAINT i20_bank_details_marketplace
            FOREIGN KEY (merchant_id, marketplace_id) REFERENCES companies_merchantofrecord (id, marketplace_id);
    END IF;
END $$;

-- One level of parents only; a closed period stays closed.
CREATE OR REPLACE FUNCTION companies_one_level() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.parent_id IS NOT NULL AND (
        EXISTS (SELECT 1 FROM companies_company p WHERE p.id = NEW.parent_id AND p.parent_id IS NOT NULL)
        OR EXISTS (SELECT 1 FROM companies_company c WHERE c.parent_id = NEW.id)
    ) THEN
        PERFORM offset_refuse('company_one_level');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER company_one_level BEFORE INSERT OR UPDATE OF parent_id ON companies_company
    FOR EACH ROW EXECUTE FUNCTION companies_one_level();

CREATE OR REPLACE FUNCTION companies_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_through IS NOT NULL AND (NEW.closed_through IS NULL OR NEW.closed_through < OLD.closed_through) THEN
        PERFORM offset_refuse('closed_period_stays_closed');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER closed_period_stays_closed BEFORE UPDATE OF closed_through ON companies_merchantofrecord
    FOR EACH ROW EXECUTE FUNCTION companies_closed_period();

-- Bank details are only added to (I13), one version after the other, each by a request about this merchant that was
-- approved (I19).
CREATE OR REPLACE TRIGGER i13_bank_details_rows BEFORE UPDATE OR DELETE ON companies_merchantbankdetails
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_bank_details_table BEFORE TRUNCATE ON companies_merchantbankdetails
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE FUNCTION companies_bank_details_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM core_approval a WHERE a.id = NEW.approval_id AND a.marketplace_id = NEW.marketplace_id
            AND a.kind = 'merchantofrecord' AND a.verb = 'change_bank_details' AND a.object_id = NEW.merchant_id
            AND a.decision = 'approved'
    ) THEN
        PERFORM offset_refuse('i19_bank_details_agreed');
    END IF;
    IF NEW.version <> 1 + (
        SELECT count(*) FROM companies_merchantbankdetails d WHERE d.merchant_id = NEW.merchant_id
    ) THEN
        PERFORM offset_refuse('i13_bank_details_in_order');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i19_bank_details_agreed BEFORE INSERT ON companies_merchantbankdetails
    FOR EACH ROW EXECUTE FUNCTION companies_bank_details_agreed();

-- Not a guard, but for PostgreSQL alone too: companies are found by any part of their name.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX IF NOT EXISTS company_by_part_of_name ON companies_company USING gin (upper(name) gin_trgm_ops);
