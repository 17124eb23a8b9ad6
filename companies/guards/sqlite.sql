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

-- Bank details are only added to (I13), one version after the other, each by a request about this merchant that was
-- approved (I19).
CREATE TRIGGER i13_bank_details_update BEFORE UPDATE ON companies_merchantbankdetails
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_bank_details_delete BEFORE DELETE ON companies_merchantbankdetails
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i19_bank_details_agreed BEFORE INSERT ON companies_merchantbankdetails
WHEN NOT EXISTS (
    SELECT 1 FROM core_approval a WHERE a.id = NEW.approval_id AND a.marketplace_id = NEW.marketplace_id
        AND a.kind = 'merchantofrecord' AND a.verb = 'change_bank_details' AND a.object_id = NEW.merchant_id
        AND a.decision = 'approved')
BEGIN SELECT RAISE(ABORT, 'i19_bank_details_agreed'); END;
CREATE TRIGGER i13_bank_details_in_order BEFORE INSERT ON companies_merchantbankdetails
WHEN NEW.version <> 1 + (SELECT count(*) FROM companies_merchantbankdetails d WHERE d.merchant_id = NEW.merchant_id)
BEGIN SELECT RAISE(ABORT, 'i13_bank_details_in_order'); END;
CREATE TRIGGER i20_bank_details_marketplace BEFORE INSERT ON companies_merchantbankdetails
WHEN NOT EXISTS (
    SELECT 1 FROM companies_merchantofrecord m WHERE m.id = NEW.merchant_id AND m.marketplace_id = NEW.marketplace_id)
BEGIN SELECT RAISE(ABORT, 'i20_bank_details_marketplace'); END;
