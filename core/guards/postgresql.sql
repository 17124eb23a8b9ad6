-- How a guard refuses, and what "only ever added to" (I13) means. Every other guard file uses these.

CREATE OR REPLACE FUNCTION offset_refuse(rule text, detail text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = rule, MESSAGE = rule, DETAIL = detail;
END $$;

CREATE OR REPLACE FUNCTION offset_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM offset_refuse('i13_append_only', TG_TABLE_NAME || ' ' || TG_OP);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER i13_audit_rows BEFORE UPDATE OR DELETE ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_audit_table BEFORE TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_person_as_of_rows BEFORE UPDATE OR DELETE ON core_personasof
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_person_as_of_table BEFORE TRUNCATE ON core_personasof
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();

-- Who acts alone leaves everybody a day to object (I19); what was asked for, and by whom, never changes; and a request
-- is decided once.
CREATE OR REPLACE FUNCTION core_request_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.effective_at < NEW.alone_since + interval '24 hours' THEN
        PERFORM offset_refuse('i19_alone_a_day');
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.decision <> 'waiting' THEN
            PERFORM offset_refuse('i19_decided_once');
        END IF;
        IF ({{request_frozen}}) OR (OLD.mode = 'alone' AND ({{alone_frozen}})) THEN
            PERFORM offset_refuse('i19_request_frozen');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER i19_request BEFORE INSERT OR UPDATE ON core_approval
    FOR EACH ROW EXECUTE FUNCTION core_request_guard();
