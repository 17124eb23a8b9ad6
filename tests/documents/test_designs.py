"""Each default design prints everything that a document has, in every kind and language, and looks the same each time."""

import base64
import io
from itertools import cycle, product
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from documents.domain.kinds import Content, kind_called
from documents.pdf.printing import present
from documents.renderer import rendering
from documents.renderer.rendering import Rendered, render_pdf
from documents.templates import defaults
from documents.templates.samples import sample

KINDS = ["invoice", "credit_memo"]
DESIGNS = [design.name for design in defaults.DESIGNS]
EVERY = list(product(DESIGNS, KINDS, defaults.languages()))
LONG = [(*each, language) for each, language in zip(product(DESIGNS, KINDS), cycle(defaults.languages()), strict=False)]
"""Every design and kind, with languages in turn."""

pytestmark = pytest.mark.slow

NBSP = "\u00a0"
VOIDS = {"en": "VOID", "de": "STORNIERT", "fr": "ANNULÉ"}
COPIES = {"en": "COPY", "de": "KOPIE", "fr": "COPIE"}


def printed(
    design: str, kind: str, content: Content, language: str = "en", purpose: str = "original", **options: Any
) -> Rendered:
    return render_pdf(
        source=defaults.source(kind, language, design),
        data=present(content, kind=kind, language=language, **options),
        must_show=content["number"],
        stamp=defaults.stamp_word(language, purpose),
    )


def pages(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def words(kind: str, language: str) -> dict[str, str]:
    found = defaults._words()[language]
    return {**found, **kind_called(kind).design_words[language]}


@pytest.mark.parametrize(("design", "kind", "language"), EVERY)
def test_everything_is_on_the_page(design: str, kind: str, language: str) -> None:
    content = sample(kind, language)
    if kind == "credit_memo":
        content["sources"] += [{"number": "INV-2026-00170", "date": "2026-06-01"}]
    made = printed(design, kind, content, language)
    (page,) = pages(made.pdf)
    shown, said = present(content, kind=kind, language=language), words(kind, language)
    expected = [
        said["title"], content["number"], shown["issue_date"], shown["payer"]["name"], *shown["payer"]["address"],
        shown["payer"]["tax_number"], shown["merchant"]["name"], shown["merchant"]["line"], content["billed_user"],
        *content["note"].split("\n"), said["closing"], said["tax_summary"], shown["net"], shown["tax"], shown["total"],
        f"{said['page']} 1 {said['of']} 1",
    ]  # fmt: skip
    for line in shown["lines"]:
        expected += [line["quantity"], line["unit_price"], line["discount"], line["tax_rate"], line["net"]]
    for tax in shown["taxes"]:
        expected += [f"{tax['name']} {tax['rate']} {tax['base']} {tax['amount']}"]
    if kind == "credit_memo":
        expected += [said["source"], "INV-2026-00163", "INV-2026-00170", shown["effective_date"]]
        expected += [source["date"] for source in shown["sources"]]
    else:
        expected += [said["due_date"], shown["due_date"]]
    for text in expected:
        assert text.replace(NBSP, " ").replace("\u202f", " ") in page.replace("\u202f", " "), text
    assert (made.pages, made.missing) == (1, "")


@pytest.mark.parametrize(("design", "kind", "language"), LONG)
def test_a_long_table_repeats_its_head_and_its_stamp_on_every_page(design: str, kind: str, language: str) -> None:
    content = sample(kind, language)
    content["lines"] = content["lines"] * 10
    made = printed(design, kind, content, language, purpose="void_copy")
    said, found = words(kind, language), pages(made.pdf)
    assert made.pages == len(found) == {"classic": 4, "modern": 5 if language == "de" else 4, "compact": 2}[design]
    for number, page in enumerate(found, 1):
        assert f"{content['number']} · {said['page']} {number} {said['of']} {made.pages}" in page
        assert VOIDS[language] in page
    with_lines = [page for page in found if "Business Suite" in page]
    assert all(page.count(said["unit_price"]) == 1 for page in with_lines)
    assert sum(page.count("Business Suite") for page in found) == 10
    assert len(with_lines) >= made.pages - 1
    assert said["total"] in found[-1]


@pytest.mark.parametrize(("design", "currency"), list(product(DESIGNS, ["JPY", "KWD"])))
def test_currencies_without_cents_and_with_three_decimals(design: str, currency: str) -> None:
    content = sample("invoice", "en", currency)
    (page,) = pages(printed(design, "invoice", content).pdf)
    assert {"JPY": "317,644 JPY", "KWD": "3,176.430 KWD"}[currency] in page


@pytest.mark.parametrize("design", DESIGNS)
def test_an_invoice_asks_for_what_is_due_with_the_carried_balance(design: str) -> None:
    content = sample("invoice", "en")
    content["carried"], content["due"] = 10000, content["total"] - 10000
    (page,) = pages(printed(design, "invoice", content).pdf)
    assert "Balance carried over -100.00 EUR Amount due 3,076.44 EUR" in page


@pytest.mark.parametrize("design", DESIGNS)
def test_the_unified_view_shows_credit_and_payments(design: str) -> None:
    content = sample("invoice", "en", unified=True)
    text = " ".join(pages(printed(design, "invoice", content, unified=True).pdf))
    for part in (
        "Credit CM-2026-00039 June 10, 2026 -423.52 EUR", "Credit CM-2026-00042 June 17, 2026 -211.76 EUR",
        "Paid -794.11 EUR", "Amount due as of June 24, 2026 1,747.05 EUR",
    ):  # fmt: skip
        assert part in text
    plain = " ".join(pages(printed(design, "invoice", content).pdf))
    assert "CM-2026-00039" not in plain


@pytest.mark.parametrize("design", DESIGNS)
def test_more_credits_than_fit_a_page_are_printed(design: str) -> None:
    content = sample("invoice", "en", unified=True)
    content["credits"] = content["credits"] * 60
    made = printed(design, "invoice", content, unified=True)
    assert sum(page.count("CM-2026-000") for page in pages(made.pdf)) == 120


@pytest.mark.parametrize(("language", "word"), COPIES.items())
def test_a_copy_says_so(language: str, word: str) -> None:
    assert defaults.stamp_word(language, "copy") == word
    assert word in pages(printed("modern", "invoice", sample("invoice", language), language, purpose="copy").pdf)[0]


def test_there_is_no_stamp_for_an_original_and_an_english_one_for_languages_without_words() -> None:
    assert defaults.stamp_word("de", "original") == ""
    assert defaults.stamp_word("it", "void_copy") == "VOID"


@pytest.mark.parametrize(("paper", "size"), {"A4": (595, 842), "Letter": (612, 792)}.items())
@pytest.mark.parametrize("design", DESIGNS)
def test_the_paper_is_the_marketplaces(design: str, paper: str, size: tuple[int, int]) -> None:
    made = printed(design, "invoice", sample("invoice", "en"), page_size=paper)
    box = PdfReader(io.BytesIO(made.pdf)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size


@pytest.mark.parametrize("design", DESIGNS)
def test_a_logo_is_printed(design: str) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (300, 100), (15, 107, 85, 255)).save(out, "PNG")
    logo = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    made = printed(design, "invoice", sample("invoice", "en"), images={"logo": logo})
    (image,) = PdfReader(io.BytesIO(made.pdf)).pages[0].images
    assert image.image
    assert image.image.size == (300, 100)
    assert not PdfReader(io.BytesIO(printed(design, "invoice", sample("invoice", "en")).pdf)).pages[0].images


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_document_gives_the_same_bytes(design: str) -> None:
    content = sample("credit_memo", "fr")
    first = printed(design, "credit_memo", content, "fr")
    rendering._renderer.close()
    assert printed(design, "credit_memo", content, "fr") == first


@pytest.mark.parametrize(("design", "kind", "language"), EVERY)
def test_a_design_has_all_its_words_and_nothing_of_the_other_kind(design: str, kind: str, language: str) -> None:
    found = defaults.source(kind, language, design)
    assert "[[" not in found
    assert ("sources" in found) == (kind == "credit_memo")
    assert ("due_date" in found) == (kind == "invoice")


def test_no_two_designs_are_called_the_same_and_each_says_what_it_is() -> None:
    assert len({str(design.label) for design in defaults.DESIGNS}) == len(defaults.DESIGNS) == 3
    assert all(str(design.about).endswith(".") for design in defaults.DESIGNS)


def test_an_unknown_design_is_refused() -> None:
    with pytest.raises(KeyError):
        defaults.source("invoice", "en", "../classic")
