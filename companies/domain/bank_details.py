"""Where money is to be sent: an account at a bank, cleaned and checked, as invoices print it (pure).

Merchants have such details; whoever else is paid can have the same.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum import bic as bic_numbers
from stdnum import iban as iban_numbers
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError

from core.checks import check_text
from core.errors import InvalidInput
from core.printable import one_line

LONGEST = {
    "holder": 140, "iban": 42, "account_number": 34, "routing_code": 20, "bic": 14, "bank_name": 140,
    "instructions": 200,
}  # fmt: skip
"""Letters that fit into each text as it is typed: an IBAN has 34 and may be parted in groups."""
_SHOWN = 4
_LOCAL = re.compile(r"[A-Z0-9](?:[A-Z0-9 /-]*[A-Z0-9])?", re.ASCII)
_BEGINS = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+", re.ASCII)

IBAN_FORMAT = gettext_lazy(
    "Enter an IBAN: two letters for the country, two check digits, then the account, "
    "such as DE89 3704 0044 0532 0130 00."
)
IBAN_COUNTRY = gettext_lazy("No country's IBANs begin with %(country)s.")
IBAN_DIGITS = gettext_lazy("This IBAN has a wrong or missing character: its check digits don't fit. Please compare it.")
IBAN_SHAPE = gettext_lazy("This is not how IBANs of %(country)s look: check how many characters it has, and each part.")
BIC_LENGTH = gettext_lazy("A BIC has 8 or 11 characters.")
HOLDER_NAME = gettext_lazy("Enter the name of the account holder.")
BIC_FORMAT = gettext_lazy("Enter a BIC: six letters, then two or five letters or digits, such as COBADEFFXXX.")
BIC_COUNTRY = gettext_lazy("A BIC has its country in the fifth and sixth letter; %(country)s is none.")
LOCAL_FORMAT = gettext_lazy("Enter letters A to Z, digits, spaces, hyphens and slashes.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDetails:
    """An account: its ``iban``, or where there are none ``account_number`` with ``routing_code``; never both.

    ``instructions`` is a line for whoever pays. Texts that don't apply are empty. ``checked`` makes it.
    """

    holder: str
    iban: str = ""
    account_number: str = ""
    routing_code: str = ""
    bic: str = ""
    bank_name: str = ""
    instructions: str = ""

    @property
    def account(self) -> str:
        """The account as people read it: an IBAN in groups of four, another number as it was typed."""
        return iban_numbers.format(self.iban) if self.iban else self.account_number

    @property
    def last_four(self) -> str:
        """The account's last four characters: enough to tell it, too little to use it; fewer of a short one."""
        packed = self.iban or re.sub("[ /-]", "", self.account_number)
        return packed[-_SHOWN:] if len(packed) > _SHOWN else packed[-1:]


NAMES = tuple(BankDetails.__dataclass_fields__)


def details_of(row: object) -> BankDetails:
    """What a row with columns of these names says."""
    return BankDetails(**{name: getattr(row, name) for name in NAMES})


def as_dict(details: BankDetails) -> dict[str, str]:
    """The texts by their names."""
    return {name: getattr(details, name) for name in NAMES}


def differing(one: BankDetails | None, other: BankDetails | None) -> list[str]:
    """The names of what is not the same in both; None has nothing."""
    nothing = BankDetails(holder="")
    return [name for name in NAMES if getattr(one or nothing, name) != getattr(other or nothing, name)]


def checked(details: BankDetails) -> BankDetails:
    """The details in their one spelling. Raises InvalidInput beside the field that is wrong, in the form's order."""
    texts: dict[str, Any] = {
        name: check_text(one_line(getattr(details, name)), longest=longest, field=name, required=name == "holder")
        for name, longest in LONGEST.items()
    }
    typed = replace(details, **texts)
    if not any(letter.isalnum() for letter in typed.holder):
        raise InvalidInput(str(HOLDER_NAME), field="holder")
    return replace(typed, **_account(typed), bic=bic_of(typed.bic) if typed.bic else "")


def _account(typed: BankDetails) -> dict[str, str]:
    if typed.iban and typed.account_number:
        raise InvalidInput(_("Enter the IBAN or the account number, not both."), field="account_number")
    if typed.iban and typed.routing_code:
        raise InvalidInput(_("An IBAN holds the routing code already: leave this empty."), field="routing_code")
    if typed.iban:
        return {"iban": iban_of(typed.iban)}
    if not typed.account_number:
        raise InvalidInput(_("Enter the IBAN, or the account number where there is none."), field="iban")
    if not typed.routing_code:
        raise InvalidInput(
            _("Enter the bank's routing code too: it goes with an account number."), field="routing_code"
        )
    return {name: _local(getattr(typed, name), name) for name in ("account_number", "routing_code")}


def iban_of(typed: str) -> str:
    """An IBAN in its one spelling. Raises InvalidInput."""
    packed = iban_numbers.compact(typed)
    if not _BEGINS.fullmatch(packed):
        raise _wrong(IBAN_FORMAT, "iban")
    try:
        return iban_numbers.validate(packed)
    except InvalidChecksum:
        raise _wrong(IBAN_DIGITS, "iban") from None
    except InvalidComponent:
        raise _wrong(IBAN_COUNTRY, "iban", country=packed[:2]) from None
    except ValidationError:
        raise _wrong(IBAN_SHAPE, "iban", country=packed[:2]) from None


def bic_of(typed: str) -> str:
    """A BIC in its one spelling. Raises InvalidInput."""
    packed = bic_numbers.compact(typed)
    try:
        return bic_numbers.validate(packed)
    except InvalidLength:
        raise _wrong(BIC_LENGTH, "bic") from None
    except InvalidComponent:
        raise _wrong(BIC_COUNTRY, "bic", country=packed[4:6]) from None
    except ValidationError:
        raise _wrong(BIC_FORMAT, "bic") from None


def _local(typed: str, field: str) -> str:
    upper = typed.upper()
    if not (typed.isascii() and _LOCAL.fullmatch(upper)):
        raise _wrong(LOCAL_FORMAT, field)
    return upper


def _wrong(text: Promise, field: str, **facts: str) -> InvalidInput:
    return InvalidInput(str(text) % facts, field=field)
