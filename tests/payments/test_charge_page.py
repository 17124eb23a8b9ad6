"""Charging a saved method from an invoice's page: who may, what is said while it goes and when it failed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from companies.models import Company
from core.models import AuditEntry, OutboxJob
from invoices.models import Invoice
from payments.gateway.declines import CODES, WORDS, Decline
from payments.gateway.protocol import FailureClass, Outcome, State
from payments.models import Payment, PaymentMethod, ProviderEvent
from payments.operations import charge
from payments.operations.charge_states import charge_unknown, settle_charge
from payments.queries.attention import CUSTOMER, FINANCE, why_failed
from tests.factories.gateway import charged, gateway_account, saved_method, went
from tests.factories.payments import receive
from tests.factories.world import NOW, Market, issue_invoice, key
from tests.support.verbs import snapshot
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
MAX_QUERIES, MAX_BYTES = 12, 100_000


@pytest.fixture
def manager(market: Market) -> Client:
    return client_of(market.people["manager"])


@pytest.fixture
def method(market: Market) -> PaymentMethod:
    return saved_method(market)


@pytest.fixture
def invoice(market: Market) -> Invoice:
    """120.00 in all."""
    return issue_invoice(market)


def charge_url(invoice: Invoice) -> str:
    return reverse("payments:charge", args=[invoice.pk])


def of(payment: Payment, page: str = "detail") -> str:
    return reverse(f"payments:{page}", args=[payment.pk])


def text(client: Client, url: str, **more: Any) -> str:
    return words(client.get(url, **more))


def words(answer: Any) -> str:
    html = answer.content.decode().replace("\N{NO-BREAK SPACE}", " ").replace("&#x27;", "'")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def page_of(invoice: Invoice) -> str:
    return reverse("invoices:detail", args=[invoice.pk])


def fails(payment: Payment, code: str, text: str = "") -> Payment:
    failed = Outcome(
        State.FAILED, "pi_1", payment.asked, payment.currency, failure_class=FailureClass.SOFT, code=code, text=text
    )
    return settle_charge(payment.pk, failed, now=NOW)


class TestChargeNow:
    def test_what_is_left_to_pay_is_charged(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice
    ) -> None:
        receive(market, 20_00, (invoice, 20_00), is_pending=True)
        assert "Charge now" in text(manager, page_of(invoice))
        asked = manager.get(charge_url(invoice)).content.decode()
        assert 'value="100.00"' in asked
        assert "Visa …4242" in asked
        answer = manager.post(charge_url(invoice), {"method": method.pk, "amount": "100.00"})
        payment = Payment.objects.get(channel="gateway")
        assert (payment.asked, payment.method, payment.status, payment.source) == (100_00, method, "pending", "staff")
        told = text(manager, answer["Location"])
        assert f"€100.00 of {invoice} is being charged to Visa …4242." in told
        assert "Charge now" not in told

    def test_the_default_comes_first_and_others_are_offered(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice
    ) -> None:
        saved_method(market, method_ref="pm_2", label="SEPA …3201", kind="sepa_debit", is_default=True)
        saved_method(market, method_ref="pm_3", label="Old …1111", state="expired")
        saved_method(market, method_ref="pm_4", label="Birch …2222", company=market.birch)
        options = re.findall(r"<option[^>]*>([^<]*)<", manager.get(charge_url(invoice)).content.decode())
        assert [each.strip() for each in options] == ["SEPA …3201", "Visa …4242"]

    def test_without_a_method_there_is_no_button_and_the_page_says_why(
        self, market: Market, manager: Client, invoice: Invoice
    ) -> None:
        saved_method(market, method_ref="pm_4", company=market.birch)
        assert "Charge now" not in text(manager, page_of(invoice))
        assert "has no saved method that can be charged" in text(manager, charge_url(invoice))

    def test_a_method_of_an_account_that_is_not_used_any_more(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice
    ) -> None:
        account = gateway_account(market)
        account.is_active = False
        account.save()
        assert "Charge now" not in text(manager, page_of(invoice))
        assert "has no saved method that can be charged" in text(manager, charge_url(invoice))

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("0", ""),
            ("abc", ""),
            ("120.01", "Only €120.00 is due on"),
        ],
    )
    def test_a_wrong_amount_stays_and_changes_nothing(
        self, manager: Client, method: PaymentMethod, invoice: Invoice, typed: str, said: str
    ) -> None:
        before = snapshot()
        answer = manager.post(charge_url(invoice), {"method": method.pk, "amount": typed})
        assert answer.status_code == 422
        assert f'value="{typed}"' in answer.content.decode()
        assert said in words(answer)
        assert snapshot() == before

    def test_a_strangers_method_is_refused(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice
    ) -> None:
        other = saved_method(market, method_ref="pm_4", company=market.birch)
        before = snapshot()
        assert manager.post(charge_url(invoice), {"method": other.pk, "amount": "1.00"}).status_code == 422
        assert snapshot() == before

    def test_while_it_is_charged_it_is_not_charged_again(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice
    ) -> None:
        charged(market, method, (invoice, 19_00))
        assert "is being charged already" in text(manager, charge_url(invoice))
        before = snapshot()
        answer = manager.post(charge_url(invoice), {"method": method.pk, "amount": "1.00"})
        assert answer.status_code == 422
        assert "is being charged already" in words(answer)
        assert snapshot() == before

    def test_what_is_paid_has_no_button(self, market: Market, manager: Client, method: PaymentMethod) -> None:
        paid = issue_invoice(market)
        receive(market, paid.total, (paid, paid.total))
        assert "Charge now" not in text(manager, page_of(paid))

    @pytest.mark.parametrize("person", ["support", "company_admin", "user"])
    def test_others_may_not(self, market: Market, method: PaymentMethod, invoice: Invoice, person: str) -> None:
        client = client_of(market.people[person])
        before = snapshot()
        assert "Charge now" not in client.get(page_of(invoice)).content.decode()
        assert client.post(charge_url(invoice), {"method": method.pk, "amount": "1.00"}).status_code in (403, 404)
        assert snapshot() == before

    def test_another_marketplace(self, manager: Client, south: Market) -> None:
        saved_method(south)
        other = issue_invoice(south)
        assert manager.get(charge_url(other)).status_code == 404


class TestWhileItGoes:
    def asked(self, market: Market, method: PaymentMethod, invoice: Invoice, **ago: int) -> Payment:
        """A charge that was asked for so long ago."""
        then = timezone.now() - timedelta(**ago, seconds=5)
        return charge(
            account=market.account(), method=method, wanted=[(invoice.pk, 120_00)], actor=market.actor(), now=then,
            key=key(),
        )  # fmt: skip

    @pytest.fixture
    def payment(self, market: Market, method: PaymentMethod, invoice: Invoice) -> Payment:
        return self.asked(market, method, invoice, minutes=2)

    def test_invoice_and_payment_say_so_and_ask_again(
        self, manager: Client, payment: Payment, invoice: Invoice
    ) -> None:
        sentence = "€120.00 is being charged to Visa …4242, asked 2 minutes ago."
        for url in (page_of(invoice), of(payment)):
            html = manager.get(url).content.decode().replace("\N{NO-BREAK SPACE}", " ")
            assert sentence in html
            assert f'hx-get="{url}" hx-trigger="every 3s"' in html
            part = manager.get(url, headers={"HX-Request": "true", "HX-Target": "charging"})
            assert sentence in words(part)
            assert "<main" not in part.content.decode()

    def test_once_it_ended_the_page_is_loaded_anew(self, manager: Client, payment: Payment, invoice: Invoice) -> None:
        went(payment)
        for url in (page_of(invoice), of(payment)):
            part = manager.get(url, headers={"HX-Request": "true", "HX-Target": "charging"})
            assert (part["HX-Refresh"], part.content) == ("true", b"")
            assert "is being charged" not in text(manager, url)

    def test_a_debit_of_days_does_not_ask_all_the_time(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice
    ) -> None:
        self.asked(market, method, invoice, days=3)
        html = manager.get(page_of(invoice)).content.decode().replace("\N{NO-BREAK SPACE}", " ")
        assert "asked 3 days ago." in html
        assert "every 3s" not in html

    def test_customers_see_it_too_and_users_no_method(self, market: Market, method: PaymentMethod) -> None:
        invoice = issue_invoice(market, billed_user=market.user("user"))
        self.asked(market, method, invoice, minutes=2)
        admin = client_of(market.people["company_admin"])
        assert "€120.00 is being charged to Visa …4242, asked 2 minutes ago." in text(admin, page_of(invoice))
        user = text(client_of(market.people["user"]), page_of(invoice))
        assert "€120.00 is being charged, asked 2 minutes ago." in user
        assert "4242" not in user


class TestWhenItFailed:
    def test_each_reads_a_sentence_of_their_own(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice
    ) -> None:
        payment = fails(charged(market, method, (invoice, 120_00)), "lost_card", "pickup: secret reason")
        staff, customer = (str(each) for each in (WORDS[Decline.BLOCKED].finance, WORDS[Decline.BLOCKED].customer))
        admin = client_of(market.people["company_admin"])
        for url in (page_of(invoice), of(payment)):
            seen, told = text(manager, url), text(admin, url)
            assert staff in seen
            assert customer in told
            assert staff not in told
            assert "secret reason" not in told
        assert "The charge of €120.00 to Visa …4242 failed." in text(manager, page_of(invoice))
        assert "Charge now" in text(manager, page_of(invoice))

    def test_every_code_has_a_sentence_for_each(self) -> None:
        for code in [code for codes in CODES.values() for code in codes.split()] + ["new_code", ""]:
            assert str(why_failed(code, is_staff=True)).endswith(".")
            assert str(why_failed(code, is_staff=False)).endswith(".")
        assert "stopped" in str(why_failed("", is_staff=True))
        assert why_failed("never_made", is_staff=True) == WORDS[Decline.TROUBLE].finance

    def test_it_is_told_until_the_invoice_is_paid(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice
    ) -> None:
        fails(charged(market, method, (invoice, 120_00)), "insufficient_funds")
        assert " failed." in text(manager, page_of(invoice))
        went(charged(market, method, (invoice, 120_00)))
        assert " failed." not in text(manager, page_of(invoice))


class TestAttention:
    @pytest.mark.parametrize("mark", Payment.Attention.values)
    def test_each_mark_in_words(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice, mark: str
    ) -> None:
        payment = charged(market, method, (invoice, 120_00))
        Payment.objects.filter(pk=payment.pk).update(attention=mark)
        seen = text(manager, of(payment))
        assert str(FINANCE[mark]) in seen
        assert str(Payment.Attention(mark).label) in seen
        told = text(client_of(market.people["company_admin"]), of(payment))
        assert (str(CUSTOMER[mark]) in told) if mark in CUSTOMER else (str(Payment.Attention(mark).label) not in told)
        assert str(FINANCE[mark]) not in told

    def test_the_list_narrows(self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice) -> None:
        marked, other = charged(market, method, (invoice, 10_00)), receive(market, 5_00)
        charge_unknown(marked.pk)
        url = reverse("payments:list")
        found = {
            asked: [each.name in text(manager, f"{url}?{asked}") for each in (marked, other)]
            for asked in ("needs_attention=on", "channel=gateway", "channel=off_platform", "")
        }
        assert found == {
            "needs_attention=on": [True, False], "channel=gateway": [True, False],
            "channel=off_platform": [False, True], "": [True, True],
        }  # fmt: skip


class TestAskNow:
    @pytest.fixture
    def payment(self, market: Market, method: PaymentMethod, invoice: Invoice) -> Payment:
        payment = charged(market, method, (invoice, 120_00))
        OutboxJob.objects.filter(topic="payment.requested").update(dead_at=NOW)
        charge_unknown(payment.pk)
        return payment

    def test_a_look_is_ordered_and_noted(self, manager: Client, payment: Payment) -> None:
        assert "Ask the payment provider" in text(manager, of(payment))
        answer = manager.post(of(payment, "ask"))
        assert "The payment provider is being asked." in text(manager, answer["Location"])
        job = OutboxJob.objects.get(topic="payment.look")
        assert (job.handler, job.payload) == ("payments.look_at_charge", {"payment_id": payment.pk})
        assert AuditEntry.objects.get(verb="payment.looked_up").object_id == payment.pk
        payment.refresh_from_db()
        assert (payment.status, payment.attention) == ("pending", "unknown")

    def test_not_twice_at_once(self, manager: Client, payment: Payment) -> None:
        manager.post(of(payment, "ask"))
        before = snapshot()
        answer = manager.post(of(payment, "ask"))
        assert (answer.status_code, "right now" in words(answer)) == (422, True)
        assert snapshot() == before

    def test_not_what_ended_or_no_provider_moves(self, market: Market, manager: Client, payment: Payment) -> None:
        ended, cheque = went(payment), receive(market, 5_00, is_pending=True)
        before = snapshot()
        for each, why in ((ended, "is successful"), (cheque, "did not come by a payment provider")):
            assert "Ask the payment provider" not in text(manager, of(each))
            assert why in text(manager, of(each, "ask"))
            assert manager.post(of(each, "ask")).status_code == 422
        assert snapshot() == before

    @pytest.mark.parametrize("person", ["support", "company_admin"])
    def test_others_may_not(self, market: Market, payment: Payment, person: str) -> None:
        client = client_of(market.people[person])
        before = snapshot()
        assert of(payment, "ask") not in client.get(of(payment)).content.decode()
        assert client.post(of(payment, "ask")).status_code == 403
        assert snapshot() == before


class TestTrail:
    def test_what_was_asked_and_told_and_no_secret(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice, settings: Settings
    ) -> None:
        settings.STRIPE_KEYS = {"standin": "sk_test_very_secret"}
        payment = charged(market, method, (invoice, 120_00))
        Payment.objects.filter(pk=payment.pk).update(first_sent_at=NOW, provider_ref="pi_77")
        ProviderEvent.objects.create(
            gateway_account=method.gateway_account, event_id="evt_1", type="payment_intent.payment_failed",
            kind="charge", object_ref="pi_77", created=NOW, received_at=NOW, body='{"client_secret": "hush"}',
            outcome="settled",
        )  # fmt: skip
        fails(payment, "insufficient_funds", "Your card has insufficient funds.")
        seen = text(manager, of(payment, "trail"))
        for said in (
            str(payment.key), "pi_77", "Charge of €120.00 to Visa …4242 requested",
            "Payment provider asked for the first time", "Event payment_intent.payment_failed received", "Looked up",
            "insufficient_funds: Your card has insufficient funds.", "Queued: Make a charge",
        ):  # fmt: skip
            assert said in seen
        assert "secret" not in seen.lower().replace("csrf", "")
        assert "hush" not in seen

    def test_given_up(self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice) -> None:
        payment = charged(market, method, (invoice, 120_00))
        OutboxJob.objects.filter(topic="payment.requested").update(dead_at=NOW, attempts=12)
        assert "Given up after 12 attempts: Make a charge" in text(manager, of(payment, "trail"))

    def test_staff_alone_and_nothing_of_a_transfer(
        self, market: Market, manager: Client, method: PaymentMethod, invoice: Invoice
    ) -> None:
        payment, transfer = charged(market, method, (invoice, 10_00)), receive(market, 5_00)
        admin = client_of(market.people["company_admin"])
        assert admin.get(of(payment, "trail")).status_code == 403
        assert "Provider's reference" not in text(admin, of(payment))
        assert "No payment provider was asked" in text(manager, of(transfer, "trail"))


def test_queries_and_bytes(
    market: Market, manager: Client, method: PaymentMethod, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    company: Company = market.acme
    assert method.payer == company
    failed, live = issue_invoice(market), issue_invoice(market)
    fails(charged(market, method, (failed, 100)), "insufficient_funds")
    payment = charged(market, method, (live, 100))
    urls = [page_of(failed), page_of(live), of(payment), of(payment, "trail"), of(payment, "ask"), charge_url(failed)]
    for client in (manager, client_of(market.people["company_admin"])):
        for url in urls:
            client.get(url)
            with django_assert_max_num_queries(MAX_QUERIES):
                html = client.get(url).content
            assert len(html) < MAX_BYTES
