"""The check that follows every test with a database: `verify_books` finds no breach."""

from importlib.util import find_spec

from django.db import connection


def assert_books_balance() -> None:
    """Fail with the list of breached invariants; a transaction that is already doomed has nothing to check."""
    if find_spec("creditmemos.verification") is None or (connection.in_atomic_block and connection.needs_rollback):
        return
    from creditmemos.verification import breaches

    found = breaches()
    assert not found, "the books do not balance: " + "; ".join(map(str, found))
