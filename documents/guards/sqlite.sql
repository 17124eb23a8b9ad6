-- Stored documents are only ever added to (I13); what a render makes again is a new version.

CREATE TRIGGER i13_stored_document_update BEFORE UPDATE ON documents_storeddocument
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_stored_document_delete BEFORE DELETE ON documents_storeddocument
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
