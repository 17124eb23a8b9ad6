"""The pages of runs: started, previewed, watched, stopped; failures tried again."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing.models import BillingEvent, BillingRun, RunLine
from companies.operations.profile import change_profile
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.billing import bill, event, order, plan, subscribe, work
from tests.factories.world import NOW, TODAY, Market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
MAY = date(2026, 5, 1)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def post(client: Client, name: str, *args: object, **data: object) -> Any:
    return client.post(reverse(f"billing:{name}", args=args), {"token": str(uuid4()), **data})


def page(client: Client, run: BillingRun, **headers: str) -> str:
    answer = client.get(reverse("billing:run", args=[run.pk]), headers=headers)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_run_is_started_and_shows_what_it_made(market: Market, manager: Client) -> None:
    sold = subscribe(market, plan(market), start=MAY)
    token = str(uuid4())
    for _ in range(2):
        answer = post(manager, "run_new", token=token, through=str(TODAY))
    run = BillingRun.objects.get()
    assert answer.url == reverse("billing:run", args=[run.pk])
    open_page = page(manager, run)
    assert 'hx-trigger="every 2s"' in open_page
    work(NOW)
    sold.change(date(2026, 5, 5), quantity="10")
    html = page(manager, run)
    assert 'hx-trigger="every 2s"' not in html
    assert str(Invoice.objects.get()) in html
    assert "€465.00" in html
    bill(market, TODAY)
    assert str(CreditMemo.objects.get()) in page(manager, BillingRun.objects.latest("pk"))
    listed = manager.get(reverse("billing:runs")).content.decode()
    assert "€465.00" in listed


def test_progress_alone_is_a_part_and_the_end_reloads(market: Market, manager: Client) -> None:
    subscribe(market, plan(market), start=MAY)
    post(manager, "run_new", through=str(TODAY))
    run = BillingRun.objects.get()
    asked = {"HX-Request": "true", "HX-Target": "progress"}
    part = page(manager, run, **asked)
    assert part.lstrip().startswith("<section")
    work(NOW)
    answer = manager.get(reverse("billing:run", args=[run.pk]), headers=asked)
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")


def test_a_second_run_is_refused_and_keeps_what_was_typed(market: Market, manager: Client) -> None:
    post(manager, "run_new", through=str(TODAY))
    answer = post(manager, "run_new", through="2026-05-17")
    assert answer.status_code == 422
    assert "not finished yet" in answer.content.decode()
    assert 'value="2026-05-17"' in answer.content.decode()
    far = post(manager, "run_preview", through="2026-07-30")
    assert "Choose a day up to" in far.content.decode()
    assert BillingRun.objects.count() == 1


@pytest.mark.parametrize("day", ["1900-01-01", "1999-12-31"])
@pytest.mark.parametrize("name", ["run_new", "run_preview"])
def test_a_slip_of_the_pen_is_no_day_of_a_run(market: Market, manager: Client, name: str, day: str) -> None:
    answer = post(manager, name, through=day)
    assert answer.status_code == 422
    assert "Enter a day between the years 2000 and 2099." in answer.content.decode()
    assert f'value="{day}"' in answer.content.decode()
    assert not BillingRun.objects.exists()


def test_a_preview_says_so_and_can_be_started(market: Market, manager: Client) -> None:
    subscribe(market, plan(market), start=MAY)
    post(manager, "run_preview", through=str(TODAY))
    run = BillingRun.objects.get()
    work(NOW)
    html = page(manager, run)
    assert "no documents were created" in html
    assert f"{reverse('billing:run_new')}?through={TODAY}" in html
    assert "€465.00" in html
    assert not Invoice.objects.exists()


def test_a_run_is_stopped_once(market: Market, manager: Client) -> None:
    subscribe(market, plan(market), start=MAY)
    post(manager, "run_new", through=str(TODAY))
    run = BillingRun.objects.get()
    assert post(manager, "run_stop", run.pk).status_code == 302
    work(NOW)
    run.refresh_from_db()
    assert run.state == "stopped"
    assert not Invoice.objects.exists()
    assert post(manager, "run_stop", run.pk).status_code == 422
    bill(market, TODAY)
    assert Invoice.objects.count() == 1


def test_failed_events_are_tried_again_one_some_or_all(market: Market, manager: Client) -> None:
    failed = [event(market, "refund", TODAY, source_key=f"order {n}") for n in range(3)]
    run = bill(market, TODAY)
    html = page(manager, run)
    assert html.count("Original charge not found") == 3
    for row in failed:
        order(market, "50.00", TODAY, name=row.source_key)
    post(manager, "run_retry_events", run.pk, pk=failed[0].pk)
    work(NOW)
    assert BillingEvent.objects.get(pk=failed[0].pk).status == "billed"
    assert BillingEvent.objects.failed().count() == 2
    post(manager, "event_retry", failed[1].pk)
    post(manager, "events_retry", all="1")
    work(NOW)
    assert not BillingEvent.objects.failed().exists()
    again = post(manager, "run_retry_events", run.pk, all="1")
    assert again.status_code == 302


def test_failed_payers_say_why_and_are_tried_again(market: Market, manager: Client) -> None:
    subscribe(market, plan(market), start=MAY)
    subscribe(market, plan(market, product="Storage"), start=MAY, company=market.birch)
    run = bill(market, TODAY)
    line = run.lines.get(payer=market.birch)
    RunLine.objects.filter(pk=line.pk).update(state="failed", error="The ledger was away.")
    html = page(manager, run)
    assert "The ledger was away." in html
    stranger = client_of(market.people["support"])
    assert post(stranger, "run_retry_lines", run.pk, pk=line.pk).status_code == 302
    work(NOW)
    line.refresh_from_db()
    assert (line.state, line.error) == ("done", "")


def test_foreign_ids_refuse_the_batch(market: Market, south: Market, manager: Client) -> None:
    own, theirs = event(market, "refund", TODAY, source_key="x"), event(south, "refund", TODAY, source_key="x")
    run = bill(market, TODAY)
    bill(south, TODAY)
    assert post(manager, "events_retry", pk=[own.pk, theirs.pk]).status_code == 404
    assert post(manager, "run_retry_events", run.pk, pk=theirs.pk).status_code == 404
    assert BillingEvent.objects.failed().count() == 2


def test_pages_ask_a_number_of_statements_that_does_not_grow(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    of = plan(market)
    for _ in range(8):
        subscribe(market, of, start=MAY)
    subscribe(market, of, start=MAY, company=market.birch)
    for n in range(3):
        event(market, "refund", TODAY, source_key=f"order {n}")
    run = bill(market, TODAY)
    RunLine.objects.filter(run=run, payer=market.birch).update(state="failed", error="The ledger was away.")
    for address, most in (
        (reverse("billing:run", args=[run.pk]), 12),
        (reverse("billing:runs"), 9),
        (reverse("billing:events"), 9),
        (reverse("billing:dashboard"), 12),
        (reverse("subscriptions:list"), 9),
    ):
        manager.get(address)
        with django_assert_max_num_queries(most):
            manager.get(address)


def test_a_run_says_what_its_starter_was_called_then(market: Market, manager: Client) -> None:
    post(manager, "run_new", through=str(TODAY))
    run = BillingRun.objects.get()
    change_profile(name="Mara Berg", language="", actor=market.actor(), now=NOW + timedelta(days=1))
    listed = manager.get(reverse("billing:runs")).content.decode()
    for html in (page(manager, run), listed):
        main = html.partition("<main")[2]
        assert ">Manager North<" in main
        assert f">{market.user('manager').email}<" not in main
        assert "Mara Berg" not in main
    BillingRun.objects.update(started_by=None)
    assert "<dd>Billing calendar</dd>" in page(manager, run)
