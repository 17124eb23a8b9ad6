"""The edge runs an operation again after a deadlock or a lost connection, and never a part of one."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from companies.models import Company, Marketplace
from core.errors import BalanceChanged, Refusal
from core.locking import lock_one
from core.retry import is_transient, retry
from tests.factories.companies import CompanyFactory, MarketplaceFactory
from tests.support.databases import Copy
from tests.support.threads import together


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.retry.time.sleep", lambda _seconds: None)


def raised(kind: type[DatabaseError], state: str | None) -> DatabaseError:
    """A database error as Django raises it, with the driver's SQLSTATE behind it."""
    cause = Exception("driver")
    if state:
        cause.sqlstate = state  # type: ignore[attr-defined]
    error = kind("failed")
    error.__cause__ = cause
    return error


def failing(times: int, error: Exception) -> tuple[Callable[[], str], list[int]]:
    """Work that fails so many times before it succeeds, and a list that grows with every run."""
    runs: list[int] = []

    def work() -> str:
        runs.append(1)
        if len(runs) <= times:
            raise error
        return "done"

    return work, runs


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03", "57P01", "08006"])
def test_what_may_well_succeed_is_run_again(db: None, state: str) -> None:
    work, runs = failing(2, raised(OperationalError, state))
    assert (retry(work), len(runs)) == ("done", 3)


def test_it_gives_up_after_three(db: None) -> None:
    work, runs = failing(9, raised(OperationalError, "40P01"))
    with pytest.raises(OperationalError):
        retry(work)
    assert len(runs) == 3


@pytest.mark.parametrize("state", ["23505", "22003", "42P01", "57014"])
def test_what_would_fail_again_is_not(db: None, state: str) -> None:
    work, runs = failing(1, raised(DatabaseError, state))
    with pytest.raises(DatabaseError):
        retry(work)
    assert len(runs) == 1


def test_a_refusal_is_an_answer(db: None) -> None:
    work, runs = failing(1, BalanceChanged())
    with pytest.raises(BalanceChanged):
        retry(work)
    assert len(runs) == 1


def test_a_lost_connection_is_transient_where_there_are_connections(db: None) -> None:
    assert is_transient(raised(OperationalError, None)) is (connection.vendor == "postgresql")
    assert is_transient(raised(IntegrityError, None)) is False


def test_a_broken_guard_is_the_refusal_that_people_read(db: None) -> None:
    market = MarketplaceFactory.create()

    def break_it() -> None:
        with transaction.atomic():
            Marketplace.objects.filter(pk=market.pk).update(currency="EUR")
            raise IntegrityError("i1_balance")

    with pytest.raises(Refusal) as caught:
        retry(break_it)
    assert caught.value.code == "balance_changed"


def test_it_works_on_whole_transactions(committed_db: Copy) -> None:
    with pytest.raises(RuntimeError, match="whole transactions"), transaction.atomic():
        retry(lambda: "done")
    assert retry(lambda: "done") == "done"


def test_inside_a_test_case_an_operations_own_transaction_is_still_none(db: None) -> None:
    assert retry(lambda: "done") == "done"
    with pytest.raises(RuntimeError, match="whole transactions"), transaction.atomic():
        retry(lambda: "done")


@pytest.mark.postgres
@pytest.mark.race
def test_a_real_deadlock_ends_with_both_done(committed_db: Copy) -> None:
    market = MarketplaceFactory.create()
    pair = [CompanyFactory.create(marketplace=market, name="0").pk for _ in range(2)]

    def crossing(first: int, second: int) -> Callable[[], None]:
        def work() -> None:
            with transaction.atomic():
                for pk in (first, second):
                    row = lock_one(Company.objects.filter(pk=pk))
                    row.name = str(int(row.name) + 1)
                    row.save(update_fields=["name", "search_key"])
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_sleep(0.2)")

        return lambda: retry(work)

    assert together([crossing(*pair), crossing(*reversed(pair))]) == [None, None]
    assert list(Company.objects.filter(pk__in=pair).values_list("name", flat=True)) == ["2", "2"]
