"""What a list's address asks for, read so that no query string can break it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from web.tables import Column

PER_PAGE = (25, 50, 100)
DEEPEST_OFFSET = 100_000
"""Rows that an OFFSET may skip; beyond them one goes by "next", which costs the same at every depth."""


@dataclass(frozen=True, slots=True)
class State:
    """Which page of which order: ``order`` are field names with a minus for descending, the id always last."""

    column: Column | None
    is_descending: bool
    order: tuple[str, ...]
    per_page: int
    page: int
    after: str
    before: str

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * self.per_page

    @property
    def sort(self) -> str:
        """The value of the ``sort`` key."""
        return f"{'-' if self.is_descending else ''}{self.column.name}" if self.column else ""


def read_state(data: QueryDict, columns: Sequence[Column], default_sort: str) -> State:
    """Read sort, page and page size; whatever makes no sense falls back to the default."""
    column, is_descending = _sorting(data.get("sort", ""), columns) or _sorting(default_sort, columns) or (None, True)
    per_page = _whole(data.get("per_page", ""), PER_PAGE[0])
    per_page = per_page if per_page in PER_PAGE else PER_PAGE[0]
    page = min(_whole(data.get("page", ""), 1), 1 + DEEPEST_OFFSET // per_page)
    return State(
        column=column,
        is_descending=is_descending,
        order=order_of(column, is_descending=is_descending),
        per_page=per_page,
        page=page,
        after=data.get("after", ""),
        before=data.get("before", ""),
    )


def order_of(column: Column | None, *, is_descending: bool) -> tuple[str, ...]:
    """The column's fields, then the id, all in one direction, so that one index serves both ways."""
    fields = [str(field) for field in column.order_by] if column is not None and column.order_by else []
    turned = [_turned(field) if is_descending else field for field in fields]
    id_follows = turned[-1].startswith("-") if turned else is_descending
    return (*turned, "-pk" if id_follows else "pk")


def reversed_order(order: Sequence[str]) -> tuple[str, ...]:
    """The same order, read backwards."""
    return tuple(_turned(field) for field in order)


def _turned(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _sorting(text: str, columns: Sequence[Column]) -> tuple[Column, bool] | None:
    name = text.removeprefix("-")
    column = next((one for one in columns if one.name == name and one.orderable), None)
    return (column, text.startswith("-")) if column is not None else None


def _whole(text: str, default: int) -> int:
    """A small positive whole number, else the default."""
    usable = text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0  # noqa: PLR2004
    return int(text) if usable else default
