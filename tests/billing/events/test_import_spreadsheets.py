"""A file of events as spreadsheets write it: bare carriage returns, another encoding, empty columns and rows."""

import io

import pytest

from billing.models import EventImport
from billing.operations import importing
from core.errors import InvalidInput
from tests.factories.billing import sells
from tests.factories.world import NOW, TODAY, Market, key
from tests.support.outbox import drain

HEADER = "key,kind,company,day,quantity,price,product"


def sent(market: Market, content: bytes) -> EventImport:
    sells(market, "Setup")
    row = importing.start_import(
        name="events.csv", content=io.BytesIO(content), size=len(content), actor=market.actor(), now=NOW, key=key()
    )
    drain(NOW, topic="billing.import.turn")
    row.refresh_from_db()
    return row


def order(market: Market, number: int = 0) -> str:
    return f"o{number},order,{market.acme.name},{TODAY},1,12.50,Setup"


@pytest.mark.xfail(strict=True, reason="the reader fails on bare carriage returns")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_line_ends_of_a_mac_are_read_or_refused_in_words(market: Market, encoding: str) -> None:
    ends = "\r" if encoding == "utf-8" else "\r\n"
    content = ends.join([HEADER, order(market), order(market, 1), ""]).encode(encoding)
    try:
        outcome: object = sent(market, content).added
    except InvalidInput as refused:
        outcome = refused.field
    assert outcome in (2, "file")


@pytest.mark.xfail(strict=True, reason="empty columns refuse the file")
def test_empty_columns_and_rows_of_a_spreadsheet_are_passed_over(market: Market) -> None:
    content = "\r\n".join([HEADER + ",,", order(market) + ",,", "," * 8, "," * 8, ""]).encode()
    row = sent(market, content)
    assert (row.added, row.refused) == (1, 0)


@pytest.mark.xfail(strict=True, reason="empty rows are problems")
def test_rows_of_nothing_but_separators_are_no_problems(market: Market) -> None:
    content = "\r\n".join([HEADER, order(market), "," * 6, ""]).encode()
    row = sent(market, content)
    assert (row.added, row.refused) == (1, 0)
