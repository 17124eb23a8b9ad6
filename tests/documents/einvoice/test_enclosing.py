"""The e-invoice inside the PDF: as the marketplace wants it, and never in the way of the PDF."""

import io
from pathlib import Path

import pytest
from django.test import Client
from pypdf import PdfReader

from core.errors import InvalidInput
from creditmemos import operations
from creditmemos.models import CreditMemo
from documents.domain.kinds import kind_called
from documents.einvoice import output
from documents.einvoice.output import einvoice_for
from documents.einvoice.problems import Problem
from documents.models import Purpose, StoredDocument
from documents.operations import making
from documents.operations.making import Wanted
from documents.renderer.rendering import RendererDied
from tests.factories.world import NOW, VAT, Market, issue_memo
from tests.support.verbs import refused
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def memo(market: Market) -> CreditMemo:
    return issue_memo(market, taxes=(VAT,))


def wants(market: Market, syntax: str) -> None:
    operations.change_settings(
        marketplace=market.marketplace, values={"einvoice_in_pdf": syntax}, actor=market.actor(), now=NOW
    )


def made(memo: CreditMemo, purpose: str = Purpose.ORIGINAL, reason: str = "") -> StoredDocument:
    return making.make_now(Wanted(memo.marketplace_id, "credit_memo", memo.pk, purpose, reason))


def pdf_of(folder: Path, stored: StoredDocument) -> PdfReader:
    return PdfReader(io.BytesIO((folder / stored.name).read_bytes()))


def test_nothing_is_enclosed_at_first(memo: CreditMemo, folder: Path) -> None:
    stored = made(memo)
    assert (stored.einvoice, stored.note, dict(pdf_of(folder, stored).attachments)) == ("", "", {})


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_the_original_carries_what_can_be_downloaded(
    market: Market, memo: CreditMemo, folder: Path, syntax: str
) -> None:
    wants(market, syntax)
    stored = made(memo)
    [(name, [xml])] = pdf_of(folder, stored).attachments.items()
    assert (stored.einvoice, stored.note, name) == (syntax, "", f"CM-2026-00001-{syntax}.xml")
    assert xml == einvoice_for(kind_called("credit_memo").content(memo.pk), "credit_memo", syntax)
    [file] = pdf_of(folder, stored).attachment_list
    assert file.subtype == "/text/xml"


def test_nothing_is_claimed_about_the_pdf(market: Market, memo: CreditMemo, folder: Path) -> None:
    wants(market, "cii")
    stored = made(memo)
    pdf = pdf_of(folder, stored)
    assert pdf.xmp_metadata is None
    raw = (folder / stored.name).read_bytes()
    assert not [claim for claim in (b"pdfaid", b"factur-x", b"AFRelationship", b"OutputIntent") if claim in raw]
    assert "CM-2026-00001" in pdf.pages[0].extract_text()


def test_the_same_figures_give_the_same_bytes(market: Market, memo: CreditMemo) -> None:
    wants(market, "ubl")
    first, second = made(memo), made(memo, reason="Once more")
    assert (first.sha256, first.version, second.version) == (second.sha256, 1, 2)


def test_a_void_copy_carries_none_and_needs_no_note(market: Market, memo: CreditMemo, folder: Path) -> None:
    wants(market, "ubl")
    operations.void(memo=memo, reason="Twice", actor=market.actor(), now=NOW)
    copy, original = made(memo, Purpose.VOID_COPY), made(memo)
    assert (copy.einvoice, copy.note, dict(pdf_of(folder, copy).attachments)) == ("", "", {})
    assert original.einvoice == "ubl"  # It says what was true when it was issued.


def test_what_the_standard_cannot_say_is_noted_for_the_staff(market: Market) -> None:
    wants(market, "ubl")
    market.operator.tax_number = ""
    market.operator.save()
    memo = issue_memo(market, taxes=(VAT,))
    stored = made(memo)
    note = "No EN 16931 e-invoice can be created for CM-2026-00001. Operator north has no tax number, and charges tax."
    assert (stored.einvoice, stored.note) == ("", note)
    page = f"/documents/of/credit_memo/{memo.pk}/"
    assert note in client_of(market.people["support"]).get(page).content.decode()
    assert note not in client_of(market.people["company_admin"]).get(page).content.decode()


@pytest.mark.parametrize("broken", [RendererDied("It ended."), [Problem("BR-CO-15", "The totals differ.")]])
def test_a_check_that_fails_never_blocks_the_pdf(
    market: Market, memo: CreditMemo, broken: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def validate(_xml: bytes, _syntax: str) -> object:
        if isinstance(broken, Exception):
            raise broken
        return broken

    monkeypatch.setattr(output, "validate", validate)
    wants(market, "ubl")
    stored = made(memo)
    assert stored.einvoice == ""
    assert stored.note.startswith("The e-invoice did not pass the official rules.")


def test_the_setting_is_one_of_three(market: Market, manager: Client) -> None:
    with refused(InvalidInput, field="einvoice_in_pdf"):
        wants(market, "pdf/a")
    page = manager.get("/settings/").content.decode()
    assert "E-invoice in the PDF" in page
