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
