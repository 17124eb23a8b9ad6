"""A file of events as spreadsheets write it: bare carriage returns, another encoding, empty columns and rows."""

import io

import pytest

from billing.models import EventImport, ImportProblem
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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"key,kind\ra,order\r", "end with a carriage return alone"),
        ("key,kind\r\n".encode("utf-16-le"), "UTF-16"),
        ("key,kind\r\n".encode("utf-16-be"), "UTF-16"),
        ("key,kind\r\n".encode("utf-16"), "UTF-16"),
        (b"key,kind\0\n", "UTF-16"),
        ("key,kind,ä\n".encode("latin-1"), "not UTF-8"),
        (b"key,,\n", "Missing: kind"),
        (b",,\n", "Missing: key, kind"),
        (b"\n\n", "Missing: key, kind"),
        (b"key,kind,key\n", "names a column twice: key"),
        (b'"' * 19_999, "must name the columns"),
    ],
)
def test_a_header_that_is_none_of_ours_is_refused_in_words(market: Market, content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        sent(market, content)
    assert refused.value.field == "file"
    assert not EventImport.objects.exists()


def test_a_lone_carriage_return_further_down_costs_its_row_alone(market: Market) -> None:
    content = "\r\n".join([HEADER, order(market), f"a\r{order(market, 1)}", order(market, 2), ""]).encode()
    row = sent(market, content)
    assert (row.added, row.refused) == (2, 1)


def test_empty_columns_and_rows_of_a_spreadsheet_are_passed_over(market: Market) -> None:
    content = "\r\n".join([HEADER + ",,", order(market) + ",,", "," * 8, "," * 8, ""]).encode()
    row = sent(market, content)
    assert (row.added, row.refused) == (1, 0)


def test_rows_of_nothing_but_separators_are_no_problems(market: Market) -> None:
    content = "\r\n".join([HEADER, order(market), "," * 6, ""]).encode()
    row = sent(market, content)
    assert (row.added, row.refused) == (1, 0)


def test_columns_without_a_name_may_stand_anywhere_and_hold_nothing(market: Market) -> None:
    rows = [f",{order(market)}".replace(",order", ",,order"), f"x,{order(market, 1)}".replace(",order", ",,order")]
    row = sent(market, "\r\n".join(["," + HEADER.replace(",kind", ",,kind"), *rows, ""]).encode())
    assert (row.added, row.refused) == (1, 1)
    assert ImportProblem.objects.get().message == "The row has text in a column that the header does not name."


def test_a_row_that_ends_early_is_a_problem(market: Market) -> None:
    row = sent(market, "\r\n".join([HEADER, order(market).rpartition(",")[0], ""]).encode())
    assert (row.added, row.refused) == (0, 1)
