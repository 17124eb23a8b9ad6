"""Invoices say where they are paid to, in every design and language; credit memos don't."""

import io
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from pypdf import PdfReader

from documents.domain.kinds import Content
from documents.pdf.printing import present
from documents.renderer.rendering import render_pdf
from documents.templates import defaults
from documents.templates.samples import sample
from tests.factories.bank import DETAILS, GROUPED, LOCAL

pytestmark = pytest.mark.slow
DESIGNS = [design.name for design in defaults.DESIGNS]
WORDS = {
    "en": ("Pay to", "Account no.", "Routing code", "Reference"),
    "de": ("Zahlung an", "Kontonr.", "Bankleitzahl", "Verwendungszweck"),
    "fr": ("À payer à", "N° de compte", "Code banque", "Référence"),
}


def page(design: str, content: Content, language: str = "en", kind: str = "invoice", **options: Any) -> str:
    made = render_pdf(
        source=defaults.source(kind, language, design),
        data=present(content, kind=kind, language=language, **options),
        must_show=content["number"],
    )
    pages = PdfReader(io.BytesIO(made.pdf)).pages
    return " ".join(" ".join(each.extract_text().split()) for each in pages)


def invoice(language: str = "en", **changes: Any) -> Content:
    return {**sample("invoice", language), **changes}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(("design", "language"), list(product(DESIGNS, defaults.languages())))
def test_an_iban_in_groups_of_four_with_the_number_to_quote(design: str, language: str) -> None:
    found = page(design, invoice(language, pay_to=DETAILS), language)
    pay_to, _account, _routing, reference = WORDS[language]
    assert f"{pay_to} Operator north GmbH IBAN · Commerzbank {GROUPED} BIC COBADEFFXXX" in found
    assert f"{reference} INV-2026-00171" in found


@pytest.mark.parametrize(("design", "language"), list(product(DESIGNS, defaults.languages())))
def test_an_account_without_an_iban_and_the_merchants_own_line(design: str, language: str) -> None:
    found = page(design, invoice(language, pay_to=LOCAL), language)
    pay_to, account, routing, _reference = WORDS[language]
    assert f"{pay_to} Operator north Inc. {account} · Chase 0012-345678 {routing} 021000021 BIC CHASUS33" in found
    assert "Wire in EUR, charges to you." in found
    assert "IBAN" not in found


@pytest.mark.parametrize("design", DESIGNS)
def test_nothing_where_no_account_is_known_or_nothing_is_due(design: str) -> None:
    unknown = invoice()
    del unknown["pay_to"]
    for content in (unknown, invoice(due=0), invoice(due=-100)):
        found = page(design, content)
        assert "Pay to" not in found
        assert "Reference" not in found
    paid = {**sample("invoice", "en", unified=True), "due": 0}
    assert "Pay to" not in page(design, paid, unified=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("design", DESIGNS)
def test_a_credit_memo_has_no_such_block(design: str) -> None:
    memo: Any = {**sample("credit_memo", "en"), "pay_to": DETAILS}
    assert "IBAN" not in page(design, memo, kind="credit_memo")


def test_what_templates_see_is_empty_where_there_is_nothing() -> None:
    shown = present(invoice(due=0), kind="invoice", language="en")["pay_to"]
    assert set(shown.values()) == {""}
    hostile = replace(DETAILS, holder="Evil\u202e\nGmbH")
    shown = present(invoice(pay_to=hostile), kind="invoice", language="en")["pay_to"]
    assert (shown["holder"], shown["reference"]) == ("Evil GmbH", "INV-2026-00171")
