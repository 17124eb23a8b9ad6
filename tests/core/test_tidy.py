"""What is thrown away at night: only what is over, however often and by how many."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import transaction

from core import outbox, tidying
from core.clock import database_now
from core.models import OutboxJob
from documents.models import DocumentArchive
from documents.operations import archives
from tests.factories.world import NOW, make_market
from tests.support.outbox import database, failing, handlers

pytestmark = pytest.mark.django_db


def make_sessions() -> None:
    for days in (-1, 1):
        store = SessionStore()
        store["user"] = "ada"
        store.save()
        Session.objects.filter(pk=store.session_key).update(expire_date=database_now() + timedelta(days=days))


def told(sessions: int, work: int, archives_of_pdfs: int) -> str:
    """What the command says."""
    return (
        f"sessions: {sessions} removed\nfinished work: {work} removed\n"
        f"archives of PDFs: {archives_of_pdfs} removed\nevents of dry runs: 0 removed\n"
    )


def test_what_is_over_goes_and_all_else_stays(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "BATCH", 2)
    north = make_market("north")
    make_sessions()
    with handlers(database("thing.done", "a.count", failing("no"))), transaction.atomic():
        for key in ("open", "dead", "done lately", "done 1", "done 2", "done 3"):
            outbox.publish(topic="thing.done", key=key, marketplace_id=north.marketplace.pk, payload={}, now=NOW)
    now = database_now()
    mine = OutboxJob.objects.filter(topic="thing.done")
    mine.filter(key="dead").update(dead_at=now - timedelta(days=400))
    mine.filter(key="done lately").update(done_at=now - timedelta(days=89))
    mine.filter(key__in=["done 1", "done 2", "done 3"]).update(done_at=now - timedelta(days=91))
    manager = north.people["manager"]
    for days in (8, 6):
        archives.request(member=manager, kind="invoice", document_ids=[1], now=now - timedelta(days=days))
    call_command("tidy")
    assert capsys.readouterr().out == told(1, 3, 1)
    assert sorted(mine.values_list("key", flat=True)) == ["dead", "done lately", "open"]
    assert (Session.objects.count(), DocumentArchive.objects.count()) == (1, 1)
    call_command("tidy")
    assert capsys.readouterr().out == told(0, 0, 0)
