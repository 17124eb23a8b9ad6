"""Refunds that a payment provider sends: from the payment that bears them, once, and taken back when they come back."""

from datetime import timedelta

import pytest

from companies.operations import approvals
from core.errors import Missing
from core.models import Approval, OutboxJob
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from payments.domain.refusals import CannotBear, Disputed, NotByHand, NotByProvider, SentBackAlready
from payments.gateway.protocol import Outcome, State
from payments.models import Payment, Refund
from payments.operations import by_gateway, give_back, pay_out, settle_refund, take_off
from payments.operations.refund_states import settle_refund_of_provider
from payments.queries.sent_back import left_of, most_borne
from tests.factories.gateway import paid_by_card
from tests.factories.payments import receive
from tests.factories.refunds import sent
from tests.factories.world import NOW, TODAY, Market, credit_invoice, issue_invoice, issue_memo, key
from tests.support.outbox import drain, drain_all, end_leases
from tests.support.standin import Standin
from tests.support.verbs import posted, refused, set_threshold

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # They need the stand-in's process.


@pytest.fixture
def invoice(market: Market) -> Invoice:
    return issue_invoice(market)


@pytest.fixture
def paid(market: Market, provider: Standin, invoice: Invoice) -> Payment:
    return paid_by_card(market, provider, invoice)


@pytest.fixture
def memo(market: Market, paid: Payment, invoice: Invoice) -> CreditMemo:
    """50.00 and its tax of the invoice that the card paid, on hold."""
    return credit_invoice(market, invoice, 50_00)


def out(market: Market, memo: CreditMemo, payment: Payment) -> Refund:
    sending = by_gateway(payment, now=NOW)
    found = pay_out(memo=memo, sending=sending, reason="Left", actor=market.actor(), now=NOW, key=key())
    assert isinstance(found, Refund)
    return found


def on_account(market: Market, payment: Payment) -> Payment:
    """All its money taken off its invoices."""
    for allocation in payment.allocations.filter(reverses=None, reversal=None):
        take_off(allocation=allocation, reason="x", confirmed=True, actor=market.actor(), now=NOW, key=key())
    payment.refresh_from_db()
    return payment


class TestPayingOut:
    def test_the_card_gets_it_back(
        self, market: Market, memo: CreditMemo, paid: Payment, invoice: Invoice, provider: Standin
    ) -> None:
        refund = out(market, memo, paid)
        memo.refresh_from_db()
        assert (refund.status, refund.channel, refund.payment, refund.means) == ("pending", "gateway", paid, "card")
        assert (memo.status, memo.payout_pending) == ("unapplied", memo.total)
        drain(NOW)
        refund.refresh_from_db()
        memo.refresh_from_db()
        invoice.refresh_from_db()
        assert (refund.status, refund.value_date, refund.look_at) == ("successful", TODAY, NOW + timedelta(minutes=10))
        assert (memo.status, memo.paid_out, memo.payout_pending) == ("paid_out", memo.total, 0)
        assert invoice.paid == invoice.total  # A refund never lowers what was paid.
        assert posted("refund.sent") == [[("customer_credit", memo.total), ("money_clearing", -memo.total)]]
        [told] = provider.gateway().refunds(str(paid.provider_ref))
        assert (told.amount, told.key, told.ref) == (memo.total, str(refund.key), refund.provider_ref)

    def test_it_takes_two_where_a_payout_does(self, market: Market, memo: CreditMemo, paid: Payment) -> None:
        set_threshold(market, 10_00)
        asked = pay_out(
            memo=memo, sending=by_gateway(paid, now=NOW), reason="Left", actor=market.actor(), now=NOW, key=key()
        )
        assert isinstance(asked, Approval)
        approvals.approve(approval=asked, actor=market.actor("second_manager"), now=NOW)
        drain(NOW)
        assert Refund.objects.get().status == "successful"
        memo.refresh_from_db()
        assert memo.status == "paid_out"

    def test_people_do_not_say_what_became_of_it(self, market: Market, memo: CreditMemo, paid: Payment) -> None:
        refund = out(market, memo, paid)
        with refused(NotByHand):
            settle_refund(refund=refund, value_date=TODAY, actor=market.actor(), now=NOW)

    def test_one_that_takes_a_while_is_pending(self, market: Market, provider: Standin, invoice: Invoice) -> None:
        payment = paid_by_card(market, provider, invoice, "pm_card_pendingRefund")
        refund = out(market, credit_invoice(market, invoice, 50_00), payment)
        drain(NOW)
        refund.refresh_from_db()
        assert (refund.status, refund.pending_reason) == ("pending", "processing")
        assert refund.provider_ref is not None

    def test_what_comes_back_later_is_credit_again(
        self, market: Market, memo: CreditMemo, paid: Payment, provider: Standin
    ) -> None:
        refund = out(market, memo, paid)
        drain(NOW)
        refund.refresh_from_db()
        provider.tell(f"/_test/refunds/{refund.provider_ref}/fail")
        told = provider.gateway().refund_state(str(refund.provider_ref))
        for _ in range(3):
            settle_refund_of_provider(refund.pk, told, now=NOW)
        refund.refresh_from_db()
        memo.refresh_from_db()
        assert (refund.status, refund.failure_code) == ("returned", "expired_or_canceled_card")
        assert (memo.status, memo.balance, memo.on_hold, memo.paid_out) == ("unapplied", memo.total, True, 0)
        assert len(posted("refund.returned")) == 1


class TestGivingBack:
    def test_money_on_account_goes_to_the_card(self, market: Market, paid: Payment, provider: Standin) -> None:
        paid = on_account(market, paid)
        asked = give_back(
            payment=paid, amount=30_00, sending=by_gateway(paid, now=NOW), reason="x", actor=market.actor(), now=NOW,
            key=key(),
        )  # fmt: skip
        assert isinstance(asked, Approval)  # A person took it off an invoice.
        approvals.approve(approval=asked, actor=market.actor("second_manager"), now=NOW)
        drain(NOW)
        paid.refresh_from_db()
        assert (paid.given_back, paid.give_back_pending) == (30_00, 0)
        assert provider.books()[str(paid.provider_ref)]["refunded"] == 30_00

    def test_not_of_money_that_came_by_bank(self, market: Market) -> None:
        bank = receive(market, 100_00, keep_on_account=True)
        with refused(NotByProvider, field="bearer"):
            give_back(
                payment=bank, amount=1_00, sending=by_gateway(bank, now=NOW), reason="x", actor=market.actor(), now=NOW,
                key=key(),
            )  # fmt: skip

    def test_what_payouts_sent_is_not_given_back_too(self, market: Market, memo: CreditMemo, paid: Payment) -> None:
        out(market, memo, paid)
        receive(market, 500_00, keep_on_account=True)  # The account paid enough: this payment has not.
        paid = on_account(market, paid)
        assert left_of(paid) == paid.amount - memo.total
        with refused(SentBackAlready, field="amount"):
            give_back(
                payment=paid, amount=left_of(paid) + 1, sending=sent(), reason="x", actor=market.actor(), now=NOW,
                key=key(),
            )  # fmt: skip


class TestBearing:
    def test_only_what_it_holds_on_the_sources(
        self, market: Market, memo: CreditMemo, paid: Payment, invoice: Invoice, provider: Standin
    ) -> None:
        assert most_borne(memo, paid) == invoice.total
        other = paid_by_card(market, provider, issue_invoice(market), "pm_card_mastercard")
        with refused(CannotBear, field="bearer") as caught:
            out(market, memo, other)
        assert caught.value.facts["most"] == 0

    def test_less_what_other_memos_of_the_invoice_sent(
        self, market: Market, paid: Payment, memo: CreditMemo, invoice: Invoice
    ) -> None:
        out(market, memo, paid)
        rest = credit_invoice(market, invoice, 40_00)
        assert most_borne(rest, paid) == invoice.total - memo.total
        drain(NOW)
        assert most_borne(rest, paid) == invoice.total - memo.total

    def test_a_memo_without_a_source_has_no_bearer(self, market: Market, paid: Payment) -> None:
        memo = issue_memo(market)
        with refused(CannotBear, field="bearer"):
            out(market, memo, paid)

    def test_not_while_it_is_disputed(self, market: Market, memo: CreditMemo, paid: Payment) -> None:
        Payment.objects.update(attention="disputed")
        with refused(Disputed, field="bearer"):
            out(market, memo, paid)

    def test_another_accounts_payment_is_not_there(self, market: Market, memo: CreditMemo) -> None:
        theirs = receive(market, 500_00, company=market.birch, keep_on_account=True)
        with refused(Missing):
            out(market, memo, theirs)


class TestLostAnswers:
    @pytest.mark.parametrize("fault", ["lost", "before", "after", "limited"])
    def test_it_is_sent_once(
        self, market: Market, memo: CreditMemo, paid: Payment, provider: Standin, fault: str
    ) -> None:
        refund = out(market, memo, paid)
        provider.fault(fault, "/v1/refunds", times=4)
        drain_all(NOW)
        refund.refresh_from_db()
        [told] = provider.gateway().refunds(str(paid.provider_ref))
        assert (refund.status, refund.provider_ref) == ("successful", told.ref)

    def test_given_up_it_stays_pending_and_reserved(
        self, market: Market, memo: CreditMemo, paid: Payment, provider: Standin
    ) -> None:
        refund = self._given_up(market, memo, paid, provider, "before")
        assert (refund.status, refund.attention) == ("pending", "unknown")
        memo.refresh_from_db()
        assert memo.payout_pending == memo.total

    def _given_up(self, market: Market, memo: CreditMemo, paid: Payment, provider: Standin, fault: str) -> Refund:
        refund = out(market, memo, paid)
        provider.fault(fault, "/v1/refunds")
        for method in ("POST", "GET"):
            provider.fault("before", "/v1/refunds", method=method, times=100)
        drain_all(NOW)
        provider.calm()
        assert OutboxJob.objects.dead().get().handler == "payments.send_refund"
        refund.refresh_from_db()
        return refund

    def test_run_again_after_25_hours_nothing_is_sent_twice(
        self, market: Market, memo: CreditMemo, paid: Payment, provider: Standin
    ) -> None:
        refund = self._given_up(market, memo, paid, provider, "lost")  # It was sent; nobody heard.
        assert len(provider.gateway().refunds(str(paid.provider_ref))) == 1
        provider.advance(25 * 3600)  # The provider forgets its keys.
        OutboxJob.objects.dead().update(dead_at=None, attempts=0)
        end_leases()
        drain(NOW + timedelta(hours=25))
        refund.refresh_from_db()
        [told] = provider.gateway().refunds(str(paid.provider_ref))
        assert (refund.status, refund.provider_ref, refund.attention) == ("successful", told.ref, "")
        assert provider.books()[str(paid.provider_ref)]["refunded"] == memo.total

    def test_run_again_after_25_hours_what_was_never_sent_has_failed(
        self, market: Market, memo: CreditMemo, paid: Payment, provider: Standin
    ) -> None:
        refund = self._given_up(market, memo, paid, provider, "before")
        OutboxJob.objects.dead().update(dead_at=None, attempts=0)
        end_leases()
        drain(NOW + timedelta(hours=25))
        refund.refresh_from_db()
        memo.refresh_from_db()
        assert (refund.status, refund.failure_code) == ("failed", "never_made")
        assert provider.gateway().refunds(str(paid.provider_ref)) == []
        assert (memo.payout_pending, memo.balance) == (0, memo.total)

    def test_a_refusal_is_final_once_nothing_is_there(
        self, market: Market, memo: CreditMemo, paid: Payment, provider: Standin, invoice: Invoice
    ) -> None:
        provider.tell("/_test/refunds", payment_intent=paid.provider_ref)  # Somebody refunded all in the dashboard.
        refund = out(market, memo, paid)
        drain_all(NOW)
        refund.refresh_from_db()
        memo.refresh_from_db()
        assert (refund.status, refund.failure_code) == ("failed", "charge_already_refunded")
        assert (memo.payout_pending, memo.status) == (0, "unapplied")


class TestOneDirection:
    @pytest.fixture
    def refund(self, market: Market, memo: CreditMemo, paid: Payment) -> Refund:
        return out(market, memo, paid)

    def told(self, refund: Refund, state: State, amount: int | None = None, currency: str = "EUR") -> Outcome:
        return Outcome(state, "re_1", refund.amount if amount is None else amount, currency, key=str(refund.key))

    @pytest.mark.parametrize(("less", "currency"), [(1, "EUR"), (-1, "EUR"), (0, "USD")])
    def test_another_amount_is_only_marked(self, refund: Refund, less: int, currency: str) -> None:
        told = self.told(refund, State.SUCCEEDED, refund.amount - less, currency)
        settle_refund_of_provider(refund.pk, told, now=NOW)
        refund.refresh_from_db()
        assert (refund.status, refund.attention) == ("pending", "differs")

    def test_what_failed_stays_failed_and_is_marked(self, refund: Refund) -> None:
        settle_refund_of_provider(refund.pk, self.told(refund, State.FAILED), now=NOW)
        settle_refund_of_provider(refund.pk, self.told(refund, State.SUCCEEDED), now=NOW)
        refund.refresh_from_db()
        assert (refund.status, refund.attention) == ("failed", "late")

    def test_what_is_older_is_ignored(self, refund: Refund) -> None:
        settle_refund_of_provider(refund.pk, self.told(refund, State.SUCCEEDED), now=NOW)
        settle_refund_of_provider(refund.pk, self.told(refund, State.PENDING), now=NOW)
        settle_refund_of_provider(refund.pk, self.told(refund, State.SUCCEEDED), now=NOW)
        refund.refresh_from_db()
        assert (refund.status, len(posted("refund.sent"))) == ("successful", 1)
