"""Charging a saved method: the row first, then the provider; whatever it answers is applied once, in one direction."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.models import OutboxJob
from invoices.models import Invoice
from payments.domain.refusals import BeingCharged, BeingPaid, MethodNotUsable, NotRetried, OtherAccount
from payments.gateway.protocol import Outcome, State
from payments.models import Payment, PaymentMethod
from payments.operations import charge
from payments.operations.charge_states import settle_charge
from tests.factories.gateway import charged, customer_with
from tests.factories.payments import receive
from tests.factories.world import NOW, Market, issue_invoice
from tests.support.outbox import drain, drain_all, end_leases
from tests.support.standin import Standin
from tests.support.verbs import listening, noted, posted, published, refused

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # They need the stand-in's process.


@pytest.fixture
def method(market: Market, provider: Standin) -> PaymentMethod:
    return customer_with(market, provider)


@pytest.fixture
def invoice(market: Market) -> Invoice:
    return issue_invoice(market)


def whole(market: Market, method: PaymentMethod, invoice: Invoice) -> Payment:
    return charged(market, method, (invoice, invoice.amount_due))


def fresh(payment: Payment) -> Payment:
    return Payment.objects.get(pk=payment.pk)


class TestTheWay:
    def test_asked_nothing_has_moved(self, market: Market, method: PaymentMethod, invoice: Invoice) -> None:
        with listening():
            payment = whole(market, method, invoice)
        invoice.refresh_from_db()
        assert (payment.status, payment.amount, payment.asked) == ("pending", 0, invoice.total)
        assert (payment.channel, payment.means, payment.method, payment.provider_ref) == (
            "gateway",
            "card",
            method,
            None,
        )
        assert (invoice.status, invoice.payment_pending) == ("pending", invoice.total)
        assert posted("payment.received") == []
        assert noted("payment.requested").after["method"] == "Visa …4242"
        assert [each["payment_id"] for each in published("payment.requested")] == [payment.pk]
        assert {job.handler for job in OutboxJob.objects.filter(topic="payment.requested")} >= {
            "payments.create_charge"
        }

    def test_it_is_made_confirmed_and_booked(
        self, market: Market, method: PaymentMethod, invoice: Invoice, provider: Standin
    ) -> None:
        payment = whole(market, method, invoice)
        drain(NOW, topic="payment.requested")
        made = fresh(payment)
        assert (made.status, made.first_sent_at) == ("pending", NOW)
        assert provider.books()[str(made.provider_ref)]["received"] == 0  # Made moves nothing.
        drain(NOW)
        payment = fresh(payment)
        invoice.refresh_from_db()
        assert (payment.status, payment.amount, payment.allocated) == ("successful", invoice.total, invoice.total)
        assert (invoice.status, invoice.payment_pending, invoice.paid) == ("paid", 0, invoice.total)
        assert posted("payment.received") == [[("money_clearing", invoice.total), ("receivable", -invoice.total)]]
        assert noted("payment.arrived").actor_label == "Payment provider"
        assert provider.books()[str(payment.provider_ref)]["received"] == invoice.total

    def test_a_decline_frees_the_invoice_and_stops_the_charge(
        self, market: Market, invoice: Invoice, provider: Standin
    ) -> None:
        method = customer_with(market, provider, "pm_card_chargeDeclinedInsufficientFunds")
        payment = whole(market, method, invoice)
        drain(NOW)
        payment = fresh(payment)
        invoice.refresh_from_db()
        assert (payment.status, payment.failure_class, payment.failure_code) == ("failed", "soft", "insufficient_funds")
        assert (invoice.status, invoice.payment_pending) == ("unpaid", 0)
        assert posted("payment.received") == []
        assert provider.gateway().charge_state(str(payment.provider_ref)).state is State.CANCELED

    def test_a_retry_is_a_row_of_its_own(self, market: Market, invoice: Invoice, provider: Standin) -> None:
        declined = whole(market, customer_with(market, provider, "pm_card_chargeDeclined"), invoice)
        drain(NOW)
        again = whole(market, customer_with(market, provider), invoice)
        drain(NOW)
        assert (fresh(declined).status, fresh(again).status) == ("failed", "successful")
        assert fresh(declined).key != fresh(again).key

    def test_it_waits_for_the_customer_three_days(self, market: Market, invoice: Invoice, provider: Standin) -> None:
        payment = whole(market, customer_with(market, provider, "pm_card_authenticationRequired"), invoice)
        drain(NOW)
        assert (fresh(payment).status, fresh(payment).attention) == ("pending", "needs_customer")

    def test_a_debit_takes_days(self, market: Market, invoice: Invoice, provider: Standin) -> None:
        method = customer_with(market, provider, "pm_sepa_debit", kind="sepa_debit", label="SEPA …3201")
        payment = whole(market, method, invoice)
        drain(NOW)
        payment = fresh(payment)
        assert (payment.status, payment.means, payment.attention) == ("pending", "direct_debit", "")


class TestLostAnswers:
    @pytest.mark.parametrize("fault", ["lost", "before", "after", "limited"])
    @pytest.mark.parametrize("step", ["/v1/payment_intents$", "/v1/payment_intents/[^/]+/confirm"])
    def test_one_charge_moves_once(
        self, market: Market, method: PaymentMethod, invoice: Invoice, provider: Standin, fault: str, step: str
    ) -> None:
        payment = whole(market, method, invoice)
        provider.fault(fault, step)
        drain_all(NOW)
        payment = fresh(payment)
        assert (payment.status, payment.amount) == ("successful", invoice.total)
        with_key = provider.gateway().find_charge(
            customer_ref=method.customer_ref, key=str(payment.key), after=NOW - timedelta(days=3650)
        )
        assert with_key is not None
        assert with_key.ref == payment.provider_ref

    def test_given_up_it_stays_pending_and_is_marked(
        self, market: Market, method: PaymentMethod, invoice: Invoice, provider: Standin
    ) -> None:
        payment = whole(market, method, invoice)
        provider.fault("before", "/v1/payment_intents$", times=100)
        drain_all(NOW)
        assert OutboxJob.objects.dead().get().handler == "payments.create_charge"
        payment = fresh(payment)
        assert (payment.status, payment.attention) == ("pending", "unknown")

    def test_a_key_that_may_be_forgotten_makes_no_charge(
        self, market: Market, method: PaymentMethod, invoice: Invoice, provider: Standin
    ) -> None:
        payment = whole(market, method, invoice)
        provider.fault("before", "/v1/payment_intents$", times=100)
        drain_all(NOW)
        provider.calm()
        OutboxJob.objects.dead().update(dead_at=None, attempts=0)
        end_leases()
        drain(NOW + timedelta(hours=25))
        payment = fresh(payment)
        assert (payment.status, payment.failure_code, payment.provider_ref) == ("failed", "never_made", None)

    def test_one_that_nobody_confirmed_in_time_is_stopped(
        self, market: Market, method: PaymentMethod, invoice: Invoice, provider: Standin
    ) -> None:
        payment = whole(market, method, invoice)
        drain(NOW, topic="payment.requested")
        drain(NOW + timedelta(hours=25))
        payment = fresh(payment)
        assert payment.status == "failed"
        assert provider.gateway().charge_state(str(payment.provider_ref)).state is State.CANCELED


class TestOneDirection:
    @pytest.fixture
    def made(self, market: Market, method: PaymentMethod, invoice: Invoice) -> Payment:
        payment = whole(market, method, invoice)
        drain(NOW, topic="payment.requested")
        return fresh(payment)

    def outcome(self, payment: Payment, state: State, provider: Standin, **changes: Any) -> Outcome:
        return replace(provider.gateway().charge_state(str(payment.provider_ref)), state=state, **changes)

    def test_what_failed_may_have_succeeded_after_all(
        self, made: Payment, invoice: Invoice, market: Market, provider: Standin
    ) -> None:
        settle_charge(made.pk, self.outcome(made, State.CANCELED, provider), now=NOW)
        receive(market, invoice.total - 10_00, (invoice, invoice.total - 10_00))
        settle_charge(made.pk, self.outcome(made, State.SUCCEEDED, provider), now=NOW)
        payment = fresh(made)
        assert (payment.status, payment.attention) == ("successful", "late")
        assert (payment.allocated, payment.on_account) == (10_00, invoice.total - 10_00)
        settle_charge(made.pk, self.outcome(made, State.FAILED, provider), now=NOW)
        assert fresh(made).status == "successful"

    def test_told_a_hundred_times_it_is_booked_once(self, made: Payment, invoice: Invoice, provider: Standin) -> None:
        succeeded = self.outcome(made, State.SUCCEEDED, provider)
        for _ in range(100):
            settle_charge(made.pk, succeeded, now=NOW)
        assert len(posted("payment.received")) == 1
        assert fresh(made).amount == invoice.total

    def test_less_is_booked_and_marked(self, made: Payment, invoice: Invoice, provider: Standin) -> None:
        less = self.outcome(made, State.SUCCEEDED, provider, amount=invoice.total - 1)
        settle_charge(made.pk, less, now=NOW)
        invoice.refresh_from_db()
        assert (fresh(made).status, fresh(made).attention, invoice.amount_due) == ("successful", "differs", 1)

    @pytest.mark.parametrize("changes", [{"amount": 10**9}, {"currency": "USD"}])
    def test_more_or_another_currency_is_only_marked(
        self, made: Payment, invoice: Invoice, provider: Standin, changes: dict[str, object]
    ) -> None:
        other = self.outcome(made, State.SUCCEEDED, provider, **changes)
        settle_charge(made.pk, other, now=NOW)
        invoice.refresh_from_db()
        assert (fresh(made).status, fresh(made).attention, invoice.paid) == ("pending", "differs", 0)
        assert posted("payment.received") == []


class TestRefused:
    def test_one_charge_at_a_time(self, market: Market, method: PaymentMethod, invoice: Invoice) -> None:
        charged(market, method, (invoice, 10_00))
        with refused(BeingCharged, field=f"amount-{invoice.pk}"):
            charged(market, method, (invoice, 10_00))

    def test_what_another_payment_pays_is_left_out(
        self, market: Market, method: PaymentMethod, invoice: Invoice
    ) -> None:
        receive(market, 10_00, (invoice, 10_00), is_pending=True)
        with refused(BeingPaid, field=f"amount-{invoice.pk}"):
            whole(market, method, invoice)

    def test_a_method_that_was_removed(self, market: Market, method: PaymentMethod, invoice: Invoice) -> None:
        PaymentMethod.objects.update(state="detached")
        method.refresh_from_db()
        with refused(MethodNotUsable, field="method"):
            whole(market, method, invoice)

    def test_another_customers_invoice(self, market: Market, method: PaymentMethod) -> None:
        other = issue_invoice(market, company=market.birch)
        with refused(OtherAccount, field=f"amount-{other.pk}"):
            charged(market, method, (other, 10_00))

    def test_what_has_not_failed_is_not_tried_again(
        self, market: Market, method: PaymentMethod, invoice: Invoice
    ) -> None:
        first = charged(market, method, (invoice, 10_00))
        other = issue_invoice(market)
        with refused(NotRetried):
            charge(
                account=market.account(), method=method, wanted=[(other.pk, 1_00)], actor=market.actor(), now=NOW,
                key=None, retry_of=first,
            )  # fmt: skip
