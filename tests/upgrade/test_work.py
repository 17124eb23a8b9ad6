"""Work that an earlier release left open is done by today's workers."""

from collections import Counter

import pytest
from django.db.models import Sum

from billing.models import BillingEvent, BillingRun, EventImport, RunLine
from core.clock import database_now
from core.models import OutboxJob
from documents.models import DocumentArchive
from notifications.models import Delivery
from tests.support.books import assert_books_balance
from tests.support.databases import Copy
from tests.support.outbox import drain
from tests.upgrade.conftest import DAY_AFTER

pytestmark = pytest.mark.slow

OPEN_RUN = {"state": "running", "marketplace__code": "south"}


def go_on(topic: str | None = None) -> None:
    """Let workers do what is open; the moment is the old release's."""
    OutboxJob.objects.open().update(next_at=database_now())
    drain(DAY_AFTER, topic=topic)


def troubles() -> list[str]:
    """Open jobs that failed, and those that were given up; one was before."""
    rows = OutboxJob.objects.filter(done_at=None).exclude(key="dead")
    return [f"{job.topic} {job.handler}: {job.last_error}" for job in rows.order_by("pk")]


def test_each_open_job_is_done(upgraded: Copy) -> None:
    topics = set(OutboxJob.objects.open().values_list("topic", flat=True))
    assert topics >= {
        "billing.import.turn", "billing.run.started", "billing.run.turn", "creditmemo.applied", "creditmemo.issued",
        "creditmemo.voided", "document.requested", "document.stored", "documents.archive.turn", "invoice.issued",
        "invoice.voided", "mail.queued", "subscription.agreed",
    }  # fmt: skip
    go_on()
    assert troubles() == []
    assert list(OutboxJob.objects.dead().values_list("key", flat=True)) == ["dead"]
    assert not DocumentArchive.objects.filter(state__in=["queued", "working"]).exists()
    assert not Delivery.objects.filter(state="queued").exists()
    [file] = EventImport.objects.filter(name="waits.csv")
    assert (file.state, file.rows, file.added, file.repeated) == ("done", 2, 1, 1)
    assert_books_balance()


def test_the_open_run_comes_to_its_end(upgraded: Copy) -> None:
    run = BillingRun.objects.get(**OPEN_RUN)
    before = Counter(RunLine.objects.filter(run=run).values_list("state", flat=True))
    assert before == {"issued": 1, "waiting": 3}
    go_on("billing.run.turn")
    run.refresh_from_db()
    lines = RunLine.objects.filter(run=run)
    assert run.state == "finished"
    assert set(lines.values_list("state", "error")) == {("done", "")}
    figures = lines.aggregate(Sum("invoices"), Sum("invoiced"), Sum("applied"), Sum("due"))
    assert figures == {"invoices__sum": 4, "invoiced__sum": 59520, "applied__sum": 24000, "due__sum": 35520}
    assert_books_balance()


def test_agreements_reach_billing_once(upgraded: Copy) -> None:
    keys = [job.payload["key"] for job in OutboxJob.objects.open().filter(topic="subscription.agreed")]
    assert len(keys) >= 2
    go_on("subscription.agreed")
    told = BillingEvent.objects.filter(key__in=keys)
    assert sorted(told.values_list("key", flat=True)) == sorted(set(keys))
