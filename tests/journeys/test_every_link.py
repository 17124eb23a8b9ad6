"""Every link that a person can see works: each role walks the product from its first page."""

import re
from collections import Counter, deque
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page

from tests.journeys.office import EVERYBODY, Office

pytestmark = pytest.mark.journey

PAGES = 150
"""At most, per person."""
ALIKE = 2
"""Pages of one kind: the same address but for numbers and queries. The first is opened, the second only asked for."""
FILES = re.compile(r"/documents/(?!builder/)|/pdf/$|export=")
"""Addresses that answer with a file, which the browser would keep and not show."""
LINKS = "() => [...document.querySelectorAll('a[href]')].map((link) => [link.href, link.hasAttribute('download')])"


def kind_of(address: str) -> str:
    """The address without what names one document, and with the names of what is asked for."""
    parts = urlsplit(address)
    names = sorted({pair.split("=")[0] for pair in parts.query.split("&") if pair})
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", parts.path)
    return re.sub(r"\d+", "*", path) + ("?" + "&".join(names) if names else "")


def walk(page: Page, origin: str) -> list[str]:
    """Visit what can be reached, a few pages of each kind; gives what went wrong."""
    waiting: deque[tuple[str, str, bool]] = deque([(origin + "/", "the start", False)])
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    while waiting and sum(seen.values()) < PAGES:
        address, where, is_file = waiting.popleft()
        kind = kind_of(address)
        if seen[kind] >= ALIKE:
            continue
        seen[kind] += 1
        if seen[kind] > 1 or is_file or FILES.search(address):
            status = page.request.get(address).status
        else:
            answer = page.goto(address, wait_until="load")
            status = answer.status if answer else 0
            for found, downloads in page.evaluate(LINKS):
                plain = urljoin(address, found).split("#")[0]
                if plain.startswith(origin) and seen[kind_of(plain)] < ALIKE:
                    waiting.append((plain, kind, downloads))
        if status != 200:
            wrong.append(f"{address} (linked from {where}) answered {status}")
    assert len(seen) > 5, f"only {list(seen)} was reachable"
    return wrong


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_link_leads_nowhere(office: Office, name: str) -> None:
    """No status but 200, no failing script, nothing from another machine."""
    page = office.person(name)
    assert not walk(page, office.watch.origin)
