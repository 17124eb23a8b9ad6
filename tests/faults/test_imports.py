"""A file of events while its readers are killed at work: every row is read once, and the counts agree with the rows."""

import io
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from billing.models import BillingEvent, EventImport, ImportProblem
from billing.operations import importing
from core.clock import database_now
from tests.factories.billing import sells
from tests.factories.world import Market, key, make_market
from tests.support.outbox import end_leases
from tests.support.valkey import Valkey
from tests.support.work import Process, children_of, relay, until, worker

pytestmark = [pytest.mark.fault, pytest.mark.postgres]

ROWS, REPEATS, BAD = 40_000, 50, 400


@pytest.fixture
def uploads(env: dict[str, str], tmp_path: Path, settings: Settings) -> None:
    """One folder for what this process stores and the workers read."""
    folder = env["OFFSET_UPLOADS"] = str(tmp_path / "uploads")
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": folder}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


def file_of(market: Market) -> bytes:
    """Orders; now and then one comes again, or names nobody."""
    sells(market, "Setup")
    lines = ["key,kind,company,day,quantity,price,product"]
    for number in range(ROWS):
        company = "Nobody" if number % BAD == 7 else market.acme.name
        lines.append(f"o{number},order,{company},2026-05-18,1,9.50,Setup")
        if number % REPEATS == 3:
            lines.append(lines[-1])
    return "\n".join(lines).encode()


def test_readers_that_are_killed_lose_nothing_and_repeat_nothing(
    committed_db: object, uploads: None, start: Callable[..., Process], valkey: Valkey
) -> None:
    market = make_market("north")
    content = file_of(market)
    row = importing.start_import(
        name="big.csv", content=io.BytesIO(content), size=len(content), actor=market.actor(), now=database_now(),
        key=key(),
    )  # fmt: skip
    start(relay)
    reader = start(worker, queues=("billing",), children=1)
    seen = 0

    def further() -> bool:
        row.refresh_from_db()
        return row.rows > seen or not row.is_open

    killed = 0
    for kill in ("child", "all", "child", "all"):
        until(further, what="another chunk")
        if not row.is_open:
            break
        seen = row.rows
        if kill == "child":
            os.kill(children_of(reader.pid)[0], signal.SIGKILL)
        else:
            reader.kill()
            reader = start(worker, queues=("billing",), children=1)
        killed += 1
        connection.close()
        end_leases()  # in life a minute later
    assert killed >= 2, "the file was read too soon to show anything"
    until(lambda: (end_leases(), further(), not row.is_open)[2], 60, what="the whole file")
    bad, repeated = ROWS // BAD, ROWS // REPEATS
    assert (row.state, row.rows) == (EventImport.State.DONE, ROWS + repeated)
    assert (row.added, row.repeated, row.refused) == (ROWS - bad, repeated, bad)
    assert BillingEvent.objects.count() == ROWS - bad
    assert ImportProblem.objects.count() == bad
