"""Which tax numbers are VAT identifiers, and which only look like one: asked by companies and e-invoices (pure)."""

import re
from typing import Any

from stdnum import get_cc_module
from stdnum.eu.vat import MEMBER_STATES
from stdnum.exceptions import InvalidFormat, InvalidLength, ValidationError
from stdnum.util import clean

_PREFIXES = {"GR": ("EL",), "GB": ("GB", "XI"), "IM": ("GB",), "MC": ("FR",)}
"""Where VAT identifiers do not begin with the country's own code; XI is Northern Ireland."""
_OF_PREFIX = {"EL": "gr", "XI": "gb"}
_EU = frozenset({"EL" if state == "gr" else state.upper() for state in MEMBER_STATES})
_PACKED = re.compile(r"[A-Z]{2}[0-9A-Z+*]+")


def vat_number(tax_number: str, country: str) -> str:
    """The tax number as a VAT identifier of the party's country, without separators; empty when it is none.

    It begins with the country's prefix (BR-CO-09), and what follows has the shape and check digits of that country.
    """
    packed = _packed(tax_number)
    rules = _rules(packed) if packed[:2] in _prefixes(country) else None
    return packed if rules is not None and rules.is_valid(packed) else ""


def is_mistyped(tax_number: str, country: str) -> bool:
    """Whether it claims to be a VAT identifier, of the party's country or of the EU, and can't be one.

    It claims that by its prefix and the shape of what follows; then a digit is wrong, or in the EU missing or too many.
    A number of another shape is another tax registration, of which nothing is known.
    """
    packed = _packed(tax_number)
    rules = _rules(packed) if packed[:2] in {*_prefixes(country), *_EU} else None
    if rules is None:
        return False
    try:
        rules.validate(packed)
    except InvalidLength:
        digits = sum(letter.isdigit() for letter in packed[2:])
        return packed[:2] in _EU and digits > len(packed[2:]) // 2
    except InvalidFormat:
        return False
    except ValidationError:
        return True
    return False


def _prefixes(country: str) -> tuple[str, ...]:
    return _PREFIXES.get(country, (country,))


def _packed(tax_number: str) -> str:
    packed = clean(tax_number, " -./").upper()
    return packed if _PACKED.fullmatch(packed) else ""


def _rules(packed: str) -> Any:
    """What python-stdnum knows of the VAT identifiers with this prefix; None when it knows nothing."""
    prefix = packed[:2]
    return get_cc_module(_OF_PREFIX.get(prefix, prefix.lower()), "vat") if prefix else None
