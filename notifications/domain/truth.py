"""Whether a mail that waits is still true: asked when it is sent, of the rows as they are then (ADR 47).

Each kind of mail has a rule of its own, ``still_true``: a function of the mail that raises NoLongerTrue, its text the
reason, or TryLater while that can't be known yet. What holds of mails of all kinds is asked beside it
(`notifications.operations.truth`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from core.errors import Refusal


class NoLongerTrue(Refusal):
    """What the mail says was true when it was planned; whoever waits to send it withdraws it."""

    code = "mail_no_longer_true"
    text = gettext_lazy("What this mail says is no longer correct.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that is about to be sent.

    ``subject_id`` is the document that it is about, ``payload`` what its event said. ``by_hand``: a person wants it,
    whatever the settings and earlier mails say.
    """

    kind: str
    marketplace_id: int
    company_id: int
    subject_id: int
    recipient: str
    user_id: int | None
    payload: Mapping[str, Any]
    by_hand: bool


StillTrue = Callable[[Waiting], None]
