"""A file of events: its columns, and the values in a record."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.csvnumbers import day, number, signed_amount
from core.errors import InvalidInput

COLUMNS = (
    "key", "kind", "company", "subscription", "user", "day", "at", "quantity", "amount", "price", "product",
    "description", "corrects",
)  # fmt: skip
REQUIRED = ("key", "kind")
NUMBERS = ("quantity", "price")
SAMPLE = (
    {"key": "order-4711", "kind": "order", "company": "Acme Ltd", "day": "2026-05-31", "quantity": "2",
     "price": "49.90", "product": "Onboarding", "description": "Two days on site"},
    {"key": "usage-2026-05", "kind": "usage", "subscription": "0192d7c1-5b5f-7c2e-8f0e-000000000001",
     "day": "2026-05-31", "quantity": "120.5"},
    {"key": "correction-17", "kind": "correction", "company": "Acme Ltd", "day": "2026-05-31", "amount": "-12.50",
     "corrects": "order-4711", "description": "One hour less"},
    {"key": "refund-3", "kind": "refund", "company": "Acme Ltd", "day": "2026-05-31", "corrects": "order-4711"},
)  # fmt: skip
"""A row of each kind, to begin a file with."""


def read_cell(column: str, text: str, *, sign: str, currency: str) -> object:
    """What a cell is read as: a number, an amount in minor units, a day, a moment, or its text. Raises InvalidInput."""
    if column in NUMBERS:
        return number(text, sign, field=column)
    if column == "amount":
        return signed_amount(text, sign, currency=currency, field=column)
    if column == "day":
        return day(text, field=column)
    return moment(text) if column == "at" else text


def moment(text: str) -> datetime | None:
    """A moment with its zone such as 2026-05-31T10:00:00+02:00; empty is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidInput(
            _("Enter a date and time with its time zone, such as 2026-05-31T10:00:00+02:00."), field="at"
        )
    return found
