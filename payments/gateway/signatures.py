"""Webhooks are signed with a shared secret: how a signature is checked, and how our stand-in makes one.

Stripe's scheme, with the standard library alone: the header says ``t=<seconds>`` and one or more ``v1=<hex>``, each an
HMAC SHA-256 over ``<t>.<body>``; while a secret is being changed there are two. Anybody may send to the address, so
whatever is wrong is one refusal, and nothing of the body is believed before.
"""

import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

MAX_BODY = 256 * 1024
"""Bytes; a longer body is refused before it is read whole."""
TOLERANCE = 300
"""Seconds by which the sender's clock may differ from ours, in both directions."""
_MAX_HEADER = 4096
_SECONDS = re.compile(r"[0-9]{1,12}")


class BadSignature(ValueError):
    """The body was not sent by who knows the secret, not now, or is too large. Nothing of it is to be kept."""


def check(body: bytes, header: str, *, secrets: Iterable[str], now: datetime) -> datetime:
    """When the sender signed this body; ``secrets`` are those that hold now (two while one is being changed).

    Raises BadSignature.
    """
    if len(body) > MAX_BODY:
        raise BadSignature(f"the body has {len(body)} bytes")
    stamp, signatures = _parts(header)
    if abs(now.timestamp() - stamp) > TOLERANCE:
        raise BadSignature("the signature is too old or from the future")
    expected = [_digest(body, stamp, secret) for secret in secrets if secret]
    found = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in signatures]
    if not any(found):
        raise BadSignature("no signature fits")
    return datetime.fromtimestamp(stamp, tz=now.tzinfo)


def _parts(header: str) -> tuple[int, list[bytes]]:
    """The moment and the signatures that a header names."""
    if len(header) > _MAX_HEADER:
        raise BadSignature("the header is too long")
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _equals, value in pairs if name == "t"]
    signatures = [value.encode() for name, _equals, value in pairs if name == "v1" and value]
    if len(stamps) != 1 or not _SECONDS.fullmatch(stamps[0]) or not signatures:
        raise BadSignature("the header has no moment or no signature")
    return int(stamps[0]), signatures


def _digest(body: bytes, stamp: int, secret: str) -> bytes:
    return hmac.new(secret.encode(), b"%d." % stamp + body, sha256).hexdigest().encode()


def sign(body: bytes, *, secrets: Iterable[str], stamp: int) -> str:
    """The header for a body that is sent at ``stamp`` (seconds): one signature for each secret."""
    signed = [f"v1={_digest(body, stamp, secret).decode()}" for secret in secrets]
    return ",".join([f"t={stamp}", *signed])
