-- Stored documents, what they were printed with, and what was active when are only ever added to (I13).

CREATE OR REPLACE TRIGGER i13_stored_document_rows BEFORE UPDATE OR DELETE ON documents_storeddocument
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_stored_document_table BEFORE TRUNCATE ON documents_storeddocument
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_template_version_rows BEFORE UPDATE OR DELETE ON documents_templateversion
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_template_version_table BEFORE TRUNCATE ON documents_templateversion
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_template_activation_rows BEFORE UPDATE OR DELETE ON documents_templateactivation
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_template_activation_table BEFORE TRUNCATE ON documents_templateactivation
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_template_asset_rows BEFORE UPDATE OR DELETE ON documents_templateasset
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_template_asset_table BEFORE TRUNCATE ON documents_templateasset
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_document_note_rows BEFORE UPDATE OR DELETE ON documents_documentnote
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_document_note_table BEFORE TRUNCATE ON documents_documentnote
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- A note is struck where it stands.
CREATE OR REPLACE FUNCTION offset_own_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.strikes_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM documents_documentnote n WHERE n.id = NEW.strikes_id AND n.strikes_id IS NULL
            AND n.marketplace_id = NEW.marketplace_id AND n.kind = NEW.kind AND n.document_id = NEW.document_id
    ) THEN
        PERFORM offset_refuse('i20_own_note');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i20_own_note BEFORE INSERT ON documents_documentnote
    FOR EACH ROW EXECUTE FUNCTION offset_own_note();

-- What a marketplace activates is its own or the product's, and of the kind and language that it is active for (I20).
CREATE OR REPLACE FUNCTION offset_own_template() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM documents_templateversion v
        WHERE v.id = NEW.version_id AND v.kind = NEW.kind AND v.language = NEW.language
            AND (v.marketplace_id IS NULL OR v.marketplace_id = NEW.marketplace_id)
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'i20_own_template',
            MESSAGE = 'i20_own_template';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i20_own_template BEFORE INSERT ON documents_templateactivation
    FOR EACH ROW EXECUTE FUNCTION offset_own_template();
