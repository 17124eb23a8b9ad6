"""Dry runs: what rows mean because of rows above them, in whatever pieces the file is read, and who imports it then."""

import io
from datetime import timedelta
from typing import Any

import pytest

from billing.domain.refusals import ImportNotTried, TriedLongAgo
from billing.models import BillingEvent, EventImport, TriedEvent
from billing.operations import importing
from billing.operations.importing.reading import read_turn
from billing.operations.importing.starting import may_go_on
from billing.operations.importing.tidying import KEPT, tried_long_ago
from companies.domain.refusals import FileIsGone
from core.csvnumbers import COMMA, POINT
from core.errors import InvalidInput
from core.models import Approval, AuditEntry
from ledger.models import BalanceAccount
from tests.factories.billing import sells
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, TODAY, Market, key
from tests.support.verbs import refused

HEADER = "key,kind,company,day,quantity,amount,price,product,corrects"


def tried(market: Market, *lines: str, who: str = "manager", chunk: int = 2, **more: Any) -> EventImport:
    content = "\n".join([HEADER, *lines, ""]).encode()
    told = {"is_trial": True, **more}
    row = importing.start_import(
        name="events.csv", content=io.BytesIO(content), size=len(content), actor=market.actor(who), now=NOW, key=key(),
        **told,
    )  # fmt: skip
    return read(row, chunk)


def read(row: EventImport, chunk: int) -> EventImport:
    while read_turn(import_id=row.pk, now=NOW, chunk=chunk):
        pass
    row.refresh_from_db()
    return row


def imported(market: Market, trial: EventImport, chunk: int, who: str = "manager") -> EventImport:
    return read(importing.import_tried(trial=trial, actor=market.actor(who), now=NOW, key=key()), chunk)


def outcome(row: EventImport) -> tuple[object, ...]:
    """Row by row: the rejected ones with their reasons, the others with their payer, their credit and who is asked."""
    problems = list(row.problems.order_by("row").values_list("row", "text", "message"))
    if row.is_trial:
        made: list[object] = list(
            row.tried.order_by("id").values_list("key", "body_hash", "payer_id", "credit", "asks")
        )
    else:
        events = row.events.order_by("id").values_list("key", "body_hash", "account__payer_id", "credit", "status")
        made = [(*rest, status == "asked") for *rest, status in events]
    return row.rows, row.added, row.repeated, row.refused, row.asked, row.last_row, problems, made


@pytest.mark.parametrize(("first", "second"), [(1, 100), (2, 3), (100, 1)])
def test_rows_mean_the_same_in_a_dry_run_and_an_import(market: Market, first: int, second: int) -> None:
    sells(market, "Setup")
    market.marketplace.settings.approval_threshold = 10_000
    market.marketplace.settings.save()
    MembershipFactory.create(user=market.user("manager"), company=market.birch, roles=["user"])
    acme, client = market.acme.uuid, market.client.uuid
    trial = tried(
        market,
        f"o1,order,{acme},{TODAY},1,,12.50,Setup,",
        f"o1,order,{acme},{TODAY},1,,12.50,Setup,",  # Said twice.
        f"o1,order,{acme},{TODAY},2,,12.50,Setup,",  # The same key for something else.
        f"o2,order,{client},{TODAY},1,,99,Setup,",
        f"r2,refund,{acme},{TODAY},,5,,,o2",  # Whoever pays for o2 gets it.
        f"b1,order,{market.birch.uuid},{TODAY},1,,1,Setup,",  # The manager's own.
        f"r3,refund,{acme},{TODAY},,5,,,b1",
        f"c1,correction,{acme},{TODAY},,-60.00,,Setup,",
        f"c2,correction,{acme},{TODAY},,-60.00,,Setup,",  # Above the limit, with the one before.
        f"c3,correction,{acme},{TODAY},,-30.00,,Setup,",  # Fits again.
        f"x,order,Nobody,{TODAY},1,,1,Setup,",
        chunk=first,
    )
    said = outcome(trial)
    assert said[:5] == (11, 7, 1, 3, 1)
    assert (BillingEvent.objects.count(), BalanceAccount.objects.count(), Approval.objects.count()) == (0, 0, 0)
    assert outcome(imported(market, trial, second)) == said
    assert Approval.objects.count() == 1


def test_a_second_import_of_it_finds_everything_imported_already(market: Market) -> None:
    sells(market, "Setup")
    trial = tried(market, f"o1,order,{market.acme.uuid},{TODAY},1,,12.50,Setup,")
    assert imported(market, trial, 10).added == 1
    again = imported(market, trial, 10)
    assert (again.added, again.repeated) == (0, 1)


def test_what_somebody_tried_another_imports_as_their_own(market: Market) -> None:
    sells(market, "Setup")
    MembershipFactory.create(user=market.user("finance"), company=market.birch, roles=["user"])
    trial = tried(
        market,
        f"o1,order,{market.acme.uuid},{TODAY},1,,12.50,Setup,",
        f"b1,order,{market.birch.uuid},{TODAY},1,,1,Setup,",  # Finance's own, not the manager's.
    )
    assert (trial.created_by, trial.added, trial.refused) == (market.user("manager"), 2, 0)
    real = imported(market, trial, 10, who="finance")
    assert (real.created_by, real.added, real.refused) == (market.user("finance"), 1, 1)
    assert real.problems.get().message.startswith("company: ")
    assert BillingEvent.objects.get().created_by == market.user("finance")
    assert AuditEntry.objects.get(verb="import.started").actor == market.user("finance")


@pytest.mark.parametrize("is_read_anew", [False, True])
def test_nobody_adds_to_their_own_company_by_somebody_else_s_hand(market: Market, is_read_anew: bool) -> None:
    sells(market, "Setup")
    MembershipFactory.create(user=market.user("manager"), company=market.birch, roles=["user"])
    trial = tried(
        market,
        f"o1,order,{market.acme.uuid},{TODAY},1,,12,Setup,",
        f"b1,order,{market.birch.uuid},{TODAY},1,,1,Setup,",
    )
    assert (trial.added, trial.refused) == (1, 1)
    if is_read_anew:
        trial = read(importing.read_anew(trial=trial, actor=market.actor("finance"), now=NOW, key=key()), 10)
    real = imported(market, trial, 10, who="finance")
    assert (real.created_by, real.sent_by) == (market.user("finance"), market.user("manager"))
    assert (real.added, real.refused) == (1, 1)
    assert real.problems.get().message.startswith("company: ")
    assert BillingEvent.objects.get().company == market.acme


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_a_dry_run_goes_on_while_what_it_noted_is_kept(market: Market, state: str) -> None:
    row = tried(market, "x,order,,,,,,,")
    EventImport.objects.filter(pk=row.pk).update(state=state)
    row.refresh_from_db()
    late = NOW + KEPT + timedelta(seconds=1)
    with refused(TriedLongAgo):
        importing.go_on(row=row, actor=market.actor(), now=late)
    assert not may_go_on(row, now=late)
    assert may_go_on(row, now=NOW + KEPT)
    assert importing.go_on(row=row, actor=market.actor(), now=NOW + KEPT).state == "waiting"
    real = tried(market, "x,order,,,,,,,", is_trial=False)
    EventImport.objects.filter(pk=real.pk).update(state=state)
    assert importing.go_on(row=real, actor=market.actor(), now=late).state == "waiting"


def test_only_what_was_read_is_imported(market: Market) -> None:
    trial = tried(market, "x,order,,,,,,,")
    real = tried(market, "x,order,,,,,,,", is_trial=False)
    for call in (importing.import_tried, importing.read_anew):
        with refused(ImportNotTried):
            call(trial=real, actor=market.actor(), now=NOW, key=key())
    EventImport.objects.filter(pk=trial.pk).update(state="stopped")
    with refused(ImportNotTried):
        imported(market, trial, 10)
    EventImport.objects.filter(pk=trial.pk).update(state="done", file="imports/gone.csv")
    with refused(FileIsGone):
        imported(market, trial, 10)


def test_the_decimal_sign_is_chosen_and_can_be_changed(market: Market) -> None:
    sells(market, "Setup")
    line = f'c1,correction,{market.acme.uuid},{TODAY},,"-1.049,90",,Setup,'
    trial = tried(market, line)
    assert trial.problems.get().message.startswith("amount: -1.049,90 has a comma. Read the file with a decimal comma")
    again = read(importing.read_anew(trial=trial, actor=market.actor(), now=NOW, key=key()), 10)
    assert (again.decimal, again.is_trial, again.added) == (COMMA, True, 1)
    imported(market, again, 10)
    assert BillingEvent.objects.get().amount == -104_990
    with pytest.raises(InvalidInput) as wrong:
        tried(market, line, decimal=";")
    assert wrong.value.field == "decimal"
    assert trial.decimal == POINT


def test_what_dry_runs_leave_behind_is_thrown_away_later(market: Market) -> None:
    sells(market, "Setup")
    tried(market, f"o1,order,{market.acme.uuid},{TODAY},1,,12.50,Setup,")
    assert not tried_long_ago(NOW + KEPT).exists()
    TriedEvent.objects.filter(pk__in=tried_long_ago(NOW + 2 * KEPT)).delete()
    assert not TriedEvent.objects.exists()
