"""A kind of document that the product does not know: whatever is asked of it works, or is refused in words."""

import io
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from django.contrib.messages import get_messages
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext_lazy
from pypdf import PdfReader

from companies.members import Member
from companies.models import MarketplaceSettings
from core import labels, outbox
from creditmemos.operations.settings import changeable, numbering
from creditmemos.queries.numbers import next_numbers
from creditmemos.verification import breaches
from documents.domain.kinds import Content, DocumentKind, NotNumbered
from documents.einvoice.output import einvoice_for
from documents.einvoice.translation import NotRepresentable
from documents.models import DocumentJob, StoredDocument, TemplateVersion
from documents.operations import releases, templates
from documents.pdf import previews, printing
from documents.templates.samples import sample
from documents.templates.variables import paths, values_in
from invoices.kinds import InvoiceKind
from invoices.operations.numbering import give_numbers
from notifications.domain.kinds import NotificationKind
from notifications.mail import defaults
from notifications.mail.documents import pdf_mail
from notifications.mail.texts import Words
from notifications.models import Delivery
from notifications.views import previewing
from tests.factories.world import NOW, Market, issue_invoice, make_market
from tests.support.kinds import content, registered
from tests.support.outbox import drain
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
NUMBER, PK, MAIL = "RC-2026-00007", 7, "receipt_pdf_created"
WORDS = {"title": "Receipt", "total": "Received", "closing": "Thank you for your payment."}


class Receipt(DocumentKind):
    """What a customer has paid."""

    name = "receipt"
    label = "Receipt"
    page = "invoices:detail"
    id_key = "receipt_id"
    issued = "receipt.issued"
    voided = "receipt.voided"
    design_words = {"en": WORDS, "de": WORDS, "fr": WORDS}

    def __init__(self, market: Market) -> None:
        self.market = market

    def contents(self, ids: Sequence[int]) -> dict[int, Content]:
        of = {"marketplace_id": self.market.marketplace.pk, "company_id": self.market.acme.pk}
        return {PK: content(number=NUMBER, source=None, languages=["en"], **of)} if PK in ids else {}

    def visible_among(self, ids: Sequence[int], member: Member) -> set[int]:
        return {PK} & set(ids) if member.may("documents.download") else set()

    def find(self, number: str, member: Member) -> int | None:
        return PK if number == NUMBER else None

    def latest(self, member: Member) -> list[str]:
        return [NUMBER]

    def is_void(self, document_id: int) -> bool:
        return False

    def is_waited_for(self, marketplace_id: int) -> bool:
        return True

    def texts(self, content: Content, locale: Locale) -> dict[str, Any]:
        return {}


class Bill(InvoiceKind):
    """A kind with numbers; its documents are those of invoices, so that each number is there twice."""

    name = "bill"
    label = gettext_lazy("Bill")
    plural = gettext_lazy("Bills")
    list_page = "companies:list"
    issued = "bill.issued"
    voided = "bill.voided"


@pytest.fixture
def north() -> Market:
    return make_market("north")


@pytest.fixture(autouse=True)
def receipt(north: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receipt]:
    """The kind, its designs and a mail with a text of its own."""
    shutil.copytree(defaults._FOLDER, tmp_path / "texts")
    (tmp_path / "texts" / f"{MAIL}.en.liquid").write_text("Receipt {{ number }}\n\nYou paid {{ total }}.\n")
    monkeypatch.setattr(defaults, "_FOLDER", tmp_path / "texts")
    kind = Receipt(north)
    with registered(kind):
        releases.keep()
        yield kind


@pytest.fixture
def receipt_mail(receipt: Receipt) -> Iterator[NotificationKind]:
    label, about = "Receipt PDF created", "A receipt was issued, and its PDF is ready."
    found = pdf_mail(MAIL, label=label, about=about, document="receipt", enabled=True)
    with registered(found):
        yield found


@pytest.fixture
def clerk(north: Market) -> Client:
    return client_of(north.people["billing_admin"])


def happens(market: Market, topic: str) -> None:
    with transaction.atomic():
        outbox.publish(topic=topic, key="7", marketplace_id=market.marketplace.pk, payload={"receipt_id": PK}, now=NOW)
    drain()


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def test_it_prints_and_its_void_copy_too(north: Market, folder: Path) -> None:
    happens(north, Receipt.issued)
    stored = StoredDocument.objects.get()
    text = text_of((folder / stored.name).read_bytes())
    assert (stored.kind, stored.purpose, stored.file_name) == ("receipt", "original", "RC-2026-00007.pdf")
    for expected in (NUMBER, *WORDS.values(), "963.90"):
        assert expected in text
    for other in ("Invoice", "Credit", "Amount due", "owe us"):
        assert other not in text
    happens(north, Receipt.voided)
    copy = StoredDocument.objects.get(purpose="void_copy")
    assert "VOID" in text_of((folder / copy.name).read_bytes())


def test_its_templates_see_what_is_documented() -> None:
    shown = printing.present(sample("receipt", "en"), kind="receipt", language="en")
    assert set(values_in(shown)) == paths("receipt")
    assert not paths("receipt") & {"due", "unified", "source.number"}


def test_the_builder_shows_and_previews_it(north: Market) -> None:
    manager = client_of(north.people["manager"])
    page = manager.get(reverse("documents:builder")).content.decode()
    assert "Receipt: templates in use" in page
    assert '<option value="receipt">Receipt</option>' in manager.get(reverse("documents:template_new")).content.decode()
    version = TemplateVersion.objects.get(kind="receipt", language="en", design="modern")
    pdf = manager.get(reverse("documents:version_pdf", args=[version.pk]))
    assert WORDS["closing"] in text_of(pdf.content)
    template = templates.create(
        origin=version, kind="receipt", language="en", name="Ours", actor=north.actor(), now=NOW
    )
    typed = {"source": template.source, "page_size": "A4", "document": NUMBER}
    pdf = manager.post(reverse("documents:preview", args=[template.pk]), typed)
    assert NUMBER in text_of(pdf.content)
    assert not previews.prove(template, marketplace_id=north.marketplace.pk, currency="EUR", at=NOW).problem


def test_it_is_mailed(north: Market, receipt_mail: NotificationKind) -> None:
    happens(north, Receipt.issued)
    sent = Delivery.objects.filter(kind=MAIL, state="sent")
    assert {(each.subject, each.subject_kind, each.number) for each in sent} == {
        (f"Receipt {NUMBER}", "receipt", NUMBER)
    }
    (name, _content, _type), *rest = mail.outbox[0].attachments
    assert (name, rest) == ("RC-2026-00007.pdf", [])
    page = client_of(north.people["manager"]).get(reverse("notifications:list")).content.decode()
    assert f'<a href="{reverse("invoices:detail", args=[PK])}">{NUMBER}</a>' in page
    assert "Receipt PDF created" in page


def test_a_mail_text_is_tried_on_one_that_is_found_by_its_number(north: Market, receipt_mail: NotificationKind) -> None:
    given: dict[str, Any] = {"subject": "About {{ number }}", "body": "{{ total }}", "member": north.people["manager"]}
    found = previewing.preview(receipt_mail, "en", number=NUMBER, **given)
    assert found.words == Words(f"About {NUMBER}", "963.90\xa0EUR")
    problem = previewing.preview(receipt_mail, "en", number="RC-1", **given).problem
    assert problem == "No document with the number RC-1 can have this mail."


def test_it_gets_no_number_and_the_refusal_says_so(north: Market) -> None:
    settings = MarketplaceSettings.objects.get(marketplace=north.marketplace)
    with pytest.raises(NotNumbered, match="Receipt: documents of this kind get no number from a series"):
        next(give_numbers([], "receipt", settings=settings, now=NOW))
    assert {each.kind for each in next_numbers(settings, today=NOW.date())} == {"invoice", "credit_memo"}


def test_one_with_numbers_has_its_column_its_search_and_its_proof(
    north: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(labels.BADGES, Bill.name, labels.BADGES["invoice"])
    number, manager = str(issue_invoice(north).number), client_of(north.people["manager"])
    assert breaches() == []
    with registered(Bill()):
        assert changeable() >= {Bill.prefix_setting} <= set(numbering())
        page = manager.get(reverse("companies:settings")).content.decode()
        heads = [f'<th scope="col">{name}</th>' for name in ("Invoice", "Credit memo", "Bill")]
        assert sorted(heads, key=page.index) == heads
        found = manager.get("/search/", {"q": number[:-1]}).content.decode()
        assert "Bills" in found
        broken = {breach.says: breach.ids for breach in breaches()}
    assert "a number before it is missing or given twice" in broken
    assert any(key.startswith("bill ") for key in broken["the series is not its merchant's and kind's"])


def test_there_is_no_e_invoice_of_it_and_its_page_says_so(north: Market, receipt: Receipt, clerk: Client) -> None:
    with pytest.raises(NotRepresentable, match="It is neither an invoice nor a credit note"):
        einvoice_for(receipt.content(PK), "receipt")
    answer = clerk.get(reverse("documents:einvoice", args=["receipt", PK, "ubl"]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("invoices:detail", args=[PK]))
    assert "neither an invoice" in str(*get_messages(answer.wsgi_request))
    block = clerk.get(reverse("documents:files", args=["receipt", PK])).content.decode()
    assert reverse("documents:original", args=["receipt", PK]) in block
    assert "einvoice" not in block
    assert "unified" not in block


def test_its_pdf_is_made_without_an_e_invoice(north: Market) -> None:
    MarketplaceSettings.objects.filter(marketplace=north.marketplace).update(einvoice_in_pdf="ubl")
    happens(north, Receipt.issued)
    assert (StoredDocument.objects.get().einvoice, DocumentJob.objects.get().state) == ("", "ready")


def test_pages_that_it_has_not_are_not_found(clerk: Client) -> None:
    for name, args in (("unified", ["receipt", PK]), ("zip", ["receipt"]), ("choose", ["receipt"])):
        assert clerk.get(reverse(f"documents:{name}", args=args)).status_code == 404
    assert clerk.get(reverse("documents:original", args=["receipt", PK + 1])).status_code == 404
    assert clerk.get(reverse("documents:original", args=["order", PK])).status_code == 404
