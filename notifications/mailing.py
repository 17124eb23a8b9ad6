"""Hands one mail to the mail server and tells what it said."""

import hashlib
import smtplib
from contextlib import suppress
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from core.outbox import TryLater
from documents.models import StoredDocument
from documents.storage import document_storage
from notifications.models import Delivery

OK = 250


class MailRefused(Exception):
    """The server, or the mail itself, says no for good."""


class MailDelayed(TryLater):
    """Not now: the server is away, busy, or did not answer."""


def message_for(delivery: Delivery) -> EmailMessage:
    """The mail with its attachment. Raises MailRefused when a header or the attached file is not usable."""
    message = EmailMessage(
        subject=delivery.subject,
        body=delivery.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[delivery.recipient],
        headers={"Message-ID": delivery.message_id, "Auto-Submitted": "auto-generated"},
    )
    if delivery.attachment is not None:
        message.attach(delivery.attachment.file_name, _bytes_of(delivery.attachment), "application/pdf")
    return message


def send(message: EmailMessage) -> str:
    """Send to the one recipient; returns the server's words. Raises MailRefused or MailDelayed."""
    try:
        content = message.message()
    except ValueError as error:  # BadHeaderError is one
        raise MailRefused(f"The mail cannot be written: {error}") from error
    connection = get_connection()
    if not isinstance(connection, EmailBackend):
        connection.send_messages([message])
        return "kept as a file" if "filebased" in settings.EMAIL_BACKEND else "handed over"
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


def _converse(client: smtplib.SMTP, message: EmailMessage, content: bytes) -> str:
    """MAIL, RCPT and DATA, one by one, so that each answer is known."""
    client.ehlo_or_helo_if_needed()
    sender = parseaddr(sanitize_address(message.from_email, "utf-8"))[1]
    (address,) = message.to
    try:
        recipient = parseaddr(sanitize_address(address, "utf-8"))[1]
    except ValueError as error:
        raise MailRefused(f"The address is not usable: {error}") from error
    for code, answer in (client.mail(sender), client.rcpt(recipient), client.data(content)):
        if code // 10 != OK // 10:
            raise _verdict(code, answer)
    return f"{code} {_text(answer)}"


def _verdict(code: int, answer: bytes | str) -> MailRefused | MailDelayed:
    words = f"{code} {_text(answer)}"
    permanent = 500 <= code < 600  # noqa: PLR2004 - RFC 5321, section 4.2.1
    return MailRefused(words) if permanent else MailDelayed(words)


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:500]


def _bytes_of(stored: StoredDocument) -> bytes:
    try:
        with document_storage().open(stored.name, "rb") as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise MailRefused("The attached PDF is not there.") from error
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise MailRefused("The attached PDF does not match its record.")
    return content
