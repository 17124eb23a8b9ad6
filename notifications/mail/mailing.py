"""Hands one mail to the mail server, or to a provider, and tells what it said."""

import re
import smtplib
from contextlib import suppress
from email.utils import parseaddr

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from core import metrics
from core.outbox import TryLater
from notifications.mail.attachments import Unusable, enclosed_in
from notifications.mail.providers import verdict_of, was_taken
from notifications.models import Delivery

OK = 250
LONGEST_ANSWER = 500
_STATUS = re.compile(r"^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b")
_ABOUT_ADDRESS = ("1", "2")
"""Subjects of enhanced status codes that speak of the address and its mailbox (RFC 3463)."""


class MailRefused(Exception):
    """The server, or the mail itself, says no for good; ``is_bounce``: because there is no such recipient."""

    def __init__(self, text: str, *, is_bounce: bool = False) -> None:
        self.is_bounce = is_bounce
        super().__init__(text)


class MailDelayed(TryLater):
    """Not now: the server is away, busy, or did not answer."""


def message_for(delivery: Delivery) -> tuple[EmailMessage, str]:
    """The mail with its attachments, and a remark about what is missing. Raises MailRefused when it can't be sent."""
    message = EmailMessage(
        subject=delivery.subject,
        body=delivery.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[delivery.recipient],
        headers={"Message-ID": delivery.message_id, "Auto-Submitted": "auto-generated"},
    )
    try:
        enclosed = enclosed_in(delivery)
    except Unusable as error:
        raise MailRefused(str(error)) from error
    for each in enclosed.files:
        message.attach(each.name, each.content, each.media_type)
    return message, enclosed.remark


def send(message: EmailMessage) -> str:
    """Send to the one recipient; returns the server's words. Raises MailRefused or MailDelayed."""
    with metrics.counted_mail():
        return _send(message)


def _send(message: EmailMessage) -> str:
    try:
        content = message.message()
    except ValueError as error:  # BadHeaderError is one
        raise MailRefused(f"The mail cannot be written: {error}") from error
    connection = get_connection()
    if not isinstance(connection, EmailBackend):
        return _hand_over(message)
    try:
        connection.open()
        client = connection.connection
        if client is None:
            raise MailDelayed("No connection to the mail server.")
        return _converse(client, message, content.as_bytes(linesep="\r\n"))  # type: ignore[call-arg]
    except smtplib.SMTPResponseException as error:
        raise _verdict(error.smtp_code, error.smtp_error) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailDelayed(f"{type(error).__name__}: {error}") from error
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.close()


def _hand_over(message: EmailMessage) -> str:
    """To a provider (django-anymail), or into a file."""
    try:
        message.send()
    except (AnymailError, OSError) as error:
        found = verdict_of(error)
        if found.is_final:
            raise MailRefused(found.text[:LONGEST_ANSWER], is_bounce=found.is_bounce) from error
        raise MailDelayed(found.text[:LONGEST_ANSWER]) from error
    status = getattr(message, "anymail_status", None)
    if status is not None:
        if not was_taken(status):
            raise MailDelayed(f"The provider did not say that it took the mail: {status.status}")
        return f"accepted as {status.message_id}"[:LONGEST_ANSWER]
    return "kept as a file" if "filebased" in settings.EMAIL_BACKEND else "handed over"


def _converse(client: smtplib.SMTP, message: EmailMessage, content: bytes) -> str:
    """MAIL, RCPT and DATA, one by one, so that each answer is known."""
    client.ehlo_or_helo_if_needed()
    sender = parseaddr(sanitize_address(message.from_email, "utf-8"))[1]
    (address,) = message.to
    try:
        recipient = parseaddr(sanitize_address(address, "utf-8"))[1]
    except ValueError as error:
        raise MailRefused(f"The address is not usable: {error}", is_bounce=True) from error
    _expect(client.mail(sender))
    _expect(client.rcpt(recipient), is_recipient=True)
    code, answer = _expect(client.data(content))
    return f"{code} {_text(answer)}"


def _expect(answer: tuple[int, bytes], *, is_recipient: bool = False) -> tuple[int, bytes]:
    if answer[0] // 10 != OK // 10:
        raise _verdict(*answer, is_recipient=is_recipient)
    return answer


def _verdict(code: int, answer: bytes | str, *, is_recipient: bool = False) -> MailRefused | MailDelayed:
    words = f"{code} {_text(answer)}"
    permanent = 500 <= code < 600  # noqa: PLR2004 - RFC 5321, section 4.2.1
    return MailRefused(words, is_bounce=is_bounce(words, is_recipient)) if permanent else MailDelayed(words)


def is_bounce(answer: str, is_recipient: bool) -> bool:
    """Whether a final refusal speaks of the address: by its enhanced status code, else by being the answer to RCPT.

    "550 5.7.1 relaying denied" answers RCPT too, but is about us.
    """
    found = _STATUS.match(answer)
    return found[1].split(".")[1] in _ABOUT_ADDRESS if found else is_recipient


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:LONGEST_ANSWER]
