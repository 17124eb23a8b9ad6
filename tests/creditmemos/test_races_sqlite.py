"""SQLite: eight processes on one file take turns, none is told that the database is locked, and nothing is lost."""

import subprocess
import sys

import pytest
from django.db import connection

from creditmemos.models import Application, CreditMemo
from tests.factories.scenario import Scenario
from tests.factories.world import issue_invoice, issue_memo

PROCESSES, STEPS, SECONDS = 8, 25, 120

pytestmark = pytest.mark.race


def test_eight_processes_lose_nothing(scenario: Scenario, child_environment: dict[str, str]) -> None:
    if connection.vendor != "sqlite":
        return
    memos = [issue_memo(scenario.market, "60.00") for _ in range(3)]
    CreditMemo.objects.filter(pk__in=[memo.pk for memo in memos]).update(internal_note="race")
    for _ in range(3):
        issue_invoice(scenario.market)
    before = set(Application.objects.values_list("pk", flat=True))
    connection.close()
    command = [sys.executable, "-m", "tests.creditmemos.applying_process"]
    processes = [
        subprocess.Popen(
            [*command, str(seed), str(STEPS), *(["KILLED"] if seed % 4 == 0 else [])],
            env=child_environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for seed in range(PROCESSES)
    ]  # fmt: skip
    ends = [process.communicate(timeout=SECONDS) for process in processes]
    assert [process.returncode for process in processes] == [9, 0, 0, 0] * 2, [error for _out, error in ends]
    assert [error for _out, error in ends] == [""] * PROCESSES
    lines = [line.split() for out, _error in ends for line in out.splitlines()]
    assert len(lines) == PROCESSES * STEPS - 2
    assert {code for kind, code in lines if kind == "refused"} <= {
        "over_balance",
        "memo_not_open",
        "over_due",
        "not_unpaid",
    }
    moved = sorted(int(amount) for kind, amount in lines if kind == "moved")
    assert len(moved) > PROCESSES
    new = Application.objects.exclude(pk__in=before)
    assert sorted(new.values_list("amount", flat=True)) == moved
    assert sum(CreditMemo.objects.filter(internal_note="race").values_list("applied", flat=True)) == sum(moved)
