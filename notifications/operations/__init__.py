"""What people do with mails: decide about them, write their words, send one again."""

from notifications.domain.truth import NoLongerTrue
from notifications.operations.deciding import check_copies, decide
from notifications.operations.mailing_documents import check_mail_document, mail_document
from notifications.operations.sending import NothingToSend, StillOnItsWay, clear_bounce, resend, resend_many, send_test
from notifications.operations.writing import add_text, change_text

__all__ = [
    "NoLongerTrue",
    "NothingToSend",
    "StillOnItsWay",
    "add_text",
    "change_text",
    "check_copies",
    "check_mail_document",
    "clear_bounce",
    "decide",
    "mail_document",
    "resend",
    "resend_many",
    "send_test",
]
