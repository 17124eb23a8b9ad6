"""Ask for credit: what counts, what is kept, what is refused and why, and that nothing is touched by a refusal."""

from datetime import timedelta

import pytest

from core.errors import InvalidInput, Missing
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from limits.domain.refusals import KeyUsedOtherwise, ReservationOver, ReservationUsed
from limits.models import CreditCheck, CreditLine, Reservation
from limits.operations import expire, release
from payments.operations import pay_out
from tests.factories.limits import ask, default_limit, limited, line_of
from tests.factories.payments import receive
from tests.factories.refunds import given_back, sent
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo, key, make_market


@pytest.fixture
def market(db: None) -> Market:
    return make_market()


def test_every_company_has_a_line_that_inherits(market: Market) -> None:
    lines = CreditLine.objects.filter(marketplace=market.marketplace)
    assert {(line.payer_id, line.mode, line.amount) for line in lines} == {
        (company.pk, "inherit", None)
        for company in (market.operator, market.acme, market.birch, market.reseller, market.client, market.vendor)
    }


def test_without_a_limit_anything_passes(market: Market) -> None:
    issue_invoice(market)
    answer = ask(market, 10**12)
    assert (answer.is_allowed, answer.limit, answer.room, answer.total) == (True, None, None, 120_00 + 10**12)


def test_dues_count_up_to_the_limit_itself(market: Market) -> None:
    limited(market, 200_00)
    issue_invoice(market)
    assert ask(market, 80_00).is_allowed
    answer = ask(market, 80_01)
    assert answer.refusal is not None
    assert (answer.refusal.code, answer.room, answer.total) == ("limit_reached", 80_00, 200_01)
    assert "€200.01" in answer.refusal.message


def test_the_default_holds_where_nothing_else_does(market: Market) -> None:
    default_limit(market, 100_00)
    assert not ask(market, 100_01).is_allowed
    limited(market, 150_00)
    assert ask(market, 100_01).is_allowed


def test_nothing_to_pay_is_prepaid_only(market: Market) -> None:
    limited(market, 0)
    refused = ask(market, 1)
    assert refused.refusal is not None
    assert refused.refusal.code == "prepaid_only"
    receive(market, 50_00, keep_on_account=True)
    assert ask(market, 50_00).is_allowed
    assert not ask(market, 50_01).is_allowed


def test_a_blocked_company_buys_nothing_even_prepaid(market: Market) -> None:
    limited(market, None)
    receive(market, 50_00, keep_on_account=True)
    answer = ask(market, 1)
    assert answer.refusal is not None
    assert answer.refusal.code == "credit_blocked"


def test_the_very_next_check_sees_what_happened(market: Market) -> None:
    limited(market, 120_00)
    invoice = issue_invoice(market)
    assert ask(market, 1).room == 0
    memo = issue_memo(market)  # 50.00, held: credit all the same
    assert ask(market, 1).room == 50_00
    apply(market, memo, invoice, 20_00)
    assert ask(market, 1).room == 50_00
    receive(market, 30_00, (Invoice.objects.get(pk=invoice.pk), 30_00))
    assert ask(market, 1).room == 80_00
    receive(market, 10_00, (Invoice.objects.get(pk=invoice.pk), 10_00), is_pending=True)
    answer = ask(market, 1)
    assert (answer.exposure.dues, answer.exposure.pending, answer.room) == (70_00, 10_00, 90_00)


def test_credit_and_money_on_their_way_back_count_no_more(market: Market) -> None:
    limited(market, 0)
    money = receive(market, 100_00, keep_on_account=True)
    memo = issue_memo(market)
    assert ask(market, 150_00).is_allowed
    given_back(market, money, 10_00, is_pending=True)
    assert ask(market, 1).room == 140_00
    CreditMemo.objects.filter(pk=memo.pk).get()
    pay_out(memo=memo, sending=sent(is_pending=True), reason="x", actor=market.actor(), now=NOW, key=key())
    assert ask(market, 1).room == 140_00  # Asked for by one person: nothing is reserved yet.


def test_the_reseller_is_asked_for_its_client(market: Market) -> None:
    limited(market, 100_00, company=market.reseller)
    answer = ask(market, 100_01, company=market.client)
    assert (answer.is_allowed, answer.payer_id) == (False, market.reseller.pk)
    issue_invoice(market, company=market.client)
    assert ask(market, 1, company=market.client).room == -20_00


def test_a_shared_limit_bounds_parent_and_children(market: Market) -> None:
    market.birch.parent = market.acme
    market.birch.save()
    limited(market, 200_00, is_shared=True)
    issue_invoice(market)
    answer = ask(market, 80_01, company=market.birch)
    assert answer.refusal is not None
    assert (answer.refusal.code, answer.room) == ("group_limit_reached", 80_00)
    assert ask(market, 80_00, company=market.birch, key="k").is_allowed
    assert ask(market, 1).refusal is not None
    limited(market, None, is_shared=True)
    blocked = ask(market, 1, company=market.birch)
    assert blocked.refusal is not None
    assert blocked.refusal.code == "credit_blocked"


def test_what_passed_is_kept_until_it_is_released(market: Market) -> None:
    limited(market, 100_00)
    answer = ask(market, 60_00, key="order 1")
    assert answer.reservation is not None
    assert answer.reservation.expires_at == NOW + timedelta(minutes=15)
    assert ask(market, 1).room == 40_00
    assert release(key="order 1", actor=market.actor(), now=NOW).state == "released"
    assert release(key="order 1", actor=market.actor(), now=NOW).state == "released"
    assert ask(market, 1).room == 100_00


def test_what_ran_out_counts_no_more_and_is_marked(market: Market) -> None:
    limited(market, 100_00)
    ask(market, 60_00, key="order 1")
    later = NOW + timedelta(minutes=15)
    assert ask(market, 1, now=later).room == 100_00
    assert expire(now=NOW) == 0
    assert expire(now=later) == 1
    assert Reservation.objects.get().state == "expired"
    with pytest.raises(ReservationOver, match="expired"):
        ask(market, 60_00, key="order 1", now=later)


def test_the_same_key_gets_the_same_answer(market: Market) -> None:
    limited(market, 100_00)
    first = ask(market, 60_00, key="order 1")
    again = ask(market, 60_00, key="order 1")
    assert first.reservation == again.reservation
    assert (again.total, again.exposure) == (first.total, first.exposure)
    assert CreditCheck.objects.count() == 1
    with pytest.raises(KeyUsedOtherwise):
        ask(market, 60_01, key="order 1")
    with pytest.raises(KeyUsedOtherwise):
        ask(market, 60_00, key="order 1", company=market.birch)


def test_a_refusal_is_kept_with_what_counted_and_gives_its_key_back(market: Market) -> None:
    limited(market, 100_00)
    issue_invoice(market)
    assert not ask(market, 5_00, key="order 1", subject="Ten seats").is_allowed
    row = CreditCheck.objects.get()
    assert (row.is_allowed, row.refusal, row.dues, row.exposure, row.limit) == (
        False, "limit_reached", 120_00, 125_00, 100_00,
    )  # fmt: skip
    assert Reservation.objects.count() == 0
    receive(market, 120_00, keep_on_account=True)
    assert ask(market, 5_00, key="order 1").is_allowed


def test_bad_input_is_said_beside_its_field(market: Market) -> None:
    wrong: dict[str, tuple[int, dict[str, object]]] = {
        "amount": (0, {}), "currency": (1, {"currency": "USD"}), "key": (1, {"keeps": True}),
        "subject": (1, {"subject": "x" * 201}),
    }  # fmt: skip
    for field, (amount, values) in wrong.items():
        with pytest.raises(InvalidInput) as caught:
            ask(market, amount, **values)  # type: ignore[arg-type]
        assert caught.value.field == field


def test_a_stranger_is_missing_and_an_inactive_company_buys_nothing(market: Market) -> None:
    south = make_market("south", currency="JPY")
    with pytest.raises(Missing):
        ask(market, 1, company=south.acme)
    market.acme.is_active = False
    with pytest.raises(InvalidInput, match="inactive"):
        ask(market, 1)


def test_what_was_used_is_not_released(market: Market) -> None:
    ask(market, 60_00, key="order 1")
    row = Reservation.objects.get()
    row.state, row.ended_at = "used", NOW
    row.save()
    with pytest.raises(ReservationUsed):
        release(key="order 1", actor=market.actor(), now=NOW)
    with pytest.raises(Missing):
        release(key="no such order", actor=market.actor(), now=NOW)
    assert line_of(market.acme).reached_on is None
