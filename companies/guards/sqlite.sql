-- Relatives are of the same marketplace (I20), one level of parents only, a closed period stays closed.

CREATE TRIGGER i20_company_insert BEFORE INSERT ON companies_company
WHEN EXISTS (SELECT 1 FROM companies_company o
             WHERE o.id IN (NEW.parent_id, NEW.reseller_id) AND o.marketplace_id <> NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i20_parent_marketplace'); END;
CREATE TRIGGER i20_company_update BEFORE UPDATE OF parent_id, reseller_id, marketplace_id ON companies_company
WHEN EXISTS (SELECT 1 FROM companies_company o
             WHERE o.id IN (NEW.parent_id, NEW.reseller_id) AND o.marketplace_id <> NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i20_parent_marketplace'); END;
CREATE TRIGGER i20_merchant_insert BEFORE INSERT ON companies_merchantofrecord
WHEN EXISTS (SELECT 1 FROM companies_company o WHERE o.id = NEW.company_id AND o.marketplace_id <> NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i20_merchant_marketplace'); END;
CREATE TRIGGER company_one_level_insert BEFORE INSERT ON companies_company
WHEN EXISTS (SELECT 1 FROM companies_company p WHERE p.id = NEW.parent_id AND p.parent_id IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'company_one_level'); END;
CREATE TRIGGER company_one_level_update BEFORE UPDATE OF parent_id ON companies_company
WHEN NEW.parent_id IS NOT NULL AND (
    EXISTS (SELECT 1 FROM companies_company p WHERE p.id = NEW.parent_id AND p.parent_id IS NOT NULL)
    OR EXISTS (SELECT 1 FROM companies_company c WHERE c.parent_id = NEW.id))
BEGIN SELECT RAISE(ABORT, 'company_one_level'); END;
CREATE TRIGGER closed_period_stays_closed BEFORE UPDATE OF closed_through ON companies_merchantofrecord
WHEN OLD.closed_through IS NOT NULL AND (NEW.closed_through IS NULL OR NEW.closed_through < OLD.closed_through)
BEGIN SELECT RAISE(ABORT, 'closed_period_stays_closed'); END;
