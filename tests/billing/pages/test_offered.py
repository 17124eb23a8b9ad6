"""What can be done with runs, failed events and files is offered where the guards pass; else the page says why not."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing.domain.refusals import ImportNotOpen, ImportNotStopped, NothingToRetry, RunInProgress, RunNotOpen
from billing.models import BillingEvent, BillingRun, EventImport
from billing.operations import importing, running
from billing.operations.importing import starting as reading
from billing.operations.running import retrying, starting
from companies.domain.refusals import OwnCompany
from companies.domain.roles import PERMISSIONS
from core.errors import Refusal, refusal_of
from tests.factories.billing import order
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, TODAY, Market, key
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db


def a_run(market: Market, state: str, *, dry: bool = False) -> BillingRun:
    is_over = state in {"finished", "stopped"}
    return BillingRun.objects.create(
        marketplace=market.marketplace, through=TODAY, dry=dry, state=state, started_at=NOW,
        finished_at=NOW if is_over else None,
    )  # fmt: skip


def a_file(market: Market, state: str) -> EventImport:
    return EventImport.objects.create(
        marketplace=market.marketplace, name="file.csv", file="imports/none.csv", size=0, columns=[], created_at=NOW,
        state=state,
    )  # fmt: skip


def an_event(market: Market, status: str) -> BillingEvent:
    made = order(market, "10.00", TODAY)
    BillingEvent.objects.filter(pk=made.pk).update(status=status, reason="No tax." if status == "failed" else "")
    return BillingEvent.objects.get(pk=made.pk)


def shown(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode().replace("&#x27;", "'")


def refuses(client: Client, name: str, *args: object, verb: Callable[[], object], kind: type[Refusal]) -> None:
    """The page says in place of its form what the verb says."""
    refusal = refusal_of(verb)
    with writes() as written:
        page = shown(client, name, *args)
    assert isinstance(refusal, kind)
    assert refusal.message in page
    assert 'name="token"' not in page, "no form where the verb would refuse"
    assert not written


def test_a_run_is_stopped_or_started_from_its_preview(market: Market, manager: Client) -> None:
    for state in ("collecting", "running", "finished", "stopped"):
        for dry in (False, True):
            run = a_run(market, state, dry=dry)
            page, stop = shown(manager, "billing:run", run.pk), reverse("billing:run_stop", args=[run.pk])
            passes = refusal_of(starting.check_stop, run) is None
            assert (stop in page) == passes == (state in {"collecting", "running"}), (state, dry)
            assert ("?through=" in page) == starting.may_start_previewed(run) == (dry and not passes), (state, dry)
            BillingRun.objects.filter(pk=run.pk).delete()


def test_a_run_that_is_over_is_not_stopped(market: Market, manager: Client) -> None:
    run = a_run(market, "finished")
    stop = partial(running.stop_run, run=run, actor=market.actor(), now=NOW)
    refuses(manager, "billing:run_stop", run.pk, verb=stop, kind=RunNotOpen)


def test_no_second_run_is_started_but_a_preview_is(market: Market, manager: Client) -> None:
    assert 'name="token"' in shown(manager, "billing:run_new")
    a_run(market, "running")

    start = partial(running.start_run, through=TODAY, actor=market.actor(), now=NOW, key=key())
    refuses(manager, "billing:run_new", verb=start, kind=RunInProgress)
    assert 'name="token"' in shown(manager, "billing:run_preview")
    assert start(key=key(), dry=True).dry


def test_failed_events_are_tried_again(market: Market, manager: Client) -> None:
    for status in ("pending", "failed", "billed"):
        event = an_event(market, status)
        page, retry = shown(manager, "billing:event", event.pk), reverse("billing:event_retry", args=[event.pk])
        passes = refusal_of(retrying.check_retry, [event], actor=market.actor()) is None
        assert (retry in page) == passes == (status == "failed"), status
        if not passes:
            again = partial(running.retry_events, event_ids=[event.pk], actor=market.actor(), now=NOW)
            refuses(manager, "billing:event_retry", event.pk, verb=again, kind=NothingToRetry)


def test_nobody_tries_an_event_of_their_own_company_again(market: Market) -> None:
    MembershipFactory.create(user=market.user("second_manager"), company=market.acme, roles=["company_admin"])
    insider, event = market.people["second_manager"], an_event(market, "failed")
    again = partial(running.retry_events, event_ids=[event.pk], actor=insider.actor, now=NOW)
    refuses(client_of(insider), "billing:event_retry", event.pk, verb=again, kind=OwnCompany)


def test_a_file_is_stopped_while_it_is_read_and_gone_on_with_afterwards(market: Market, manager: Client) -> None:
    for state in EventImport.State.values:
        row = a_file(market, state)
        page = shown(manager, "billing:import", row.pk)
        verbs: dict[str, tuple[Any, Any, type[Refusal]]] = {
            "stop": (reading.check_stop, importing.stop, ImportNotOpen),
            "go_on": (partial(reading.check_go_on, now=NOW), importing.go_on, ImportNotStopped),
        }
        for name, (check, verb, kind) in verbs.items():
            passes = refusal_of(check, row) is None
            url = f"billing:import_{name}"
            assert (reverse(url, args=[row.pk]) in page) == passes, (state, name)
            if not passes:
                call = partial(verb, row=row, actor=market.actor(), now=NOW)
                refuses(manager, url, row.pk, verb=call, kind=kind)


def test_each_permission_is_one_of_the_table() -> None:
    assert {starting.PERMISSION, retrying.PERMISSION} <= set(PERMISSIONS)
