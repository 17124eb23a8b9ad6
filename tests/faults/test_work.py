"""Things wait and then happen: the worker, the relay, the broker and the connections are taken away in turn."""

import io
import os
import signal
import time
from collections.abc import Callable

import pytest
from django.db import connection
from pypdf import PdfReader

from config.celery import app
from core.models import OutboxJob
from core.relay import lease
from core.tasks import Broker
from documents.models import StoredDocument
from notifications.models import Delivery
from tests.factories.world import Market, issue_memo
from tests.faults.conftest import all_done
from tests.support.outbox import end_leases
from tests.support.smtp import MailServer
from tests.support.valkey import Valkey
from tests.support.work import Process, children_of, relay, until, worker

pytestmark = [pytest.mark.fault, pytest.mark.postgres]

Start = Callable[..., Process]
ADMINS = ["billing.admin.north@example.com", "company.admin.north@example.com"]


def arrived(smtp: MailServer) -> list[str]:
    return sorted(address for mail in smtp.received for address in mail.recipients)


def test_the_mail_arrives_once_with_its_pdf_though_the_worker_dies_in_between(
    north: Market, start: Start, smtp: MailServer
) -> None:
    memo = issue_memo(north)
    start(relay)
    first = start(worker, queues=("documents",))
    until(StoredDocument.objects.exists, what="the PDF")
    first.kill()
    assert arrived(smtp) == []
    start(worker)
    all_done()
    assert arrived(smtp) == ADMINS
    assert StoredDocument.objects.count() == 1
    (attached,) = smtp.received[0].message.iter_attachments()
    assert memo.number
    assert memo.number in PdfReader(io.BytesIO(attached.get_content())).pages[0].extract_text()
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_a_worker_that_dies_at_work_is_followed_by_another(north: Market, start: Start, smtp: MailServer) -> None:
    smtp.delay = 30.0
    issue_memo(north)
    start(relay)
    busy = start(worker)
    until(lambda: Delivery.objects.filter(attempts=1).exists(), what="a mail being sent")
    busy.kill()
    smtp.delay = 0.0
    smtp.received.clear()
    start(worker)
    end_leases()  # in life a minute later
    all_done()
    assert sorted(set(arrived(smtp))) == ADMINS
    assert len({str(mail.message["Message-ID"]) for mail in smtp.received}) == 2


def test_a_killed_child_does_not_hold_the_work_up(north: Market, start: Start, smtp: MailServer) -> None:
    start(relay)
    running = start(worker)
    issue_memo(north)
    until(StoredDocument.objects.exists, what="the PDF")
    for child in children_of(running.pid)[:1]:
        os.kill(child, signal.SIGKILL)
    issue_memo(north)
    time.sleep(1)
    end_leases()
    all_done()
    assert sorted(set(arrived(smtp))) == ADMINS
    assert StoredDocument.objects.count() == 2


def test_without_a_broker_things_wait(north: Market, start: Start, smtp: MailServer, valkey: Valkey) -> None:
    valkey.stop()
    running = start(relay)
    began = time.monotonic()
    issue_memo(north)
    assert time.monotonic() - began < 1  # nobody who issues a memo waits for the broker
    time.sleep(2)
    assert running.pid
    assert set(OutboxJob.objects.values_list("attempts", flat=True)) == {0}
    valkey.start()
    start(worker)
    all_done()
    assert arrived(smtp) == ADMINS


def test_a_frozen_broker_is_waited_for(north: Market, start: Start, smtp: MailServer, valkey: Valkey) -> None:
    running = start(relay)
    start(worker)
    issue_memo(north)
    all_done()
    valkey.freeze()
    try:
        began = time.monotonic()
        issue_memo(north)
        assert time.monotonic() - began < 1
        time.sleep(3)
        assert running.pid
    finally:
        valkey.thaw()
    all_done()
    assert arrived(smtp) == sorted(ADMINS * 2)


def test_what_a_flushed_broker_forgot_is_handed_out_again(
    north: Market, start: Start, smtp: MailServer, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: messages alone, without a lease that ends, are lost by the same flush."""
    monkeypatch.setattr(app.conf, "broker_url", valkey.url)
    issue_memo(north)
    broker = Broker()
    broker(lease())
    broker.close()
    with valkey.client() as client:
        assert client.llen("documents") == 1
    valkey.flush()
    start(worker)
    time.sleep(3)
    assert not StoredDocument.objects.exists()  # lost, as far as Celery can tell
    start(relay)
    all_done()
    assert arrived(smtp) == ADMINS


def test_a_killed_relay_is_followed_by_another(north: Market, start: Start, smtp: MailServer) -> None:
    start(worker)
    first = start(relay)
    issue_memo(north)
    until(lambda: OutboxJob.objects.filter(handed__gt=0).exists() or StoredDocument.objects.exists())
    first.kill()
    issue_memo(north)
    start(relay)
    all_done()
    assert arrived(smtp) == sorted(ADMINS * 2)


def test_cut_connections_to_the_database_are_made_anew(north: Market, start: Start, smtp: MailServer) -> None:
    start(worker)
    running = start(relay)
    issue_memo(north)
    for _ in range(6):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        time.sleep(0.5)
    assert running.pid
    issue_memo(north)
    end_leases()
    all_done()
    assert sorted(set(arrived(smtp))) == ADMINS
    assert StoredDocument.objects.count() == 2


def test_the_relay_stops_when_asked(north: Market, start: Start) -> None:
    running = start(relay)
    until(lambda: "looking for work" in running.said(), what="the relay's first words")
    assert running.stop() == 0
    assert "has stopped" in running.said()
