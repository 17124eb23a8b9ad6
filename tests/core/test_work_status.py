"""What waits and which part does not work: for alarms, for the page of failed jobs, and for the start."""

import re
from datetime import timedelta

import pytest
from celery import current_app
from django.core.management import call_command
from django.db import transaction

from core import outbox, signs_of_life
from core.clock import database_now
from core.models import OutboxJob, PartSeen
from core.signs_of_life import parts
from tests.factories.world import NOW, Market, make_market
from tests.support.outbox import drain, failing, handlers, outside
from tests.support.valkey import Valkey
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Market:
    return make_market("north")


def publish(market: Market, key: str, *, minutes: int) -> None:
    """Work that waits for so many minutes."""
    with transaction.atomic():
        outbox.publish(topic="thing.done", key=key, marketplace_id=market.marketplace.pk, payload={}, now=NOW)
    at = database_now() - timedelta(minutes=minutes)
    OutboxJob.objects.filter(key=key).update(created_at=at, next_at=at)


def seen(**minutes: int) -> None:
    """Each part gave its sign just now, but those that did so many minutes ago."""
    for part in parts():
        ago = minutes.get(part.rpartition(" ")[2], 0)
        signs_of_life.note(part)
        PartSeen.objects.filter(part=part).update(seen_at=database_now() - timedelta(minutes=ago))


def status(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code of `work_status`, and what it says."""
    try:
        call_command("work_status", *words)
        code = 0
    except SystemExit as end:
        code = int(str(end.code))
    return (code, *capsys.readouterr())


@pytest.fixture
def broker(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> Valkey:
    monkeypatch.setattr(current_app.conf, "broker_url", valkey.url)
    monkeypatch.setattr(current_app.conf, "broker_write_url", valkey.url)
    return valkey


def test_alarms(north: Market, broker: Valkey, capsys: pytest.CaptureFixture[str]) -> None:
    code, _said, wrong = status(capsys)
    assert (code, wrong) == (1, "No relay has reported yet: mails and PDFs are delayed.\n")
    seen()
    with handlers(outside("thing.done", "a.tell", failing("away"))):
        publish(north, "memo:1", minutes=20)
        publish(north, "memo:2", minutes=5)
        code, said, wrong = status(capsys, "--max-age", "1800")
        assert (code, wrong) == (0, "")
        assert "default: thing.done (a.tell): 2 open, the oldest waits 20\xa0minutes" in said
        assert "queue mail: a sign of life 0 s ago" in said
        assert status(capsys, "--max-age", "600")[::2] == (
            1,
            "2 jobs of thing.done (a.tell) are waiting, the oldest for 20\xa0minutes, in the queue default.\n",
        )
        drain()  # Both fail and rest: that is no waiting.
        assert status(capsys, "--max-age", "1")[0] == 0
    broker.stop()
    code, _said, wrong = status(capsys)
    assert (code, wrong.startswith("broker does not work: ")) == (1, True)


@pytest.mark.parametrize(
    ("silent", "told"),
    [
        ({}, []),
        ({"relay": 6, "broker": 6, "mail": 6}, ["No relay has reported for 6\xa0minutes"]),
        ({"broker": 7, "mail": 6}, ["The broker has not answered the relay for 7\xa0minutes"]),
        (
            {"documents": 8, "mail": 6},
            [
                "No worker has taken anything from the queue documents for 8\xa0minutes",
                "No worker has taken anything from the queue mail for 6\xa0minutes",
            ],
        ),
    ],
)
def test_a_part_that_does_not_work_is_told_where_staff_begins(
    north: Market, silent: dict[str, int], told: list[str]
) -> None:
    seen(**silent)
    page = client_of(north.people["support"]).get("/", follow=True).content.decode()
    assert re.findall(r"(?:No relay|The broker|No worker)[^:<]*", page) == told
    assert "has reported" not in client_of(north.people["company_admin"]).get("/", follow=True).content.decode()


def test_a_start_without_any_relay_is_told_when_work_waits_for_it(north: Market) -> None:
    client = client_of(north.people["manager"])
    with handlers(outside("thing.done", "a.tell", failing("away"))):
        publish(north, "memo:1", minutes=4)
        assert "No relay" not in client.get("/", follow=True).content.decode()
        publish(north, "memo:2", minutes=6)
        assert "No relay has reported yet" in client.get("/", follow=True).content.decode()


def test_the_page_shows_the_work_of_its_marketplace_alone(north: Market) -> None:
    south = make_market("south", currency="JPY")
    seen(mail=6)
    with handlers(outside("thing.done", "a.tell", failing("away"))):
        publish(north, "memo:1", minutes=20)
        page = client_of(north.people["support"]).get("/failed-work/").content.decode()
        assert "a.tell" in page
        assert "20\xa0minutes" in page
        assert "queue mail" in page
        assert "a.tell" not in client_of(south.people["support"]).get("/failed-work/").content.decode()


def test_the_relay_asks_a_queue_again_only_when_it_answered_or_the_question_is_lost() -> None:
    asked: list[str] = []

    def beat() -> list[str]:
        asked.clear()
        signs_of_life.beat(asked.append, lambda: None)
        return list(asked)

    queues = [part.removeprefix("queue ") for part in parts() if part.startswith("queue ")]
    assert beat() == queues
    assert beat() == []
    PartSeen.objects.update(asked_at=database_now() - timedelta(seconds=40))
    signs_of_life.note("queue mail")
    assert beat() == ["mail"]
    PartSeen.objects.update(asked_at=database_now() - timedelta(seconds=121))
    assert beat() == queues
