-- Stored documents are only ever added to (I13); what a render makes again is a new version.

CREATE OR REPLACE TRIGGER i13_stored_document_rows BEFORE UPDATE OR DELETE ON documents_storeddocument
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_stored_document_table BEFORE TRUNCATE ON documents_storeddocument
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
