"""Change and Cancel are offered exactly where the verb's guards would pass; else page and verb refuse in one sentence."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from companies.domain.refusals import OwnCompany
from companies.domain.roles import PERMISSIONS
from companies.models import Company
from core.errors import Refusal, refusal_of
from subscriptions import operations
from subscriptions.domain.refusals import Cancelled
from subscriptions.models import Subscription
from subscriptions.operations.events import CANCEL, CHANGE, PERMISSION, check_change
from tests.factories.billing import plan, subscribe
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, TODAY, Market, key
from tests.support.verbs import refused, snapshot
from tests.support.visits import client_of

CHECKS = {"change": partial(check_change, verb=CHANGE), "cancel": partial(check_change, verb=CANCEL)}
BEGUN = date(2026, 5, 1)


@pytest.fixture
def rows(market: Market) -> dict[str, Subscription]:
    """One that goes on, one that ended, and one of a company that the second manager belongs to."""
    of = plan(market)
    ended = subscribe(market, of, start=BEGUN)
    ended.cancel(TODAY)
    own = subscribe(market, of, start=BEGUN, company=market.client)
    MembershipFactory.create(user=market.user("second_manager"), company=market.client, roles=["company_admin"])
    return {"going on": subscribe(market, of, start=BEGUN).row, "ended": ended.row, "own": own.row}


def verbs(row: Subscription, market: Market, who: str) -> dict[str, Callable[[], object]]:
    """The verbs themselves, told something that would do."""
    actor = market.people[who].actor
    return {
        "change": lambda: operations.change(
            subscription=row, quantity=Decimal(20), day=TODAY, actor=actor, now=NOW, key=key()
        ),
        "cancel": lambda: operations.cancel(
            subscription=row, partial_credit=False, reason="Left.", actor=actor, now=NOW, key=key()
        ),
    }  # fmt: skip


def offered(row: Subscription, client: Client) -> set[str]:
    """The verbs that have a button on the page."""
    page = client.get(reverse("subscriptions:detail", args=[row.pk])).content.decode()
    return {verb for verb in CHECKS if reverse(f"subscriptions:{verb}", args=[row.pk]) in page}


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["manager", "second_manager"])
def test_a_button_stands_where_the_guards_pass(market: Market, rows: dict[str, Subscription], who: str) -> None:
    actor, client = market.people[who].actor, client_of(market.people[who])
    for name, row in rows.items():
        passed = {verb for verb, check in CHECKS.items() if refusal_of(check, row, actor=actor) is None}
        assert offered(row, client) == passed, name
        free = name == "going on" or (name == "own" and who == "manager")
        assert passed == (set(CHECKS) if free else set()), name


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "refused"), [("ended", Cancelled), ("own", OwnCompany)])
def test_what_is_not_offered_is_refused_in_the_same_words(
    market: Market, rows: dict[str, Subscription], name: str, refused: type[Refusal]
) -> None:
    row, client = rows[name], client_of(market.people["second_manager"])
    before = snapshot()
    for verb, call in verbs(row, market, "second_manager").items():
        refusal = refusal_of(call)
        assert isinstance(refusal, refused), verb
        page = client.get(reverse(f"subscriptions:{verb}", args=[row.pk]))
        text = page.content.decode().replace("&#x27;", "'")
        assert page.status_code == 200
        assert refusal.message in text
        assert 'name="token"' not in text, "no form where the verb would refuse"
        dialog = client.get(
            reverse(f"subscriptions:{verb}", args=[row.pk]), headers={"HX-Request": "true", "HX-Target": "dialog-body"}
        )
        assert refusal.message in dialog.content.decode().replace("&#x27;", "'")
        assert "<html" not in dialog.content.decode()
    assert snapshot() == before


@pytest.mark.django_db
def test_where_a_second_person_can_be_asked_the_form_is_shown(market: Market, rows: dict[str, Subscription]) -> None:
    Subscription.objects.filter(pk=rows["going on"].pk).update(company=market.operator)
    row = Subscription.objects.get(pk=rows["going on"].pk)
    client = client_of(market.people["manager"])
    for verb, check in CHECKS.items():
        refusal = refusal_of(check, row, actor=market.people["manager"].actor)
        assert refusal is not None
        assert refusal.ask is not None
        page = client.get(reverse(f"subscriptions:{verb}", args=[row.pk])).content.decode()
        assert 'name="token"' in page, verb


def test_the_permission_is_one_of_the_table() -> None:
    assert PERMISSION in PERMISSIONS


@pytest.mark.django_db
@pytest.mark.parametrize("verb", CHECKS)
def test_no_second_person_is_asked_for_what_has_ended(market: Market, rows: dict[str, Subscription], verb: str) -> None:
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    with refused(Cancelled):
        verbs(rows["ended"], market, "manager")[verb]()
