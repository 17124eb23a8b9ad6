"""Frozen figures become texts in the language of the document."""

import json
from typing import Any

import pytest

from documents.pdf.printing import present
from documents.templates import defaults
from tests.support.kinds import content

SPACE = "\u00a0"


def shown(language: str = "de", **changes: Any) -> dict[str, Any]:
    return present(content(**changes), kind="credit_memo", language=language)


def test_german() -> None:
    data = shown()
    assert data["total"] == f"963,90{SPACE}EUR"
    assert data["issue_date"] == "31. Mai 2026"
    assert data["lines"][0]["period"] == "05.05.2026 \N{EN DASH} 31.05.2026"
    assert (data["lines"][0]["quantity"], data["lines"][0]["unit_price"]) == ("15", "31,00")
    assert data["taxes"] == [{"name": "USt.", "rate": f"19{SPACE}%", "base": "810,00", "amount": "153,90"}]
    assert data["payer"]["address"] == ["Graben 7", "1010 Wien", "Österreich"]


def test_english_and_french() -> None:
    assert shown("en")["total"] == f"963.90{SPACE}EUR"
    assert shown("en")["taxes"][0]["rate"] == "19%"
    assert shown("fr")["payer"]["address"][-1] == "Autriche"


@pytest.mark.parametrize(("currency", "total"), [("JPY", "96.390"), ("EUR", "963,90"), ("KWD", "96,390")])
def test_decimals_of_the_currency(currency: str, total: str) -> None:
    assert shown(currency=currency)["total"] == f"{total}{SPACE}{currency}"


def test_small_unit_prices_keep_their_digits() -> None:
    line = {**content()["lines"][0], "unit_price": "0.00012500", "quantity": "1234.500000"}
    printed = shown(lines=[line])["lines"][0]
    assert (printed["unit_price"], printed["quantity"]) == ("0,000125", "1.234,5")


def test_several_taxes_on_a_line() -> None:
    line = {**content()["lines"][0], "taxes": [{"name": "GST", "rate": "0.05"}, {"name": "QST", "rate": "0.09975"}]}
    assert shown("en", lines=[line])["lines"][0]["tax_rate"] == "5%, 9.975%"


def test_absent_things_are_empty_texts() -> None:
    memo = shown(sources=[], effective_date="", note="")
    assert (memo["sources"], memo["source"]) == ([], {"number": "", "date": ""})
    assert (memo["effective_date"], memo["note"]) == ("", "")
    invoice = present(content(), kind="invoice", language="de")
    assert (invoice["due_date"], invoice["carried"], invoice["credited"], invoice["paid"]) == ("", "", "", "")
    assert (invoice["credits"], invoice["unified"], invoice["images"]) == ([], False, {"logo": ""})


def test_several_sources_are_told_apart_and_as_one() -> None:
    """Templates of before know of one source alone."""
    memo = shown(sources=[{"number": "A-1", "date": "2026-05-01"}, {"number": "A-2", "date": "2026-06-01"}])
    first, second = memo["sources"]
    assert (first["number"], second["number"]) == ("A-1", "A-2")
    assert memo["source"] == {"number": "A-1, A-2", "date": f"{first['date']}, {second['date']}"}


def test_the_unified_view_of_an_invoice() -> None:
    found = content(
        credits=[{"number": "CM-9", "date": "2026-06-01", "amount": 10000}], credited=10000, paid=5000, due=81390
    )
    data = present(found, kind="invoice", language="de", unified=True)
    assert data["credits"] == [{"number": "CM-9", "date": "1. Juni 2026", "amount": f"-100,00{SPACE}EUR"}]
    assert (data["credited"], data["paid"]) == (f"-100,00{SPACE}EUR", f"-50,00{SPACE}EUR")
    assert (data["unified"], data["due"]) == (True, f"813,90{SPACE}EUR")


def test_images_and_paper_are_the_marketplaces() -> None:
    data = present(content(), kind="invoice", language="de", images={"seal": "data:x"}, page_size="Letter")
    assert (data["images"], data["page"]) == ({"logo": "", "seal": "data:x"}, {"size": "Letter"})


def test_marks_that_turn_the_reading_direction_are_left_out() -> None:
    payer = {**content()["payer"], "name": "\u202egpj.exe Ltd"}
    assert shown(payer=payer)["payer"]["name"] == "gpj.exe Ltd"


def test_control_characters_and_line_ends_part_words() -> None:
    payer = {**content()["payer"], "name": "North\rand\u2028South\u0000 Ltd\u2029"}
    found = shown(payer=payer, note="Two\rlines\u2028or\r\nfour\x07words")
    assert found["payer"]["name"] == "North and South Ltd"
    assert found["note"] == "Two\nlines\nor\nfour words"


def test_a_template_sees_texts_lists_and_dicts_only() -> None:
    assert json.loads(json.dumps(shown())) == shown()


def test_every_default_template_has_all_its_words() -> None:
    for kind in ("invoice", "credit_memo"):
        for language in defaults.languages():
            assert "[[" not in defaults.source(kind, language)
