-- The audit log, and what people were called in it, are only ever added to (I13).

CREATE TRIGGER i13_audit_update BEFORE UPDATE ON core_auditentry
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_audit_delete BEFORE DELETE ON core_auditentry
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_person_as_of_update BEFORE UPDATE ON core_personasof
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_person_as_of_delete BEFORE DELETE ON core_personasof
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;

-- Who acts alone leaves everybody a day to object (I19); what was asked for, and by whom, never changes; and a request
-- is decided once.
CREATE TRIGGER i19_alone_a_day_insert BEFORE INSERT ON core_approval
WHEN NEW.effective_at < datetime(NEW.alone_since, '+24 hours')
BEGIN SELECT RAISE(ABORT, 'i19_alone_a_day'); END;
CREATE TRIGGER i19_alone_a_day_update BEFORE UPDATE OF alone_since, effective_at ON core_approval
WHEN NEW.effective_at < datetime(NEW.alone_since, '+24 hours')
BEGIN SELECT RAISE(ABORT, 'i19_alone_a_day'); END;
CREATE TRIGGER i19_request_frozen BEFORE UPDATE ON core_approval
WHEN {{request_frozen_lite}} OR (OLD.mode = 'alone' AND ({{alone_frozen_lite}}))
BEGIN SELECT RAISE(ABORT, 'i19_request_frozen'); END;
CREATE TRIGGER i19_decided_once BEFORE UPDATE ON core_approval WHEN OLD.decision <> 'waiting'
BEGIN SELECT RAISE(ABORT, 'i19_decided_once'); END;
