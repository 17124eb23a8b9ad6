-- The audit log is only ever added to (I13).

CREATE TRIGGER i13_audit_update BEFORE UPDATE ON core_auditentry
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_audit_delete BEFORE DELETE ON core_auditentry
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
