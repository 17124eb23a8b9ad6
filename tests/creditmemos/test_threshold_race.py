"""The same person credits the same company in two windows at once: together it needs a second person."""

from functools import partial
from threading import Barrier

import pytest
from django.db.models import Sum

from creditmemos.models import CreditMemo
from creditmemos.operations import issuing
from creditmemos.operations.guards import needs_second_person
from creditmemos.operations.numbering import give_number
from creditmemos.refusals import Overtaken
from tests.factories.world import Market, issue_memo, make_market
from tests.support.databases import Copy
from tests.support.threads import together
from tests.support.verbs import set_threshold

pytestmark = [pytest.mark.postgres, pytest.mark.race]


@pytest.fixture
def market(committed_db: Copy, monkeypatch: pytest.MonkeyPatch) -> Market:
    """Threshold 100.00; both windows have asked it before either takes its number."""
    market, both = make_market(), Barrier(2)
    market.reason()
    market.account()
    set_threshold(market, 10000)

    def wait(*args: object, **named: object) -> None:
        both.wait(20)
        give_number(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(issuing, "give_number", wait)
    return market


def issued() -> int:
    return CreditMemo.objects.filter(number__isnull=False).aggregate(sum=Sum("total"))["sum"] or 0


def test_one_of_two_windows_has_to_ask_again(market: Market) -> None:
    ended = together([partial(issue_memo, market, "60.00")] * 2)
    assert sorted(type(end).__name__ for end in ended) == ["CreditMemo", "Overtaken"]
    assert any(isinstance(end, Overtaken) for end in ended)
    assert issued() == 6000


def test_without_the_second_look_both_get_through(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def first_look_only(*args: object, **named: object) -> bool:
        return bool(named["amount"]) and needs_second_person(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(issuing, "needs_second_person", first_look_only)
    together([partial(issue_memo, market, "60.00")] * 2)
    assert issued() == 12000
