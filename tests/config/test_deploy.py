"""The units and the compose file start every part by `bin/offset`, and each queue has a worker."""

import re
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "bin"))

from parts import COMMANDS  # noqa: E402

PARTS = COMMANDS.keys() - {"prepare"}
TIMED = {path.stem.removeprefix("offset-") for path in (ROOT / "deploy/systemd").glob("*.timer")}
UNITS = {path.stem.removeprefix("offset-"): path.read_text() for path in (ROOT / "deploy/systemd").glob("*.service")}
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text()


def test_every_queue_has_a_worker() -> None:
    served = [words[words.index("--queues") + 1] for words in COMMANDS.values() if "--queues" in words]
    assert {queue for text in served for queue in text.split(",")} == set(settings.CELERY_TASK_QUEUES)


def test_every_part_has_a_unit_that_reads_the_settings() -> None:
    assert UNITS.keys() == PARTS | TIMED | {"metrics"}
    for part in PARTS:
        unit = UNITS[part]
        for line in (
            f"ExecStart=/opt/offset/bin/offset {part}", "EnvironmentFile=/etc/offset.env", "UMask=0027",
            "Environment=PYTHONUNBUFFERED=1", "RestartPreventExitStatus=78", "Restart=always",
        ):  # fmt: skip
            assert line in unit.splitlines(), (part, line)


def test_what_runs_each_night_is_a_command_that_ends() -> None:
    assert {"tidy", "verify-books", "verify-documents"} == TIMED
    for name in TIMED:
        lines = UNITS[name].splitlines()
        command = name.replace("-", "_")
        assert command in get_commands()
        for line in (
            f"ExecStart=/opt/offset/bin/offset {command}", "Type=oneshot", "EnvironmentFile=/etc/offset.env",
            "User=offset", "UMask=0027",
        ):  # fmt: skip
            assert line in lines, (name, line)


def test_every_part_has_a_container() -> None:
    started = re.findall(r"^    command: \[bin/offset, (\w+)", COMPOSE, re.MULTILINE)
    assert set(started) == {*PARTS, "update"}


def test_the_environment_names_what_the_settings_read() -> None:
    named = re.findall(r"^([A-Z_]+)=", (ROOT / "deploy" / "systemd" / "offset.env").read_text(), re.MULTILINE)
    documented = (ROOT / "docs" / "operations.md").read_text()
    assert named
    assert [name for name in named if f"`{name}`" not in documented] == []
