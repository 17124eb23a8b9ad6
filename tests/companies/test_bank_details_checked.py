"""Bank details in their one spelling, and what is said of each that can't be one."""

from dataclasses import replace
from typing import Any

import pytest

from companies.domain.bank_details import BankDetails, checked, differing
from core.errors import InvalidInput
from tests.factories.bank import DETAILS, LOCAL

NEITHER = "Enter the IBAN, or the account number where there is none."
LOOKS = "This is not how IBANs of DE look: check how many characters it has, and each part."
DIGITS = "This IBAN has a wrong or missing character: its check digits don't fit. Please compare it."
FORMAT = (
    "Enter an IBAN: two letters for the country, two check digits, then the account, such as "
    "DE89 3704 0044 0532 0130 00."
)


def test_a_typed_account_gets_its_one_spelling() -> None:
    typed = BankDetails(
        holder="  Operator\tnorth  GmbH ", iban="de89 3704-0044 0532.0130 00", bic="cobadeff xxx",
        bank_name=" Commerzbank", instructions="Two\nlines",
    )  # fmt: skip
    assert checked(typed) == replace(DETAILS, instructions="Two lines")
    assert checked(replace(LOCAL, account_number=" 0012-345678 ", routing_code="021000021")) == LOCAL


@pytest.mark.parametrize("iban", ["GB82WEST12345698765432", "FR1420041010050500013M02606", "NO9386011117947"])
def test_ibans_of_many_countries(iban: str) -> None:
    assert checked(replace(DETAILS, iban=iban)).iban == iban


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"holder": " "}, "holder", "This field is required."),
        ({"holder": "-- ."}, "holder", "Enter the name of the account holder."),
        ({"holder": "x" * 141}, "holder", "Ensure this value has at most 140 characters (it has 141)."),
        ({"iban": ""}, "iban", NEITHER),
        ({"iban": "DE89370400440532013001"}, "iban", DIGITS),
        ({"iban": "DE8937040044053201300"}, "iban", DIGITS),
        ({"iban": "DE5212345678"}, "iban", LOOKS),
        ({"iban": "XX0912345678"}, "iban", "No country's IBANs begin with XX."),
        ({"iban": "12345678"}, "iban", FORMAT),
        ({"iban": "DE89 3704 0044 0532 01Ü0 00"}, "iban", FORMAT),
        ({"bic": "COBADEFFXX"}, "bic", "A BIC has 8 or 11 characters."),
        (
            {"bic": "C0BADEFF"},
            "bic",
            "Enter a BIC: six letters, then two or five letters or digits, such as COBADEFFXXX.",
        ),
        ({"bic": "COBAZZFF"}, "bic", "A BIC has its country in the fifth and sixth letter; ZZ is none."),
        ({"account_number": "1"}, "account_number", "Enter the IBAN or the account number, not both."),
        ({"routing_code": "1"}, "routing_code", "An IBAN holds the routing code already: leave this empty."),
        ({"instructions": "x" * 201}, "instructions", "Ensure this value has at most 200 characters (it has 201)."),
    ],
)
def test_each_mistake_has_its_sentence_beside_its_field(changes: dict[str, Any], field: str, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(replace(DETAILS, **changes))
    assert (caught.value.field, caught.value.message) == (field, text)


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        (
            {"routing_code": ""},
            "routing_code",
            "Enter the bank's routing code too: it goes with an account number.",
        ),
        ({"account_number": ""}, "iban", NEITHER),
        ({"account_number": "12ß"}, "account_number", "Enter letters A to Z, digits, spaces, hyphens and slashes."),
        ({"account_number": "12€"}, "account_number", "Enter letters A to Z, digits, spaces, hyphens and slashes."),
        ({"routing_code": "-1"}, "routing_code", "Enter letters A to Z, digits, spaces, hyphens and slashes."),
    ],
)
def test_accounts_without_an_iban(changes: dict[str, Any], field: str, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(replace(LOCAL, **changes))
    assert (caught.value.field, caught.value.message) == (field, text)


def test_how_an_account_is_shown_and_hinted_at() -> None:
    assert (DETAILS.account, DETAILS.last_four) == ("DE89 3704 0044 0532 0130 00", "3000")
    assert (LOCAL.account, LOCAL.last_four) == ("0012-345678", "5678")
    assert replace(LOCAL, account_number="1234").last_four == "4"


def test_what_differs() -> None:
    assert differing(DETAILS, replace(DETAILS, bic="")) == ["bic"]
    assert differing(None, DETAILS) == ["holder", "iban", "bic", "bank_name"]
    assert differing(None, None) == []
