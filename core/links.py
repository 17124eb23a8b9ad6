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
