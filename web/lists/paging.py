"""One page of rows: its ids by the narrowest query there is, then those rows with what the columns read (late join)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Field, Model, QuerySet

from core.prepared import by_ids
from web.lists import keyset
from web.lists.state import State, reversed_order


@dataclass(frozen=True, slots=True)
class Window:
    """The rows of a page, and where one can go from it. ``first`` is the number of rows before, when it is known."""

    rows: list[Any]
    page: int
    first: int | None
    after: str
    before: str
    has_next: bool
    has_previous: bool

    @property
    def is_whole(self) -> bool:
        """Whether these rows are the whole filtered set."""
        return not self.has_next and not self.has_previous


def window(found: QuerySet[Any], rows: QuerySet[Any], state: State) -> Window:
    """The page that ``state`` asks for: ids out of ``found``, records out of ``rows``."""
    fields = keyset.fields_of(found.model, state.order)
    after = keyset.place(state.after, fields) if fields else None
    before = keyset.place(state.before, fields) if fields and after is None else None
    falling = state.order[-1].startswith("-")
    if fields and after is not None:
        ids, more = _ids(keyset.beyond(found, fields, after, falling=falling), state.order, state.per_page)
        return _made(_records(rows, ids), state, fields, has_next=more, has_previous=True)
    if fields and before is not None:
        back = keyset.beyond(found, fields, before, falling=not falling)
        ids, more = _ids(back, reversed_order(state.order), state.per_page)
        if more:
            return _made(_records(rows, ids[::-1]), state, fields, has_next=True, has_previous=True)
        return window(found, rows, _first_page(state))
    ids, more = _ids(found, state.order, state.per_page, state.offset)
    return _made(_records(rows, ids), state, fields, has_next=more, has_previous=state.page > 1)


def _ids(found: QuerySet[Any], order: tuple[str, ...], count: int, offset: int = 0) -> tuple[list[int], bool]:
    """At most ``count`` ids, and whether another row follows them."""
    ids = list(found.order_by(*order).values_list("pk", flat=True)[offset : offset + count + 1])
    return ids[:count], len(ids) > count


def _records(rows: QuerySet[Any], ids: list[int]) -> list[Any]:
    """The records with these ids, in their order; one that was deleted meanwhile is left out."""
    found = {record.pk: record for record in by_ids(rows, ids)}
    return [found[pk] for pk in ids if pk in found]


def _first_page(state: State) -> State:
    return State(state.column, state.is_descending, state.order, state.per_page, 1, "", "")


def _made(
    records: list[Model],
    state: State,
    fields: list[Field[Any, Any]] | None,
    *,
    has_next: bool,
    has_previous: bool,
) -> Window:
    ends = fields and records
    return Window(
        rows=records,
        page=state.page,
        first=state.offset,
        after=keyset.token(records[-1], fields) if ends and fields else "",
        before=keyset.token(records[0], fields) if ends and fields else "",
        has_next=has_next,
        has_previous=has_previous,
    )
