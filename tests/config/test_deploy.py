"""The units and the compose file start every part: each queue has a worker, and the commands are those of the product."""

import re
import shlex
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text()


def commands() -> list[list[str]]:
    return [
        shlex.split(line.partition("=")[2])
        for unit in UNITS
        for line in unit.read_text().splitlines()
        if line.startswith("ExecStart=")
    ]


def queues_in(texts: list[str]) -> set[str]:
    return {queue for text in texts for queue in text.split(",")}


def test_every_queue_has_a_worker() -> None:
    served = [words[words.index("--queues") + 1] for words in commands() if "--queues" in words]
    assert queues_in(served) == set(settings.CELERY_TASK_QUEUES)
    composed = re.findall(r'--queues, "?([\w,]+)"?, --', COMPOSE)
    assert queues_in(composed) == set(settings.CELERY_TASK_QUEUES)


def test_every_part_is_started() -> None:
    said = [" ".join(words) for words in commands()]
    for part in ("gunicorn config.wsgi", "manage.py relay", "celery -A config beat", "celery -A config worker"):
        assert any(part in text for text in said), part
    for part in ("[gunicorn, config.wsgi", "manage.py, relay", "config, beat", "config, worker", "migrate --no-input"):
        assert part in COMPOSE, part


def test_the_environment_names_what_the_settings_read() -> None:
    named = re.findall(r"^([A-Z_]+)=", (ROOT / "deploy" / "systemd" / "offset.env").read_text(), re.MULTILINE)
    documented = (ROOT / "docs" / "operations.md").read_text()
    assert named
    assert [name for name in named if f"`{name}`" not in documented] == []
