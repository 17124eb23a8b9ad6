"""The pages of events: found in the list, told on their own page, recorded by hand."""

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing.models import BillingEvent
from core.models import AuditEntry
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.billing import bill, event, order, plan, sells, subscribe
from tests.factories.world import NOW, TODAY, Market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def listed(client: Client, query: str) -> set[str]:
    """The keys that the list shows."""
    html = client.get(f"{reverse('billing:events')}?{query}").content.decode()
    return {key for key in BillingEvent.objects.values_list("key", flat=True) if f">{key}<" in html}


def page(client: Client, row: BillingEvent) -> str:
    answer = client.get(reverse("billing:event", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_finds_by_key_company_state_kind_origin_day_and_run(market: Market, manager: Client) -> None:
    order(market, "10.00", TODAY, name="first")
    run = bill(market, TODAY)
    order(market, "10.00", date(2026, 5, 20), name="second", company=market.birch)
    event(market, "refund", TODAY, name="third", source_key="nothing", status="failed", reason="no_source")
    for query, expected in {
        "": {"first", "second", "third"},
        "q=fir": {"first"},
        f"q={market.birch.name}": {"second"},
        "q=nothing": set(),
        "status=billed": {"first"},
        "status=failed&status=pending": {"second", "third"},
        "kind=refund": {"third"},
        "origin=csv": set(),
        f"company={market.birch.pk}": {"second"},
        "from_day=2026-05-19": {"second"},
        "to_day=2026-05-19": {"first", "third"},
        f"run={run.pk}": {"first"},
        "run=x": set(),
        f"run={'9' * 30}": set(),
    }.items():
        assert listed(manager, query) == expected, query


def test_the_list_goes_out_as_a_file_without_formulas(market: Market, manager: Client) -> None:
    order(market, "10.00", TODAY, name="=1+1")
    answer = manager.get(reverse("billing:events"), {"export": "csv"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert '"\'=1+1"' in text
    assert manager.get(reverse("billing:events"), {"export": "xlsx"}).status_code == 200


def test_all_failed_ones_are_offered_to_who_may_try_again(market: Market, manager: Client) -> None:
    offered = "Try all failed again"
    assert offered not in manager.get(reverse("billing:events")).content.decode()
    row = event(market, "refund", TODAY, source_key="nothing", status="failed", reason="no_source")
    assert offered in manager.get(reverse("billing:events")).content.decode()
    assert manager.post(reverse("billing:events_retry"), {"all": "1"}).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.reason) == ("pending", "")
    assert AuditEntry.objects.get(verb="event.retried").object_id == row.pk


def test_an_event_tells_what_became_of_it(market: Market, manager: Client) -> None:
    placed = order(market, "10.00", TODAY, name="placed")
    assert "Nothing was billed for it." in page(manager, placed)
    bill(market, TODAY)
    charged = page(manager, placed)
    assert str(Invoice.objects.get()) in charged
    assert reverse("invoices:detail", args=[Invoice.objects.get().pk]) in charged
    assert "1 × 10.00 = 10.00" in charged
    back = event(market, "refund", TODAY, amount=1500, source_key="placed")
    bill(market, TODAY)
    credited = page(manager, back)
    assert str(CreditMemo.objects.get()) in credited
    assert "Only €10.00 of €15.00 could still be credited" in credited
    assert 'More than can still be credited on the charge: <span class="money">€5.00</span>' in credited


def test_an_event_that_failed_says_why_and_is_tried_again(market: Market, manager: Client) -> None:
    row = event(market, "refund", TODAY, source_key="nothing", status="failed", reason="no_source")
    url = reverse("billing:event_retry", args=[row.pk])
    assert "Original charge not found" in page(manager, row)
    assert url in page(manager, row)
    token = str(uuid4())
    for _ in range(2):
        assert manager.post(url, {"token": token}).url == reverse("billing:event", args=[row.pk])  # type: ignore[attr-defined]
    assert AuditEntry.objects.filter(verb="event.retried").count() == 1
    assert url not in page(manager, row)
    refused = manager.post(url, {"token": str(uuid4())})
    assert refused.status_code == 422
    assert "There is nothing to try again" in refused.content.decode()


def test_usage_is_recorded_by_form_and_kept_as_typed_when_refused(market: Market, manager: Client) -> None:
    sold = subscribe(market, plan(market, usage=("unit", [(None, "0.10")])))
    url = reverse("billing:event_new")
    typed = {"kind": "usage", "subscription": str(sold.row.uuid), "day": str(TODAY), "quantity": "-1.5", "key": "mine"}
    refused = manager.post(url, {**typed, "amount": "5.00", "token": str(uuid4())})
    assert refused.status_code == 422
    assert str(sold.row.uuid) in refused.content.decode()
    assert not BillingEvent.objects.filter(kind="usage").exists()
    token = str(uuid4())
    for _ in range(2):
        assert manager.post(url, {**typed, "token": token}).status_code == 302
    assert BillingEvent.objects.get(key="mine").company == market.acme
    other = manager.post(url, {**typed, "quantity": "2", "token": str(uuid4())})
    assert other.status_code == 422
    assert BillingEvent.objects.filter(kind="usage").count() == 1


def test_who_may_not_is_turned_away_and_a_strangers_is_not_found(market: Market, south: Market) -> None:
    row = event(market, "refund", TODAY, source_key="nothing", status="failed", reason="no_source")
    sells(market, "Setup")
    statuses = {
        role: [
            client_of(member).get(reverse("billing:events")).status_code,
            client_of(member).get(reverse("billing:event", args=[row.pk])).status_code,
            client_of(member).post(reverse("billing:event_new")).status_code,
            client_of(member).post(reverse("billing:event_retry", args=[row.pk])).status_code,
        ]
        for role, member in (
            ("manager", south.people["manager"]),
            ("support", market.people["support"]),
            ("company_admin", market.people["company_admin"]),
        )
    }
    assert statuses["manager"] == [200, 404, 422, 404]
    assert statuses["support"][2] == 403
    assert statuses["company_admin"] == [403, 404, 403, 404]


def test_pages_ask_as_many_statements_for_one_as_for_many(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        order(market, "10.00", TODAY, name=f"order {number}", company=(market.acme, market.birch)[number % 2])
    bill(market, TODAY)
    with django_assert_max_num_queries(12):
        manager.get(reverse("billing:events"))
    with django_assert_max_num_queries(12):
        manager.get(reverse("billing:event", args=[BillingEvent.objects.earliest("pk").pk]))


def test_a_failed_event_is_edited_from_its_page(market: Market, manager: Client) -> None:
    row = event(market, "refund", TODAY, source_key="4712", amount=1_050, status="failed", reason="no_source")
    shown = page(manager, row)
    assert "Original charge not found: 4712" in shown
    for name in ("event_edit", "event_cancel", "event_set_aside"):
        assert reverse(f"billing:{name}", args=[row.pk]) in shown
    url = reverse("billing:event_edit", args=[row.pk])
    form = manager.get(url).context["form"]
    typed = {name: form[name].value() if form[name].value() is not None else "" for name in form.fields}
    assert (typed["amount"], typed["source_key"], typed["key"]) == ("10.50", "4712", f"{row.key}-r2")
    assert manager.post(url, {**typed, "key": row.key}).status_code == 422
    answer = manager.post(url, {**typed, "source_key": "4711"})
    new = BillingEvent.objects.get(replaces=row)
    assert answer.headers["Location"] == reverse("billing:event", args=[new.pk])
    assert (new.source_key, new.amount, new.day) == ("4711", 1_050, TODAY)
    assert new.key in page(manager, row)
    assert row.key in page(manager, new)


def test_what_is_set_aside_leaves_the_list_until_it_is_asked_for(market: Market, manager: Client) -> None:
    row = event(market, "refund", TODAY, name="kept-aside", source_key="4712", status="failed", reason="no_source")
    manager.post(reverse("billing:event_set_aside", args=[row.pk]), {"reason": "Known."})
    assert "Known." in page(manager, row)
    shown = {
        query: "kept-aside" in manager.get(f"{reverse('billing:events')}?{query}").content.decode()
        for query in ("", "status=aside", "include_aside=on")
    }
    assert shown == {"": False, "status=aside": True, "include_aside=on": True}
