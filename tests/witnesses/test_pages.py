"""What pages show to everybody who may see them, of everything there is.

On SQLite: PostgreSQL shows the same, but may order equals otherwise.
"""

import pytest

from tests.access.people import PEOPLE
from tests.access.table import TABLE
from tests.support.databases import is_postgres
from tests.witnesses.plain import joined, lines_of_frame
from tests.witnesses.recording import witness
from tests.witnesses.visiting import Visits, content_of

PAGES = [name for name, page in TABLE.items() if "GET" in page.methods]
FRAMED = "/profile/"
FRAME = "pages/frame.txt"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(is_postgres(), reason="recorded on SQLite")]


def file_of(name: str) -> str:
    return f"pages/{name.replace(':', '/')}.txt"


@pytest.mark.parametrize("name", PAGES)
def test_pages(visits: Visits, name: str) -> None:
    witness(file_of(name), joined(visits.seen(name, TABLE[name])))


def test_what_stands_around_a_page(visits: Visits) -> None:
    frames = ([f"=== {PEOPLE[letter]}", *lines_of_frame(content_of(visits.get(letter, FRAMED)))] for letter in PEOPLE)
    witness(FRAME, joined(frames))
