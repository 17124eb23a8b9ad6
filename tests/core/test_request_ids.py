"""Work that a request leaves behind carries its id, through every job that follows from it."""

import json
import logging
import uuid
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings

from config.logs import JsonLines
from core import outbox, request_ids
from core.models import OutboxJob
from core.relay import Relay
from tests.factories.world import NOW, Market, make_market
from tests.support.outbox import database, drain, handlers

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Market:
    return make_market("north")


def publish(topic: str, market_id: int) -> None:
    with transaction.atomic():
        outbox.publish(topic=topic, key="memo:1", marketplace_id=market_id, payload={}, now=NOW)


def test_jobs_and_what_follows_from_them(north: Market, caplog: pytest.LogCaptureFixture) -> None:
    def go_on(job: OutboxJob, _now: datetime) -> None:
        logging.getLogger("a.handler").warning("half way")
        publish("thing.told", job.marketplace_id)

    caplog.set_level(logging.INFO, "core")
    caplog.handler.setFormatter(JsonLines())
    with handlers(database("thing.done", "a.tell", go_on), database("thing.told", "a.end", lambda _job, _now: None)):
        with request_ids.working_for("from-nginx-1"):
            publish("thing.done", north.marketplace.pk)
        Relay(lambda _handouts: None).step()
        OutboxJob.objects.update(next_at=NOW)
        assert drain() == 2
        publish("thing.done", make_market("south").marketplace.pk)
    formatted: list[dict[str, Any]] = [json.loads(line) for line in caplog.handler.stream.getvalue().splitlines()]
    assert set(OutboxJob.objects.values_list("topic", "request_id")) == {
        ("thing.done", "from-nginx-1"),
        ("thing.told", "from-nginx-1"),
        ("thing.done", ""),
    }
    told = [(line["message"], line.get("handler")) for line in formatted if line.get("request") == "from-nginx-1"]
    assert told == [
        ("handed out", "a.tell"),
        ("half way", None),
        ("job done", "a.tell"),
        ("job done", "a.end"),
    ]


@pytest.mark.parametrize(("proxies", "told", "kept"), [(1, "abcd-1234", True), (0, "abcd-1234", False)])
def test_only_a_proxy_of_ours_gives_an_id(proxies: int, told: str, kept: bool) -> None:
    with override_settings(PROXIES=proxies):
        given = Client().get("/sign-in/", headers={"X-Request-ID": told})["X-Request-ID"]
    assert (given == told) is kept
    assert request_ids.current() == ""


@pytest.mark.parametrize("told", ["", "short", "x" * 65, "a b c d e f", "id\r\nSet-Cookie: x", "ünicode-id"])
def test_an_id_of_another_shape_is_made_anew(told: str) -> None:
    made = request_ids.accepted(told)
    assert uuid.UUID(made).hex == made
