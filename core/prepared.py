"""Queries whose SQL is made once: for the few that every page runs, where making it costs more than running it.

The ORM makes the statement, with stand-ins for the values; later calls put the real values in their places and build
the same objects from the rows. It changes nothing but the time: `tests/core/test_prepared.py` compares both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import get_related_populators
from django.db.models.signals import post_init, pre_init

Row = TypeVar("Row", bound=Model)
STAND_IN = 8_130_000_000_000_000
"""Ids that nothing has: the stand-ins are these and the ones after."""
FROM_DB: Any = Model.from_db.__func__  # type: ignore[attr-defined]
SIZES = (1, 10, 25, 50, 100)
"""How many ids a prepared "id in" holds; shorter lists repeat their last one."""


@dataclass(frozen=True, slots=True)
class Plan(Generic[Row]):
    """One statement and how its rows become objects. ``places`` tells which value goes to which parameter."""

    sql: str
    params: tuple[object, ...]
    places: tuple[tuple[int, int], ...]
    compiler: Any
    converters: Any
    model: type[Row]
    names: list[str]
    span: slice
    is_plain: bool
    populators: list[Any]

    def rows(self, values: Sequence[int]) -> list[Row]:
        """Run it with these ids and build the objects."""
        params: list[Any] = list(self.params)
        for place, index in self.places:
            params[place] = values[index]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            raw = cursor.fetchall()
        made = []
        for row in self.compiler.apply_converters(raw, self.converters) if self.converters else raw:
            values_ = row[self.span]
            record = (
                self._plain(values_) if self.is_plain else self.model.from_db(connection.alias, self.names, values_)
            )
            for populator in self.populators:
                populator.populate(row, record)
            made.append(record)
        return made

    def _plain(self, values: Sequence[object]) -> Row:
        """What ``from_db`` makes of a model that adds nothing of its own to being loaded, in a fifth of the time."""
        record = self.model.__new__(self.model)
        state = ModelState()
        state.adding, state.db = False, connection.alias
        record.__dict__.update(zip(self.names, values, strict=True), _state=state)
        return record


def is_plain(model: type[Model]) -> bool:
    """Whether loading a row runs no code but Django's own: no constructor, no ``from_db``, no signal."""
    constructs = model.__init__ is not Model.__init__ or getattr(model.from_db, "__func__", None) is not FROM_DB
    return not (constructs or pre_init.has_listeners(model) or post_init.has_listeners(model))


def plan(rows: QuerySet[Row], count: int) -> Plan[Row]:
    """Make the statement of ``rows``, which was built with the first ``count`` stand-ins in the place of its ids."""
    compiler: Any = rows.query.get_compiler(using=connection.alias)
    sql, params = compiler.as_sql()
    places = tuple((at, value - STAND_IN) for at, value in enumerate(params) if _is_stand_in(value, count))
    if {index for _at, index in places} != set(range(count)):
        raise RuntimeError(f"not every value of the query is a parameter of its SQL: {sql}")
    info: Any = compiler.klass_info
    fields: list[int] = info["select_fields"]
    span = slice(fields[0], fields[-1] + 1)
    return Plan(
        sql=sql,
        params=tuple(params),
        places=places,
        compiler=compiler,
        converters=compiler.get_converters([each[0] for each in compiler.select[: compiler.col_count]]),
        model=rows.model,
        names=[each[0].target.attname for each in compiler.select[span]],
        span=span,
        is_plain=is_plain(rows.model),
        populators=get_related_populators(info, compiler.select, connection.alias),  # type: ignore[call-arg]
    )


def _is_stand_in(value: object, count: int) -> bool:
    return isinstance(value, int) and STAND_IN <= value < STAND_IN + count


class Prepared(Generic[Row]):
    """A queryset of a few ids, prepared: ``Prepared(lambda user: Membership.objects.filter(user_id=user))``."""

    def __init__(self, build: Callable[..., QuerySet[Row]], *, count: int = 1) -> None:
        self.build = build
        self.count = count
        self.plans: dict[str, Plan[Row]] = {}

    def rows(self, *values: int) -> list[Row]:
        """The rows for these ids."""
        found = self.plans.get(connection.vendor)
        if found is None:
            stand_ins = range(STAND_IN, STAND_IN + self.count)
            found = self.plans[connection.vendor] = plan(self.build(*stand_ins), self.count)
        return found.rows(values)


_BY_IDS: dict[tuple[object, ...], Plan[Any]] = {}


def by_ids(rows: QuerySet[Row], ids: Sequence[int], **inside: int) -> list[Row]:
    """The records of ``rows`` with these ids, in any order; prepared where ``rows`` only joins and defers.

    ``inside`` are further columns that must hold an id (``marketplace_id=3``).
    """
    if not ids:
        return []
    size = next((size for size in SIZES if size >= len(ids)), None)
    shape = _shape(rows)
    if shape is None or size is None:
        return list(rows.filter(pk__in=ids, **inside).order_by())
    key = (connection.vendor, size, *inside, *shape)
    found = _BY_IDS.get(key)
    if found is None:
        stand_ins = range(STAND_IN, STAND_IN + size + len(inside))
        more = dict(zip(inside, stand_ins[size:], strict=True))
        found = _BY_IDS[key] = plan(rows.filter(pk__in=stand_ins[:size], **more).order_by(), len(stand_ins))
    return found.rows([*ids, *[ids[-1]] * (size - len(ids)), *inside.values()])


def _shape(rows: QuerySet[Any]) -> tuple[object, ...] | None:
    """What tells one plain queryset from another; None for one that holds values, or makes something else."""
    query: Any = rows.query
    is_plain = not (query.where or query.annotations or query.extra or query.is_sliced or query.distinct)
    makes_rows = query.values_select == () and query.combinator is None
    if not (is_plain and makes_rows) or rows._prefetch_related_lookups:  # type: ignore[attr-defined]  # noqa: SLF001
        return None
    names, is_deferred = query.deferred_loading
    return rows.model, repr(query.select_related), tuple(sorted(names)), is_deferred
