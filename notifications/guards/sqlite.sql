-- What a mail server answered and which words a template once had are only ever added to.

CREATE TRIGGER i13_delivery_attempt_update BEFORE UPDATE ON notifications_deliveryattempt
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_delivery_attempt_delete BEFORE DELETE ON notifications_deliveryattempt
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_mail_template_version_update BEFORE UPDATE ON notifications_mailtemplateversion
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
CREATE TRIGGER i13_mail_template_version_delete BEFORE DELETE ON notifications_mailtemplateversion
BEGIN SELECT RAISE(ABORT, 'i13_append_only'); END;
