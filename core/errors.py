"""Refusals: what a verb says when it can't be done, in words for the person who asked."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, ParamSpec

from django.apps import apps
from django.db import IntegrityError, models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from core.actors import Actor

log = logging.getLogger(__name__)
Asked = ParamSpec("Asked")


class Refusal(Exception):
    """A verb was asked for properly and is refused.

    ``code`` is stable and meant for programs, ``message`` is translated text for people, ``field`` names the form
    field that it belongs to (None: the whole form), ``facts`` holds figures that a page may show beside it. ``ask``,
    where there is one, asks a second person instead, and returns what the first one reads then.
    """

    code: ClassVar[str] = "refused"
    text: ClassVar[str | Promise] = gettext_lazy("This can't be done.")

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        ask: "Callable[[Actor, datetime], str] | None" = None,
        **facts: object,
    ) -> None:
        self.facts = facts
        self.ask = ask
        self.field = field
        self.message = message if message is not None else str(self.text) % facts
        super().__init__(self.message)


def refusal_of(check: Callable[Asked, object], *args: Asked.args, **kwargs: Asked.kwargs) -> Refusal | None:
    """What ``check`` raises when it is asked this, or None: for buttons and pages that say it beforehand."""
    try:
        check(*args, **kwargs)
    except Refusal as refusal:
        return refusal
    return None


class BalanceChanged(Refusal):
    """A database guard stopped the change: somebody else was quicker."""

    code = "balance_changed"
    text = gettext_lazy("The balance has changed in the meantime. Please review the figures and try again.")


class DuplicateRequest(Refusal):
    """The same form token came back with another content."""

    code = "duplicate_request"
    text = gettext_lazy("This request was already handled with different content. Reload the page and try again.")


class InvalidInput(Refusal):
    """A value is not usable; always carries the field's name."""

    code = "invalid"


class Missing(Refusal):
    """What was named is not there, or not in the actor's marketplace (I20)."""

    code = "missing"
    text = gettext_lazy("This document does not exist.")


class NumberTaken(Refusal):
    """The prefix makes a number that a document has already."""

    code = "number_taken"
    text = gettext_lazy("This document number already exists. Change the prefix and try again.")


class PeriodClosed(Refusal):
    """Something would be posted in a closed period."""

    code = "period_closed"
    text = gettext_lazy("That day is in a closed period.")


_meanings: dict[str, type[Refusal]] = {
    "i12_number_unique": NumberTaken,
    "i12_invoice_number_unique": NumberTaken,
    "i12_memo_number_unique": NumberTaken,
    "i14_open_period": PeriodClosed,
}


def means(guard: str, refusal: type[Refusal]) -> None:
    """Say what a person reads when this guard stops a change; called from AppConfig.ready. Its text has no values."""
    _meanings[guard] = refusal


def guard_name(error: IntegrityError) -> str:
    """The name of the constraint or guard that refused, or what the database says when it names none."""
    cause = error.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if name:
        return str(name)
    kind, found, rest = str(error).partition(" constraint failed: ")
    if not found:
        return kind.strip()
    return _unique_name(rest.strip()) if kind == "UNIQUE" else rest.strip()


def _unique_name(columns: str) -> str:
    """SQLite names the columns ("table.a, table.b") of a broken UNIQUE: the constraint that they belong to."""
    table, _dot, _column = columns.partition(".")
    names = {part.strip().partition(".")[2] for part in columns.split(",")}
    for model in apps.get_models():
        if model._meta.db_table == table:
            column = {field.name: field.column for field in model._meta.concrete_fields}
            for constraint in model._meta.constraints:
                fields = constraint.fields if isinstance(constraint, models.UniqueConstraint) else ()
                if fields and {column[name] for name in fields} == names:
                    return constraint.name
    return f"{table}_{'_'.join(sorted(names))}_key"


def refusal_for(error: IntegrityError) -> Refusal | None:
    """The refusal that a person should read for a database guard; None when it was no guard of ours."""
    name = guard_name(error)
    if name in _meanings:
        return _meanings[name](guard=name)
    if name[:1] == "i" and name[1:2].isdigit():
        return BalanceChanged(guard=name)
    return None


@contextmanager
def guards_as_refusals() -> Iterator[None]:
    """A database guard that stops the transaction inside becomes its refusal.

    The one place where that happens: edges get it from ``core.retry.retry``, around the commit too, where PostgreSQL
    asks its deferred guards.
    """
    try:
        yield
    except IntegrityError as error:
        refusal = refusal_for(error)
        if refusal is None:
            raise
        log.warning("the guard %s stopped a change", refusal.facts["guard"])
        raise refusal from error
