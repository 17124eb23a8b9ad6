"""Numbers and days of files: what each decimal sign reads, and what is refused because it could mean two things."""

from datetime import date
from decimal import Decimal

import pytest

from core.csvnumbers import COMMA, POINT, day, number, signed_amount
from core.errors import InvalidInput

READ = [
    (POINT, "49.90", "49.90"), (POINT, "-12.5", "-12.5"), (POINT, "1,234.50", "1234.50"), (POINT, "1234", "1234"),
    (POINT, "1 234.5", "1234.5"), (POINT, "1\u00a0234", "1234"), (POINT, "1'234.50", "1234.50"), (POINT, "0", "0"),
    (COMMA, "49,90", "49.90"), (COMMA, "-1.234.567,8", "-1234567.8"), (COMMA, "1\u202f234,5", "1234.5"),
    (COMMA, "\u221249,90", "-49.90"), (COMMA, "1234", "1234"),
]  # fmt: skip
REFUSED = [
    (POINT, "49,90"), (POINT, "1,234"), (POINT, "1.234,50"), (POINT, "1,23,4.5"), (POINT, "12 34"), (POINT, "1e3"),
    (COMMA, "49.90"), (COMMA, "1.234"), (COMMA, "1,234.50"), (COMMA, "1.23,5"), (POINT, "+5"), (POINT, "--5"),
    (POINT, "(5)"), (POINT, "5-"), (POINT, "\u0665"), (POINT, "5 EUR"), (POINT, "."), (COMMA, ",5"), (POINT, "9" * 13),
    (POINT, "1 234" * 40), (POINT, "1.123456789"),
]  # fmt: skip


@pytest.mark.parametrize(("sign", "text", "value"), READ)
def test_read(sign: str, text: str, value: str) -> None:
    assert number(text, sign, field="quantity") == Decimal(value)


@pytest.mark.parametrize(("sign", "text"), REFUSED)
def test_refused(sign: str, text: str) -> None:
    for read in (number, lambda *told, field: signed_amount(*told, currency="EUR", field=field)):
        with pytest.raises(InvalidInput) as wrong:
            read(text, sign, field="amount")
        assert wrong.value.field == "amount"


def test_amounts_have_the_decimals_of_their_currency() -> None:
    assert signed_amount("-49,9", COMMA, currency="EUR", field="amount") == -4990
    assert signed_amount("1.234", POINT, currency="KWD", field="amount") == 1234
    assert signed_amount("", POINT, currency="EUR", field="amount") is None
    for text, currency in (("1.234", "EUR"), ("1.5", "JPY")):
        with pytest.raises(InvalidInput):
            signed_amount(text, POINT, currency=currency, field="amount")


@pytest.mark.parametrize(("text", "is_read"), [
    ("2026-05-31", True), ("31.05.2026", True), ("31.5.2026", True), ("05/31/2026", False), ("31/05/2026", False),
    ("2026-5-31", False), ("31.05.26", False), ("2026-02-30", False), ("30.02.2026", False), ("46173", False),
])  # fmt: skip
def test_days(text: str, is_read: bool) -> None:
    if is_read:
        assert day(text, field="day") == date(2026, 5, 31)
        return
    with pytest.raises(InvalidInput, match="such as 2026-05-31"):
        day(text, field="day")
