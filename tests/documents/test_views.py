"""The pages' side of PDFs: the block, the download, trying again; and who is told "Not found"."""

import io
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from pypdf import PdfReader

from core.models import OutboxJob
from documents.models import DocumentJob, StoredDocument
from documents.operations import making
from documents.operations.making import Wanted
from documents.renderer import rendering
from documents.renderer.rendering import LimitExceeded
from documents.storage.stores import document_storage
from tests.factories.world import NOW, Market, make_market
from tests.support.kinds import content, only_kind
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Market:
    return make_market("north")


@pytest.fixture
def stored(north: Market) -> Iterator[StoredDocument]:
    with only_kind(content()):
        making.make(Wanted(north.marketplace.pk, "credit_memo", 7, "original"), as_of=NOW)()
        yield StoredDocument.objects.get()


def test_the_download_is_the_stored_file(north: Market, stored: StoredDocument, folder: Path) -> None:
    response = client_of(north.people["billing_admin"]).get(f"/documents/{stored.pk}/")
    assert response.status_code == 200
    assert response.content == (folder / stored.name).read_bytes()
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="CM-2026-00042.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"


def test_a_copy_says_that_it_is_one(north: Market, stored: StoredDocument, folder: Path) -> None:
    client = client_of(north.people["billing_admin"])
    response = client.get(f"/documents/{stored.pk}/copy/")
    assert response["Content-Disposition"] == 'attachment; filename="CM-2026-00042-copy.pdf"'
    text = PdfReader(io.BytesIO(response.content)).pages[0].extract_text()
    assert "KOPIE" in text
    assert "CM-2026-00042" in text
    assert StoredDocument.objects.count() == 1
    (folder / stored.name).write_bytes(b"%PDF-1.4 something else")
    assert client.get(f"/documents/{stored.pk}/copy/").status_code == 500


def test_a_copy_is_for_who_has_the_original(north: Market, stored: StoredDocument) -> None:
    south = make_market("south", currency="JPY")
    assert client_of(south.people["manager"]).get(f"/documents/{stored.pk}/copy/").status_code == 404
    assert client_of(north.people["developer"]).get(f"/documents/{stored.pk}/copy/").status_code == 403


def test_there_is_no_copy_of_what_is_no_original(north: Market) -> None:
    with only_kind(content(voided_on="2026-06-02")):
        making.make(Wanted(north.marketplace.pk, "credit_memo", 7, "void_copy"), as_of=NOW)()
        void = StoredDocument.objects.get(purpose="void_copy")
        assert client_of(north.people["manager"]).get(f"/documents/{void.pk}/copy/").status_code == 404


def test_it_can_be_opened_in_the_browser(north: Market, stored: StoredDocument) -> None:
    response = client_of(north.people["user"]).get(f"/documents/{stored.pk}/?view")
    assert response["Content-Disposition"].startswith("inline;")


def test_a_file_that_was_changed_is_not_given_out(north: Market, stored: StoredDocument, folder: Path) -> None:
    (folder / stored.name).write_bytes(b"%PDF-1.4 something else")
    response = client_of(north.people["manager"]).get(f"/documents/{stored.pk}/")
    assert response.status_code == 500
    assert b"something else" not in response.content


def test_another_marketplace_is_told_that_there_is_nothing(north: Market, stored: StoredDocument) -> None:
    south = make_market("south", currency="JPY")
    client = client_of(south.people["manager"])
    assert client.get(f"/documents/{stored.pk}/").status_code == 404


def test_who_may_not_see_the_document_is_told_that_there_is_nothing(north: Market) -> None:
    with only_kind(content(), visible=False):
        making.make(Wanted(north.marketplace.pk, "credit_memo", 7, "original"), as_of=NOW)()
        DocumentJob.objects.update(state="failed")
        client = client_of(north.people["manager"])
        pk = StoredDocument.objects.get().pk
        assert client.get(f"/documents/{pk}/").status_code == 404
        assert client.get("/documents/of/credit_memo/7/").status_code == 404
        assert client.post("/documents/of/credit_memo/7/original/again/").status_code == 404
    assert DocumentJob.objects.get().state == "failed"


def test_the_role_decides(north: Market, stored: StoredDocument) -> None:
    assert client_of(north.people["developer"]).get(f"/documents/{stored.pk}/").status_code == 403
    DocumentJob.objects.update(state="failed")
    assert client_of(north.people["user"]).post("/documents/of/credit_memo/7/original/again/").status_code == 403
    assert DocumentJob.objects.get().state == "failed"


def test_visitors_are_asked_to_sign_in(stored: StoredDocument) -> None:
    response = Client().get(f"/documents/{stored.pk}/")
    assert response.status_code == 302
    assert "/sign-in/" in response["Location"]


@pytest.mark.parametrize("path", ["0/", "99999999999999999999/", "of/spaceship/7/", "of/credit_memo/0/"])
def test_ids_that_cannot_be_are_not_found(north: Market, stored: StoredDocument, path: str) -> None:
    assert client_of(north.people["manager"]).get(f"/documents/{path}").status_code == 404


def test_only_the_right_methods(north: Market, stored: StoredDocument) -> None:
    client = client_of(north.people["manager"])
    assert client.post(f"/documents/{stored.pk}/").status_code == 405
    assert client.get("/documents/of/credit_memo/7/original/again/").status_code == 405
    assert client.delete("/documents/of/credit_memo/7/").status_code == 405


def test_the_block_waits_while_the_pdf_is_made(north: Market) -> None:
    with only_kind(content()):
        making.set_state(Wanted(north.marketplace.pk, "credit_memo", 7, "original"), "working")
        page = client_of(north.people["manager"]).get("/documents/of/credit_memo/7/").content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "In progress" in page


def test_what_nobody_waited_for_is_made_by_whoever_asks_first(north: Market) -> None:
    client = client_of(north.people["billing_admin"])
    address = "/documents/of/credit_memo/7/original/"
    with only_kind(content()):
        assert f'href="{address}"' in client.get("/documents/of/credit_memo/7/").content.decode()
        first, again = client.get(address), client.get(f"{address}?view")
    assert first.content == again.content
    assert first.content.startswith(b"%PDF")
    assert first["Content-Disposition"] == 'attachment; filename="CM-2026-00042.pdf"'
    assert again["Content-Disposition"].startswith("inline")
    assert StoredDocument.objects.count() == 1


def test_a_draft_has_no_pdf(north: Market) -> None:
    with only_kind(content(number="", issued_at="")):
        answer = client_of(north.people["manager"]).get("/documents/of/credit_memo/7/original/")
    assert answer.status_code == 404


def test_what_cannot_be_made_says_so_on_the_documents_page(north: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def render(**_given: object) -> bytes:
        raise LimitExceeded("The document took too long.")

    monkeypatch.setattr(rendering, "render_pdf", render)
    client = client_of(north.people["manager"])
    with only_kind(content()):
        answer = client.get("/documents/of/credit_memo/7/original/")
        assert (answer.status_code, answer["Location"]) == (302, "/credit-memos/7/")
        assert "The document took too long." in client.get("/documents/of/credit_memo/7/").content.decode()


def test_a_full_disk_is_said_on_the_documents_page(north: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(document_storage().__class__, "save", full)
    with only_kind(content()):
        answer = client_of(north.people["manager"]).get("/documents/of/credit_memo/7/original/", follow=False)
    assert (answer.status_code, answer["Location"]) == (302, "/credit-memos/7/")
    assert not StoredDocument.objects.exists()


def test_why_there_is_another_version_is_for_the_staff(north: Market) -> None:
    with only_kind(content()):
        making.make_now(Wanted(north.marketplace.pk, "credit_memo", 7, "original", reason="Wrong <b>logo</b>"))
        address = "/documents/of/credit_memo/7/"
        pages = {name: client_of(north.people[name]).get(address).content.decode() for name in ("support", "user")}
    assert "Wrong &lt;b&gt;logo" in pages["support"]
    assert "Wrong" not in pages["user"]
    assert "Create again" not in pages["support"] + pages["user"]


def test_a_new_version_needs_a_reason_and_the_right(north: Market, stored: StoredDocument) -> None:
    token = str(uuid4())
    address = f"/documents/{stored.pk}/again/"
    assert client_of(north.people["support"]).get(address).status_code == 403
    client = client_of(north.people["finance"])
    assert "CM-2026-00042.pdf" in client.get(address).content.decode()
    refused = client.post(address, {"token": token, "reason": ""})
    assert (refused.status_code, "required" in refused.content.decode()) == (422, True)
    assert client.post(address, {"token": token, "reason": "Wrong logo"})["Location"] == "/credit-memos/7/"
    assert client.post(address, {"token": token, "reason": "Wrong logo"}).status_code == 302
    assert OutboxJob.objects.filter(topic="document.requested").count() == 1


def test_the_block_shows_what_there_is_and_stops_asking(north: Market, stored: StoredDocument) -> None:
    page = client_of(north.people["manager"]).get("/documents/of/credit_memo/7/").content.decode()
    assert "hx-trigger" not in page
    assert f'href="/documents/{stored.pk}/" download' in page
    assert "CM-2026-00042.pdf" in page


def test_a_failure_shows_its_reason_and_a_button_for_who_may(north: Market, stored: StoredDocument) -> None:
    DocumentJob.objects.update(state="failed", reason="The document took too long.")
    page = client_of(north.people["support"]).get("/documents/of/credit_memo/7/").content.decode()
    assert "The document took too long." in page
    assert "Try again" in page
    assert "Try again" not in client_of(north.people["user"]).get("/documents/of/credit_memo/7/").content.decode()


def test_trying_again_queues_it_once(north: Market, stored: StoredDocument) -> None:
    DocumentJob.objects.update(state="failed", reason="The document took too long.")
    before = OutboxJob.objects.count()
    client = client_of(north.people["support"])
    first = client.post("/documents/of/credit_memo/7/original/again/", {"next": "/credit-memos/7/"})
    assert (first.status_code, first["Location"]) == (302, "/credit-memos/7/")
    second = client.post("/documents/of/credit_memo/7/original/again/", headers={"HX-Request": "true"})
    assert second.status_code == 200
    assert "Queued" in second.content.decode()
    assert OutboxJob.objects.count() == before + 1
    assert DocumentJob.objects.get().state == "queued"
