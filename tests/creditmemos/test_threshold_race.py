"""The same person credits the same company in two windows at once: together it needs a second person."""

from functools import partial
from threading import Barrier

import pytest
from django.db.models import Sum

from core.models import Approval
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations import guards
from tests.factories.world import NOW, Market, issue_memo, make_market
from tests.support.databases import Copy
from tests.support.threads import together
from tests.support.verbs import set_threshold

pytestmark = [pytest.mark.postgres, pytest.mark.race]


@pytest.fixture
def market(committed_db: Copy) -> Market:
    """Credit of 120.00 in two memos, and from now on a threshold of 100.00."""
    market = make_market()
    for _ in range(2):
        issue_memo(market, "60.00", person="finance")
    set_threshold(market, 10000)
    return market


@pytest.fixture
def no_turns(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both windows ask at once instead of in turn."""
    both = Barrier(2)
    monkeypatch.setattr(guards, "take_turns", lambda *_what: both.wait(20))


def issue_twice(market: Market) -> int:
    """What the two issued alone, in minor units."""
    before = CreditMemo.objects.filter(number__isnull=False).values("pk")
    known = {row["pk"] for row in before}
    ended = together([partial(issue_memo, market, "60.00")] * 2)
    assert [type(end) for end in ended] == [CreditMemo] * 2
    issued = CreditMemo.objects.filter(number__isnull=False).exclude(pk__in=known)
    return issued.aggregate(sum=Sum("total"))["sum"] or 0


def close_both(market: Market) -> list[str]:
    """What became of closing both memos."""
    actor = market.actor()
    works = [
        partial(operations.close, memo=memo, reason="Small", actor=actor, now=NOW) for memo in CreditMemo.objects.all()
    ]
    return sorted(type(end).__name__ for end in together(works))


def test_one_of_two_windows_has_to_ask(market: Market) -> None:
    assert issue_twice(market) == 6000
    assert Approval.objects.filter(verb="issue", decision="waiting").count() == 1


def test_one_of_two_closes_has_to_ask(market: Market) -> None:
    assert close_both(market) == ["Approval", "CreditMemo"]
    assert CreditMemo.objects.filter(status="closed").count() == 1


def test_without_turns_both_are_issued(market: Market, no_turns: None) -> None:
    assert issue_twice(market) == 12000


def test_without_turns_both_are_closed(market: Market, no_turns: None) -> None:
    assert close_both(market) == ["CreditMemo", "CreditMemo"]
