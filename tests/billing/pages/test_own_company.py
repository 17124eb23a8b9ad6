"""Somebody who works for the operator and for a customer tries, by hand, to move that customer's money."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from billing.models import BillingEvent, EventImport, RunLine
from companies.domain.refusals import OwnCompany
from creditmemos.models import CreditMemo
from subscriptions.models import Subscription
from tests.factories.billing import bill, event, order, plan, sells, subscribe, work
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, TODAY, Market, issue_invoice, issue_memo
from tests.support.outbox import drain
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
BEGUN = date(2026, 5, 1)
WORDS = str(OwnCompany.text).replace("'", "&#x27;")


@pytest.fixture(autouse=True)
def today(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}},
    }
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def insider(market: Market) -> Client:
    """A manager who is an admin of Acme as well."""
    MembershipFactory.create(user=market.user("second_manager"), company=market.acme, roles=["company_admin"])
    return client_of(market.people["second_manager"])


def sent(client: Client, name: str, *args: object, **data: object) -> str:
    """The answer's text to a form; an empty one when it was done."""
    answer = client.post(reverse(name, args=args), {"token": str(uuid4()), **data})
    assert answer.status_code in {302, 422}
    return "" if answer.status_code == 302 else answer.content.decode()


def credited(market: Market) -> int:
    """What Acme was credited in the end, in minor units: by a run on the next day."""
    bill(market, TODAY + timedelta(days=1))
    return sum(CreditMemo.objects.filter(payer=market.acme).values_list("total", flat=True))


def test_no_credit_by_an_event(market: Market, insider: Client) -> None:
    product = sells(market, "Setup")
    typed = {"kind": "correction", "company": market.acme.pk, "product": product.pk, "day": TODAY, "amount": "-500.00"}
    assert WORDS in sent(insider, "billing:event_new", **typed)
    assert credited(market) == 0


def test_no_credit_by_an_event_in_the_name_of_another(market: Market, insider: Client) -> None:
    placed = order(market, "500.00", TODAY)
    bill(market, TODAY)
    typed = {"kind": "refund", "company": market.birch.pk, "day": TODAY, "source_key": placed.key}
    assert WORDS in sent(insider, "billing:event_new", **typed)
    assert credited(market) == 0


def test_no_credit_by_a_file(market: Market, insider: Client) -> None:
    sells(market, "Setup")
    rows = [
        f"c{n},correction,{company.uuid},{TODAY},-500.00,Setup" for n, company in enumerate((market.acme, market.birch))
    ]
    content = "\n".join(["key,kind,company,day,amount,product", *rows]).encode()
    file = SimpleUploadedFile("credit.csv", content, content_type="text/csv")
    assert sent(insider, "billing:import_new", file=file, decimal=".") == ""
    drain(NOW, topic="billing.import.turn")
    row = EventImport.objects.get()
    assert (row.added, row.refused) == (1, 1)
    shown = insider.get(reverse("billing:import", args=[row.pk])).content.decode()
    assert WORDS in shown
    assert rows[0] in shown
    assert credited(market) == 0
    assert CreditMemo.objects.get().payer == market.birch


def test_no_credit_by_trying_again(market: Market, insider: Client) -> None:
    own = event(market, "refund", TODAY, source_key="one")
    others = event(market, "refund", TODAY, source_key="two", company=market.birch)
    run = bill(market, TODAY)
    order(market, "500.00", TODAY, name="one")
    order(market, "500.00", TODAY, name="two", company=market.birch)
    assert WORDS in sent(insider, "billing:event_retry", own.pk)
    for name, args in (("billing:events_retry", []), ("billing:run_retry_events", [run.pk])):
        BillingEvent.objects.filter(pk=others.pk).update(status="failed", reason="no_source")
        answer = insider.post(reverse(name, args=args), {"all": "1"}, follow=True).content.decode()
        assert "1 was left unchanged: you belong to its company. Ask somebody else." in answer
    work(NOW)
    assert [BillingEvent.objects.get(pk=row.pk).status for row in (own, others)] == ["failed", "billed"]


def test_no_credit_by_trying_a_payer_again(market: Market, insider: Client) -> None:
    subscribe(market, plan(market), start=BEGUN)
    run = bill(market, TODAY)
    line = run.lines.get()
    RunLine.objects.filter(pk=line.pk).update(state="failed", error="The ledger was away.")
    answer = insider.post(reverse("billing:run_retry_lines", args=[run.pk]), {"pk": line.pk}, follow=True)
    assert WORDS in answer.content.decode()
    line.refresh_from_db()
    assert line.state == "failed"


def test_no_debt_or_credit_is_voided(market: Market, insider: Client) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market)
    for name, document in (("invoices:void", invoice), ("creditmemos:void", memo)):
        url = reverse(name, args=[document.pk])
        assert url not in insider.get(reverse(name.replace("void", "detail"), args=[document.pk])).content.decode()
        assert WORDS in insider.get(url).content.decode()
        assert WORDS in sent(insider, name, document.pk, reason="Please.")
        document.refresh_from_db()
        assert document.voided_at is None
    bulk = insider.post(reverse("creditmemos:bulk_void"), {"pk": memo.pk, "reason": "Please.", "token": str(uuid4())})
    assert WORDS in bulk.content.decode()
    memo.refresh_from_db()
    assert memo.voided_at is None


def test_no_subscription_is_cancelled_back_dated(market: Market, insider: Client) -> None:
    sold = subscribe(market, plan(market), start=BEGUN)
    bill(market, TODAY)
    shown = insider.get(reverse("subscriptions:detail", args=[sold.row.pk])).content.decode()
    assert reverse("subscriptions:cancel", args=[sold.row.pk]) not in shown
    typed = {"when": "now", "day": BEGUN, "partial_credit": "on", "reason": "Left."}
    assert WORDS in sent(insider, "subscriptions:cancel", sold.row.pk, **typed)
    assert Subscription.objects.get().cancelled_on is None
    assert credited(market) == 0
