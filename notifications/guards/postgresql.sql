-- What a mail server answered and which words a template once had are only ever added to.

CREATE OR REPLACE TRIGGER i13_delivery_attempt_rows BEFORE UPDATE OR DELETE ON notifications_deliveryattempt
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_delivery_attempt_table BEFORE TRUNCATE ON notifications_deliveryattempt
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_mail_template_version_rows BEFORE UPDATE OR DELETE ON notifications_mailtemplateversion
    FOR EACH ROW EXECUTE FUNCTION offset_append_only();
CREATE OR REPLACE TRIGGER i13_mail_template_version_table BEFORE TRUNCATE ON notifications_mailtemplateversion
    FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only();
