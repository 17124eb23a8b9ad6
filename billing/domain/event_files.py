"""A file of events: its columns, and the values in a record."""

import re
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.money import AmountError, parse_amount

COLUMNS = (
    "key", "kind", "company", "subscription", "user", "day", "at", "quantity", "amount", "price", "product",
    "description", "corrects",
)  # fmt: skip
REQUIRED = ("key", "kind")
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,8})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def number(text: str, field: str) -> Decimal | None:
    """A number such as -12.5; empty is none."""
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise InvalidInput(_("Enter a number such as -12.5, without separators."), field=field)
    return Decimal(text)


def signed_amount(text: str, currency: str) -> int | None:
    """An amount in major units such as -12.50, as minor units; empty is none."""
    if not text:
        return None
    sign = -1 if text.startswith("-") else 1
    try:
        return sign * parse_amount(text.removeprefix("-"), currency=currency)
    except AmountError as error:
        raise InvalidInput(str(error), field="amount") from None


def day(text: str) -> date | None:
    """A day such as 2026-05-31; empty is none."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(_("Enter a day such as 2026-05-31."), field="day")
    return found


def moment(text: str) -> datetime | None:
    """A moment with its zone such as 2026-05-31T10:00:00+02:00; empty is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidInput(_("Enter a moment with its zone, such as 2026-05-31T10:00:00+02:00."), field="at")
    return found
