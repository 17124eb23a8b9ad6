"""What is searched is stored folded beside what is shown, and whoever searches is folded the same way (ADR 53).

Databases fold letters each in their own way, SQLite ASCII alone and PostgreSQL by its locale; one function in Python
makes both find the same: other spellings of a letter and small or capital ones are alike, accents count.
"""

from collections import namedtuple
from collections.abc import Iterator
from functools import reduce
from itertools import islice
from operator import and_, or_
from typing import Any
from unicodedata import normalize

from django.apps import apps
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import Q

from core import rows

MOST_WORDS = 8
"""Words of a text that are looked at."""
CHUNK = 2000
"""Rows at a time, where all are read."""
LAST = "\U0010ffff"
NONE = Q(pk__in=[])


def composed(text: str) -> str:
    """Typed or imported text with each letter and its accents as one character (NFC), as other systems write it."""
    return text if text.isascii() else normalize("NFC", text)


def folded(text: str) -> str:
    """The text as it is compared: compatible letters alike (NFKC), none of them capital, single blanks, marks kept."""
    text = text.lower() if text.isascii() else normalize("NFKC", normalize("NFKC", text).casefold())
    return " ".join(text.replace("\0", " ").split())


def key_holds(text: str, *, key: str = "search_key") -> Q:
    """Rows whose key holds the text anywhere; none for a text without letters."""
    part = folded(text)
    return Q((f"{key}__contains", part)) if part else NONE


def key_begins(text: str, *, key: str = "search_key") -> Q:
    """Rows whose key begins with the text, by the key's index on both engines; none for a text without letters."""
    start = folded(text)
    if not start:
        return NONE
    if connection.vendor == "postgresql":
        return Q((f"{key}__startswith", start))
    return Q((f"{key}__gte", start), (f"{key}__lt", start + LAST))


def words_held(text: str, *keys: str) -> Q:
    """Rows that hold each word of the text in one of the keys; none for a text without letters."""
    words = folded(text).split(" ")[:MOST_WORDS]
    return reduce(and_, (reduce(or_, (key_holds(word, key=key) for key in keys)) for word in words))


class SearchKey(models.TextField[str, str]):
    """The folded text of other columns, a line for each that has some; it follows them whenever the row is saved.

    A statement that writes those columns without ``save``, or with ``update_fields``, writes the key too (``fill``);
    ``verify_books`` compares.
    """

    def __init__(self, *sources: str, **options: Any) -> None:
        self.sources = sources
        super().__init__(**{"editable": False, "db_default": "", **options})

    def deconstruct(self) -> Any:
        """With its sources."""
        name, path, args, options = super().deconstruct()
        return name, path, [*args, *self.sources], options

    def of(self, values: dict[str, Any]) -> str:
        """The key of a row with these values."""
        lines = (folded(str(values[source] or "")) for source in self.sources)
        return "\n".join(line for line in lines if line)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002 - Django asks so
        """What is stored is what the row's columns say now."""
        key = self.of({source: getattr(model_instance, source) for source in self.sources})
        setattr(model_instance, self.attname, key)
        return key


class TrigramIndex(GinIndex):
    """Finds a part of a key; SQLite, which has no such index, reads through a plain one instead of the table."""

    def __init__(self, *, fields: list[str], name: str) -> None:
        super().__init__(fields=fields, name=name, opclasses=["gin_trgm_ops"] * len(fields))

    def deconstruct(self) -> Any:
        """Without what every one of them has."""
        path, args, options = super().deconstruct()
        return path, args, {name: value for name, value in options.items() if name != "opclasses"}

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **options: Any
    ) -> Statement:
        """The statement for the engine at hand."""
        if schema_editor.connection.vendor == "postgresql":
            return super().create_sql(model, schema_editor, using, **options)
        return models.Index(fields=self.fields, name=self.name).create_sql(model, schema_editor, using, **options)


def keys_of(model: type[models.Model]) -> list[SearchKey]:
    """The search keys of a model."""
    return [field for field in model._meta.concrete_fields if isinstance(field, SearchKey)]


def fill(row: models.Model) -> None:
    """Bring the keys of a row in memory up to its columns, before a statement of one's own writes them."""
    for key in keys_of(type(row)):
        key.pre_save(row, add=False)


def with_keys() -> list[type[models.Model]]:
    """Every model that has search keys."""
    return [model for model in apps.get_models() if keys_of(model)]


def wrong(model: type[models.Model], *, after: int = 0) -> Iterator[tuple[int, dict[str, str]]]:
    """(id, keys as they should be) of the rows behind ``after`` whose keys are not what their columns say."""
    is_full = True
    while is_full:
        chunk = _chunk(model, after)
        yield from ((pk, right) for pk, right, is_right in chunk if not is_right)
        if is_full := len(chunk) == CHUNK:
            after = chunk[-1][0]


def _chunk(model: type[models.Model], after: int) -> list[tuple[int, dict[str, str], bool]]:
    """(id, right keys, whether it has them) of the rows that follow."""
    keys = keys_of(model)
    columns = ["pk", *(key.attname for key in keys), *{source for key in keys for source in key.sources}]
    found = []
    for row in models.QuerySet(model).filter(pk__gt=after).order_by("pk").values_list(*columns)[:CHUNK]:
        values = dict(zip(columns, row, strict=True))
        right = {key.attname: key.of(values) for key in keys}
        found.append((values["pk"], right, right.items() <= values.items()))
    return found


def fill_all(model: type[models.Model]) -> None:
    """Fill the keys of all rows, some at a time: for the migration that adds them."""
    make: Any = namedtuple  # Which columns, the model says.
    kind = make("Keyed", ["id", *(key.attname for key in keys_of(model))])
    found = wrong(model)
    while chunk := list(islice(found, CHUNK)):
        rows.update(model, [kind(pk, **right) for pk, right in chunk])
