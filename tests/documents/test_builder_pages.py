"""The Document Builder's pages: what they show, what a form does, and what is refused in words."""

import io
import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries

from documents.models import DocumentTemplate, TemplateActivation, TemplateAsset, TemplateVersion
from documents.operations import templates
from documents.queries.templates import default_version
from documents.renderer.typefaces import FOLDER
from documents.storage.stores import document_storage
from tests.factories.world import NOW, Market, issue_memo, make_market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
BUILDER = "/documents/builder/"
MAX_QUERIES = 12


@pytest.fixture
def market() -> Market:
    return make_market("north")


@pytest.fixture
def manager(market: Market) -> Client:
    return client_of(market.people["manager"])


def begun(market: Market, name: str = "Ours", kind: str = "credit_memo") -> DocumentTemplate:
    origin = default_version(kind=kind, language="en", at=NOW)
    return templates.create(origin=origin, kind=kind, language="en", name=name, actor=market.actor(), now=NOW)


def published(market: Market, template: DocumentTemplate) -> TemplateVersion:
    revision = template.revision
    return templates.publish(template=template, revision=revision, note="First", actor=market.actor(), now=NOW)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).replace("&#x27;", "'").split())


def draft(template: DocumentTemplate, **changes: object) -> dict[str, object]:
    same = {"name": template.name, "page_size": "A4", "source": template.source, "revision": template.revision}
    return {"token": str(uuid4()), **same, **changes}


def test_the_builder_shows_what_prints(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    published(market, begun(market))
    begun(market, "Other", "invoice")
    with django_assert_max_num_queries(MAX_QUERIES):
        page = words(manager.get(BUILDER).content.decode())
    assert "Credit memo: templates in use" in page
    assert "English Ours, version 1 May 18, 2026" in page
    assert "German Classic, version 1 built-in always not set yet" in page
    assert "Other Invoice English Never published" in page
    assert "Ours Credit memo English In use" in page
    for design in ("Classic", "Modern", "Compact"):
        assert f"Copy {design}" in page


def test_finance_reads_and_changes_nothing(market: Market) -> None:
    finance, template = client_of(market.people["finance"]), begun(market)
    sent = {"token": str(uuid4()), "name": "logo", "file": picture()}
    client_of(market.people["manager"]).post(f"{BUILDER}assets/image/", sent)
    assert "New template" not in finance.get(BUILDER).content.decode()
    editor = finance.get(f"{BUILDER}{template.pk}/")
    assert "Save draft" not in editor.content.decode()
    assert "<code>images.logo</code>" in editor.content.decode()
    assert "data-insert" not in editor.content.decode()
    assert finance.post(f"{BUILDER}{template.pk}/", draft(template, source="x")).status_code == 403
    template.refresh_from_db()
    assert template.revision == 1


def test_a_template_is_begun_as_a_copy(market: Market, manager: Client) -> None:
    sent = {"token": str(uuid4()), "kind": "invoice", "language": "es", "origin": "design:modern", "name": "Factura"}
    for _ in range(2):  # A double submit begins one.
        answer = manager.post(f"{BUILDER}new/", sent)
        template = DocumentTemplate.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"{BUILDER}{template.pk}/")
    assert (template.kind, template.language, template.name) == ("invoice", "es", "Factura")
    assert template.origin == "Modern, version 1"
    again = manager.post(f"{BUILDER}new/", {**sent, "token": str(uuid4())})
    assert again.status_code == 422
    assert "A template of this name already exists" in again.content.decode()
    copy = {**sent, "token": str(uuid4()), "origin": f"template:{template.pk}", "name": "Dos"}
    assert manager.post(f"{BUILDER}new/", copy).status_code == 302


def test_a_copy_of_a_strangers_template_is_no_choice(market: Market, manager: Client) -> None:
    foreign = begun(make_market("south", currency="JPY"))
    sent = {"token": str(uuid4()), "kind": "invoice", "language": "en", "origin": f"template:{foreign.pk}", "name": "X"}
    assert manager.post(f"{BUILDER}new/", sent).status_code == 422
    assert DocumentTemplate.objects.count() == 1


def test_the_editor_has_the_variables_with_their_samples(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    issue_memo(market)
    template = begun(market)
    with django_assert_max_num_queries(MAX_QUERIES):
        answer = manager.get(f"{BUILDER}{template.pk}/")
    page = answer.content.decode()
    assert "blob:" in answer["Content-Security-Policy"].partition("frame-src")[2].partition(";")[0]
    assert "payer.address[]" in page
    assert "{{ issue_date }}" in page
    assert '<span class="sample">CM-2026-00042</span>' in page
    assert '<option value="CM-' in page


def test_a_draft_is_saved_and_what_was_typed_survives_a_clash(market: Market, manager: Client) -> None:
    template = begun(market)
    address = f"{BUILDER}{template.pk}/"
    assert manager.post(address, draft(template, source="<p>\r\n{{ number }}</p>")).status_code == 302
    template.refresh_from_db()
    assert template.source == "<p>\n{{ number }}</p>\n"
    late = manager.post(address, draft(template, revision=1, source="<b>mine</b>"))
    assert late.status_code == 422
    assert "Manager North has saved this template" in late.content.decode()
    assert "&lt;b&gt;mine&lt;/b&gt;" in late.content.decode()
    going_on = manager.post(address, draft(template, then="publish"))
    assert going_on["Location"] == f"{address}publish/"


def test_the_preview_is_the_pdf(market: Market, manager: Client) -> None:
    template = begun(market)
    answer = manager.post(f"{BUILDER}{template.pk}/preview/", draft(template))
    assert (answer.status_code, answer["Content-Type"], answer["X-Pages"]) == (200, "application/pdf", "1")
    assert "CM-2026-00042" in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    memo = issue_memo(market)
    own = manager.post(f"{BUILDER}{template.pk}/preview/", draft(template, document=f" {memo.number} "))
    assert memo.number is not None
    assert memo.number in PdfReader(io.BytesIO(own.content)).pages[0].extract_text()
    void = manager.post(f"{BUILDER}{template.pk}/preview/", draft(template, look="void_copy"))
    assert "VOID" in PdfReader(io.BytesIO(void.content)).pages[0].extract_text()
    template.refresh_from_db()
    assert template.revision == 1


@pytest.mark.parametrize(
    ("changes", "line", "message"),
    [
        ({"source": "<p>{{ number }}</p>\n{{ numbr }}"}, 2, "'numbr' is undefined"),
        ({"source": "<p>{{ number }}</p>\n\n<script>x</script>"}, 3, "<script> is not allowed."),
        ({"source": "<p>nothing</p>"}, 0, "The document does not show CM-2026-00042."),
        ({"document": "CM-NONE-1"}, 0, "Document CM-NONE-1 does not exist."),
        ({"source": ""}, 0, "This field is required."),
        ({"page_size": "A0"}, 0, "Select a valid choice. A0 is not one of the available choices."),
    ],
)
def test_what_is_wrong_with_a_draft_is_said(
    market: Market, manager: Client, changes: dict[str, object], line: int, message: str
) -> None:
    template = begun(market)
    address, sent = f"{BUILDER}{template.pk}/preview/", draft(template, **changes)
    answer = manager.post(address, sent, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (422, {"message": message, "line": line})
    page = manager.post(address, sent)
    assert page.status_code == 422
    assert message in page.content.decode().replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize(
    "source",
    [
        "{% include '/etc/passwd' %}", "{{ number | ljust: 300000000 }}", "{{ number.__class__ }}",
        "{% for a in (1..9000000) %}x{% endfor %}", "<img src='file:///etc/passwd'>", "<img src='/etc/passwd.png'>",
        "<img src='http://127.0.0.1:9/x.png'>", "<style>@import url(http://127.0.0.1:9/x.css);</style>",
        "<style>@font-face { font-family: x; src: url(/etc/passwd); }</style>", "<iframe src='/'></iframe>",
        "<object data='/etc/passwd'></object>", "<pdf:include src='/etc/passwd'>", "<svg></svg>",
        "<td colspan='1000000'>x</td>", "<div>" * 5000, "<a href='javascript:alert(1)'>x</a>",
    ],
)  # fmt: skip
def test_hostile_templates_are_refused_in_words(market: Market, manager: Client, source: str) -> None:
    template = begun(market)
    sent = draft(template, source=f"<p>{{{{ number }}}}</p>{source}")
    answer = manager.post(f"{BUILDER}{template.pk}/preview/", sent, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert len(answer.json()["message"]) > 10
    assert "/etc/passwd:" not in answer.json()["message"]


def test_another_marketplaces_document_is_no_preview(market: Market, manager: Client) -> None:
    foreign = issue_memo(make_market("south", currency="JPY"))
    template = begun(market)
    sent = draft(template, document=f"{foreign.number}-x")
    assert manager.post(f"{BUILDER}{template.pk}/preview/", sent).status_code == 422


@pytest.mark.slow
def test_publishing_shows_what_changes_and_prints_from_then_on(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    template = begun(market)
    manager.post(f"{BUILDER}{template.pk}/", draft(template, source=template.source.replace("14324f", "7a1f2b")))
    address = f"{BUILDER}{template.pk}/publish/"
    with django_assert_max_num_queries(MAX_QUERIES):
        page = words(manager.get(address).content.decode())
    assert "It renders: the sample takes one page." in page
    assert "Changes against Classic, version 1, which is in use" in page
    assert "#7a1f2b" in page
    sent = {"token": str(uuid4()), "revision": 2, "note": "Red"}
    assert manager.post(address, sent)["Location"] == f"{BUILDER}{template.pk}/versions/"
    assert manager.post(address, sent).status_code == 302  # Sent twice: published once.
    version = TemplateVersion.objects.get(template=template)
    assert (version.number, version.note, version.created_by) == (1, "Red", market.user("manager"))
    assert TemplateActivation.objects.get().version == version


def test_what_does_not_render_is_not_published(market: Market, manager: Client) -> None:
    template = begun(market)
    manager.post(
        f"{BUILDER}{template.pk}/", draft(template, source="<p>{{ number }}</p>\n{% for x in line %}{% endfor %}")
    )
    address = f"{BUILDER}{template.pk}/publish/"
    assert "Line 2:" in manager.get(address).content.decode()
    answer = manager.post(address, {"token": str(uuid4()), "revision": 2, "note": ""})
    assert answer.status_code == 422
    assert "can't be published: line 2: " in words(answer.content.decode())
    assert not TemplateVersion.objects.filter(template=template).exists()


def test_a_template_that_breaks_on_a_bare_document_is_not_published(market: Market, manager: Client) -> None:
    """The sample has everything; a document without taxes has no first one."""
    template = begun(market)
    source = "<p>{{ number }} {{ taxes[0].name }}</p>"
    manager.post(f"{BUILDER}{template.pk}/", draft(template, source=source))
    answer = manager.post(f"{BUILDER}{template.pk}/publish/", {"token": str(uuid4()), "revision": 2, "note": ""})
    assert answer.status_code == 422


def test_publishing_what_somebody_has_changed_is_refused(market: Market, manager: Client) -> None:
    template = begun(market)
    manager.post(f"{BUILDER}{template.pk}/", draft(template, source="<p>{{ number }}</p>"))
    answer = manager.post(f"{BUILDER}{template.pk}/publish/", {"token": str(uuid4()), "revision": 1, "note": ""})
    assert answer.status_code == 422
    assert "has saved this template since you opened it" in answer.content.decode()


@pytest.mark.slow
def test_the_history_compares_any_two(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    template = begun(market)
    first = published(market, template)
    for source in ("<p>{{ number }} two</p>", "<p>{{ number }} three</p>"):
        template.refresh_from_db()
        manager.post(f"{BUILDER}{template.pk}/", draft(template, source=source))
        template.refresh_from_db()
        published(market, template)
    with django_assert_max_num_queries(MAX_QUERIES):
        page = words(manager.get(f"{BUILDER}{template.pk}/versions/?old=2&new=3").content.decode())
    assert "− removed <p>{{ number }} two</p>" in page.replace("&lt;", "<").replace("&gt;", ">")
    assert "+ added <p>{{ number }} three</p>" in page.replace("&lt;", "<").replace("&gt;", ">")
    assert manager.get(f"{BUILDER}{template.pk}/versions/?old=x&new=9").status_code == 200
    sent = {"token": str(uuid4()), "reason": "Two was better"}
    rolled = manager.post(f"{BUILDER}versions/{first.pk}/use/", sent)
    assert rolled["Location"] == f"{BUILDER}{template.pk}/versions/"
    assert TemplateActivation.objects.latest("pk").version == first
    again = manager.post(f"{BUILDER}versions/{first.pk}/use/", {**sent, "token": str(uuid4())})
    assert again.status_code == 422


@pytest.mark.slow
def test_a_design_can_print_as_it_is_and_the_product_can_decide_again(market: Market, manager: Client) -> None:
    modern = default_version(kind="invoice", language="fr", at=NOW, design="modern")
    sent = {"token": str(uuid4()), "reason": "Nicer"}
    assert manager.post(f"{BUILDER}versions/{modern.pk}/use/", sent)["Location"] == BUILDER
    assert "Modern, version 1" in manager.get(BUILDER).content.decode()
    assert manager.post(f"{BUILDER}product/invoice/fr/", sent)["Location"] == BUILDER
    assert TemplateActivation.objects.latest("pk").version is None
    for wrong in ("invoice/xx", "payslip/fr"):
        assert manager.get(f"{BUILDER}product/{wrong}/").status_code == 404
        assert manager.post(f"{BUILDER}product/{wrong}/", sent).status_code == 404


def test_a_versions_page_and_its_sample(market: Market, manager: Client) -> None:
    version = published(market, begun(market))
    assert "Ours, version 1" in manager.get(f"{BUILDER}versions/{version.pk}/").content.decode()
    sample = manager.get(f"{BUILDER}versions/{version.pk}/pdf/")
    assert sample["Content-Type"] == "application/pdf"
    foreign = make_market("south", currency="JPY")
    assert client_of(foreign.people["manager"]).get(f"{BUILDER}versions/{version.pk}/").status_code == 404


def picture(size: tuple[int, int] = (300, 100)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, "PNG")
    return SimpleUploadedFile("logo.png", out.getvalue(), "image/png")


def test_a_logo_is_kept_shown_printed_and_taken_away(market: Market, manager: Client) -> None:
    address = f"{BUILDER}assets/"
    sent = {"token": str(uuid4()), "name": "Logo"}
    assert manager.post(f"{address}image/", {**sent, "file": picture()})["Location"] == address
    assert manager.post(f"{address}image/", {**sent, "file": picture()}).status_code == 302
    asset = TemplateAsset.objects.get()
    assert (asset.name, asset.width, asset.media_type, asset.created_by) == (
        "logo",
        300,
        "image/png",
        market.user("manager"),
    )
    shown = manager.get(f"{address}{asset.pk}/")
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/png", "nosniff")
    template = begun(market)
    with_logo = manager.post(f"{BUILDER}{template.pk}/preview/", draft(template))
    assert len(PdfReader(io.BytesIO(with_logo.content)).pages[0].images) == 1
    gone = manager.post(f"{address}{asset.pk}/remove/", {"token": str(uuid4())})
    assert gone["Location"] == address
    assert "Add your logo" in manager.get(address).content.decode()
    without = manager.post(f"{BUILDER}{template.pk}/preview/", draft(template))
    assert len(PdfReader(io.BytesIO(without.content)).pages[0].images) == 0
    assert manager.post(f"{address}{asset.pk}/remove/", {"token": str(uuid4())}).status_code == 422


def test_a_storage_that_is_away_is_said(
    market: Market, manager: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"token": str(uuid4()), "name": "away"}
    assert manager.post(f"{BUILDER}assets/image/", {**sent, "file": picture((77, 33))}).status_code == 302
    asset = TemplateAsset.objects.get()
    (folder / asset.stored).unlink()
    assert manager.get(f"{BUILDER}assets/{asset.pk}/").status_code == 503
    template = begun(market)
    source = '<p>{{ number }}<img src="{{ images.away }}"></p>'
    answer = manager.post(f"{BUILDER}{template.pk}/preview/", draft(template, source=source))
    assert answer.status_code == 422
    assert "can't be read right now" in answer.content.decode().replace("&#x27;", "'")

    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(document_storage().__class__, "save", full)
    refused = manager.post(f"{BUILDER}assets/image/", {**sent, "token": str(uuid4()), "file": picture()})
    assert refused.status_code == 422
    assert "It could not be stored." in refused.content.decode()
    assert TemplateAsset.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("logo", b"<svg/>", "This image can't be read."),
        ("a b", b"", "Start with a letter"),
        ("1st", b"", "Start with a letter"),
        ("Size", b"", "This word has another meaning in templates."),
    ],
)
def test_a_picture_that_is_none_is_refused_beside_its_field(
    market: Market, manager: Client, name: str, content: bytes, said: str
) -> None:
    file = SimpleUploadedFile("x.png", content or b"x")
    answer = manager.post(f"{BUILDER}assets/image/", {"token": str(uuid4()), "name": name, "file": file})
    assert answer.status_code == 422
    assert said in answer.content.decode().replace("&#x27;", "'")
    assert not TemplateAsset.objects.exists()


@pytest.mark.slow
def test_a_font_is_kept_and_used(market: Market, manager: Client) -> None:
    font = next(FOLDER.glob("*-Regular.ttf")).read_bytes()
    sent = {"token": str(uuid4()), "name": "Office Hand", "face": "regular"}
    kept = manager.post(f"{BUILDER}assets/font/", {**sent, "file": SimpleUploadedFile("hand.ttf", font)})
    assert kept.status_code == 302
    template = begun(market)
    source = '<p style="font-family: office hand">{{ number }}</p>'
    answer = manager.post(f"{BUILDER}{template.pk}/preview/", draft(template, source=source))
    assert answer.status_code == 200
    for content in (b"OTTO" + font[4:], b"no font", font[:2000], font + bytes(9 * 1024 * 1024)):
        refused = manager.post(f"{BUILDER}assets/font/", {**sent, "file": SimpleUploadedFile("x.ttf", content)})
        assert refused.status_code == 422, content[:8]
    assert TemplateAsset.objects.count() == 1
