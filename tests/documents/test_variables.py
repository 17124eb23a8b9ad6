"""What is documented for authors is what templates see, and the samples have all of it."""

import pytest

from documents.pdf.printing import present
from documents.templates import defaults
from documents.templates.liquid import render
from documents.templates.samples import sample
from documents.templates.variables import groups, paths, values_in

KINDS = ["invoice", "credit_memo"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_documented_paths_are_the_present_ones(kind: str) -> None:
    assert set(values_in(present(sample(kind, "en", unified=True), kind=kind, language="en", unified=True))) == paths(
        kind
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_snippet_can_be_inserted(kind: str) -> None:
    data = present(sample(kind, "de", unified=True), kind=kind, language="de", unified=True)
    for group in groups(kind):
        assert str(group.label)
        for variable in group.variables:
            assert str(variable.about)
            assert variable.path.partition("[")[0].partition(".")[0] in variable.inserted or variable.path == "unified"
            render(variable.inserted, data)


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@pytest.mark.parametrize("language", defaults.languages())
@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_adds_up(kind: str, language: str, currency: str) -> None:
    content = sample(kind, language, currency)
    assert (
        content["net"] == sum(line["net"] for line in content["lines"]) == sum(tax["base"] for tax in content["taxes"])
    )
    assert content["total"] == content["net"] + content["tax"] == content["due"]
    assert len(content["taxes"]) == 2
    assert any(line["discount"] for line in content["lines"])
    assert content["languages"] == [language]


def test_a_unified_sample_has_credit_and_a_payment() -> None:
    content = sample("invoice", "en", unified=True)
    assert content["credited"] == sum(credit["amount"] for credit in content["credits"]) > 0
    assert content["due"] == content["total"] - content["credited"] - content["paid"]
    assert sample("invoice", "en")["credits"] == []


def test_a_language_without_a_sample_gets_the_english_one() -> None:
    assert sample("invoice", "it")["merchant"] == sample("invoice", "en")["merchant"]
