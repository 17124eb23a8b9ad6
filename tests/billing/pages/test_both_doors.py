"""What a form refuses the verb behind it refuses too, in the same words: programs call verbs without forms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing.domain.event_values import Facts
from billing.models import BillingEvent, BillingSettings, TaxRule
from billing.operations import recording, settings
from core.errors import Refusal
from creditmemos import operations as memos
from creditmemos.domain.drafting import Details
from creditmemos.models import CreditMemo
from creditmemos.operations import reasons
from subscriptions import operations as sold
from subscriptions.models import Discount, Plan, Subscription, SubscriptionTerms
from tests.factories.billing import plan, sells, subscribe
from tests.factories.world import NOW, TODAY, Market, charge, issue_memo, key, make_market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
LETTERS = "x" * 2001


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@dataclass(frozen=True)
class Door:
    """A page and what is sent to it, the verb and what it is given, and the words of both."""

    page: Callable[[Market], str]
    sent: Callable[[Market], dict[str, Any]]
    verb: Callable[[Market], Any]
    words: str


def asked(market: Market) -> dict[str, Any]:
    return {"actor": market.actor(), "now": NOW}


def ad_hoc(**details: Any) -> Door:
    [(field, value)] = details.items()
    return Door(
        lambda _market: reverse("creditmemos:create"),
        lambda market: {
            "company": market.acme.pk, "rows": "1", "line-1-description": "Outage", "line-1-quantity": "1",
            "line-1-price": "5.00", "line-1-tax": "", "reason": market.reason().pk, "use": "hold", field: value,
        },
        lambda market: memos.issue_ad_hoc(
            account=market.account(), beneficiary=market.acme, charges=[charge("5.00")], key=key(),
            details=Details(**{"reason_id": market.reason().pk, "use": "hold", field: value}), **asked(market),
        ),
        "Ensure this value has at most 2000 characters (it has 2001).",
    )  # fmt: skip


def cancelling(reason: str, words: str, day: str = "2026-05-20") -> Door:
    return Door(
        lambda market: reverse("subscriptions:cancel", args=[subscribe(market, plan(market)).row.pk]),
        lambda _market: {"when": "now", "day": day, "reason": reason},
        lambda market: sold.cancel(
            subscription=Subscription.objects.get(), partial_credit=True, reason=reason, key=key(),
            day=date.fromisoformat(day), **asked(market),
        ),
        words,
    )  # fmt: skip


def discount(words: str, *, sent: str, **given: Any) -> Door:
    [(field, value)] = given.items()
    return Door(
        lambda _market: reverse("subscriptions:discount_new"),
        lambda _market: {"name": "Spring", field: sent},
        lambda market: sold.add_discount(name="Spring", **{field: value}, **asked(market)),
        words,
    )


DOORS = {
    "the note on a reason": ad_hoc(reason_note=LETTERS),
    "the note for a customer": ad_hoc(customer_note=LETTERS),
    "the internal note": ad_hoc(internal_note=LETTERS),
    "why a memo is voided": Door(
        lambda market: reverse("creditmemos:void", args=[issue_memo(market).pk]),
        lambda _market: {"reason": LETTERS},
        lambda market: memos.void(memo=CreditMemo.objects.get(), reason=LETTERS, **asked(market)),
        "Ensure this value has at most 1000 characters (it has 2001).",
    ),
    "why a subscription ends": cancelling(
        LETTERS[:501], "Ensure this value has at most 500 characters (it has 501)."
    ),
    "no reason why a subscription ends": cancelling(" ", "This field is required."),
    "a day far away": cancelling("Closed", "Enter a day between the years 2000 and 2099.", "9999-12-31"),
    "the product's name": Door(
        lambda _market: reverse("subscriptions:product_new"),
        lambda _market: {"name": LETTERS[:201]},
        lambda market: sold.add_product(name=LETTERS[:201], **asked(market)),
        "Ensure this value has at most 200 characters (it has 201).",
    ),
    "a tax class": Door(
        lambda _market: reverse("subscriptions:product_new"),
        lambda _market: {"name": "Storage", "tax_class": LETTERS[:41]},
        lambda market: sold.add_product(name="Storage", tax_class=LETTERS[:41], **asked(market)),
        "Ensure this value has at most 40 characters (it has 41).",
    ),
    "an amount of nothing": discount("Enter at least €0.01.", sent="0.00", fixed=0),
    "a text on a document": Door(
        lambda _market: reverse("billing:event_new"),
        lambda market: {
            "kind": "order", "company": market.acme.pk, "product": sells(market).pk, "quantity": "1", "price": "5",
            "day": str(TODAY), "description": LETTERS[:201],
        },
        lambda market: recording.record_event(
            facts=Facts(
                kind="order", key="o", company=market.acme, product=sells(market), quantity=Decimal(1),
                price=Decimal(5), day=TODAY, description=LETTERS[:201],
            ),
            origin="api", **asked(market),
        ),
        "Ensure this value has at most 200 characters (it has 201).",
    ),
    "how many workers": Door(
        lambda _market: reverse("billing:settings"),
        lambda _market: {"frequency": "daily", "day": "1", "hour": "3", "lanes": "33"},
        lambda market: settings.change_billing_settings(values={"lanes": 33}, **asked(market)),
        "Ensure this value is less than or equal to 32.",
    ),
    "when runs start": Door(
        lambda _market: reverse("billing:settings"),
        lambda _market: {"frequency": "hourly", "day": "1", "hour": "3", "lanes": "4"},
        lambda market: settings.change_billing_settings(values={"frequency": "hourly"}, **asked(market)),
        "Select a valid choice. hourly is not one of the available choices.",
    ),
    "the name of a tax": Door(
        lambda _market: reverse("billing:taxes"),
        lambda _market: {
            "rows": "1", "tax-1-country": "DE", "tax-1-tax_class": "", "tax-1-name": LETTERS[:61], "tax-1-rate": "19",
        },
        lambda market: settings.set_tax_rules(
            taxes=[settings.Tax("DE", "", LETTERS[:61], Decimal("0.19"))], **asked(market)
        ),
        "Ensure this value has at most 60 characters (it has 61).",
    ),
    "where a reason stands": Door(
        lambda _market: reverse("creditmemos:reason_add"),
        lambda _market: {"label_en": "Late", "position": "1001", "counts_as": "time"},
        lambda market: reasons.add_reason(labels={"en": "Late"}, counts_as="time", note_required=False, position=1001, **asked(market)),
        "Ensure this value is less than or equal to 1000.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_both_doors_say_the_same(market: Market, manager: Client, door: Door) -> None:
    page = manager.post(door.page(market), {"token": str(uuid4()), **door.sent(market)})
    assert page.status_code == 422
    assert door.words in unescape(page.content.decode()).replace("\u00a0", " ")
    before = stored()
    with pytest.raises(Refusal) as caught:
        door.verb(market)
    assert caught.value.message.replace("\u00a0", " ") == door.words
    assert stored() == before


def stored() -> list[int]:
    rows = (BillingEvent, BillingSettings, TaxRule, Discount, Plan, SubscriptionTerms)
    return [row.objects.count() for row in rows]


def test_a_form_cuts_nothing_off_in_silence(market: Market, manager: Client) -> None:
    fields = {"tax-1-country": "DE", "tax-1-tax_class": LETTERS[:41], "tax-1-name": "VAT", "tax-1-rate": "19"}
    page = manager.post(reverse("billing:taxes"), {"token": str(uuid4()), "rows": "1", **fields})
    assert page.status_code == 422
    assert not TaxRule.objects.exists()


class TestUnitPrices:
    def test_an_order_may_cost_less_than_a_yen(self) -> None:
        market = make_market(currency="JPY")
        sent = {
            "token": str(uuid4()), "kind": "order", "company": market.acme.pk, "product": sells(market).pk,
            "quantity": "3", "price": "10.50", "day": str(TODAY),
        }  # fmt: skip
        assert client_of(market.people["manager"]).post(reverse("billing:event_new"), sent).status_code == 302
        assert BillingEvent.objects.get().price == Decimal("10.5")

    @pytest.mark.parametrize("amount", ["10.50", "0.5"])
    def test_an_amount_may_not(self, amount: str) -> None:
        market = make_market(currency="JPY")
        sent = {
            "token": str(uuid4()), "kind": "correction", "company": market.acme.pk, "product": sells(market).pk,
            "amount": amount, "day": str(TODAY),
        }  # fmt: skip
        page = client_of(market.people["manager"]).post(reverse("billing:event_new"), sent)
        assert page.status_code == 422
        assert "Enter an amount in JPY" in page.content.decode()

    def test_a_line_is_filled_with_the_plan_s_whole_price(self) -> None:
        market = make_market(currency="JPY")
        subscribe(market, plan(market, "10.505"))
        sent = {
            "company": market.acme.pk, "rows": "1", "line-1-description": "", "line-1-quantity": "1",
            "line-1-price": "", "line-1-tax": "", "line-1-subscription": "", "reason": market.reason().pk,
            "use": "hold", "go": "subscription", "subscription_text": "mail", "token": str(uuid4()),
        }  # fmt: skip
        page = client_of(market.people["manager"]).post(reverse("creditmemos:create"), sent)
        assert 'value="10.505"' in page.content.decode()


class TestWhoSubscribes:
    def test_only_active_customers_and_resellers(self, market: Market) -> None:
        of = plan(market)
        for company in (market.vendor, market.operator):
            with pytest.raises(Refusal, match="can't subscribe"):
                sold.subscribe(
                    company=company, plan=of, quantity=Decimal(1), started_on=TODAY, key=key(), **asked(market)
                )
        market.acme.is_active = False
        market.acme.save()
        with pytest.raises(Refusal, match="can't subscribe"):
            sold.subscribe(
                company=market.acme, plan=of, quantity=Decimal(1), started_on=TODAY, key=key(), **asked(market)
            )
        assert not Subscription.objects.exists()
