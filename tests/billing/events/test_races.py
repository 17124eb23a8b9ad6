"""The same key from several sides at once: one event, and everybody is told rightly."""

import io
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError

from billing.domain.event_values import Facts
from billing.models import BillingEvent, EventImport
from billing.operations import importing
from billing.operations.cancelling import cancel_event
from billing.operations.importing.reading import read_turn
from billing.operations.recording import record_event
from billing.operations.replacing import replace_event
from core.models import AuditEntry
from tests.factories.billing import event, sells
from tests.factories.world import NOW, TODAY, Market, key, make_market
from tests.support.races import THREADS, race

pytestmark = [pytest.mark.race, pytest.mark.postgres]
ROWS = 600


@pytest.fixture
def north(committed_db: object) -> Market:
    return make_market("north")


def test_one_key_told_at_once_is_one_event(north: Market) -> None:
    product = sells(north, "Setup")

    def record(quantity: int, company: object = north.acme) -> BillingEvent:
        facts = Facts(
            kind="order", key=f"order {company}", company=company, day=TODAY, product=product,
            quantity=Decimal(quantity), price=Decimal(1),
        )  # fmt: skip
        return record_event(facts=facts, origin="api", actor=north.actor(), now=NOW)

    assert race([lambda: record(1)] * THREADS) == {"done": THREADS}
    others = [lambda n=n: record(n, north.birch) for n in range(1, THREADS + 1)]
    assert race(others) == {"done": 1, "DuplicateRequest": THREADS - 1}
    assert BillingEvent.objects.count() == 2
    assert AuditEntry.objects.filter(verb="event.recorded").count() == 2


def test_one_file_sent_twice_and_read_at_once_adds_each_row_once(north: Market) -> None:
    sells(north, "Setup")
    lines = [f"o{number},order,{north.acme.name},{TODAY},1,1,Setup" for number in range(ROWS)]

    def sent(lines: list[str]) -> EventImport:
        content = "\n".join(["key,kind,company,day,quantity,price,product", *lines]).encode()
        return importing.start_import(
            name="e.csv", content=io.BytesIO(content), size=len(content), actor=north.actor(), now=NOW, key=key()
        )

    def read(row: EventImport) -> None:
        for _ in range(100):
            with suppress(DatabaseError):  # The outbox hands a failed turn out again.
                if not read_turn(import_id=row.pk, now=NOW, chunk=50):
                    return
        raise AssertionError("it never came to an end")

    files = [sent(lines), sent(lines), sent(lines[::-1])]
    readers = [lambda row=row: read(row) for row in files for _ in range(2)]
    assert race(readers) == {"done": len(readers)}
    rows = EventImport.objects.all()
    assert {row.state for row in rows} == {"done"}
    assert (sum(row.added for row in rows), sum(row.repeated for row in rows)) == (ROWS, 2 * ROWS)
    assert BillingEvent.objects.count() == ROWS


def test_an_event_that_is_edited_and_cancelled_at_once_is_one_of_both(north: Market) -> None:
    row = event(north, "correction", TODAY, amount=-500, source_key="nothing", status="failed", reason="no_source")
    product = sells(north, "Setup")

    def edit(number: int) -> None:
        facts = Facts(
            kind="correction", key=f"new {number}", company=north.acme, day=TODAY, amount=-500, product=product
        )
        replace_event(event=row, facts=facts, actor=north.actor(), now=NOW)

    def cancel() -> None:
        cancel_event(event=row, reason="A slip.", actor=north.actor(), now=NOW)

    works: list[Callable[[], None]] = [partial(edit, number) for number in range(THREADS // 2)]
    works += [cancel] * (THREADS // 2)
    assert race(works) == {"done": 1, "EventNotOpen": THREADS - 1}
    row.refresh_from_db()
    assert BillingEvent.objects.filter(replaces=row).count() == (row.status == "replaced")
