"""Documents in a bucket: a server that speaks S3 keeps them, loses them, and is away."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile
from django.core.management import call_command
from pytest_django.fixtures import Settings

from core.models import OutboxJob
from documents.models import DocumentJob, StoredDocument
from documents.operations import making
from documents.operations.making import Wanted
from documents.storage import buckets
from documents.storage.buckets import Bucket, BucketError
from documents.storage.stores import all_stored_files, check_documents, document_storage
from tests.documents.test_making import happens
from tests.factories.world import Market, make_market
from tests.support.buckets import NAME, BucketServer
from tests.support.kinds import content, only_kind
from tests.support.outbox import drain, end_leases
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketServer]:
    monkeypatch.setattr(buckets, "ATTEMPTS", 1)
    running = BucketServer()
    options = running.options
    settings.STORAGES = {
        **settings.STORAGES,
        "documents": {"BACKEND": "documents.storage.buckets.Bucket", "OPTIONS": options},
    }
    yield running
    running.stop()


@pytest.fixture
def north() -> Market:
    return make_market("north")


@pytest.fixture
def stored(north: Market, server: BucketServer) -> Iterator[StoredDocument]:
    with only_kind(content()):
        yield making.make_now(Wanted(north.marketplace.pk, "credit_memo", 7, "original"))


def test_bytes_come_back(server: BucketServer) -> None:
    storage = document_storage()
    assert isinstance(storage, Bucket)
    name = storage.save("1/credit_memo/7/original-abc.pdf", ContentFile(b"%PDF" * 50_000))
    assert name == "1/credit_memo/7/original-abc.pdf"
    assert server.names() == ["offset/documents/1/credit_memo/7/original-abc.pdf"]
    with storage.open(name, "rb") as file:
        assert (file.size, b"".join(file.chunks())) == (200_000, b"%PDF" * 50_000)
    with storage.open(name, "rb") as file:
        assert (file.read(4), len(file.read())) == (b"%PDF", 199_996)


def test_the_same_name_is_written_again_in_place(server: BucketServer) -> None:
    storage = document_storage()
    first = storage.save("a.pdf", ContentFile(b"one"))
    assert storage.save("a.pdf", ContentFile(b"one")) == first
    assert server.names() == ["offset/documents/a.pdf"]


def test_what_is_not_there_is_not_found(server: BucketServer) -> None:
    assert not document_storage().exists("none.pdf")
    with pytest.raises(FileNotFoundError, match=r"none\.pdf"):
        document_storage().open("none.pdf", "rb")
    document_storage().delete("none.pdf")


def test_objects_are_not_written_piece_by_piece(server: BucketServer) -> None:
    with pytest.raises(ValueError, match="saved whole"):
        document_storage().open("a.pdf", "wb")


def test_names_cannot_leave_the_prefix(server: BucketServer) -> None:
    with pytest.raises(SuspiciousOperation):
        document_storage().save("../escape.pdf", ContentFile(b"x"))
    assert server.names() == []


@pytest.mark.parametrize("trouble", ["no server", "no bucket"])
def test_all_that_goes_wrong_is_an_error_of_the_system(server: BucketServer, trouble: str) -> None:
    storage = document_storage()
    if trouble == "no server":
        server.stop()
    else:
        server.client.delete_bucket(Bucket=NAME)
    for call in (
        lambda: storage.save("a.pdf", ContentFile(b"x")),
        lambda: storage.open("a.pdf", "rb"),
        lambda: list(all_stored_files()),
    ):
        with pytest.raises(BucketError) as raised:
            call()
        assert not isinstance(raised.value, FileNotFoundError)


def test_a_pdf_is_kept_in_the_bucket_and_downloaded(
    north: Market, server: BucketServer, stored: StoredDocument
) -> None:
    answer = client_of(north.people["billing_admin"]).get(f"/documents/{stored.pk}/")
    assert hashlib.sha256(answer.content).hexdigest() == stored.sha256
    assert server.names() == [f"offset/documents/{stored.name}"]


def test_a_bucket_that_is_away_is_tried_again(north: Market, server: BucketServer) -> None:
    with only_kind(content()), pytest.MonkeyPatch.context() as patch:
        happens(north.marketplace)
        patch.setattr(Bucket, "_save", _away)
        drain()
        job = OutboxJob.objects.get()
        assert (job.state, job.attempts, StoredDocument.objects.count()) == ("open", 1, 0)
        assert "BucketError" in job.last_error
        patch.undo()
        end_leases()
        drain(topic="thing.issued")
    assert DocumentJob.objects.get().state == "ready"
    assert StoredDocument.objects.count() == 1


def _away(*_given: Any) -> None:
    raise BucketError("the server is away")


def test_a_download_says_that_the_bucket_is_away(north: Market, server: BucketServer, stored: StoredDocument) -> None:
    server.stop()
    answer = client_of(north.people["billing_admin"]).get(f"/documents/{stored.pk}/")
    assert (answer.status_code, "can&#x27;t" in answer.content.decode()) == (503, False)
    assert "try again later" in answer.content.decode()


def test_who_opens_a_pdf_while_the_bucket_is_away_is_told(north: Market, server: BucketServer) -> None:
    server.stop()
    with only_kind(content()):
        answer = client_of(north.people["billing_admin"]).get("/documents/of/credit_memo/7/original/")
    assert (answer.status_code, answer["Location"]) == (302, "/credit-memos/7/")
    assert not StoredDocument.objects.exists()


def test_every_hash_is_proved_and_every_loss_told(
    server: BucketServer, stored: StoredDocument, capsys: pytest.CaptureFixture[str]
) -> None:
    document_storage().save("1/left-over.pdf", ContentFile(b"abc"))
    call_command("verify_documents")
    assert f"1 stored files, {stored.size} bytes read, 0 breaches" in capsys.readouterr().out
    server.client.put_object(Bucket=NAME, Key=f"offset/documents/{stored.name}", Body=b"%PDF short")
    with pytest.raises(SystemExit):
        call_command("verify_documents")
    assert "1 breaches, 1 short" in capsys.readouterr().out
    server.client.delete_object(Bucket=NAME, Key=f"offset/documents/{stored.name}")
    with pytest.raises(SystemExit):
        call_command("verify_documents")
    assert "1 breaches, 1 missing" in capsys.readouterr().out
    server.stop()
    with pytest.raises(SystemExit):
        call_command("verify_documents")
    said = capsys.readouterr().out
    assert "1 breaches, 1 unreadable" in said
    assert "can't be walked" in said


def test_health_asks_the_bucket(server: BucketServer) -> None:
    check_documents()
    server.stop()
    with pytest.raises(BucketError):
        check_documents()
