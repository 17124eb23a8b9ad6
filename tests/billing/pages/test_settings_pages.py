"""The billing settings, the tax table, the dashboard, and the pages of subscriptions and products."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing.models import BillingEvent, BillingException, BillingSettings, TaxRule
from core.models import AuditEntry
from creditmemos.models import CreditMemo
from subscriptions.models import Discount, Plan, Subscription
from tests.factories.billing import bill, event, order, plan, sells, subscribe
from tests.factories.world import NOW, TODAY, Market
from tests.support.outbox import drain
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def post(client: Client, address: str, /, *args: object, **data: object) -> tuple[int, str]:
    answer = client.post(reverse(address, args=args), {"token": str(uuid4()), **data})
    return answer.status_code, answer.content.decode()


CALENDAR = {"frequency": "monthly", "day": "31", "hour": "3", "lanes": "8", "change_day_is_new": "on"}


def test_the_calendar_is_set_and_begins_with_its_next_moment(market: Market, manager: Client) -> None:
    assert post(manager, "billing:settings", **CALENDAR)[0] == 302
    row = BillingSettings.objects.get()
    assert (row.frequency, row.day, row.lanes, row.cancel_day_is_used) == ("monthly", 31, 8, False)
    assert row.scheduled_since == date(2026, 5, 31)
    html = manager.get(reverse("billing:settings")).content.decode()
    assert "May 31, 2026" in html
    assert "Jun 30, 2026" in html
    assert AuditEntry.objects.get(verb="billing_settings.changed").after["lanes"] == 8
    status, html = post(manager, "billing:settings", **(CALENDAR | {"lanes": "99"}))
    assert (status, 'value="99"' in html) == (422, True)


def test_who_only_reads_the_settings_changes_nothing(market: Market) -> None:
    finance = client_of(market.people["finance"])
    assert "disabled" in finance.get(reverse("billing:settings")).content.decode()
    assert post(finance, "billing:settings", **CALENDAR)[0] == 403
    assert post(finance, "billing:taxes", rows="0")[0] == 403
    assert not BillingSettings.objects.exists()


def tax_row(number: int, *values: str) -> dict[str, str]:
    return {
        f"tax-{number}-{part}": text
        for part, text in zip(("country", "tax_class", "name", "rate"), values, strict=True)
    }


def test_the_tax_table_is_typed_row_by_row(market: Market, manager: Client) -> None:
    rows = {
        "rows": "3",
        **tax_row(1, "de", "", "VAT", "19"),
        **tax_row(2, "DE", "books", "VAT", "7"),
        **tax_row(3, "", "", "", ""),
    }
    assert post(manager, "billing:taxes", **rows)[0] == 302
    assert [(row.country, row.tax_class, str(row.rate.normalize())) for row in TaxRule.objects.all()] == [
        ("DE", "", "0.19"), ("DE", "books", "0.07")
    ]  # fmt: skip
    for wrong, said in (
        (tax_row(1, "DEU", "", "VAT", "19"), "two capital letters"),
        (tax_row(1, "DE", "", "", "19"), "Name the tax"),
        (tax_row(1, "DE", "", "VAT", "19,,0"), "in percent"),
        (tax_row(1, "DE", "", "VAT", "101"), "from 0 to 100"),
    ):
        status, html = post(manager, "billing:taxes", rows="1", **wrong)
        assert status == 422
        assert said in html
    twice = {**tax_row(1, "DE", "", "VAT", "19"), **tax_row(2, "DE", "", "VAT", "7")}
    assert "twice" in post(manager, "billing:taxes", rows="2", **twice)[1]
    assert TaxRule.objects.count() == 2
    assert (
        'name="tax-2-country"'
        in post(manager, "billing:taxes", rows="1", go="add", **tax_row(1, "DE", "", "V", "x"))[1]
    )


def test_the_dashboard_tells_what_waits_and_exceptions_are_seen_once(market: Market, manager: Client) -> None:
    placed = order(market, "50.00", TODAY)
    bill(market, TODAY)
    event(market, "refund", TODAY, amount=9900, source_key=placed.key)
    event(market, "refund", TODAY, source_key="nothing")
    bill(market, TODAY)
    cut = BillingException.objects.get()
    assert cut.amount == 4900
    html = manager.get(reverse("billing:dashboard")).content.decode()
    assert "More than can still be credited" in html
    assert "Original charge not found" in html
    assert "<svg" in html
    assert post(manager, "billing:exception_seen", cut.pk)[0] == 302
    cut.refresh_from_db()
    assert cut.seen_by == market.user("manager")
    assert "More than can still be credited" not in manager.get(reverse("billing:dashboard")).content.decode()


def test_a_subscription_is_begun_changed_and_ended_from_its_pages(market: Market, manager: Client) -> None:
    of, other = plan(market, "31.00"), plan(market, "40.00")
    typed = {"company": market.acme.pk, "plan": of.pk, "quantity": "15", "started_on": "2026-05-01"}
    status, html = post(manager, "subscriptions:new", **(typed | {"quantity": "-1", "email": "nobody@example.com"}))
    assert status == 422
    assert "not a member" in html
    assert post(manager, "subscriptions:new", **typed)[0] == 302
    sold = Subscription.objects.get()
    change = {"plan": of.pk, "quantity": "15", "when": "now", "day": "2026-05-05"}
    assert "Nothing to change" in post(manager, "subscriptions:change", sold.pk, **change)[1]
    assert post(manager, "subscriptions:change", sold.pk, **(change | {"plan": other.pk, "quantity": "10"}))[0] == 302
    drain(NOW, topic="subscription.agreed")
    bill(market, TODAY)
    assert (
        post(
            manager, "subscriptions:cancel", sold.pk, when="now", day="2026-05-10", partial_credit="on", reason="Moved"
        )[0]
        == 302
    )
    drain(NOW, topic="subscription.agreed")
    bill(market, TODAY)
    html = manager.get(reverse("subscriptions:detail", args=[sold.pk])).content.decode()
    for words in ("Purchase: 15", "Cancelled, with credit", "Calculation", "CM-2026-00001", "INV-2026-00001"):
        assert words in html
    memo = manager.get(reverse("creditmemos:explain", args=[CreditMemo.objects.get().pk])).content.decode()
    assert "days" in memo
    assert set(BillingEvent.objects.values_list("status", flat=True)) <= {"billed", "nothing"}


def test_customers_see_their_own_subscriptions_and_no_one_elses_documents(market: Market) -> None:
    sold = subscribe(market, plan(market), company=market.client)
    bill(market, TODAY)
    client = client_of(market.people["client_admin"])
    html = client.get(reverse("subscriptions:detail", args=[sold.row.pk])).content.decode()
    assert "INV-" not in html, "the reseller's invoice is not the customer's to see"
    assert (
        "INV-"
        in client_of(market.people["reseller"])
        .get(reverse("subscriptions:detail", args=[sold.row.pk]))
        .content.decode()
    )


def test_the_catalogue_grows_from_its_pages(market: Market, manager: Client) -> None:
    assert post(manager, "subscriptions:product_new", name="Storage")[0] == 302
    product = market.marketplace.products.get()
    assert post(manager, "subscriptions:edition_new", product.pk, name="Pro")[0] == 302
    edition = product.editions.get()
    typed = {"name": "Monthly", "months": "1", "in_advance": "yes", "model": "tiered", "usage_model": ""}
    for wrong in ("10: 5", "x: 5\n*: 4", "*: -1"):
        status, html = post(manager, "subscriptions:plan_new", edition.pk, tiers=wrong, **typed)
        assert status == 422
        assert wrong.split("\n")[0] in html
    assert post(manager, "subscriptions:plan_new", edition.pk, tiers="10: 5.00\n*: 4.00", **typed)[0] == 302
    assert Plan.objects.get().tiers == [["10", "5.00"], [None, "4.00"]]
    assert post(manager, "subscriptions:discount_new", name="Spring", rate="10", fixed="5.00")[0] == 422
    assert post(manager, "subscriptions:discount_new", name="Spring", rate="10")[0] == 302
    assert Discount.objects.get().rate == Decimal("0.1")
    assert "up to 10: 5.00" in manager.get(reverse("subscriptions:product", args=[product.pk])).content.decode()


def test_the_event_form_says_what_is_missing_and_takes_one_token_once(market: Market, manager: Client) -> None:
    typed = {"kind": "order", "company": market.acme.pk, "day": str(TODAY), "quantity": "1", "token": str(uuid4())}
    status, html = post(manager, "billing:event_new", **typed)
    assert status == 422
    assert "Enter what was ordered" in html
    whole = typed | {"product": sells(market, "Setup").pk, "price": "12.50"}
    for _ in range(2):
        assert post(manager, "billing:event_new", **whole)[0] == 302
    assert BillingEvent.objects.count() == 1
    for name, wrong in (("quantity", "1,,5"), ("amount", "1e3"), ("subscription", "4711"), ("price", "-1")):
        assert post(manager, "billing:event_new", **(whole | {name: wrong}))[0] == 422
