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

-- Not a guard, but for PostgreSQL alone too: companies are found by any part of their name.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX IF NOT EXISTS company_by_part_of_name ON companies_company USING gin (upper(name) gin_trgm_ops);
