"""The PDFs of many documents: chosen in a list, a few at once, many by work in the background."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from core.models import AuditEntry, OutboxJob
from creditmemos.models import CreditMemo
from documents.models import DocumentArchive, StoredDocument
from documents.operations import archives, making
from documents.operations.making import Wanted, make_now
from documents.renderer import rendering
from documents.renderer.rendering import LimitExceeded, Rendered
from documents.storage.stores import DurableFiles, document_storage
from documents.views import archives as pages
from tests.factories.world import NOW, Market, issue_invoice, issue_memo, make_market
from tests.support.outbox import drain, end_leases
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
CHOOSE, ZIP = "/documents/choose/credit_memo/", "/documents/zip/credit_memo/"


@pytest.fixture
def north() -> Iterator[Market]:
    with time_machine.travel(NOW, tick=False):
        yield make_market("north")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """PDFs that cost nothing, for tests that are not about them."""

    def render(*, must_show: str, **_given: Any) -> Rendered:
        return Rendered(f"%PDF {must_show}".encode(), 1, "")

    monkeypatch.setattr(rendering, "render_pdf", render)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two documents are few, three are many."""
    monkeypatch.setattr(pages, "AT_ONCE", 2)


def opened(answer: Any) -> zipfile.ZipFile:
    found = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert found.testzip() is None
    return found


def ask(client: Client, *memos: CreditMemo, **fields: Any) -> Any:
    return client.post(CHOOSE, {"pk": [memo.pk for memo in memos], "token": str(uuid4()), **fields})


def archive_of(north: Market, *memos: CreditMemo, person: str = "billing_admin") -> DocumentArchive:
    ids = [memo.pk for memo in memos]
    return archives.request(member=north.people[person], kind="credit_memo", document_ids=ids, now=NOW)


# --- Few ----------------------------------------------------------------------------------------------------------


def test_few_come_as_one_zip_with_those_made_on_the_way(north: Market) -> None:
    memos = [issue_memo(north, "20.00"), issue_memo(north, "30.00")]
    make_now(Wanted(north.marketplace.pk, "credit_memo", memos[0].pk, "original"))
    client = client_of(north.people["billing_admin"])
    answer = client.post(CHOOSE, {"pk": [memo.pk for memo in memos]})
    assert (answer.status_code, answer["Location"]) == (302, f"{ZIP}?ids={memos[0].pk},{memos[1].pk}")
    answer = client.get(answer["Location"])
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == 'attachment; filename="credit-memo-2026-05-18.zip"'
    assert answer["Cache-Control"] == "private, no-store"
    found = opened(answer)
    assert found.namelist() == ["CM-2026-00001.pdf", "CM-2026-00002.pdf"]
    text = PdfReader(io.BytesIO(found.read("CM-2026-00002.pdf"))).pages[0].extract_text()
    assert "CM-2026-00002" in text
    assert StoredDocument.objects.count() == 2
    assert not OutboxJob.objects.filter(topic="document.stored").exists(), "nobody is mailed about it"


def test_what_cannot_be_made_or_read_is_listed(north: Market, monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    good, lost, bad = issue_memo(north), issue_memo(north), issue_memo(north)
    for memo in (good, lost):
        make_now(Wanted(north.marketplace.pk, "credit_memo", memo.pk, "original"))
    document_storage().delete(StoredDocument.objects.get(document_id=lost.pk).name)

    def render(**_given: Any) -> Rendered:
        raise LimitExceeded("The document took too long.")

    monkeypatch.setattr(rendering, "render_pdf", render)
    found = opened(client_of(north.people["manager"]).get(f"{ZIP}?ids={good.pk},{lost.pk},{bad.pk}"))
    assert found.namelist() == ["CM-2026-00001.pdf", "failed.txt"]
    assert found.read("failed.txt").decode().splitlines() == [
        "CM-2026-00002.pdf: The stored file does not match its record. Please contact your operator.",
        "CM-2026-00003: The document took too long.",
    ]


def test_a_full_disk_is_told_in_the_zip(north: Market, monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    ready, waiting = issue_memo(north), issue_memo(north)
    make_now(Wanted(north.marketplace.pk, "credit_memo", ready.pk, "original"))

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(DurableFiles, "_save", full)
    found = opened(client_of(north.people["manager"]).get(f"{ZIP}?ids={ready.pk},{waiting.pk}"))
    assert found.namelist() == ["CM-2026-00001.pdf", "failed.txt"]
    assert b"CM-2026-00002: The PDF could not be stored." in found.read("failed.txt")


def test_asking_for_the_head_makes_nothing(north: Market) -> None:
    memo = issue_memo(north)
    answer = client_of(north.people["manager"]).head(f"{ZIP}?ids={memo.pk}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert not StoredDocument.objects.exists()


def test_a_strangers_document_refuses_all(north: Market) -> None:
    own, birchs, south = issue_memo(north), issue_memo(north, company=north.birch), issue_memo(make_market("south"))
    client = client_of(north.people["billing_admin"])
    for ids in ([own, birchs], [own, south]):
        assert client.post(CHOOSE, {"pk": [memo.pk for memo in ids]}).status_code == 404
        assert client.get(f"{ZIP}?ids={','.join(str(memo.pk) for memo in ids)}").status_code == 404
    assert not StoredDocument.objects.exists()


@pytest.mark.parametrize("ids", ["", "x", "-1", "1" * 30, ",".join(["1"] * 101), "\u0661", "1,"])
def test_nonsense_is_not_found(north: Market, ids: str) -> None:
    client = client_of(north.people["manager"])
    assert client.get(ZIP, {"ids": ids}).status_code == 404
    assert client.get("/documents/zip/payslip/?ids=1").status_code == 404


def test_the_role_decides(north: Market) -> None:
    memo = issue_memo(north)
    client = client_of(north.people["developer"])
    assert client.post(CHOOSE, {"pk": memo.pk}).status_code == 403
    assert client.get(f"{ZIP}?ids={memo.pk}").status_code == 403
    assert client.get("/documents/archives/").status_code == 403


def test_a_plain_user_has_their_own(north: Market, quick: None) -> None:
    own, other = issue_memo(north, billed_user=north.user("user")), issue_memo(north)
    client = client_of(north.people["user"])
    assert opened(client.get(f"{ZIP}?ids={own.pk}")).namelist() == ["CM-2026-00001.pdf"]
    assert client.get(f"{ZIP}?ids={own.pk},{other.pk}").status_code == 404


def test_only_the_right_methods(north: Market) -> None:
    memo = issue_memo(north)
    client = client_of(north.people["manager"])
    assert client.post(f"{ZIP}?ids={memo.pk}").status_code == 405
    assert client.get(CHOOSE)["Location"] == "/credit-memos/"
    assert client.put(CHOOSE).status_code == 405


def test_queries_do_not_grow_with_the_documents(north: Market, quick: None) -> None:
    client, counts = client_of(north.people["billing_admin"]), []
    for _more in range(2):
        for _ in range(3):
            make_now(Wanted(north.marketplace.pk, "credit_memo", issue_memo(north).pk, "original"))
        ids = ",".join(map(str, CreditMemo.objects.values_list("pk", flat=True)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(opened(client.get(f"{ZIP}?ids={ids}")).namelist()) in {3, 6}
        counts.append(len(queries))
    assert counts[1] <= counts[0] <= 12


# --- All that match -------------------------------------------------------------------------------------------------


def test_the_list_offers_it_to_who_may(north: Market) -> None:
    issue_memo(north)
    issue_invoice(north)
    for path, kind in (("/credit-memos/", "credit_memo"), ("/invoices/", "invoice")):
        for person, offered in (("manager", True), ("user", True), ("developer", False)):
            page = client_of(north.people[person]).get(path).content.decode()
            assert (f"/documents/choose/{kind}/" in page) is offered


def test_all_that_match_the_filters_are_meant(north: Market, quick: None) -> None:
    small, _large = issue_memo(north, "20.00"), issue_memo(north, "900.00")
    client = client_of(north.people["manager"])
    answer = client.post(CHOOSE, {"query": "amount_to=100&sort=number"})
    assert answer["Location"] == f"{ZIP}?ids={small.pk}"
    assert client.post(CHOOSE, {"query": ""})["Location"].count(",") == 1


def test_all_that_match_are_those_that_the_member_sees(north: Market) -> None:
    own = issue_memo(north)
    issue_memo(north, company=north.birch)
    answer = client_of(north.people["billing_admin"]).post(CHOOSE, {"query": ""})
    assert answer["Location"] == f"{ZIP}?ids={own.pk}"


def test_nothing_goes_back_to_the_list(north: Market) -> None:
    client = client_of(north.people["manager"])
    assert client.post(CHOOSE, {"query": "amount_to=1"})["Location"] == "/credit-memos/?amount_to=1"
    assert client.post(CHOOSE, {})["Location"] == "/credit-memos/"
    assert "None of them has a PDF." in client.get("/credit-memos/").content.decode()
    assert not DocumentArchive.objects.exists()


def test_too_many_are_refused(north: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST", 1)
    issue_memo(north), issue_memo(north)
    client = client_of(north.people["manager"])
    assert client.post(CHOOSE, {"query": ""})["Location"] == "/credit-memos/"
    assert "Narrow the filters" in client.get("/credit-memos/").content.decode()


# --- Many -----------------------------------------------------------------------------------------------------------


def test_many_are_asked_for_once_and_made_in_the_background(north: Market, quick: None, few: None) -> None:
    memos = [issue_memo(north) for _ in range(3)]
    client, token = client_of(north.people["billing_admin"]), str(uuid4())
    page = client.post(CHOOSE, {"query": "sort=number"}).content.decode()
    assert "Download 3 PDFs" in page
    assert not DocumentArchive.objects.exists()
    for _ in range(2):
        answer = client.post(CHOOSE, {"query": "sort=number", "token": token})
        archive = DocumentArchive.objects.get()
        assert answer["Location"] == f"/documents/archives/{archive.pk}/"
    assert archive.document_ids == [memo.pk for memo in memos]
    assert AuditEntry.objects.filter(verb="documents.archive_requested").count() == 1
    waiting = client.get(answer["Location"]).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    assert client.get(f"{answer['Location']}file/").status_code == 404
    drain(topic=archives.TURN)
    archive.refresh_from_db()
    assert (archive.state, archive.done, archive.failures) == ("ready", 3, [])
    part = client.get(answer["Location"], headers={"HX-Request": "true", "HX-Target": "progress"}).content.decode()
    assert "hx-trigger" not in part
    assert f'href="/documents/archives/{archive.pk}/file/"' in part
    found = opened(client.get(f"/documents/archives/{archive.pk}/file/"))
    assert found.namelist() == [f"CM-2026-0000{number}.pdf" for number in (1, 2, 3)]
    listed = client.get("/documents/archives/").content.decode()
    assert f'href="/documents/archives/{archive.pk}/"' in listed


def test_the_next_turn_goes_on_where_the_last_one_ended(
    north: Market, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archive_of(north, *[issue_memo(north) for _ in range(3)])
    monkeypatch.setattr(archives, "SECONDS", -1)
    assert archives.work(archive, now=NOW, seconds=0)
    seen: list[int] = []
    made = making.originals

    def watched(**given: Any) -> Any:
        seen.extend(given["document_ids"])
        return made(**given)

    monkeypatch.setattr(making, "originals", watched)
    DocumentArchive.objects.update(done=1)
    archive.refresh_from_db()
    assert not archives.work(archive, now=NOW, seconds=60)
    assert seen == archive.document_ids[1:]


def test_a_turn_that_breaks_off_keeps_what_it_did(north: Market, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = archive_of(north, issue_memo(north), issue_memo(north), issue_memo(north))
    save, saved = DurableFiles._save, []

    def second_fails(self: DurableFiles, name: str, content: Any) -> str:
        saved.append(name)
        if len(saved) == 2:
            raise OSError(28, "No space left on device")
        return save(self, name, content)

    monkeypatch.setattr(DurableFiles, "_save", second_fails)
    drain(topic=archives.TURN)
    archive.refresh_from_db()
    assert (archive.state, archive.done, StoredDocument.objects.count()) == ("working", 1, 1)
    end_leases()
    drain(topic=archives.TURN)
    archive.refresh_from_db()
    assert (archive.state, archive.done, archive.failures) == ("ready", 3, [])
    assert StoredDocument.objects.count() == 3


def test_one_that_fails_does_not_stop_the_others(north: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def render(*, must_show: str, **_given: Any) -> Rendered:
        if must_show.endswith("2"):
            raise LimitExceeded("The document took too long.")
        return Rendered(f"%PDF {must_show}".encode(), 1, "")

    monkeypatch.setattr(rendering, "render_pdf", render)
    memos = [issue_memo(north) for _ in range(3)]
    archive = archive_of(north, *memos)
    drain(topic=archives.TURN)
    archive.refresh_from_db()
    assert archive.failures == [[memos[1].pk, "The document took too long."]]
    client = client_of(north.people["billing_admin"])
    page = client.get(f"/documents/archives/{archive.pk}/").content.decode()
    assert "The document took too long." in page
    found = opened(client.get(f"/documents/archives/{archive.pk}/file/"))
    assert found.namelist() == ["CM-2026-00001.pdf", "CM-2026-00003.pdf", "failed.txt"]


def test_work_that_is_given_up_says_why(north: Market, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = archive_of(north, issue_memo(north))
    membership = north.people["billing_admin"].membership
    membership.is_active = False
    membership.save()
    drain(topic=archives.TURN)
    archive.refresh_from_db()
    assert (archive.state, archive.done) == ("failed", 0)
    assert "no longer belongs to this company" in archive.reason
    assert not StoredDocument.objects.exists()


def test_what_one_may_see_no_longer_is_left_out_when_it_is_made_and_when_it_is_taken(
    north: Market, quick: None
) -> None:
    own, later = (issue_memo(north, billed_user=north.user("user")) for _ in range(2))
    archive = archive_of(north, own, later, later, person="user")
    archive.document_ids = [own.pk, later.pk, issue_memo(north, company=north.birch).pk]
    archive.save()
    drain(topic=archives.TURN)
    archive.refresh_from_db()
    assert archive.failures == [[archive.document_ids[2], "You can no longer view this document."]]
    assert StoredDocument.objects.count() == 2
    found = opened(client_of(north.people["user"]).get(f"/documents/archives/{archive.pk}/file/"))
    assert found.namelist() == ["CM-2026-00001.pdf", "CM-2026-00002.pdf", "failed.txt"]
    assert found.read("failed.txt") == b"1: You can no longer view these documents.\r\n"


@pytest.mark.parametrize("person", ["company_admin", "manager", "other_admin"])
def test_an_archive_is_for_who_asked(north: Market, quick: None, person: str) -> None:
    archive = archive_of(north, issue_memo(north))
    drain(topic=archives.TURN)
    client = client_of(north.people[person])
    assert client.get(f"/documents/archives/{archive.pk}/").status_code == 404
    assert client.get(f"/documents/archives/{archive.pk}/file/").status_code == 404
    assert f"/archives/{archive.pk}/" not in client.get("/documents/archives/").content.decode()


def test_it_goes_after_a_week(north: Market, quick: None) -> None:
    memo = issue_memo(north)
    archive = archive_of(north, memo)
    drain(topic=archives.TURN)
    client = client_of(north.people["billing_admin"])
    with time_machine.travel(NOW + timedelta(days=8), tick=False):
        client = client_of(north.people["billing_admin"])
        assert client.get(f"/documents/archives/{archive.pk}/file/").status_code == 404
        archives.request(
            member=north.people["billing_admin"], kind="credit_memo", document_ids=[memo.pk],
            now=NOW + timedelta(days=8),
        )  # fmt: skip
    assert not DocumentArchive.objects.filter(pk=archive.pk).exists()


def test_the_progress_page_needs_few_queries(north: Market, quick: None) -> None:
    archive = archive_of(north, *[issue_memo(north) for _ in range(3)])
    client = client_of(north.people["billing_admin"])
    for path in ("", f"{archive.pk}/"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/documents/archives/{path}").status_code == 200
        assert len(queries) <= 12
