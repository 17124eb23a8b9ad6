"""What a mail provider's failure means: django-anymail raises, we tell final from passing."""

from http import HTTPStatus
from typing import Any, NamedTuple

from anymail.exceptions import (
    AnymailAPIError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)

_PASSING = {
    HTTPStatus.UNAUTHORIZED,  # Keys expire and are renewed: no mail's fault, and none should be lost over it.
    HTTPStatus.PAYMENT_REQUIRED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}


class Verdict(NamedTuple):
    """``is_final``: another attempt would end the same way; ``is_bounce``: because of the address."""

    text: str
    is_final: bool
    is_bounce: bool = False


def verdict_of(error: Exception) -> Verdict:
    """What to do about a provider's answer; the text holds its words, never what was sent to it."""
    text = " ".join(str(error).split())
    if isinstance(error, AnymailRecipientsRefused | AnymailInvalidAddress):
        return Verdict(text, is_final=True, is_bounce=True)
    if isinstance(error, AnymailUnsupportedFeature | AnymailSerializationError):
        return Verdict(text, is_final=True)
    status = error.status_code if isinstance(error, AnymailAPIError) else None
    return Verdict(text, is_final=status is not None and status < 500 and status not in _PASSING)  # noqa: PLR2004


def was_taken(status: Any) -> bool:
    """Whether the provider's answer (an ``AnymailStatus``) says that it has the mail for every recipient."""
    return bool(status.status) and status.status <= {"sent", "queued"}
