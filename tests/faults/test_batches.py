"""Fifty PDFs at once: the worker dies, the disk is full, a renderer is killed, a template is hostile."""

import errno
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core import consumer
from core.models import OutboxJob
from creditmemos.models import CreditMemo
from documents.handlers import MAKE
from documents.models import DocumentJob, StoredDocument
from documents.operations import templates
from documents.queries.templates import default_version
from documents.renderer import rendering
from documents.renderer.rendering import Rendered
from documents.storage.stores import DurableFiles
from tests.factories.world import NOW, Market, issue_memo
from tests.support.outbox import end_leases
from tests.support.work import Process, children_of, relay, until, worker

pytestmark = [pytest.mark.fault]

MEMOS = 24
Start = Callable[..., Process]


@pytest.fixture
def open_jobs(north: Market) -> Iterator[list[int]]:
    """Issued memos whose mails wait for their PDFs."""
    for _ in range(MEMOS):
        issue_memo(north)
    yield list(OutboxJob.objects.filter(handler=MAKE).order_by("pk").values_list("pk", flat=True))
    rendering._renderer.close()


def stored_once() -> bool:
    """Whether every memo has exactly one version of its PDF."""
    counts = Counter(StoredDocument.objects.values_list("document_id", flat=True))
    return counts == Counter(CreditMemo.objects.values_list("pk", flat=True))


def run_all(ids: list[int]) -> int:
    """One batch as a worker runs it, in this process."""
    return consumer.run_together(ids)


@pytest.mark.postgres
def test_a_worker_killed_in_the_middle_loses_none_and_doubles_none(
    north: Market, start: Start, open_jobs: list[int]
) -> None:
    start(relay)
    first = start(worker, queues=("documents",), children=1)
    until(lambda: StoredDocument.objects.count() >= 3, what="some of the batch")
    first.kill()
    made = StoredDocument.objects.count()
    assert 0 < made < MEMOS, "the worker was to die in the middle"
    assert OutboxJob.objects.filter(handler=MAKE, token__isnull=False).exists()
    end_leases()  # In life a minute and a quarter later.
    start(worker, queues=("documents",), children=1)
    until(lambda: not OutboxJob.objects.open().filter(handler=MAKE).exists(), what="the rest")
    assert stored_once()
    assert set(DocumentJob.objects.values_list("state", flat=True)) == {"ready"}
    told = OutboxJob.objects.filter(topic="document.stored")
    assert told.values("key").distinct().count() == MEMOS


@pytest.mark.postgres
def test_a_killed_child_is_followed_by_another(north: Market, start: Start, open_jobs: list[int]) -> None:
    running = start(worker, queues=("documents",), children=1)
    start(relay)
    until(lambda: StoredDocument.objects.count() >= 2, what="some of the batch")
    for child in children_of(running.pid)[:1]:
        os.kill(child, signal.SIGKILL)
    end_leases()
    until(lambda: not OutboxJob.objects.open().filter(handler=MAKE).exists(), what="the rest")
    assert running.pid
    assert stored_once()


def test_a_full_disk_at_one_concerns_that_one(
    north: Market, open_jobs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    save, third = DurableFiles._save, CreditMemo.objects.order_by("pk")[2].pk

    def full_at_the_third(self: DurableFiles, name: str, content: Any) -> str:
        if f"/{third}/" in name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return save(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(DurableFiles, "_save", full_at_the_third)
        assert run_all(open_jobs) == MEMOS - 1
    waiting = OutboxJob.objects.open().get(handler=MAKE)
    assert (waiting.attempts, "No space left" in waiting.last_error) == (1, True)
    assert not StoredDocument.objects.filter(document_id=third).exists()
    end_leases()
    assert consumer.run(waiting.pk)
    assert stored_once()


def test_a_renderer_killed_at_one_concerns_that_one(
    north: Market, open_jobs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    render, asked = rendering.render_pdf, []

    def killed_at_the_fifth(**given: Any) -> Rendered:
        asked.append(given["must_show"])
        if len(asked) == 5:
            assert rendering._renderer.pid
            os.kill(rendering._renderer.pid, signal.SIGKILL)
        return render(**given)

    with monkeypatch.context() as patch:
        patch.setattr(rendering, "render_pdf", killed_at_the_fifth)
        done = run_all(open_jobs)
    assert done >= MEMOS - 1, "a renderer that is found dead before it is asked is replaced"
    end_leases()
    for job in OutboxJob.objects.open().filter(handler=MAKE):
        assert consumer.run(job.pk)
    assert stored_once()


@pytest.mark.postgres
def test_a_hostile_template_in_the_middle_stops_nobody(north: Market, start: Start) -> None:
    """The memo was issued anyway; the worker's process is the same, and the others have their PDFs."""
    publish_hostile(north, number="CM-2026-00008")
    running = start(worker, queues=("documents",), children=1)
    start(relay)
    issue_memo(north)
    until(StoredDocument.objects.exists, what="the first PDF")
    before = children_of(running.pid)
    for _ in range(MEMOS):
        issue_memo(north)
    until(lambda: not OutboxJob.objects.open().filter(handler=MAKE).exists(), what="all of them")
    assert children_of(running.pid) == before
    poisoned = CreditMemo.objects.get(number="CM-2026-00008")
    failed = DocumentJob.objects.get(state="failed")
    assert (failed.document_id, "limit" in failed.reason.lower()) == (poisoned.pk, True)
    assert poisoned.status == "unapplied"
    made = set(StoredDocument.objects.values_list("document_id", flat=True))
    assert made == set(CreditMemo.objects.exclude(pk=poisoned.pk).values_list("pk", flat=True))


def publish_hostile(market: Market, *, number: str) -> None:
    """A template that renders well for every document but one."""
    origin = default_version(kind="credit_memo", language="en", at=NOW)
    who: dict[str, Any] = {"actor": market.actor(), "now": NOW}
    draft = templates.create(origin=origin, kind="credit_memo", language="en", name="Ours", **who)
    loops = "{% for a in (1..50000) %}{% for b in (1..50000) %}x{% endfor %}{% endfor %}"
    source = draft.source.replace("<body>", f'<body>{{% if number == "{number}" %}}{loops}{{% endif %}}')
    assert loops in source
    draft = templates.save_draft(
        template=draft, name="Ours", source=source, page_size="A4", revision=draft.revision, **who
    )
    templates.publish(template=draft, revision=draft.revision, note="", **who)
