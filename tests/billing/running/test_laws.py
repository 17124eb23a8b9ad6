"""What is true of every run: in one go or in pieces, killed or not, foreseen or done, and whatever order events come in."""

from datetime import date, datetime
from random import Random

import pytest
from django.db import transaction

from billing.models import BillingRun
from billing.operations import running
from billing.operations.running import worker
from billing.operations.running.starting import start_run
from billing.queries.progress import progress
from core import rows
from tests.billing.running.scenario import MONTHS, Scenario, books, build, noon, numbers_are_whole
from tests.factories.billing import bill
from tests.factories.world import key

SEEDS = [*range(3), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 20))]

pytestmark = pytest.mark.slow


class Killed(BaseException):
    """The worker is gone; nothing that it does after this happens."""


def all_months(scenario: Scenario) -> dict[str, object]:
    for through in MONTHS:
        bill(scenario.market, through, now=noon(through))
    return books(scenario.market)


def by_workers(scenario: Scenario, through: date, work: object = None) -> BillingRun:
    """Start a run and let its workers work one after the other, a batch at a time."""
    now = noon(through)
    run = start_run(through=through, actor=scenario.market.actor(), now=now, key=key())
    with transaction.atomic():
        running.collect(run_id=run.pk, now=now)
    run.refresh_from_db()
    lane = 0
    while run.is_open:
        lane = (lane + 1) % 3
        running.RunWorker(run.pk, lane, now).work(0.0001)
        run.refresh_from_db()
    return run


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every batch is one payer."""
    monkeypatch.setattr(worker, "FIRST", 1)
    monkeypatch.setattr(worker, "MOST", 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_one_go_is_in_pieces(db: None, seed: int, small_batches: None, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = build(seed)
    for through in MONTHS:
        by_workers(pieces, through)
    monkeypatch.setattr(worker, "FIRST", 50)
    monkeypatch.setattr(worker, "MOST", 500)
    whole = build(seed)
    assert all_months(whole) == books(pieces.market)
    numbers_are_whole(whole.market)
    numbers_are_whole(pieces.market)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_events_is_nothing(db: None, seed: int) -> None:
    assert all_months(build(seed)) == all_months(build(seed, shuffle=seed + 100))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_preview_is_what_happens(db: None, seed: int) -> None:
    scenario = build(seed)
    for through in MONTHS:
        before = books(scenario.market)
        foreseen = bill(scenario.market, through, now=noon(through), dry=True)
        assert books(scenario.market) == before, "a preview wrote something"
        done = bill(scenario.market, through, now=noon(through))
        assert figures(foreseen) == figures(done)


def figures(run: BillingRun) -> list[tuple[object, ...]]:
    names = ("charges", "invoices", "memos", "applications", "failed_events", "invoiced", "credited", "applied", "due")
    return sorted(run.lines.values_list("payer_id", "state", *names))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_that_was_killed_goes_on_where_it_was(
    db: None, seed: int, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = build(seed)
    expected = all_months(undisturbed)
    killed = build(seed)
    draw, kills = Random(seed), 0
    for through in MONTHS:
        now = noon(through)
        run = start_run(through=through, actor=killed.market.actor(), now=now, key=key())
        with transaction.atomic():
            running.collect(run_id=run.pk, now=now)
        for _ in range(10):
            with monkeypatch.context() as patch:
                die_soon(patch, draw.randrange(1, 12))
                kills += work_until_killed(run, now)
        while run.is_open:
            running.RunWorker(run.pk, 0, now).work(5)
            run.refresh_from_db()
    assert kills >= 10
    assert books(killed.market) == expected
    numbers_are_whole(killed.market)


def work_until_killed(run: BillingRun, now: datetime) -> bool:
    try:
        while run.is_open:
            running.RunWorker(run.pk, 0, now).work(0.0001)
            run.refresh_from_db()
    except Killed:
        return True
    return False


def die_soon(patch: pytest.MonkeyPatch, after: int) -> None:
    """Kill whoever writes the n-th time from now."""
    left = iter(range(after))
    insert, update = rows.insert, rows.update

    def killing(real: object) -> object:
        def write(*given: object) -> object:
            if next(left, None) is None:
                raise Killed
            return real(*given)  # type: ignore[operator]

        return write

    patch.setattr(rows, "insert", killing(insert))
    patch.setattr(rows, "update", killing(update))


def test_progress_adds_up(db: None) -> None:
    scenario = build(1)
    run = bill(scenario.market, MONTHS[0])
    found = progress(run)
    assert found.settled == found.payers == found.done
    assert found.percent == 100
    assert found.invoiced == sum(run.lines.values_list("invoiced", flat=True))
