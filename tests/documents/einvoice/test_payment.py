"""Where an e-invoice is paid to: by the official rules in both syntaxes, on invoices that ask for something."""

from dataclasses import replace
from typing import Any

import pytest

from companies.domain.bank_details import BankDetails
from documents.domain.kinds import Content
from tests.documents.einvoice.reading import Read, written
from tests.factories.bank import DETAILS, IBAN, LOCAL
from tests.support.kinds import content

pytestmark = pytest.mark.slow
TERMS = ("means", "account", "holder", "bic", "reference", "terms")


def invoice(details: BankDetails | None = DETAILS, **changes: Any) -> Content:
    paid_to: dict[str, Any] = {"pay_to": details} if details else {}
    return content(number="INV-2026-00042", due_date="2026-06-14", sources=[], **paid_to, **changes)


def told(read: Read) -> tuple[str, ...]:
    assert read.broken() == set()
    return tuple(read.one(name) for name in TERMS)


def test_an_iban_is_paid_by_sepa_and_valid() -> None:
    for read in written(invoice(), "invoice"):
        assert told(read) == ("58", IBAN, "Operator north GmbH", "COBADEFFXXX", "INV-2026-00042", "")


def test_an_account_without_an_iban_is_a_plain_transfer_with_its_routing_code_in_words() -> None:
    terms = "Bankleitzahl 021000021. Wire in EUR, charges to you."
    for read in written(invoice(LOCAL), "invoice"):
        assert told(read) == ("30", "0012-345678", "Operator north Inc.", "CHASUS33", "INV-2026-00042", terms)
        assert (b"IBANID" in read.xml) is False


@pytest.mark.parametrize(
    ("details", "currency", "means"),
    [
        (DETAILS, "USD", "30"),
        (replace(DETAILS, iban="GB82WEST12345698765432"), "EUR", "58"),
        (replace(DETAILS, iban="AE070331234567890123456"), "EUR", "30"),
    ],
)
def test_sepa_is_euro_between_accounts_of_its_area(details: BankDetails, currency: str, means: str) -> None:
    for read in written(invoice(details, currency=currency), "invoice"):
        assert told(read)[0] == means


def test_only_an_account_and_its_holder_are_needed() -> None:
    for read in written(invoice(BankDetails(holder="Operator", iban=IBAN)), "invoice"):
        assert told(read) == ("58", IBAN, "Operator", "", "INV-2026-00042", "")


@pytest.mark.parametrize("changes", [{"details": None}, {"due": 0}, {"due": -500}])
def test_nothing_is_said_where_no_account_is_known_or_nothing_is_due(changes: dict[str, Any]) -> None:
    for read in written(invoice(**changes), "invoice"):
        assert told(read) == ("", "", "", "", "", "")


def test_a_credit_memo_names_no_account() -> None:
    """Also where its content had one: money goes the other way."""
    for read in written(content(pay_to=DETAILS), "credit_memo"):
        assert told(read)[:5] == ("", "", "", "", "")


def test_the_rules_want_the_account_of_a_transfer() -> None:
    """BR-61, BR-50: without it the same document is refused, so the tests above would notice."""
    for read in written(invoice(), "invoice"):
        broken = Read(read.syntax, read.xml.replace(IBAN.encode(), b"")).broken()
        assert broken & {"BR-50", "BR-61", "XSD", "FX-SCH-A-000048"}
