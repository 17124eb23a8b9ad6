"""Allow one purchase beyond a limit: who must agree, for how long, and that it passes once."""

from datetime import timedelta

import pytest

from companies.operations import approvals
from core.errors import InvalidInput
from core.models import Approval
from limits.domain.refusals import CreditBlocked, NoLimitToPass
from limits.models import Allowance, CreditCheck
from limits.operations import allow_once
from tests.factories.limits import ask, limited, line_of
from tests.factories.world import NOW, Market, make_market
from tests.support.verbs import set_threshold


@pytest.fixture
def market(db: None) -> Market:
    made = make_market()
    limited(made, 100_00)
    return made


def allow(market: Market, amount: int, person: str = "manager") -> Allowance | Approval:
    return allow_once(line=line_of(market.acme), amount=amount, reason="Big deal", actor=market.actor(person), now=NOW)


def test_one_purchase_passes_once(market: Market) -> None:
    assert not ask(market, 150_00, key="order 1").is_allowed
    allow(market, 150_00)
    assert ask(market, 150_00).is_allowed_once
    answer = ask(market, 150_00, key="order 1")
    assert (answer.is_allowed, answer.is_allowed_once) == (True, True)
    row = CreditCheck.objects.get(is_allowed=True)
    assert row.allowance is not None
    assert (row.exposure, row.limit, row.allowance.used_key) == (150_00, 100_00, "order 1")
    assert ask(market, 150_00, key="order 1").is_allowed_once
    assert not ask(market, 10_00, key="order 2").is_allowed


def test_it_covers_so_much_and_a_day(market: Market) -> None:
    allow(market, 150_00)
    assert not ask(market, 150_01).is_allowed
    assert ask(market, 150_00, now=NOW + timedelta(hours=24, seconds=-1)).is_allowed
    assert not ask(market, 150_00, now=NOW + timedelta(hours=24)).is_allowed


def test_what_fits_leaves_it_for_what_does_not(market: Market) -> None:
    allow(market, 150_00)
    ask(market, 60_00, key="order 1")
    assert Allowance.objects.get().used_at is None


def test_above_the_approval_limit_a_second_person_agrees(market: Market) -> None:
    set_threshold(market, 149_99)
    approval = allow(market, 150_00)
    assert isinstance(approval, Approval)
    assert not ask(market, 150_00).is_allowed
    later = NOW + timedelta(hours=30)
    approvals.approve(approval=approval, actor=market.actor("finance"), now=later)
    row = Allowance.objects.get()
    assert (row.granted_by_id, row.approved_by_id) == (market.user("manager").pk, market.user("finance").pk)
    assert ask(market, 150_00, now=later).is_allowed


def test_piece_by_piece_is_no_way_around_the_approval_limit(market: Market) -> None:
    set_threshold(market, 200_00)
    assert isinstance(allow(market, 150_00), Allowance)
    assert isinstance(allow(market, 50_01), Approval)
    assert isinstance(allow(market, 50_01, "finance"), Allowance)


def test_what_there_is_nothing_to_allow_for(market: Market) -> None:
    with pytest.raises(InvalidInput):
        allow(market, 0)
    with pytest.raises(NoLimitToPass):
        allow_once(line=line_of(market.birch), amount=1, reason="x", actor=market.actor(), now=NOW)
    limited(market, None)
    with pytest.raises(CreditBlocked):
        allow(market, 10)
    assert Allowance.objects.count() == 0


def test_it_does_not_pass_a_block(market: Market) -> None:
    allow(market, 150_00)
    limited(market, None)
    answer = ask(market, 10)
    assert answer.refusal is not None
    assert answer.refusal.code == "credit_blocked"
