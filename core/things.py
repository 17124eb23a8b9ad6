"""What the rows of the audit log are about: each app names its kinds of things, from ``AppConfig.ready``.

A row names its thing by kind and id. A kind without a name here is an error in every test, as a verb without words is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise

from core import labels


@dataclass(frozen=True, slots=True)
class Thing:
    """One kind of thing, as audit rows tell it.

    ``label`` is what it is called where a row's own has no name, or is the only one. ``name`` is an expression over
    audit rows for the name, and ``written`` puts what it gives into words. ``page`` is the name of the address that
    shows it, ``by`` the column of the row that the address takes (empty: none), ``permission`` what opens the page.
    ``find`` gives the ids of those that a typed text is the number of, among what a member sees.
    """

    kind: str
    label: str | Promise
    name: Any = None
    written: Callable[[str], str] = str
    page: str = ""
    by: str = "object_id"
    permission: str = ""
    find: Callable[[str, Any], Iterable[int]] | None = None

    def text(self, name: str | None) -> str:
        """What one is called."""
        return self.written(name) if name else str(self.label)


_things: dict[str, Thing] = {}


def register(*things: Thing) -> None:
    """Make kinds known; ValueError for one that is known already."""
    for thing in things:
        if thing.kind in _things:
            raise ValueError(f"two apps name {thing.kind}")
        _things[thing.kind] = thing


def expect(kind: str) -> None:
    """Raise UnknownWord for a kind that no app names, where words are strict."""
    if labels.is_strict and kind and kind not in _things:
        raise labels.UnknownWord(f"no app names things of the kind {kind}")


def all_things() -> dict[str, Thing]:
    """The registered kinds, by their names in rows."""
    return dict(_things)


def column(rows: QuerySet[Any], name: str) -> Subquery:
    """The ``name`` of a kind whose things have it as a column; as text."""
    return Subquery(rows.filter(pk=OuterRef("object_id")).annotate(called=Cast(name, TextField())).values("called")[:1])


ID = Cast(F("object_id"), TextField())
"""The ``name`` of a kind whose things are called by their id."""
