"""From an issued document to its stored PDF: versions, failures, void copies, and proving the bytes."""

import hashlib
import io
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from pypdf import PdfReader

from companies.models import Marketplace
from core import outbox
from core.actors import Actor
from core.models import AuditEntry, OutboxJob
from documents import operations
from documents.models import DocumentJob, StoredDocument
from documents.operations import making
from documents.operations.files import check_regenerate
from documents.operations.making import Wanted
from documents.queries.files import files_of
from documents.queries.templates import default_version
from documents.renderer import confinement, rendering
from documents.renderer.rendering import LimitExceeded, RendererDied
from tests.support.kinds import content, only_kind
from tests.support.outbox import drain, end_leases

NOW = datetime(2026, 5, 31, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 6, 3, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Marketplace:
    return Marketplace.objects.create(code="north", name="North", currency="EUR", default_language="de")


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    with only_kind(content()):
        yield


def happens(market: Marketplace, topic: str = "thing.issued") -> None:
    with transaction.atomic():
        outbox.publish(topic=topic, key="7", marketplace_id=market.pk, payload={"thing_id": 7}, now=NOW)


def fails_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def render(**_given: Any) -> bytes:
        raise error

    monkeypatch.setattr(rendering, "render_pdf", render)


def test_an_issued_document_gets_its_pdf(market: Marketplace, folder: Path) -> None:
    happens(market)
    drain()
    stored = StoredDocument.objects.get()
    pdf = (folder / stored.name).read_bytes()
    assert hashlib.sha256(pdf).hexdigest() == stored.sha256
    assert (stored.size, stored.version, stored.language, stored.purpose) == (len(pdf), 1, "de", "original")
    assert (stored.file_name, stored.as_of) == ("CM-2026-00042.pdf", NOW)
    assert stored.template_version == "Classic, version 1"
    assert stored.template == default_version(kind="credit_memo", language="de", at=NOW)
    assert "963,90" in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    job = DocumentJob.objects.get()
    assert (job.state, job.language, job.reason) == ("ready", "de", "")


@pytest.mark.parametrize("topic", ["thing.issued", "thing.voided"])
def test_it_says_whose_it_is_what_and_of_which_day(market: Marketplace, folder: Path, topic: str) -> None:
    happens(market, topic)
    drain()
    told = PdfReader(folder / StoredDocument.objects.get().name).metadata
    assert told is not None
    sent = content()
    assert (told.title, told.author) == ("Gutschrift CM-2026-00042", sent["merchant"]["name"])
    assert told.subject == f"Gutschrift CM-2026-00042, {sent['payer']['name']}"
    assert (told.creation_date or NOW).date().isoformat() == sent["issue_date"]


def test_others_are_told_of_it(market: Marketplace) -> None:
    told: list[dict[str, Any]] = []
    listener = outbox.Handler(
        "document.stored", "test.listen", lambda job, _now: told.append(job.payload), "database", 30, "default"
    )
    outbox.register(listener)
    try:
        happens(market)
        drain()
    finally:
        outbox.forget(listener)
    assert told == [
        {
            "stored_document_id": StoredDocument.objects.get().pk,
            "kind": "credit_memo",
            "document_id": 7,
            "purpose": "original",
            "version": 1,
        }
    ]


def test_a_void_copy_is_stamped_and_kept_beside_the_original(market: Marketplace, folder: Path) -> None:
    happens(market)
    drain()
    happens(market, "thing.voided")
    drain()
    copy = StoredDocument.objects.get(purpose="void_copy")
    assert copy.file_name == "CM-2026-00042-void-copy.pdf"
    assert "STORNIERT" in PdfReader(folder / copy.name).pages[0].extract_text()
    original = StoredDocument.objects.get(purpose="original")
    assert "STORNIERT" not in PdfReader(folder / original.name).pages[0].extract_text()


def test_what_nobody_waits_for_is_made_when_it_is_first_wanted(market: Marketplace, folder: Path) -> None:
    wanted = Wanted(market.pk, "credit_memo", 7, "original")
    with only_kind(content(voided_on="2026-06-02"), topics="other", is_waited_for=False):
        happens(market, "other.issued")
        assert not OutboxJob.objects.exists()
        assert files_of("credit_memo", 7).is_made_when_wanted
        stored = making.make_now(wanted)
        assert making.make_now(wanted) == stored
    assert (stored.version, stored.as_of, DocumentJob.objects.get().state) == (1, NOW, "ready")
    text = PdfReader(folder / stored.name).pages[0].extract_text()
    assert "2. Juni" not in text, "the original knows nothing of what came after"
    assert not files_of("credit_memo", 7).is_made_when_wanted
    assert not OutboxJob.objects.exists(), "nobody is mailed about it"


def test_it_is_the_same_whenever_it_is_made(market: Marketplace) -> None:
    happens(market)
    drain()
    early = StoredDocument.objects.get()
    late = making.make_now(Wanted(market.pk, "credit_memo", 8, "original"))
    assert early.sha256 == late.sha256


def test_who_wants_it_before_its_job_ran_leaves_the_job_only_to_tell(market: Marketplace) -> None:
    happens(market)
    stored = making.make_now(Wanted(market.pk, "credit_memo", 7, "original"))
    drain(topic="thing.issued")
    assert StoredDocument.objects.get() == stored
    assert OutboxJob.objects.filter(topic="thing.issued").get().state == "done"


def test_who_opens_it_while_its_job_lays_it_out_leaves_the_job_to_tell_of_the_one_there_is(market: Marketplace) -> None:
    wanted = Wanted(market.pk, "credit_memo", 7, "original")
    record = making.make(wanted, as_of=NOW)
    opened = making.make_now(wanted)
    with transaction.atomic():
        record()
    assert StoredDocument.objects.get() == opened
    told = {job.payload["version"] for job in OutboxJob.objects.filter(topic="document.stored")}
    assert told <= {1}, "its mail goes out with a first version only"
    assert DocumentJob.objects.get().state == "ready"


def test_what_is_not_issued_is_not_printed(market: Marketplace) -> None:
    with only_kind(content(number="", issued_at=""), topics="other"), pytest.raises(making.NotIssued):
        making.make_now(Wanted(market.pk, "credit_memo", 7, "original"))


def test_what_cannot_be_made_now_says_why(market: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_with(monkeypatch, LimitExceeded("The document took too long."))
    with pytest.raises(LimitExceeded):
        making.make_now(Wanted(market.pk, "credit_memo", 7, "original"))
    assert (DocumentJob.objects.get().state, StoredDocument.objects.count()) == ("failed", 0)


def test_what_cannot_be_rendered_is_recorded_and_not_tried_again(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_with(monkeypatch, LimitExceeded("The document took too long."))
    happens(market)
    drain()
    (making,) = files_of("credit_memo", 7).makings
    assert (making.state, making.reason) == ("failed", "The document took too long.")
    assert OutboxJob.objects.get().state == "done"
    assert not StoredDocument.objects.exists()


def test_a_renderer_that_died_is_tried_again_and_given_up_in_the_end(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_with(monkeypatch, RendererDied("The renderer ended unexpectedly (-9)."))
    happens(market)
    drain()
    assert OutboxJob.objects.get().state == "open"
    assert DocumentJob.objects.get().state == "working"
    for _ in range(12):
        end_leases()
        drain()
    assert OutboxJob.objects.get().state == "dead"
    assert "unexpectedly" in DocumentJob.objects.get().reason
    assert DocumentJob.objects.get().state == "failed"


def test_a_renderer_that_hangs_counts_as_an_attempt(market: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    rendering.render_texts({}, {})  # Warm.
    pid = rendering._renderer.pid
    assert pid
    monkeypatch.setattr(rendering._renderer, "_wall", 1)
    os.kill(pid, signal.SIGSTOP)
    happens(market)
    drain()
    job = OutboxJob.objects.get(topic="thing.issued")
    assert (job.state, job.attempts, DocumentJob.objects.get().state) == ("open", 1, "working")
    monkeypatch.undo()
    end_leases()
    drain()
    job.refresh_from_db()
    assert (job.state, DocumentJob.objects.get().state) == ("done", "ready")


@pytest.mark.parametrize(("a_second", "seconds"), [(50, 130), (1, 165), (0.01, 615)])
def test_a_long_document_keeps_its_lease_for_as_long_as_it_may_take(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch, a_second: float, seconds: int
) -> None:
    monkeypatch.setattr(confinement, "LINES_A_SECOND", a_second)  # So that ten lines are many.
    with only_kind(content(10), topics="long"):
        happens(market, "long.issued")
        drain()
    job = OutboxJob.objects.get(topic="long.issued")
    assert job.done_at is not None
    assert seconds - 30 < (job.next_at - job.done_at).total_seconds() <= seconds


def test_trying_again_makes_it(market: Marketplace) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fails_with(patch, LimitExceeded("The document took too long."))
        happens(market)
        drain()
    actor = Actor(marketplace_id=market.pk, label="Fina Finance")
    job = operations.try_again(kind="credit_memo", document_id=7, purpose="original", actor=actor, now=NOW)
    assert (job.state, job.reason) == ("queued", "")
    drain()
    assert StoredDocument.objects.get().version == 1
    assert DocumentJob.objects.get().state == "ready"
    entry = AuditEntry.objects.get(verb="documents.try_again")
    assert (entry.who, entry.object_id, entry.before) == (
        "Fina Finance",
        7,
        {"reason": "The document took too long."},
    )


def test_trying_again_is_refused_unless_it_failed(market: Marketplace) -> None:
    happens(market)
    drain()
    before = OutboxJob.objects.count()
    for market_id in (market.pk, market.pk + 1):
        actor = Actor(marketplace_id=market_id, label="Fina Finance")
        with pytest.raises(operations.NothingFailed):
            operations.try_again(kind="credit_memo", document_id=7, purpose="original", actor=actor, now=NOW)
    assert OutboxJob.objects.count() == before


def test_one_more_version_is_made_for_a_reason_and_mailed_to_nobody(market: Marketplace) -> None:
    happens(market)
    drain()
    actor = Actor(marketplace_id=market.pk, label="Fina Finance")
    first = StoredDocument.objects.get()
    with pytest.MonkeyPatch.context() as patch:
        fails_with(patch, LimitExceeded("The document took too long."))
        operations.regenerate(stored=first, reason="Wrong logo", actor=actor, now=LATER)
        with pytest.raises(operations.StillBeingMade):
            operations.regenerate(stored=first, reason="Wrong logo", actor=actor, now=LATER)
        with pytest.raises(operations.StillBeingMade):
            check_regenerate(first, actor=actor)
        drain()
    check_regenerate(first, actor=actor)
    assert StoredDocument.objects.get() == first
    operations.try_again(kind="credit_memo", document_id=7, purpose="original", actor=actor, now=LATER)
    drain()
    assert list(StoredDocument.objects.order_by("version").values_list("version", "reason", "file_name")) == [
        (1, "", "CM-2026-00042.pdf"),
        (2, "Wrong logo", "CM-2026-00042-2.pdf"),
    ]
    entry = AuditEntry.objects.get(verb="documents.regenerated")
    assert (entry.note, entry.after, entry.object_id) == ("Wrong logo", {"purpose": "original"}, 7)


@pytest.mark.damage
@pytest.mark.parametrize(
    "statement",
    ["UPDATE documents_storeddocument SET sha256 = 'x'", "DELETE FROM documents_storeddocument"],
    ids=["update", "delete"],
)
def test_the_database_refuses_to_change_a_stored_document(market: Marketplace, statement: str) -> None:
    happens(market)
    drain()
    with pytest.raises(DatabaseError, match="i13_append_only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.postgres
def test_the_database_refuses_to_empty_the_table(market: Marketplace) -> None:
    with pytest.raises(DatabaseError, match="i13_append_only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE documents_storeddocument CASCADE")


def test_verify_documents_proves_every_hash(
    market: Marketplace, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    happens(market)
    happens(market, "thing.voided")
    drain()
    call_command("verify_documents")
    size = sum(StoredDocument.objects.values_list("size", flat=True))
    assert f"I15 ok: 2 stored files, {size} bytes read, 0 breaches" in capsys.readouterr().out
    first, second = StoredDocument.objects.order_by("pk")
    path = folder / first.name
    changed = bytearray(path.read_bytes())
    changed[100] ^= 1
    path.write_bytes(changed)
    (folder / second.name).unlink()
    with pytest.raises(SystemExit):
        call_command("verify_documents")
    said = capsys.readouterr().out
    assert "the hash is" in said
    assert "the bytes are not there" in said
    assert f"I15 BROKEN: 2 stored files, {first.size} bytes read, 2 breaches, 1 different, 1 missing" in said


def test_verify_documents_tells_what_no_document_names_for_a_day(
    market: Marketplace, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    happens(market)
    drain()
    stored = folder / StoredDocument.objects.get().name
    old, young = stored.with_name("original-lost.pdf"), stored.with_name(".draft-young")
    for path in (old, young):
        path.write_bytes(b"%PDF")
    before = old.stat().st_mtime - 2 * 24 * 3600
    for path in (old, stored):
        os.utime(path, (before, before))
    call_command("verify_documents")
    said = capsys.readouterr().out
    assert f"{old.relative_to(folder)}: named by no document, 4 bytes of " in said
    assert "Named by no document for a day or longer: 1 files of 4 bytes" in said
    assert (".draft" in said, "I15 ok: 1 stored files" in said) == (False, True)
    call_command("verify_documents", no_orphans=True)
    assert "named by" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "name"),
    [("CM/2026/1", "CM-2026-1.pdf"), ("../../etc", "etc.pdf"), ('a"\r\nSet-Cookie: x', "a-Set-Cookie-x.pdf")],
)
def test_file_names_are_harmless(number: str, name: str) -> None:
    from documents.operations.making import file_name

    assert file_name(number, "original", 1) == name
