"""Checkouts that come at once share a limit: as many pass as there is room for, and more without the lock."""

from collections.abc import Callable, Iterator

import pytest

from limits.models import Reservation
from limits.operations import check_credit, checking, weighing
from tests.factories.limits import ask, default_limit, limited
from tests.factories.scenario import Scenario
from tests.factories.world import NOW, Market, issue_invoice
from tests.support.races import THREADS, Meeting, deadlocks, race, take_the_lock_away

pytestmark = [pytest.mark.race, pytest.mark.postgres]


@pytest.fixture(autouse=True)
def no_deadlock(scenario: Scenario) -> Iterator[None]:
    yield
    assert deadlocks() == 0


def buying(market: Market, number: int) -> Callable[[], object]:
    def buy() -> object:
        answer = check_credit(
            company=market.birch, amount=10_00, key=f"order {number}", keeps=True, actor=market.actor(), now=NOW
        )
        if answer.refusal is not None:
            raise answer.refusal
        return answer

    return buy


def room_for_ten(market: Market) -> list[Callable[[], object]]:
    used = ask(market, 1, company=market.birch).exposure.total
    issue_invoice(market, company=market.birch)
    limited(market, used + 120_00 + 100_00, company=market.birch)
    return [buying(market, number) for number in range(THREADS)]


def test_ten_of_sixteen_pass(scenario: Scenario) -> None:
    ends = race(room_for_ten(scenario.market))
    assert ends == {"done": 10, "LimitReached": THREADS - 10}
    assert Reservation.objects.filter(state="held").count() == 10


def test_a_shared_limit_holds_for_all_of_its_companies(scenario: Scenario) -> None:
    market = scenario.market
    market.birch.parent = market.acme
    market.birch.save()
    default_limit(market, None)
    used = ask(market, 1, company=market.acme).exposure.total + ask(market, 1, company=market.birch).exposure.total
    limited(market, used + 100_00, is_shared=True)

    def buy(number: int) -> object:
        company = market.birch if number % 2 else market.acme
        answer = check_credit(
            company=company, amount=10_00, key=f"order {number}", keeps=True, actor=market.actor(), now=NOW
        )
        if answer.refusal is not None:
            raise answer.refusal
        return answer

    ends = race([lambda number=number: buy(number) for number in range(THREADS)])  # type: ignore[misc]
    assert ends == {"done": 10, "GroupLimitReached": THREADS - 10}


def test_without_the_lock_more_pass(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    works = room_for_ten(scenario.market)
    meeting = Meeting()
    real = weighing.weigh

    def weigh_and_wait(*args: object, **kwargs: object) -> object:
        found = real(*args, **kwargs)  # type: ignore[arg-type]
        meeting.wait()
        return found

    taken = take_the_lock_away(monkeypatch)
    taken.expect(len(works))
    meeting.expect(len(works))
    monkeypatch.setattr(checking, "weigh", weigh_and_wait)
    assert race(works) == {"done": THREADS}
    assert Reservation.objects.filter(state="held").count() == THREADS
