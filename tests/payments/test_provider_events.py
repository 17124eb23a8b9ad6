"""What events do: their object is fetched and applied as it stands, whatever they say, in any order, however often."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from core.models import OutboxJob
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from payments.gateway.protocol import Event, EventKind, MethodKind, SavedMethod
from payments.models import GatewayAccount, Payment, PaymentReturn, ProviderEvent, Refund
from payments.operations import by_gateway, pay_out
from payments.operations.provider_events import apply_event, take_event
from payments.operations.sweeping import sweep
from tests.factories.gateway import charged, customer_with, gateway_account, paid_by_card, saved_method
from tests.factories.world import NOW, Market, credit_invoice, issue_invoice, key
from tests.support.outbox import drain, drain_all
from tests.support.standin import Standin
from tests.support.verbs import posted

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # They need the stand-in's process.


@pytest.fixture
def invoice(market: Market) -> Invoice:
    return issue_invoice(market)


@pytest.fixture
def paid(market: Market, provider: Standin, invoice: Invoice) -> Payment:
    return paid_by_card(market, provider, invoice)


def events(provider: Standin, *refs: str) -> Iterator[Event]:
    """What the provider would tell of these objects or their charges, oldest first."""
    for event in provider.gateway().events_since("", after=NOW):
        if {event.object_ref, event.charge_ref} & set(refs):
            yield event


def last_event(provider: Standin) -> str:
    return list(provider.gateway().events_since("", after=NOW))[-1].ref


def tell(account: GatewayAccount, provider: Standin, *refs: str) -> list[ProviderEvent]:
    found = [take_event(account, event, now=NOW) for event in events(provider, *refs)]
    drain_all(NOW)
    for row in found:
        row.refresh_from_db()
    return found


def sent_to_card(market: Market, payment: Payment, memo: CreditMemo) -> Refund:
    found = pay_out(
        memo=memo, sending=by_gateway(payment, now=NOW), reason="x", actor=market.actor(), now=NOW, key=key()
    )
    assert isinstance(found, Refund)
    return found


class TestEvents:
    def test_a_charge_whose_job_is_dead_is_settled_by_its_event(
        self, market: Market, invoice: Invoice, provider: Standin
    ) -> None:
        payment = charged(market, customer_with(market, provider), (invoice, invoice.total))
        drain(NOW, topic="payment.requested")
        payment.refresh_from_db()
        provider.gateway().confirm_charge(str(payment.provider_ref), key=str(payment.key))
        OutboxJob.objects.filter(topic="payment.created").delete()
        told = tell(gateway_account(market), provider, str(payment.provider_ref))
        payment.refresh_from_db()
        assert (payment.status, payment.amount) == ("successful", invoice.total)
        assert {row.outcome for row in told} == {"settled"}
        assert len(posted("payment.received")) == 1

    def test_a_charge_whose_answer_was_lost_is_adopted(
        self, market: Market, invoice: Invoice, provider: Standin
    ) -> None:
        method = customer_with(market, provider)
        payment = charged(market, method, (invoice, invoice.total))
        gateway, own = provider.gateway(), str(payment.key)
        made = gateway.create_charge(
            amount=invoice.total,
            currency="EUR",
            customer_ref=method.customer_ref,
            method_ref=method.method_ref,
            key=own,
        )
        gateway.confirm_charge(made.ref, key=own)
        OutboxJob.objects.all().delete()
        tell(gateway_account(market), provider, made.ref)
        payment.refresh_from_db()
        assert (payment.status, payment.provider_ref, payment.amount) == ("successful", made.ref, invoice.total)

    def test_a_refund_that_fails_later_comes_back(self, market: Market, invoice: Invoice, provider: Standin) -> None:
        payment = paid_by_card(market, provider, invoice, "pm_card_refundFail")
        memo = credit_invoice(market, invoice, 50_00)
        refund = sent_to_card(market, payment, memo)
        drain(NOW)
        refund.refresh_from_db()
        assert refund.status == "successful"
        provider.tell(f"/_test/refunds/{refund.provider_ref}/fail")
        tell(gateway_account(market), provider, str(refund.provider_ref))
        refund.refresh_from_db()
        memo.refresh_from_db()
        assert (refund.status, memo.status, memo.on_hold) == ("returned", "unapplied", True)

    def test_a_refund_made_in_the_dashboard_is_told_not_guessed(
        self, market: Market, paid: Payment, provider: Standin
    ) -> None:
        made = provider.tell("/_test/refunds", payment_intent=paid.provider_ref, amount=10_00)
        told = tell(gateway_account(market), provider, made["id"])
        paid.refresh_from_db()
        assert {row.outcome for row in told} >= {"stray"}
        assert (paid.attention, Refund.objects.count()) == ("stray", 0)

    def test_an_account_moves_no_rows_of_another(
        self, market: Market, invoice: Invoice, provider: Standin, settings: Any
    ) -> None:
        """Whoever owns an account can write any key into what they make there."""
        payment = charged(market, customer_with(market, provider), (invoice, invoice.total))
        gateway = provider.gateway()
        theirs = gateway.create_customer(key=key(), name="Mallory", email="mallory@example.com")
        made = gateway.create_charge(
            amount=invoice.total, currency="EUR", customer_ref=theirs, method_ref="pm_card_visa", key=str(payment.key)
        )
        gateway.confirm_charge(made.ref, key=key())
        settings.STRIPE_KEYS = {**settings.STRIPE_KEYS, "theirs": "sk_test_standin"}
        OutboxJob.objects.all().delete()
        other = gateway_account(market, "theirs", is_active=False)
        told = tell(other, provider, made.ref)
        payment.refresh_from_db()
        assert (payment.status, payment.provider_ref) == ("pending", None)
        assert {row.outcome for row in told} == {"stray"}

    @pytest.mark.parametrize(
        ("found", "state"),
        [
            (SavedMethod("pm_1", MethodKind.CARD, "Visa", "1111", date(2026, 5, 31), customer_ref="cus_1"), "active"),
            (SavedMethod("pm_1", MethodKind.CARD, "Visa", "1111", date(2026, 4, 30), customer_ref="cus_1"), "expired"),
            (SavedMethod("pm_1", MethodKind.CARD, "Visa", "1111", date(2026, 5, 31)), "detached"),
        ],
    )
    def test_a_method_is_what_the_provider_has(self, market: Market, found: SavedMethod, state: str) -> None:
        method = saved_method(market, method_ref="pm_1", is_default=True)
        told = Event("evt_1", EventKind.METHOD, "payment_method.detached", "pm_1", NOW, is_live=False)
        apply_event(take_event(gateway_account(market), told, now=NOW), found, now=NOW)
        method.refresh_from_db()
        assert (method.label, method.state, method.is_default) == ("Visa …1111", state, state != "detached")


class TestDisputes:
    def test_open_it_blocks_lost_it_returns_the_money_once(
        self, market: Market, paid: Payment, invoice: Invoice, provider: Standin
    ) -> None:
        account = gateway_account(market)
        opened = provider.tell("/_test/disputes", payment_intent=paid.provider_ref)
        tell(account, provider, opened["id"])
        paid.refresh_from_db()
        assert (paid.attention, paid.status) == ("disputed", "successful")
        provider.tell(f"/_test/disputes/{opened['id']}/lost")
        tell(account, provider, opened["id"])
        paid.refresh_from_db()
        invoice.refresh_from_db()
        assert (paid.status, paid.attention, invoice.amount_due) == ("returned", "", invoice.total)
        assert PaymentReturn.objects.get().provider_ref == opened["id"]

    def test_won_it_is_as_before(self, market: Market, paid: Payment, provider: Standin) -> None:
        account = gateway_account(market)
        opened = provider.tell("/_test/disputes", payment_intent=paid.provider_ref)
        tell(account, provider, opened["id"])
        provider.tell(f"/_test/disputes/{opened['id']}/won")
        tell(account, provider, opened["id"])
        paid.refresh_from_db()
        assert (paid.status, paid.attention) == ("successful", "")
        assert not PaymentReturn.objects.exists()


class TestTheSweep:
    def test_what_is_pending_is_looked_up_after_ten_minutes(
        self, market: Market, invoice: Invoice, provider: Standin
    ) -> None:
        method = customer_with(market, provider, "pm_sepa_debit", kind="sepa_debit")
        payment = charged(market, method, (invoice, invoice.total))
        drain(NOW)
        payment.refresh_from_db()
        provider.tell(f"/_test/payment_intents/{payment.provider_ref}/settle")
        assert sweep(NOW + timedelta(minutes=9)) == 0
        later = NOW + timedelta(minutes=10)
        assert (sweep(later), sweep(later)) == (1, 0)
        drain(later)
        payment.refresh_from_db()
        assert (payment.status, payment.look_at) == ("successful", later + timedelta(minutes=10))

    def test_what_a_job_holds_is_left_to_it(self, market: Market, invoice: Invoice, provider: Standin) -> None:
        charged(market, customer_with(market, provider), (invoice, invoice.total))
        assert sweep(NOW + timedelta(hours=1)) == 0

    def test_a_refund_that_nobody_heard_of_is_found(
        self, market: Market, invoice: Invoice, paid: Payment, provider: Standin
    ) -> None:
        refund = sent_to_card(market, paid, credit_invoice(market, invoice, 50_00))
        provider.fault("lost", "/v1/refunds")
        drain(NOW)
        OutboxJob.objects.open().update(dead_at=NOW)
        sweep(NOW + timedelta(minutes=10))
        drain(NOW + timedelta(minutes=10))
        refund.refresh_from_db()
        assert (refund.status, refund.provider_ref is None) == ("successful", False)

    def test_a_dead_endpoint_costs_an_hour(self, market: Market, invoice: Invoice, provider: Standin) -> None:
        """A refund fails later, no webhook comes: the list tells it, once for each account and hour."""
        account = gateway_account(market)
        GatewayAccount.objects.filter(pk=account.pk).update(listed_through=last_event(provider))
        payment = paid_by_card(market, provider, invoice)
        refund = sent_to_card(market, payment, credit_invoice(market, invoice, 50_00))
        drain(NOW)
        refund.refresh_from_db()
        provider.tell(f"/_test/refunds/{refund.provider_ref}/fail")
        for minutes in (0, 59):
            sweep(NOW + timedelta(minutes=minutes))
        assert OutboxJob.objects.filter(topic="provider.list").count() == 1
        drain(NOW)
        refund.refresh_from_db()
        assert refund.status == "returned"
        assert gateway_account(market).listed_through == last_event(provider)
        assert {event.body for event in ProviderEvent.objects.all()} == {""}
        told = ProviderEvent.objects.count()
        sweep(NOW + timedelta(minutes=60))
        drain(NOW)
        assert ProviderEvent.objects.count() == told
