"""What applying refuses, told for every pair at once (the desk's preview) and for the first one (the verb)."""

import pytest

from companies.models import Grant
from core.actors import Actor
from creditmemos import operations
from creditmemos.domain.planning import Allocation
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.application_rows import Locked
from creditmemos.operations.applying import MemoOnHold, PairTwice, problems
from invoices.models import Invoice
from tests.factories.world import NOW, Market, issue_invoice, issue_memo, key, make_market

pytestmark = pytest.mark.django_db


def seen(market: Market, memos: list[CreditMemo], invoices: list[Invoice]) -> Locked:
    return Locked(market.account(), {row.pk: row for row in memos}, {row.pk: row for row in invoices})


def test_every_pair_that_does_not_fit_is_named_and_takes_nothing_from_the_others() -> None:
    market = make_market()
    memo, first, second = issue_memo(market), issue_invoice(market), issue_invoice(market)
    third = issue_invoice(market)
    wanted = [
        Allocation(memo.pk, first.pk, 5001),
        Allocation(memo.pk, second.pk, 5000),
        Allocation(memo.pk, third.pk, 1),
    ]

    found = list(problems(seen(market, [memo], [first, second, third]), wanted, market.actor()))

    assert [(each.code, each.field, each.facts.get("balance")) for each in found] == [
        ("over_balance", f"amount-{memo.pk}-{first.pk}", 5000),
        ("over_balance", f"amount-{memo.pk}-{third.pk}", 5000),
    ]


def test_a_pair_that_stands_twice_is_refused_and_named() -> None:
    market = make_market()
    memo, other, invoice = issue_memo(market), issue_memo(market), issue_invoice(market)
    rows = [Allocation(memo.pk, invoice.pk, 100), Allocation(other.pk, invoice.pk, 100)]

    with pytest.raises(PairTwice, match=f"{memo.number} is applied to {invoice.number} twice") as refused:
        operations.apply(allocations=[*rows, rows[0]], actor=market.actor(), now=NOW, key=key())

    assert refused.value.field == f"amount-{memo.pk}-{invoice.pk}"
    assert not Application.objects.exists()
    assert len(operations.apply(allocations=rows, actor=market.actor(), now=NOW, key=key())) == 2


def test_two_memos_may_not_give_more_than_one_invoice_owes() -> None:
    market = make_market()
    big, small, invoice = issue_memo(market, "100.00"), issue_memo(market, "30.00"), issue_invoice(market)
    wanted = [Allocation(big.pk, invoice.pk, 10000), Allocation(small.pk, invoice.pk, 2001)]

    [refusal] = problems(seen(market, [big, small], [invoice]), wanted, market.actor())

    assert (refusal.code, refusal.field, refusal.facts["due"]) == ("over_due", f"amount-{small.pk}-{invoice.pk}", 12000)


def apply_as(actor: Actor, memo: CreditMemo, invoice: Invoice) -> None:
    operations.apply(allocations=[Allocation(memo.pk, invoice.pk, 100)], actor=actor, now=NOW, key=key())


def test_the_customer_may_not_use_a_memo_on_hold_but_staff_may() -> None:
    market = make_market()
    memo, invoice = issue_memo(market, use="hold"), issue_invoice(market)

    with pytest.raises(MemoOnHold, match=str(memo.number)):
        apply_as(market.actor("company_admin"), memo, invoice)
    assert not Application.objects.exists()

    apply_as(market.actor("manager"), memo, invoice)
    assert Application.objects.get().amount == 100


@pytest.mark.parametrize(
    ("person", "may"),
    [
        ("manager", True), ("finance", True), ("support", False), ("developer", False), ("reseller", False),
        ("company_admin", True), ("billing_admin", True), ("user", False), ("other_admin", False),
    ],
)  # fmt: skip
def test_who_may_apply_a_customers_memo(person: str, may: bool) -> None:
    market = make_market()
    memo, invoice = issue_memo(market, use="follow"), issue_invoice(market)
    member = market.people[person]

    assert (
        member.may("creditmemos.apply", memo),
        member.may("creditmemos.apply", invoice),
        member.may("creditmemos.apply", market.account()),
    ) == (may, may, may)


def test_customers_lose_the_right_with_the_setting_and_for_memos_on_hold() -> None:
    market = make_market()
    free, held = issue_memo(market, use="follow"), issue_memo(market, use="hold")
    admin = market.people["company_admin"]
    assert (admin.may("creditmemos.apply", free), admin.may("creditmemos.apply", held)) == (True, False)

    market.marketplace.settings.customers_may_apply = False
    market.marketplace.settings.save()
    admin.marketplace.settings.refresh_from_db()

    assert admin.may("creditmemos.apply", free) is False


def test_a_reseller_who_was_granted_it_applies_to_own_debts_only() -> None:
    market = make_market()
    Grant.objects.create(marketplace=market.marketplace, role="reseller", permission="creditmemos.apply", granted=True)
    own = issue_memo(market, company=market.client, use="follow")
    customers = issue_memo(market, use="follow")
    reseller = market.people["reseller"]

    assert (own.payer, reseller.may("creditmemos.apply", own)) == (market.reseller, True)
    assert reseller.may("creditmemos.apply", customers) is False
