"""What both databases hold of money that a payment provider moves, whoever writes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.errors import guard_name
from payments.models import GatewayAccount, Intended, Payment, PaymentMethod, ProviderEvent, Refund
from tests.factories.gateway import asked_charge, gateway_account, saved_method
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, issue_invoice, issue_memo, make_market

pytestmark = [pytest.mark.django_db, pytest.mark.damage]  # Rows without their postings.


def refused_by(work: Callable[[], Any]) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        work()
    return guard_name(caught.value)


def succeed(payment: Payment, **changes: object) -> int:
    """As the verb does: the row and what its triggers move."""
    values = {
        "status": "successful", "settled_at": NOW, "failed_at": None, "posting_date": TODAY, "amount": payment.asked,
        "on_account": payment.asked, "provider_ref": f"pi_{payment.pk}", **changes,
    }  # fmt: skip
    return Payment.objects.filter(pk=payment.pk).update(**values)


def fail(payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk).update(status="failed", failed_at=NOW)


def refund(payment: Payment, amount: int, **extra: Any) -> Refund:
    values: dict[str, Any] = {
        "marketplace_id": payment.marketplace_id, "account_id": payment.account_id, "merchant_id": payment.merchant_id,
        "payer_id": payment.payer_id, "currency": payment.currency, "amount": amount, "channel": "gateway",
        "means": "card", "reason": "x", "payment_id": payment.pk, "requested_at": NOW, "look_at": NOW, **extra,
    }  # fmt: skip
    return Refund.objects.create(**values)


@pytest.fixture
def charge(market: Market) -> Payment:
    return asked_charge(market, 100_00, saved_method(market))


class TestAccounts:
    def test_a_merchant_has_one_in_use(self, market: Market) -> None:
        first = gateway_account(market)
        assert refused_by(lambda: gateway_account(market, "second")) in {
            "gateway_account_in_use",
            "payments_gatewayaccount_merchant_id_key",  # SQLite names the column.
        }
        GatewayAccount.objects.filter(pk=first.pk).update(is_active=False)
        assert gateway_account(market, "second").is_active

    def test_it_stays_whose_it_is(self, market: Market) -> None:
        gateway_account(market)
        assert refused_by(lambda: GatewayAccount.objects.update(external_id="x")) == "i22_gateway_is_frozen"
        assert refused_by(lambda: GatewayAccount.objects.update(mode="live")) == "i22_gateway_is_frozen"

    def test_its_merchant_is_of_the_marketplace(self, market: Market) -> None:
        other = make_market("south")
        assert refused_by(lambda: gateway_account(market, merchant=other.merchant)) == "i8_gateway_merchant"

    def test_a_method_keeps_its_reference(self, market: Market) -> None:
        saved_method(market)
        assert refused_by(lambda: PaymentMethod.objects.update(method_ref="pm_2")) == "i22_gateway_is_frozen"
        assert PaymentMethod.objects.update(state="expired", label="Visa …1111", is_default=True) == 1

    def test_a_method_pays_for_its_payer_alone(self, market: Market) -> None:
        method = saved_method(market)
        birch = market.account(market.birch)
        found = refused_by(lambda: asked_charge(market, 1_00, method, account=birch, payer=birch.payer))
        assert found in {"i8_payment_method", "i8_payment_gateway"}

    def test_an_event_is_stored_once_and_kept(self, market: Market) -> None:
        account = gateway_account(market)

        def come() -> ProviderEvent:
            return ProviderEvent.objects.create(
                gateway_account=account, event_id="evt_1", type="refund.updated", object_ref="re_1", created=NOW,
                received_at=NOW, body="{}",
            )  # fmt: skip

        come()
        assert refused_by(come) == "i22_event_once"
        assert refused_by(lambda: ProviderEvent.objects.update(body="{1}")) == "i22_event_is_frozen"
        assert refused_by(lambda: ProviderEvent.objects.all().delete()) == "i13_append_only"
        assert ProviderEvent.objects.update(outcome="settled") == 1


class TestCharges:
    def test_one_is_live_for_an_invoice(self, market: Market, charge: Payment) -> None:
        invoice = issue_invoice(market)
        Intended.objects.create(payment=charge, invoice=invoice, amount=10_00)
        method = PaymentMethod.objects.get()

        def second() -> None:
            Intended.objects.create(payment=asked_charge(market, 5_00, method), invoice=invoice, amount=5_00)

        assert refused_by(second) == "i22_one_live_charge"
        fail(charge)
        second()

    def test_nothing_is_pending_without_a_look_or_a_mark(self, charge: Payment) -> None:
        assert refused_by(lambda: Payment.objects.update(look_at=None)) == "i23_payment_watched"
        Payment.objects.update(look_at=None, attention="unknown")
        fail(charge)
        Payment.objects.update(attention="")

    def test_it_has_an_account_at_the_provider(self, market: Market) -> None:
        method = saved_method(market)
        found = refused_by(lambda: asked_charge(market, 1_00, method, gateway_account=None))
        assert found in {"i22_gateway_payment", "i8_payment_gateway"}
        found = refused_by(lambda: asked_charge(market, 1_00, method, channel="off_platform"))
        assert found == "i22_gateway_payment"

    def test_one_that_failed_may_have_succeeded_after_all(self, charge: Payment) -> None:
        fail(charge)
        assert refused_by(lambda: Payment.objects.update(status="pending", failed_at=None)) == "i22_payment_is_frozen"
        assert succeed(charge) == 1
        assert refused_by(lambda: Payment.objects.update(settled_at=None)) == "i22_payment_is_frozen"
        assert refused_by(lambda: Payment.objects.update(provider_ref="pi_other")) == "i22_payment_is_frozen"
        assert Payment.objects.update(attention="late") == 1

    def test_off_platform_that_does_not_happen(self, market: Market) -> None:
        payment = receive(market, 1_00, is_pending=True)
        fail(payment)
        assert refused_by(lambda: succeed(payment)) == "i22_payment_is_frozen"


class TestRefunds:
    @pytest.fixture
    def paid(self, charge: Payment) -> Payment:
        succeed(charge)
        charge.refresh_from_db()
        return charge

    def test_all_that_go_back_fit_the_payment(self, market: Market, paid: Payment) -> None:
        memo = issue_memo(market, "60.00")
        refund(paid, memo.total, memo=memo)
        assert refused_by(lambda: refund(paid, 40_01)) == "i21_refund_fits"
        failed = refund(paid, 40_00)
        Refund.objects.filter(pk=failed.pk).update(status="failed", failed_at=NOW, failure_code="declined")
        refund(paid, 40_00)

    def test_a_provider_sends_back_what_it_brought(self, market: Market, charge: Payment) -> None:
        memo = issue_memo(market, "60.00")
        succeed(charge, provider_ref=None)
        assert refused_by(lambda: refund(charge, memo.total, memo=memo)) == "i22_refund_by_its_provider"
        assert refused_by(lambda: refund(charge, memo.total, memo=memo, payment_id=None)) == "i22_refund_borne"

    def test_it_is_watched_until_it_ends(self, paid: Payment) -> None:
        refund(paid, 10_00)
        assert refused_by(lambda: Refund.objects.update(look_at=None)) == "i23_refund_watched"

    def test_what_ended_only_comes_back(self, paid: Payment) -> None:
        refund(paid, 10_00, provider_ref="re_1")
        assert refused_by(lambda: Refund.objects.update(provider_ref="re_2")) == "i22_refund_is_frozen"
        went = {"status": "successful", "settled_at": NOW, "value_date": TODAY, "posting_date": TODAY}
        Refund.objects.update(**went)
        assert refused_by(lambda: Refund.objects.update(status="failed", failed_at=NOW)) in {
            "i22_refund_is_frozen", "i22_refund_status",
        }  # fmt: skip
        assert Refund.objects.update(attention="late", look_at=None) == 1
        Refund.objects.update(status="returned", returned_at=NOW, returned_on=TODAY, failure_code="lost_or_stolen_card")
        assert refused_by(lambda: Refund.objects.update(failure_code="x")) == "i22_refund_is_frozen"
        assert refused_by(lambda: Refund.objects.update(returned_at=None, status="successful")) in {
            "i22_refund_is_frozen", "i22_refund_returned",
        }  # fmt: skip
