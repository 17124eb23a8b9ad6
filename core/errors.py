"""Refusals: what a verb says when it can't be done, in words for the person who asked."""

from typing import ClassVar

from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Refusal(Exception):
    """A verb was asked for properly and is refused.

    ``code`` is stable and meant for programs, ``message`` is translated text for people, ``field`` names the form
    field that it belongs to (None: the whole form), ``facts`` holds figures that a page may show beside it.
    """

    code: ClassVar[str] = "refused"
    text: ClassVar[str] = gettext_lazy("This can't be done.")  # type: ignore[assignment]

    def __init__(self, message: str | None = None, *, field: str | None = None, **facts: object) -> None:
        self.facts = facts
        self.field = field
        self.message = message if message is not None else str(self.text) % facts
        super().__init__(self.message)


class BalanceChanged(Refusal):
    """A database guard stopped the change: somebody else was quicker."""

    code = "balance_changed"
    text = gettext_lazy("The balance changed meanwhile. Please review the figures and try again.")


class DuplicateRequest(Refusal):
    """The same form token came back with another content."""

    code = "duplicate_request"
    text = gettext_lazy("This request was already handled with other content. Reload the page and try again.")


class InvalidInput(Refusal):
    """A value is not usable; always carries the field's name."""

    code = "invalid"


def guard_name(error: IntegrityError) -> str:
    """The name of the constraint or guard that refused, or an empty text when the database does not say."""
    cause = error.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if name:
        return str(name)
    text = str(error)
    return text.rsplit("constraint failed: ", 1)[-1].strip() if "constraint failed" in text else text.strip()


def refusal_for(error: IntegrityError) -> Refusal | None:
    """The refusal that a person should read for a database guard; None when it was no guard of ours."""
    name = guard_name(error)
    if name.startswith("number_") or name.endswith("_number_unique"):
        return Refusal(_("This document number exists already. Change the prefix and try again."))
    if name[:1] == "i" and name[1:2].isdigit():
        return BalanceChanged(guard=name)
    return None
