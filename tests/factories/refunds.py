"""Refunds through their operations."""

from companies.operations import approvals
from core.models import Approval
from creditmemos.models import CreditMemo
from payments.models import Payment, Refund
from payments.operations import Sending, give_back, pay_out
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, key


def sent(**extra: object) -> Sending:
    """By bank transfer, today."""
    values: dict[str, object] = {"means": "transfer", "value_date": TODAY, **extra}
    return Sending(**values)  # type: ignore[arg-type]


def paid_out(market: Market, memo: CreditMemo, *, person: str = "manager", **extra: object) -> Refund:
    """Pay a memo out whole, with a second person where that takes one; the customer paid as much before."""
    receive(market, memo.total, company=memo.payer, keep_on_account=True)
    found = pay_out(
        memo=memo, sending=sent(**extra), reason="The customer left", actor=market.actor(person), now=NOW, key=key()
    )
    if isinstance(found, Approval):
        approvals.approve(approval=found, actor=market.actor("second_manager"), now=NOW)
    return Refund.objects.latest("pk")


def given_back(market: Market, payment: Payment, amount: int, **extra: object) -> Refund:
    """Give money on account back."""
    found = give_back(
        payment=payment, amount=amount, sending=sent(**extra), reason="Paid twice", actor=market.actor(), now=NOW,
        key=key(),
    )  # fmt: skip
    assert isinstance(found, Refund)
    return found
