"""Query strings: everything a list shows is in its address."""

from collections.abc import Mapping

from django.http import QueryDict


def changed_query(current: QueryDict, changes: Mapping[str, object]) -> str:
    """``current`` with ``changes`` as a query string with its question mark; a None takes the key out."""
    data = current.copy()
    for key, value in changes.items():
        if value is None:
            data.pop(key, None)
        else:
            data[key] = str(value)
    return f"?{data.urlencode()}"


def tidy(current: QueryDict, defaults: Mapping[str, str]) -> str:
    """The query string without empty values and without what is so anyway; nothing at all when nothing is left."""
    data = current.copy()
    for key in list(data):
        kept = [value for value in data.getlist(key) if value and value != defaults.get(key)]
        if kept:
            data.setlist(key, kept)
        else:
            del data[key]
    return f"?{data.urlencode()}" if data else ""
