"""A real SMTP server on the loopback that keeps what it gets, and that a test can make late, unwilling or rude."""

import asyncio
import socket
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ACCEPTED = "250 OK"
CUT = "cut"  # take the mail, then close the connection without an answer
SLOW = "slow"  # say nothing for half a minute, and take the mail only if the client is still there
HALF_A_MINUTE = 30.0


@dataclass(frozen=True)
class Received:
    """One accepted mail: who sent it, to whom, and the message as parsed."""

    sender: str
    recipients: list[str]
    message: EmailMessage


class MailServer:
    """The server; `url` is for `OFFSET_SMTP_URL`, `received` holds the mails in the order they came.

    `answers` is taken from the front, one per mail, and may hold an SMTP reply ("451 later"), `CUT` or `SLOW`;
    when it is empty, mails are accepted. `delay` is the seconds before each answer. `unknown` holds the answers to
    RCPT by address; every other address is known.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[str] = []
        self.delay = 0.0
        self.unknown: dict[str, str] = {}
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen, in a thread of its own."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Close the port; a later `start` opens it again."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
        self._controller = None

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Know the address, or not."""
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return ACCEPTED

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail and give the next answer."""
        answer = self.answers.pop(0) if self.answers else ACCEPTED
        await asyncio.sleep(HALF_A_MINUTE if answer == SLOW else self.delay)
        if answer in {ACCEPTED, CUT, SLOW}:
            self.received.append(Received(str(envelope.mail_from), list(envelope.rcpt_tos), parsed(envelope)))
        if answer == CUT:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return ACCEPTED if answer == SLOW else answer


def parsed(envelope: Envelope) -> EmailMessage:
    """The mail as Python's modern message object."""
    content = envelope.original_content
    assert content is not None
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def free_port() -> int:
    """A port of the loopback that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
