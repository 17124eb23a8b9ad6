"""The official rules catch what is wrong, and the process that runs them keeps within its limits."""

import os
import signal

import pytest

from documents.einvoice.validation import Validator, validate
from documents.renderer.rendering import RendererDied, RenderError
from tests.documents.einvoice.reading import SYNTAXES, Read, written
from tests.support.kinds import content

pytestmark = pytest.mark.slow


@pytest.fixture(params=SYNTAXES)
def read(request: pytest.FixtureRequest) -> Read:
    """A valid credit memo of 810.00 and 153.90 of tax."""
    return {each.syntax: each for each in written(content(), "credit_memo")}[request.param]


def changed(read: Read, old: str, new: str, count: int = -1) -> set[str]:
    """The rules that are broken once a text is another."""
    assert old.encode() in read.xml
    return Read(read.syntax, read.xml.replace(old.encode(), new.encode(), count)).broken()


def test_a_valid_document_breaks_nothing(read: Read) -> None:
    assert read.broken() == set()


def test_a_memo_of_several_invoices_names_them_all_and_is_valid() -> None:
    sources = [{"number": f"INV-2026-0001{n}", "date": f"2026-05-0{n}"} for n in (1, 2, 3)]
    for read in written(content(sources=sources), "credit_memo"):
        assert read.broken() == set()
        assert read.all("preceding") == [source["number"] for source in sources]
        days = [source["date"] for source in sources]
        assert read.all("preceding_days") == [day if read.syntax == "ubl" else day.replace("-", "") for day in days]


def test_a_wrong_total_is_caught(read: Read) -> None:
    assert {"BR-CO-15", "BR-CO-16"} <= changed(read, "963.90", "963.91", 1)


def test_a_wrong_tax_is_caught(read: Read) -> None:
    assert "BR-CO-14" in changed(read, "153.90", "153.80", 1)


def test_a_wrong_line_is_caught(read: Read) -> None:
    assert "BR-CO-10" in changed(read, "405.00", "406.00", 1)


def test_an_unknown_code_is_caught(read: Read) -> None:
    assert changed(read, ">381<", ">999<") & {"BR-CL-01", "FX-SCH-A-000555"}


def test_what_does_not_fit_the_schema_is_caught(read: Read) -> None:
    assert changed(read, "2026-05-31" if read.syntax == "ubl" else "ram:TypeCode", "ram:Nonsense") & {"XSD"}


def test_the_other_syntax_is_no_document_of_this_one(read: Read) -> None:
    [other] = {"ubl", "cii"} - {read.syntax}
    [problem] = validate(read.xml, other)
    assert (problem.rule, problem.is_fatal) == ("XSD", True)


@pytest.mark.parametrize(
    "xml",
    [
        b"<open>",
        b"no xml",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
    ],
)
def test_what_is_no_xml_or_brings_a_document_type_is_refused(xml: bytes) -> None:
    [problem] = validate(xml, "ubl")
    assert (problem.rule, problem.is_fatal) == ("XML", True)
    assert "root:" not in problem.text


def ask(validator: Validator, read: Read) -> int:
    return len(validator.ask({"do": "check", "syntax": read.syntax, "xml": read.xml.decode()})[0]["problems"])


def test_the_process_stays_warm_and_comes_back_after_it_was_killed(read: Read) -> None:
    validator = Validator()
    try:
        ask(validator, read)
        first = validator.pid
        ask(validator, read)
        assert validator.pid == first
        assert first is not None
        os.kill(first, signal.SIGKILL)
        with pytest.raises(RendererDied):
            ask(validator, read)
        ask(validator, read)
        assert validator.pid not in (None, first)
    finally:
        validator.close()


def test_the_process_cannot_have_more_memory_than_it_is_given(read: Read) -> None:
    validator = Validator(memory=48 * 1024 * 1024)
    with pytest.raises(RendererDied):
        ask(validator, read)
    validator.close()


def test_a_request_that_fails_is_told_and_the_process_replaced(read: Read) -> None:
    validator = Validator()
    with pytest.raises(RenderError, match="KeyError"):
        validator.ask({"do": "check", "syntax": "edifact", "xml": read.xml.decode()})
    assert validator.pid is None
    validator.close()
