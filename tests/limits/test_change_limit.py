"""Set, clear and block a limit: who must agree, what is kept of it, and what is refused."""

import pytest

from companies.domain.refusals import OwnCompany, ReasonMissing
from companies.models import MarketplaceSettings
from companies.operations import approvals
from core.errors import InvalidInput, Missing
from core.models import Approval, AuditEntry
from limits.domain.refusals import ChangedLimit, NotBlocked, NothingChanged
from limits.models import CreditLine, CreditLineChange
from limits.operations import block, change_limit, inherit, set_limit, unblock
from limits.operations.limiting import Terms
from tests.factories.companies import MembershipFactory
from tests.factories.limits import default_limit, limited, line_of
from tests.factories.world import NOW, Market, make_market


@pytest.fixture
def market(db: None) -> Market:
    return make_market()


def asked(found: object) -> Approval:
    assert isinstance(found, Approval)
    return found


def test_a_first_limit_narrows_and_holds_at_once(market: Market) -> None:
    line = set_limit(line=line_of(market.acme), amount=100_00, reason="New customer", actor=market.actor(), now=NOW)
    assert isinstance(line, CreditLine)
    row = CreditLineChange.objects.get()
    assert (row.version, row.mode, row.amount, row.reason, row.changed_by_id, row.approved_by_id) == (
        1, "limit", 100_00, "New customer", market.user("manager").pk, None,
    )  # fmt: skip
    audit = AuditEntry.objects.get(verb="credit_limit.changed")
    assert (audit.before["limit_mode"], audit.after["credit_limit"], audit.company_id) == (
        "inherit", 100_00, market.acme.pk,
    )  # fmt: skip


@pytest.mark.parametrize("terms", [Terms("limit", 100_01), Terms("unlimited"), Terms("inherit")])
def test_more_takes_a_second_person(market: Market, terms: Terms) -> None:
    limited(market, 100_00)
    line = line_of(market.acme)
    approval = asked(change_limit(line=line, terms=terms, reason="Grows", actor=market.actor(), now=NOW))
    assert line_of(market.acme).amount == 100_00
    approvals.approve(approval=approval, actor=market.actor("finance"), now=NOW)
    row = CreditLineChange.objects.latest("version")
    assert (row.mode, row.amount, row.version) == (terms.mode, terms.amount, 2)
    assert (row.changed_by_id, row.approved_by_id) == (market.user("manager").pk, market.user("finance").pk)


@pytest.mark.parametrize("terms", [Terms("limit", 99_99), Terms("limit", 0), Terms("blocked")])
def test_less_is_at_once(market: Market, terms: Terms) -> None:
    limited(market, 100_00)
    change_limit(line=line_of(market.acme), terms=terms, reason="Late payer", actor=market.actor(), now=NOW)
    assert (line_of(market.acme).mode, line_of(market.acme).amount) == (terms.mode, terms.amount)


def test_inheriting_a_narrower_default_is_at_once(market: Market) -> None:
    default_limit(market, 50_00)
    limited(market, 40_00)
    asked(inherit(line=line_of(market.acme), reason="x", actor=market.actor(), now=NOW))
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(credit_limit=30_00)
    approvals.withdraw(approval=Approval.objects.get(decision="waiting"), actor=market.actor(), now=NOW)
    assert isinstance(inherit(line=line_of(market.acme), reason="x", actor=market.actor(), now=NOW), CreditLine)


def test_sharing_narrows_and_no_longer_sharing_takes_two(market: Market) -> None:
    limited(market, 100_00)
    shared, alone = Terms("limit", 100_00, is_shared=True), Terms("limit", 100_00)
    change_limit(line=line_of(market.acme), terms=shared, reason="x", actor=market.actor(), now=NOW)
    asked(change_limit(line=line_of(market.acme), terms=alone, reason="x", actor=market.actor(), now=NOW))


def test_blocking_and_back(market: Market) -> None:
    limited(market, 100_00)
    with pytest.raises(NotBlocked):
        unblock(line=line_of(market.acme), reason="x", actor=market.actor(), now=NOW)
    block(line=line_of(market.acme), reason="Insolvent", actor=market.actor(), now=NOW)
    approval = asked(unblock(line=line_of(market.acme), reason="Paid", actor=market.actor(), now=NOW))
    approvals.approve(approval=approval, actor=market.actor("finance"), now=NOW)
    assert (line_of(market.acme).mode, line_of(market.acme).amount) == ("limit", 100_00)


def test_what_somebody_changed_since_is_not_overwritten(market: Market) -> None:
    limited(market, 100_00)
    approval = asked(set_limit(line=line_of(market.acme), amount=900_00, reason="x", actor=market.actor(), now=NOW))
    block(line=line_of(market.acme), reason="Insolvent", actor=market.actor("finance"), now=NOW)
    with pytest.raises(ChangedLimit):
        approvals.approve(approval=approval, actor=market.actor("finance"), now=NOW)
    assert line_of(market.acme).mode == "blocked"


def test_nobody_decides_what_their_own_company_may_owe(market: Market) -> None:
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["company_admin"])
    for verb in (block, inherit):
        with pytest.raises(OwnCompany):
            verb(line=line_of(market.acme), reason="x", actor=market.actor(), now=NOW)
    assert CreditLineChange.objects.count() == 0


def test_a_relative_of_the_operator_takes_two_unless_it_is_blocked(market: Market) -> None:
    market.acme.parent = market.operator
    market.acme.save()
    asked(set_limit(line=line_of(market.acme), amount=1, reason="x", actor=market.actor(), now=NOW))
    assert isinstance(block(line=line_of(market.acme), reason="x", actor=market.actor(), now=NOW), CreditLine)


def test_bad_input(market: Market) -> None:
    line, actor = line_of(market.acme), market.actor()
    for terms in (Terms("limit", -1), Terms("limit", None), Terms("limit", 10**18)):
        with pytest.raises(InvalidInput) as caught:
            change_limit(line=line, terms=terms, reason="x", actor=actor, now=NOW)
        assert caught.value.field == "amount"
    with pytest.raises(InvalidInput):
        change_limit(line=line, terms=Terms("generous"), reason="x", actor=actor, now=NOW)
    with pytest.raises((InvalidInput, ReasonMissing)) as caught_reason:
        block(line=line, reason="  ", actor=actor, now=NOW)
    assert caught_reason.value.field == "reason"
    with pytest.raises(NothingChanged):
        inherit(line=line, reason="x", actor=actor, now=NOW)
    south = make_market("south", currency="JPY")
    with pytest.raises(Missing):
        block(line=line_of(south.acme), reason="x", actor=actor, now=NOW)
    assert CreditLineChange.objects.count() == 0
