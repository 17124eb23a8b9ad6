-- Stored documents, what they were printed with, and what was active when are only ever added to (I13).

CREATE TRIGGER i13_stored_document_update BEFORE UPDATE ON documents_storeddocument
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_stored_document_delete BEFORE DELETE ON documents_storeddocument
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_template_version_update BEFORE UPDATE ON documents_templateversion
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_template_version_delete BEFORE DELETE ON documents_templateversion
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_template_activation_update BEFORE UPDATE ON documents_templateactivation
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_template_activation_delete BEFORE DELETE ON documents_templateactivation
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_template_asset_update BEFORE UPDATE ON documents_templateasset
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_template_asset_delete BEFORE DELETE ON documents_templateasset
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_document_note_update BEFORE UPDATE ON documents_documentnote
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_document_note_delete BEFORE DELETE ON documents_documentnote
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;

-- A note is struck where it stands.
CREATE TRIGGER i20_own_note BEFORE INSERT ON documents_documentnote
WHEN NEW.strikes_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM documents_documentnote n WHERE n.id = NEW.strikes_id AND n.strikes_id IS NULL
        AND n.marketplace_id = NEW.marketplace_id AND n.kind = NEW.kind AND n.document_id = NEW.document_id
)
BEGIN SELECT RAISE(ABORT, 'i20_own_note'); END;

-- What a marketplace activates is its own or the product's, and of the kind and language that it is active for (I20).
CREATE TRIGGER i20_own_template BEFORE INSERT ON documents_templateactivation
WHEN NEW.version_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM documents_templateversion v
    WHERE v.id = NEW.version_id AND v.kind = NEW.kind AND v.language = NEW.language
        AND (v.marketplace_id IS NULL OR v.marketplace_id = NEW.marketplace_id)
)
BEGIN SELECT RAISE(ABORT, 'i20_own_template'); END;
