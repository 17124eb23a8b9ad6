"""What people do with mails: decide about them, write their words, send one again."""

from notifications.operations.deciding import check_copies, decide
from notifications.operations.sending import NothingToSend, StillOnItsWay, clear_bounce, resend, resend_many, send_test
from notifications.operations.writing import add_text, change_text

__all__ = [
    "NothingToSend",
    "StillOnItsWay",
    "add_text",
    "change_text",
    "check_copies",
    "clear_bounce",
    "decide",
    "resend",
    "resend_many",
    "send_test",
]
