"""The page of failed jobs: who sees it, and running work again."""

import re

import pytest
from django.db import transaction

from core import outbox
from core.models import AuditEntry, OutboxJob
from tests.factories.world import NOW, Market, make_market
from tests.support.outbox import database, drain, failing, handlers
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
PAGE = "/failed-work/"


@pytest.fixture
def north() -> Market:
    return make_market("north")


def dead_job(market: Market, key: str = "memo:1") -> OutboxJob:
    with handlers(database("thing.done", "a.count", failing("No such <b>thing</b>", permanent=True))):
        with transaction.atomic():
            outbox.publish(topic="thing.done", key=key, marketplace_id=market.marketplace.pk, payload={}, now=NOW)
        drain()
    return OutboxJob.objects.dead().get(key=key)


def test_it_lists_what_was_given_up(north: Market) -> None:
    dead_job(north)
    page = client_of(north.people["support"]).get(PAGE).content.decode()
    assert "a.count" in page
    assert "memo:1" in page
    assert "No such &lt;b&gt;thing&lt;/b&gt;" in page


def test_without_any_it_says_so(north: Market) -> None:
    assert "No failed jobs" in client_of(north.people["manager"]).get(PAGE).content.decode()


def test_chosen_work_runs_again(north: Market) -> None:
    job, other = dead_job(north), dead_job(north, "memo:2")
    response = client_of(north.people["support"]).post(PAGE, {"job": [job.pk]})
    assert (response.status_code, response["Location"]) == (302, PAGE)
    job.refresh_from_db()
    other.refresh_from_db()
    assert (job.state, job.attempts, other.state) == ("open", 0, "dead")
    assert AuditEntry.objects.get(verb="outbox.redrive").object_id == job.pk


def test_a_manager_sets_aside_what_no_longer_matters(north: Market) -> None:
    job, other = dead_job(north), dead_job(north, "memo:2")
    client = client_of(north.people["manager"])
    refused = client.post(PAGE, {"job": [job.pk], "do": "aside", "reason": " "})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert re.findall(r'value="(\d+)" checked', page) == [str(job.pk)]
    done = client.post(PAGE, {"job": [job.pk], "do": "aside", "reason": "The memo is void"})
    assert (done.status_code, done["Location"]) == (302, PAGE)
    job.refresh_from_db()
    other.refresh_from_db()
    assert (job.state, job.attempts, other.state) == ("done", 1, "dead")
    entry = AuditEntry.objects.get(verb="outbox.set_aside")
    assert (entry.object_id, entry.note, entry.actor) == (job.pk, "The memo is void", north.user("manager"))
    client.post(PAGE, {"job": [job.pk], "do": "aside", "reason": "Again"})
    assert AuditEntry.objects.filter(verb="outbox.set_aside").count() == 1


@pytest.mark.parametrize("person", ["finance", "support"])
def test_whoever_may_not_reads_who_can(north: Market, person: str) -> None:
    job, client = dead_job(north), client_of(north.people[person])
    page = client.get(PAGE).content.decode()
    assert "A marketplace manager can set jobs aside" in page
    assert 'value="aside"' not in page
    assert client.post(PAGE, {"job": [job.pk], "do": "aside", "reason": "Mine"}).status_code == 403
    assert OutboxJob.objects.get().state == "dead"


def test_asking_twice_has_one_effect(north: Market) -> None:
    job = dead_job(north)
    client = client_of(north.people["support"])
    client.post(PAGE, {"job": [job.pk]})
    client.post(PAGE, {"job": [job.pk]})
    assert AuditEntry.objects.filter(verb="outbox.redrive").count() == 1


def test_one_strange_id_refuses_the_whole_batch(north: Market) -> None:
    south = make_market("south", currency="JPY")
    mine, strange = dead_job(north), dead_job(south, "memo:9")
    client = client_of(north.people["manager"])
    for ids in ([mine.pk, strange.pk], [mine.pk, "x"], [mine.pk, 10**30]):
        assert client.post(PAGE, {"job": ids}).status_code == 404
    assert "memo:9" not in client.get(PAGE).content.decode()
    assert OutboxJob.objects.dead().count() == 2


@pytest.mark.parametrize("person", ["developer", "reseller", "company_admin", "user"])
def test_others_are_refused(north: Market, person: str) -> None:
    job = dead_job(north)
    client = client_of(north.people[person])
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"job": [job.pk]}).status_code == 403
    assert OutboxJob.objects.get().state == "dead"
