"""Notes and files that staff adds to an issued document: kept as they are, struck with a reason, seen by staff only."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from core.errors import Refusal
from core.models import AuditEntry
from creditmemos.models import CreditMemo
from documents.domain.notes import JPEG, MOST_BYTES, PDF, PNG, TEXT, FileRefused, known
from documents.models import DocumentNote
from documents.operations import notes
from documents.storage.stores import document_storage
from documents.storage.verification import Verification, orphans
from tests.access.world import DOT, blank_page, threshold
from tests.factories.world import NOW, Market, issue_invoice, issue_memo
from tests.support.guards import refused_by
from tests.support.verbs import noted
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
LETTER = blank_page()


def add(market: Market, memo: Any, role: str = "support", **more: Any) -> DocumentNote:
    given: dict[str, Any] = {"text": "Called, pays on Friday", **more}
    return notes.add(kind="credit_memo", document_id=memo.pk, actor=market.actor(role), now=NOW, key=None, **given)


@pytest.fixture
def memo(market: Market) -> CreditMemo:
    return issue_memo(market)


@pytest.mark.parametrize("role", ["manager", "finance", "support"])
def test_staff_adds_a_note_and_a_file_from_the_page(market: Market, memo: CreditMemo, role: str) -> None:
    client, page = client_of(market.people[role]), f"/documents/of/credit_memo/{memo.pk}/notes/add/"
    assert "at most 5 MB" in client.get(page).content.decode()
    token = str(uuid4())
    sent = SimpleUploadedFile("C:\\papers\\Grün\u202ewald.PDF", LETTER, "text/html")
    answer = client.post(page, {"text": "As agreed <b>", "file": sent, "token": token})
    assert answer["Location"] == f"/credit-memos/{memo.pk}/#notes"
    note = DocumentNote.objects.get()
    assert (note.file_name, note.media_type, note.size) == ("Grünwald.PDF", "application/pdf", len(LETTER))
    shown = client.get(f"/credit-memos/{memo.pk}/").content.decode()
    for text in ("Internal notes and files", "As agreed &lt;b&gt;", "Grünwald.PDF", market.people[role].name):
        assert text in shown
    entry = noted("documents.noted")
    assert (entry.object_id, entry.kind, entry.company, entry.note) == (
        memo.pk,
        "credit_memo",
        market.acme,
        "As agreed <b>",
    )
    assert "Added a note or file" in client.get(f"/credit-memos/{memo.pk}/activity/").content.decode()
    for content, status in ((LETTER, 302), (LETTER + b"other", 422)):
        again = SimpleUploadedFile("C:\\papers\\Grün\u202ewald.PDF", content)
        assert client.post(page, {"text": "As agreed <b>", "file": again, "token": token}).status_code == status
    assert DocumentNote.objects.count() == 1


def test_the_file_is_given_out_as_a_download_alone(market: Market, memo: CreditMemo, manager: Client) -> None:
    note = add(market, memo, content=LETTER, file_name="Grün.pdf")
    answer = manager.get(f"/documents/notes/{note.pk}/file/")
    assert answer.content == LETTER
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%BCn.pdf"
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == ("nosniff", "application/pdf")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    storages["documents"].delete(note.stored)
    assert manager.get(f"/documents/notes/{note.pk}/file/").status_code == 500
    assert list(Verification().breaches()) == [f"{note.pk} {note.stored}: the bytes are not there"]


@pytest.mark.parametrize("role", ["developer", "reseller", "company_admin", "billing_admin", "user"])
def test_customers_and_vendors_see_nothing_of_it(market: Market, role: str) -> None:
    memo = issue_memo(market, billed_user=market.user("user"))
    note, client = add(market, memo, content=LETTER, file_name="a.pdf"), client_of(market.people[role])
    page = client.get(f"/credit-memos/{memo.pk}/")
    assert "pays on Friday" not in page.content.decode()
    assert "Internal notes" not in page.content.decode()
    assert client.get(f"/documents/notes/{note.pk}/file/").status_code == 403
    assert client.post(f"/documents/of/credit_memo/{memo.pk}/notes/add/", {"text": "x"}).status_code == 403
    assert client.post(f"/documents/notes/{note.pk}/strike/", {"reason": "x"}).status_code == 403
    assert DocumentNote.objects.count() == 1


def test_strangers_find_nothing(market: Market, south: Market, memo: CreditMemo) -> None:
    note, stranger = add(market, memo, content=LETTER, file_name="a.pdf"), client_of(south.people["manager"])
    for url in (f"notes/{note.pk}/file/", f"notes/{note.pk}/strike/", f"of/credit_memo/{memo.pk}/notes/add/"):
        assert stranger.get(f"/documents/{url}").status_code == 404
    with pytest.raises(Refusal):
        notes.add(kind="credit_memo", document_id=memo.pk, text="x", actor=south.actor(), now=NOW, key=None)
    with pytest.raises(Refusal):
        notes.strike(note=note, reason="x", actor=south.actor(), now=NOW)
    assert DocumentNote.objects.count() == 1


def test_a_note_is_struck_once_with_a_reason_and_its_file_is_gone(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    note = notes.add(
        kind="invoice", document_id=invoice.pk, text="Wrong letter", content=LETTER, file_name="a.pdf",
        actor=market.actor("finance"), now=NOW, key=None,
    )  # fmt: skip
    assert manager.post(f"/documents/notes/{note.pk}/strike/", {"reason": " "}).status_code == 422
    assert manager.post(f"/documents/notes/{note.pk}/strike/", {"reason": "Another's"}).status_code == 302
    page = manager.get(f"/invoices/{invoice.pk}/").content.decode()
    assert "<s>Wrong letter</s>" in page
    assert "Struck by Manager North" in page
    assert "Another&#x27;s" in page
    assert manager.get(f"/documents/notes/{note.pk}/file/").status_code == 404
    assert "has already been struck" in manager.get(f"/documents/notes/{note.pk}/strike/").content.decode()
    with pytest.raises(notes.StruckAlready):
        notes.strike(note=note, reason="Again", actor=market.actor(), now=NOW)
    assert (noted("documents.note_struck").note, noted("documents.note_struck").before["text"]) == (
        "Another's",
        "Wrong letter",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents_documentnote SET text = 'x'",
        "DELETE FROM documents_documentnote",
    ],
)
def test_rows_are_only_added_to(market: Market, memo: CreditMemo, statement: str) -> None:
    add(market, memo)
    assert refused_by(statement) == "i13_append_only"


def test_a_note_is_struck_where_it_stands(market: Market, memo: CreditMemo) -> None:
    note, other = add(market, memo), issue_memo(market)
    with pytest.raises(DatabaseError, match="i20_own_note"), transaction.atomic():
        DocumentNote.objects.create(
            marketplace=market.marketplace, kind="credit_memo", document_id=other.pk, text="x", strikes=note,
            created_at=NOW, created_by=market.user("manager"),
        )  # fmt: skip


def test_drafts_have_none(market: Market, manager: Client) -> None:
    with threshold(market, 1):
        draft = issue_memo(market, "500.00")
    with pytest.raises(notes.NotIssuedYet):
        add(market, draft)
    assert (
        "once the document is issued"
        in manager.get(f"/documents/of/credit_memo/{draft.pk}/notes/add/").content.decode()
    )


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"text": " "}, "text", "Write a note or choose a file."),
        ({"text": "x" * 4001}, "text", "at most 4000"),
        ({"text": "\0"}, "text", "Null characters"),
        ({"file_name": "a.pdf"}, "file", "The file is empty."),
        ({"file_name": "a.pdf", "content": b"MZ\x90\0"}, "file", "none of them"),
        ({"file_name": "a.pdf", "content": b" <script>alert(1)</script>"}, "file", "none of them"),
        ({"file_name": "a.png", "content": b"<svg/>"}, "file", "none of them"),
        ({"file_name": "a.pdf", "content": b"%PDF-" + b" " * MOST_BYTES}, "file", "larger than 5 MB"),
    ],
)
def test_what_is_not_kept_is_refused_in_words_and_leaves_nothing(
    market: Market, memo: CreditMemo, more: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        add(market, memo, **more)
    assert refused.value.field == field
    assert not DocumentNote.objects.exists()
    assert not AuditEntry.objects.filter(verb="documents.noted").exists()


def test_a_form_keeps_the_words_when_the_file_is_refused(market: Market, memo: CreditMemo, manager: Client) -> None:
    sent = {"text": "My words", "file": SimpleUploadedFile("a.exe", b"MZ\x90\0")}
    page = manager.post(f"/documents/of/credit_memo/{memo.pk}/notes/add/", sent)
    assert page.status_code == 422
    assert "My words</textarea>" in page.content.decode()
    assert "Only PDF, PNG, JPEG and plain text" in page.content.decode()


def test_there_is_room_for_so_many(market: Market, memo: CreditMemo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MOST_NOTES", 1)
    add(market, memo)
    with pytest.raises(notes.TooManyNotes, match="1 notes"):
        add(market, memo)


def test_bytes_of_a_note_that_came_to_nothing_are_told(market: Market, memo: CreditMemo) -> None:
    def never() -> None:
        with transaction.atomic():
            add(market, memo, content=LETTER + b"lost", file_name="a.pdf")
            raise RuntimeError

    kept = add(market, memo, content=LETTER, file_name="a.pdf")
    with pytest.raises(RuntimeError):
        never()
    later = max(file.written_at for file in document_storage().stored_files()) + timedelta(days=2)  # type: ignore[attr-defined]
    lost = {file.name for file in orphans(later) if "/notes/" in file.name}
    assert kept.stored not in lost
    assert len(lost) >= 1


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (LETTER, "../../etc/passwd", (PDF, "passwd.pdf")),
        (DOT, "picture.JPG", (PNG, "picture.JPG.png")),
        (b"\xff\xd8\xff\xe0 picture", "me.jpeg", (JPEG, "me.jpeg")),
        ("Grüße\r\n".encode(), "", (TEXT, "file.txt")),
        (b"a,b\n", "x" * 300, (TEXT, "x" * 116 + ".txt")),
    ],
)
def test_the_content_says_what_a_file_is(content: bytes, name: str, expected: tuple[str, str]) -> None:
    file = known(content, name)
    assert (file.media_type, file.name) == expected


@pytest.mark.parametrize(
    "content",
    ["Grüße".encode("utf-16"), b"\x0c<html>", "\u2003<svg onload=alert(1)>".encode(), b"\xef\xbb\xbf <!doctype"],
)
def test_no_text_is_in_another_encoding_or_a_page(content: bytes) -> None:
    with pytest.raises(FileRefused, match="unknown"):
        known(content, "a.txt")
