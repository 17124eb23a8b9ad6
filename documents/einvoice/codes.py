"""The code lists that decide whether a document can be said at all, as the official rules of 2026-03-30 hold them."""

import re

from stdnum import get_cc_module
from stdnum.util import clean

_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_COUNTRIES.split())
"""ISO 3166-1, for BT-40 and BT-55 (BR-CL-14)."""
_PREFIXES = {"GR": ("EL",), "GB": ("GB", "XI"), "IM": ("GB",), "MC": ("FR",)}
"""Where VAT identifiers do not begin with the country's own code; XI is Northern Ireland."""
_OF_PREFIX = {"EL": "gr", "XI": "gb"}
RETIRED_CURRENCIES = frozenset({"ANG", "BGN", "STN"})
"""Currencies that Offset knows and the rules' list of ISO 4217 does not (BR-CL-04)."""

_PACKED = re.compile(r"[A-Z]{2}[0-9A-Z+*]+")


def vat_number(tax_number: str, country: str) -> str:
    """The tax number as a VAT identifier of the party's country, without separators; empty when it is none.

    It begins with the country's prefix (BR-CO-09), and what follows has the shape and check digits of that country.
    """
    packed = clean(tax_number, " -./").upper()
    prefix = packed[:2]
    if prefix not in _PREFIXES.get(country, (country,)) or not _PACKED.fullmatch(packed):
        return ""
    shape = get_cc_module(_OF_PREFIX.get(prefix, prefix.lower()), "vat")
    return packed if shape is not None and shape.is_valid(packed) else ""
