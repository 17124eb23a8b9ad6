"""What lists and statements give as files, to everybody who may take them away. On SQLite, as pages are."""

import pytest
from django.urls import resolve, reverse

from tests.access.table import TABLE
from tests.support.databases import is_postgres
from tests.witnesses.plain import joined
from tests.witnesses.recording import witness
from tests.witnesses.visiting import Visits
from web.lists import ListPage

pytestmark = [pytest.mark.slow, pytest.mark.skipif(is_postgres(), reason="recorded on SQLite")]


def is_list(name: str) -> bool:
    """Whether this address is a list, with the files that every list has."""
    view = None if TABLE[name].kind else getattr(resolve(reverse(name)).func, "view_class", None)
    return view is not None and issubclass(view, ListPage)


EXPORTS = [*filter(is_list, TABLE), "companies:detail"]


def file_of(name: str) -> str:
    return f"exports/{name.replace(':', '-')}.txt"


@pytest.mark.parametrize("name", EXPORTS)
def test_exports(visits: Visits, name: str) -> None:
    witness(file_of(name), joined(visits.seen(name, TABLE[name], {"export": "csv"})))
