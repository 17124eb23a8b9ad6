"""Files of events: read in chunks, each row an event, a repeat or a problem; stopped, killed and gone on with."""

import csv
import io
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from hypothesis import strategies as st

from billing.domain.refusals import ImportNotOpen, ImportNotStopped
from billing.models import BillingEvent, EventImport, ImportProblem
from billing.operations import importing
from billing.operations.importing.reading import read_turn
from companies.models import Company
from core import rows
from core.errors import DuplicateRequest, InvalidInput
from core.models import AuditEntry
from tests.factories.billing import bill, plan, sells, subscribe
from tests.factories.world import NOW, TODAY, Market, key
from tests.support.outbox import drain

HEADER = "key,kind,company,subscription,day,quantity,amount,price,product,description,corrects"


def sent(market: Market, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> EventImport:
    content = "\r\n".join([header, *lines, ""]).encode(encoding)
    return importing.start_import(
        name="events.csv", content=io.BytesIO(content), size=len(content), actor=market.actor(), now=NOW, key=key()
    )


def read(row: EventImport) -> EventImport:
    drain(NOW, topic="billing.import.turn")
    row.refresh_from_db()
    return row


def orders(market: Market, count: int, first: int = 0) -> list[str]:
    sells(market, "Setup")
    return [f"o{n},order,{market.acme.name},,{TODAY},1,,12.50,Setup,," for n in range(first, first + count)]


def test_rows_become_events(market: Market) -> None:
    sold = subscribe(market, plan(market, usage=("unit", [(None, "0.10")])), heard=False)
    lines = [
        *orders(market, 2),
        f"u1,usage,,{sold.row.uuid},{TODAY},-3.5,,,,,",
        f"c1,correction,{market.acme.uuid},,{TODAY},,-12.34,,Setup,Goodwill,",
        f"r1,refund,{market.acme.uuid},,{TODAY},,,,,,o0",
    ]
    row = read(sent(market, *lines))
    assert (row.state, row.rows, row.added, row.repeated, row.refused, row.percent) == ("done", 5, 5, 0, 0, 100)
    found = {event.key: event for event in BillingEvent.objects.all()}
    assert found["c1"].amount == -1234
    assert found["u1"].subscription == sold.row
    assert found["r1"].source_key == "o0"
    assert {event.origin for event in found.values()} == {"csv"}
    bill(market, TODAY)
    assert set(BillingEvent.objects.values_list("key", "status")) >= {("o0", "billed"), ("r1", "billed")}


@pytest.mark.parametrize("header", [HEADER.replace(",", ";"), "\ufeff" + HEADER, HEADER.upper()])
def test_headers_as_programs_write_them(market: Market, header: str) -> None:
    lines = [line.replace(",", ";") if ";" in header else line for line in orders(market, 1)]
    assert read(sent(market, *lines, header=header)).added == 1


@pytest.mark.parametrize("header", ["", "key", "key,kind,nonsense", "key,kind,key", "kind,company"])
def test_other_headers_are_refused_at_once(market: Market, header: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sent(market, header=header)
    assert refused.value.field == "file"
    assert not EventImport.objects.exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("k,order", "different number of fields"),
        ("k,order,Nobody,,2026-05-18,1,,1,Setup,,", "not known"),
        ("k,order,{acme},,2026-5-18,1,,1,Setup,,", "day: "),
        ("k,order,{acme},,2026-05-18,1e3,,1,Setup,,", "quantity: "),
        ("k,order,{acme},,2026-05-18,1,,1,Setups,,", "product: "),
        ("k,order,{acme},,2026-05-18,,,1,Setup,,", "quantity: "),
        ("k,correction,{acme},,2026-05-18,,1.234,,Setup,,", "amount: "),
        ("k,usage,{acme},4711,2026-05-18,1,,,,,", "subscription: "),
        (",order,{acme},,2026-05-18,1,,1,Setup,,", "key: "),
        ("k,upgrade,{acme},,2026-05-18,1,,1,Setup,,", "kind: "),
        ('k,order,"{acme},,2026-05-18,1,,1,Setup,,', "CSV"),
        ('"k,order,{acme},,2026-05-18,1,,1,Setup,,', "CSV"),
        ("k,order,{acme},,2026-W21-1,1,,1,Setup,,", "day: "),
        ("k,order,{acme},,0206-05-18,1,,1,Setup,,", "day: "),
        ("k,order,{acme},,2026-05-18,1,,1,Setup," + "d" * 201 + ",", "description: "),
        ("k,order,{acme},,2026-05-18,1,,1,Setup," + "d" * 50_000 + ",", "longer than"),
        ("k,order,{acme},,2026-05-18,1,,1,Setup," + "d" * 50_000, "longer than"),
        ("k,refund,{acme},,2026-05-18,,,,,," + "s" * 161, "corrects: "),
        ("k,correction,{acme},,2026-05-18,,--5,,Setup,,", "amount: "),
        ("k,correction,{acme},,2026-05-18,,+5,,Setup,,", "amount: "),
        ("k,correction,{acme},,2026-05-18,,5e1,,Setup,,", "amount: "),
        ("k,correction,{acme},,2026-05-18,,\u0665,,Setup,,", "amount: "),
        ("k,order,{acme},,2026-05-18,\u0665,,1,Setup,,", "quantity: "),
        ("k,order,{acme},,2026-05-18,1,,0.123456789,Setup,,", "price: "),
        ("k,order," + "n" * 3000 + ",,2026-05-18,1,,1,Setup,,", "company: "),
    ],
)
def test_a_row_that_does_not_fit_is_a_problem_and_harms_no_other(market: Market, line: str, said: str) -> None:
    sells(market, "Setup")
    first, last = orders(market, 2)
    row = read(sent(market, first, line.format(acme=market.acme.name), last))
    problem = ImportProblem.objects.get()
    assert said in problem.message
    assert problem.row == 3
    assert (row.state, row.added, row.refused) == ("done", 2, 1)


def test_bytes_that_are_no_text_are_a_problem(market: Market) -> None:
    first, last = orders(market, 2)
    row = sent(
        market, first, "k,order,M\u00fcller,,2026-05-18,1,,1,Setup,,", "z\0,order,,,,,,,,,", last, encoding="latin-1"
    )
    assert read(row).added == 2
    assert [problem.row for problem in ImportProblem.objects.order_by("row")] == [3, 4]


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-05-18T10:00:00", "zone"),
        ("0001-01-01T00:00:00+14:00", "2000"),
        ("9999-12-31T23:00:00-14:00", "2000"),
        ("yesterday", "zone"),
    ],
)
def test_a_moment_that_no_calendar_has_is_a_problem(market: Market, at: str, said: str) -> None:
    sells(market, "Setup")
    header = "key,kind,company,at,quantity,price,product"
    row = read(sent(market, f"k,order,{market.acme.name},{at},1,1,Setup", header=header))
    assert (row.state, row.refused) == ("done", 1)
    assert said in ImportProblem.objects.get().message


def test_people_are_billed_for_their_own_company_only(market: Market, south: Market) -> None:
    sells(market, "Setup")
    own = market.acme.memberships.earliest("pk").user
    others = [market.birch.memberships.earliest("pk").user, south.acme.memberships.earliest("pk").user]
    lines = [
        f"k{number},order,{market.acme.name},{email},{TODAY},1,1,Setup"
        for number, email in enumerate([own.email.upper(), *(user.email for user in others)])
    ]
    row = read(sent(market, *lines, header="key,kind,company,user,day,quantity,price,product"))
    assert (row.added, row.refused) == (1, 2)
    assert BillingEvent.objects.get().billed_user == own
    assert [problem.message.split(":")[0] for problem in ImportProblem.objects.order_by("row")] == ["user", "user"]


def test_usage_is_asked_of_the_plan_that_holds_on_its_day(market: Market) -> None:
    metered = plan(market, usage=("unit", [(None, "0.10")]))
    sold = subscribe(market, metered, start=date(2026, 5, 1), heard=False)
    sold.change(date(2026, 5, 10), of=plan(market, usage=("volume", [(None, "0.10")])), heard=False)
    sold.change(date(2026, 5, 15), of=plan(market), heard=False)
    days = ["2026-04-30", "2026-05-09", "2026-05-10", "2026-05-14", "2026-05-15"]
    lines = [f"u{number},usage,,{sold.row.uuid},{day},-1,,,,," for number, day in enumerate(days)]
    read(sent(market, *lines, f"more,usage,{market.birch.name},{sold.row.uuid},2026-05-09,-1,,,,,"))
    assert [event.key for event in BillingEvent.objects.all()] == ["u1"]
    said = {problem.row: problem.message for problem in ImportProblem.objects.all()}
    assert {row: text.split(":")[0] for row, text in said.items()} == {
        2: "day", 4: "quantity", 5: "quantity", 6: "subscription", 7: "subscription",
    }  # fmt: skip


def test_what_is_another_marketplaces_is_not_known(market: Market, south: Market) -> None:
    sells(market, "Setup")
    theirs = subscribe(south, plan(south, usage=("unit", [(None, "0.10")])), heard=False)
    lines = [
        f"a,order,{south.acme.uuid},,{TODAY},1,,1,Setup,,",
        f"b,order,{market.acme.name},,{TODAY},1,,1,{sells(south, 'Theirs').uuid},,",
        f"c,usage,,{theirs.row.uuid},{TODAY},1,,,,,",
    ]
    row = read(sent(market, *lines))
    assert (row.added, row.refused) == (0, 3)
    assert all("not known" in problem.message for problem in ImportProblem.objects.all())


def test_a_name_that_two_companies_have_names_none(market: Market) -> None:
    Company.objects.create(marketplace=market.marketplace, name=market.acme.name, country="DE")
    row = read(sent(market, *orders(market, 1)))
    assert (row.added, row.refused) == (0, 1)


def test_a_repeat_counts_and_another_content_is_a_problem(market: Market) -> None:
    lines = orders(market, 3)
    read(sent(market, *lines, lines[0]))
    row = read(sent(market, *lines, lines[1].replace("12.50", "13.00")))
    assert (row.added, row.repeated, row.refused) == (0, 3, 1)
    assert BillingEvent.objects.count() == 3


class Killed(BaseException):
    """The reader is gone."""


@pytest.mark.parametrize("chunk", [1, 3, 7, 100])
def test_any_chunks_give_the_same_events_also_when_readers_are_killed(
    market: Market, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        *orders(market, 9),
        "bad,order",
        '"quoted ""key""",order,' + f'{market.acme.name},,{TODAY},1,,1,Setup,"two\nlines",',
    ]
    row = sent(market, *lines)
    left, insert = iter(range(3)), rows.insert

    def killing(*given: Any) -> None:
        insert(*given)
        if next(left, None) == 2:
            raise Killed

    monkeypatch.setattr(rows, "insert", killing)
    with suppress(Killed):
        while read_turn(import_id=row.pk, now=NOW, chunk=chunk):
            pass
    while read_turn(import_id=row.pk, now=NOW, chunk=chunk):
        pass
    row.refresh_from_db()
    assert (row.state, row.rows, row.added, row.refused) == ("done", 11, 10, 1)
    assert BillingEvent.objects.count() == 10
    assert BillingEvent.objects.get(key='quoted "key"').description == "two\nlines"


CELLS = st.sampled_from(['a"b', "two\nlines", "semi;colon", "M\u00fcller, Ltd", "\u65e5\u672c", "", " padded "])
ROWS = st.lists(st.tuples(st.integers(0, 12), CELLS, st.sampled_from(["1", "-1", "", "x", "2.5"])), max_size=25)


@pytest.mark.property
@hypothesis.given(told=ROWS, chunk=st.integers(1, 30), ending=st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_however_a_file_is_cut_it_comes_to_the_same(
    market: Market, told: list[tuple[int, str, str]], chunk: int, ending: str
) -> None:
    """Keys come twice, with the same content and with another; numbers are right and wrong."""
    sells(market, "Setup")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=ending)
    writer.writerow(["description", "key", "kind", "company", "day", "quantity", "price", "product"])
    for number, cell, quantity in told:
        writer.writerow([cell, f"k{number}", "order", market.acme.name, TODAY, quantity, "1", "Setup"])
    content = text.getvalue().encode()

    def outcome(size: int) -> tuple[object, ...]:
        before = transaction.savepoint()
        try:
            row = importing.start_import(
                name="e.csv", content=io.BytesIO(content), size=len(content), actor=market.actor(), now=NOW, key=key()
            )
            while read_turn(import_id=row.pk, now=NOW, chunk=size):
                pass
            row.refresh_from_db()
            events = BillingEvent.objects.values_list("key", "description", "quantity", "body_hash").order_by("key")
            problems = ImportProblem.objects.values_list("row", "text", "message").order_by("row")
            counts = (row.state, row.rows, row.added, row.repeated, row.refused)
            return counts, list(events), list(problems)
        finally:
            transaction.savepoint_rollback(before)

    whole = outcome(1000)
    assert outcome(chunk) == whole
    assert whole[0][:2] == ("done", len(told))  # type: ignore[index]


def test_it_can_be_stopped_and_gone_on_with(market: Market) -> None:
    row = sent(market, *orders(market, 5))
    read_turn(import_id=row.pk, now=NOW, chunk=2, seconds=0)
    importing.stop(row=row, actor=market.actor(), now=NOW)
    assert read(row).added == 0
    with pytest.raises(ImportNotOpen):
        importing.stop(row=row, actor=market.actor(), now=NOW)
    importing.go_on(row=row, actor=market.actor(), now=NOW)
    assert read(row).added == 5
    with pytest.raises(ImportNotStopped):
        importing.go_on(row=row, actor=market.actor(), now=NOW)


def test_a_token_has_one_effect_and_no_file_is_left_behind(market: Market, folder: Path) -> None:
    lines = "\n".join([HEADER, *orders(market, 2), ""]).encode()

    def send(content: bytes, name: str = "one") -> EventImport:
        return importing.start_import(
            name="e.csv", content=io.BytesIO(content), size=len(content), actor=market.actor(), now=NOW, key=name
        )

    first = send(lines)
    assert send(lines) == first
    with pytest.raises(DuplicateRequest):
        send(lines + b"\n")
    assert [str(path.relative_to(folder)) for path in folder.rglob("*.csv")] == [first.file]
    assert send(lines, "two") != first
    assert AuditEntry.objects.filter(verb="import.started").count() == 2


def test_a_file_that_was_cut_short_is_not_taken_for_whole(market: Market, folder: Path) -> None:
    row = sent(market, *orders(market, 5))
    path = folder / row.file
    path.write_bytes(path.read_bytes()[:-30])
    read(row)
    assert (row.state, row.added) == ("failed", 0)
    assert "Upload it again" in row.error


def test_a_file_that_is_gone_fails_with_its_reason_and_loses_nothing(market: Market) -> None:
    row = sent(market, *orders(market, 5))
    default_storage.delete(row.file)
    read(row)
    importing.break_off(import_id=row.pk, reason="no such file")
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "no such file")
