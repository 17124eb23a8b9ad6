"""Two people settle the same difference, or money arrives meanwhile: the lock decides, as the controls show."""

from collections.abc import Callable, Iterator
from functools import partial
from threading import Barrier

import pytest

from companies.models import MarketplaceSettings
from core.models import Approval
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations import guards
from creditmemos.verification import breaches
from invoices.models import Invoice
from tests.factories.payments import receive
from tests.factories.scenario import Scenario
from tests.factories.world import NOW, Market, issue_invoice
from tests.support.races import THREADS, Meeting, bare_race, deadlocks, race, take_the_lock_away
from tests.support.threads import together
from tests.support.verbs import pay, set_threshold

pytestmark = [pytest.mark.race, pytest.mark.postgres]
HALF = THREADS // 2
Work = Callable[[], object]


@pytest.fixture
def market(scenario: Scenario) -> Market:
    """The scenario's marketplace, committed; differences up to 1.00 may be settled."""
    MarketplaceSettings.objects.filter(marketplace=scenario.market.marketplace).update(small_difference=100)
    set_threshold(scenario.market, None)
    return scenario.market


@pytest.fixture(autouse=True)
def no_deadlock(scenario: Scenario) -> Iterator[None]:
    """One order of locks everywhere: PostgreSQL never has to choose a victim."""
    yield
    assert deadlocks() == 0


@pytest.fixture
def invoice(market: Market) -> Invoice:
    """0.50 of 120.00 is still due."""
    return pay(market, issue_invoice(market), 11950)


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """The control of a race: everybody reads without a lock."""
    return take_the_lock_away(monkeypatch)


def settling(market: Market, invoice: Invoice, person: str = "manager") -> Work:
    actor = market.actor(person)
    return partial(operations.settle_difference, invoice=invoice, reason="Fee", actor=actor, now=NOW)


def paying(market: Market, invoice: Invoice) -> Work:
    return partial(receive, market, 50, (invoice, 50))


def adjusted(invoice: Invoice) -> int:
    return CreditMemo.objects.filter(source_invoice=invoice, purpose="small_difference").count()


def test_it_is_settled_once(market: Market, invoice: Invoice) -> None:
    works = [settling(market, invoice, person) for person in ("manager", "finance")] * HALF
    assert race(works) == {"done": 1, "NothingToSettle": THREADS - 1}
    assert (adjusted(invoice), Invoice.objects.get(pk=invoice.pk).amount_due) == (1, 0)
    assert breaches() == []


def test_without_the_lock_the_others_find_out_too_late(market: Market, invoice: Invoice, unlocked: Meeting) -> None:
    """They pass the guards, wait for their number, and find no room on the invoice's lines any more."""
    ends = bare_race([settling(market, invoice) for _ in range(4)], unlocked)
    assert ends == {"done": 1, "ValueError": 3}
    assert adjusted(invoice) == 1


def test_money_or_the_difference_but_not_both(market: Market, invoice: Invoice) -> None:
    works = [settling(market, invoice), paying(market, invoice)] * HALF
    ends = race(works)
    assert ends["done"] == 1
    assert ends["NothingToSettle"] + ends["NotOwed"] == THREADS - 1
    assert Invoice.objects.get(pk=invoice.pk).amount_due == 0
    assert breaches() == []


def test_money_that_is_there_first_leaves_nothing_to_write_off(market: Market, invoice: Invoice) -> None:
    asked = operations.write_off_invoice(invoice=invoice, reason="Gone", actor=market.actor("finance"), now=NOW)
    agreeing = partial(operations.approve, approval=asked, actor=market.actor(), now=NOW)
    ends = race([agreeing, paying(market, invoice)])
    assert ends["done"] == 1
    asked.refresh_from_db()
    assert (asked.decision == "approved") == CreditMemo.objects.filter(purpose="uncollectible").exists()
    assert breaches() == []


def two_differences(market: Market) -> list[Work]:
    """0.50 each, by one person for one company, where 0.60 are allowed alone."""
    market.marketplace.settings.refresh_from_db()
    set_threshold(market, 60)
    invoices = [issue_invoice(market, company=market.birch) for _ in range(2)]
    for each in invoices:
        receive(market, 11950, (each, 11950), company=market.birch)
    return [settling(market, each, "finance") for each in invoices]


def test_two_windows_count_towards_one_limit(market: Market) -> None:
    ended = sorted(type(end).__name__ for end in together(two_differences(market)))
    assert ended == ["Approval", "CreditMemo"]


def test_without_turns_both_would_act_alone(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    both = Barrier(2)
    monkeypatch.setattr(guards, "take_turns", lambda *_what: both.wait(20))
    works = two_differences(market)
    ended = [type(end).__name__ for end in together(works)]
    assert ended == ["CreditMemo", "CreditMemo"]
    assert not Approval.objects.filter(verb="settle_difference").exists()
