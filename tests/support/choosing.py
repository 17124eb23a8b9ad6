"""Which tests are left out: what this database cannot do, what another part of the suite has run, what needs a server.

OFFSET_TEST_ONCE=no leaves out, on PostgreSQL, what SQLite's part has run and the engine makes no difference to: what asks
no database, and the forms and words of pages (the access walk visits every page on both). OFFSET_TEST_FAST=yes leaves
out what starts a server, and the forms and words of pages.
"""

import os

import pytest

from tests.support import databases

DATABASE = {"db", "committed_db", "django_db_setup", "template"}
BANNED = {"transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server"}
SERVERS = {"server", "shared_standin", "smtp", "valkey"}
LISTS = {"test_audit_page", "test_deliveries_page", "test_event_pages", "test_list_page"}
"""Pages that are mostly SQL: filters, sorting, searching."""


def refuse_what_flushes(item: pytest.Item) -> None:
    """Raises UsageError for a test that would flush the database."""
    mark = item.get_closest_marker("django_db")
    flushes = mark and (mark.kwargs.get("transaction") or mark.kwargs.get("reset_sequences"))
    if flushes or BANNED & fixtures(item):
        raise pytest.UsageError(f"{item.nodeid} would flush the database; take `committed_db` instead")


def is_wanted(item: pytest.Item) -> bool:
    """Whether it runs here."""
    if item.get_closest_marker("postgres") is not None:
        return databases.is_postgres()
    if os.environ.get("OFFSET_TEST_ONCE") == "no" and databases.is_postgres() and _is_run_once(item):
        return False
    return not (os.environ.get("OFFSET_TEST_FAST") and (SERVERS & fixtures(item) or _is_of_pages(item)))


def _is_run_once(item: pytest.Item) -> bool:
    asks_database = item.get_closest_marker("django_db") is not None or DATABASE & fixtures(item)
    return not asks_database or (_is_of_pages(item) and item.path.stem not in LISTS)


def _is_of_pages(item: pytest.Item) -> bool:
    return item.path.stem.endswith(("_page", "_pages"))


def fixtures(item: pytest.Item) -> set[str]:
    """All fixtures that a test takes, also those that its fixtures take."""
    return set(getattr(item, "fixturenames", ()))
