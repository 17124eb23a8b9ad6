"""Numbers and days as spreadsheets write them into a CSV file, read under the decimal sign that a person chose."""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.money import AmountError, exponent, parse_amount

POINT, COMMA = ".", ","
SIGNS = (POINT, COMMA)
LONGEST = 40
"""Letters of a number; what is longer is none."""
WHOLE, PLACES = 12, 8
_SPACES = " \u00a0\u202f'\u2019"
"""What parts thousands and nothing else: blanks and apostrophes."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", re.ASCII)


@lru_cache(maxsize=2)
def _pattern(sign: str) -> re.Pattern[str]:
    """A number under a sign. The other one parts thousands only where the sign stands too: 1.234 alone says nothing."""
    here, other = re.escape(sign), re.escape(COMMA if sign == POINT else POINT)
    some = f"(?:{here}([0-9]{{1,{PLACES}}}))"
    forms = (
        f"[0-9]{{1,{WHOLE}}}{some}?",
        f"[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}}){{1,4}}{some}?",
        f"[0-9]{{1,3}}(?:{other}[0-9]{{3}}){{1,4}}{some}",
    )
    return re.compile(f"-?(?:{'|'.join(forms)})", re.ASCII)


def _plain(text: str, sign: str) -> str:
    """The number as -1234.5; empty for what is none under this sign."""
    text = text.replace("\u2212", "-")
    if len(text) > LONGEST or not _pattern(sign).fullmatch(text):
        return ""
    whole, _sign, fraction = text.partition(sign)
    digits = "".join(letter for letter in whole if letter.isdigit() or letter == "-")
    return f"{digits}.{fraction}" if fraction else digits


def _refusal(text: str, sign: str, wanted: str) -> str:
    other = COMMA if sign == POINT else POINT
    if _plain(text, other):
        words = (
            _("%(text)s has a comma. Read the file with a decimal comma, or %(wanted)s.")
            if sign == POINT
            else _("%(text)s has a point. Read the file with a decimal point, or %(wanted)s.")
        )
        return words % {"text": text, "wanted": wanted}
    return f"{wanted[:1].upper()}{wanted[1:]}."


def number(text: str, sign: str, *, field: str) -> Decimal | None:
    """A number such as -12.5; empty is none. Raises InvalidInput beside ``field``."""
    if not text:
        return None
    plain = _plain(text, sign)
    if not plain:
        example = f"-12{sign}5"
        wanted = _("enter a number such as %(example)s, without separators") % {"example": example}
        raise InvalidInput(_refusal(text, sign, wanted), field=field)
    return Decimal(plain)


def signed_amount(text: str, sign: str, *, currency: str, field: str) -> int | None:
    """An amount in major units such as -12.50, as minor units; empty is none. Raises InvalidInput beside ``field``."""
    if not text:
        return None
    plain = _plain(text, sign)
    try:
        minor = parse_amount(plain.removeprefix("-"), currency=currency)
    except AmountError:
        places = exponent(currency)
        example = "-1234" + (sign + "50"[:places].ljust(places, "0") if places else "")
        wanted = _("enter an amount in %(currency)s such as %(example)s") % {"currency": currency, "example": example}
        raise InvalidInput(_refusal(text, sign, wanted), field=field) from None
    return -minor if plain.startswith("-") else minor


def day(text: str, *, field: str) -> date | None:
    """A day such as 2026-05-31 or 31.05.2026; empty is none. Slashes can be read in two ways and are refused."""
    if not text:
        return None
    dotted = _DOTTED.fullmatch(text)
    plain = "-".join(part.zfill(2) for part in reversed(dotted.groups())) if dotted else text
    try:
        return date.fromisoformat(plain if _DAY.fullmatch(plain) else "")
    except ValueError:
        raise InvalidInput(_("Enter a day such as 2026-05-31 or 31.05.2026."), field=field) from None
