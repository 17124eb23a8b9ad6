"""Every page of the product shows what an earlier release left."""

import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from django.urls import reverse

from companies.members import Member
from companies.models import Membership
from core.models import SavedFilter
from tests.access.table import TABLE
from tests.support.databases import Copy
from tests.support.visits import Visitor
from tests.upgrade.things import THINGS

pytestmark = pytest.mark.slow

PRINTS = {"documents:original", "documents:unified", "documents:copy", "documents:version_pdf"}
"""Pages that have a PDF made; one of each is enough."""
SINCE = {"file of companies", "note", "payment", "allocation", "payment return", "refund", "token"}
"""What that release did not know."""
ANSWERS = {200, 302, 404, 409, 422}
"""Not found: what an address names inside a thing may not be there."""


def people(role: str, code: str) -> Member:
    """The first member of a marketplace with a role."""
    rows = Membership.objects.filter(company__marketplace__code=code, is_active=True).order_by("pk")
    return Member(next(row for row in rows if row.roles == [role]))


def addresses(member: Member, who: str) -> Iterator[tuple[str, str]]:
    """The names of all pages that are for a letter and none before it, with an address for each thing of the database."""
    for name, page in TABLE.items():
        if "GET" not in page.methods or set(who) & set(page.who) != {who[-1]}:
            continue
        things = THINGS[page.kind](member) if page.kind else [{}]
        for kwargs in things[:1] if name in PRINTS else things:
            yield name, reverse(name, kwargs=kwargs)
    for saved in SavedFilter.objects.filter(user=member.user):
        yield saved.page, f"{reverse(saved.page)}?{saved.querystring}"


def wrong(member: Member, who: str) -> list[str]:
    """What did not answer as a page does."""
    found, browser = [], Visitor(member)
    for name, url in addresses(member, who):
        try:
            answer: Any = browser.get(url)
        except Exception:  # noqa: BLE001 - whatever a page raises is its 500
            found.append(f"{name} {url}\n{traceback.format_exc(limit=-3)}")
        else:
            if answer.status_code not in ANSWERS:
                found.append(f"{name} {url}: {answer.status_code}")
    return found


def test_each_thing_of_the_walk_is_there(upgraded: Copy) -> None:
    kinds = {page.kind for page in TABLE.values() if page.kind and "GET" in page.methods}
    assert kinds <= THINGS.keys()
    manager = people("manager", "north")
    assert {kind for kind in kinds if not THINGS[kind](manager)} == SINCE


@pytest.mark.parametrize("code", ["north", "south", "west", "nordlicht"])
@override_settings(DEBUG_PROPAGATE_EXCEPTIONS=True, DEMO=True)
def test_a_manager_sees_every_page(upgraded: Copy, code: str) -> None:
    told = wrong(people("manager", code), "M")
    assert not told, "\n".join(told)


@override_settings(DEBUG_PROPAGATE_EXCEPTIONS=True)
def test_finance_sees_what_managers_do_not(upgraded: Copy) -> None:
    told = wrong(people("finance", "north"), "MF")
    assert not told, "\n".join(told)
