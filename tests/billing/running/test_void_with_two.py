"""Voiding an invoice that needs two people: the customer or the books have it, or too much would be given up."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing.domain.refusals import RunInProgress
from billing.models import BillingException, Charge
from billing.operations.running import start_run
from billing.operations.voiding import Then, void_invoice, void_memo
from companies.domain.refusals import AlreadyAsked, MakerIsChecker, NotADecider, OwnCompany, SecondPersonNeeded
from companies.models import Company, MerchantOfRecord
from companies.operations import approve, reject, withdraw
from core.actors import pipeline
from core.errors import Missing
from core.models import Approval, AuditEntry
from creditmemos import operations as memos
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from invoices.operations import InvoiceHasMoney
from tests.factories.billing import bill, plan, subscribe
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, TODAY, Market, charge, credit_invoice, issue_invoice, issue_memo, key
from tests.support.mailed import mail
from tests.support.verbs import pay, refused, set_threshold

MAY = date(2026, 5, 1)
MAILED = "INV-2026-00001 was mailed to the customer on May 18, 2026. Voiding it needs approval."


def of_run(market: Market, price: str = "31.00") -> Invoice:
    """An invoice that a run made: one seat in May."""
    subscribe(market, plan(market, price), start=MAY, quantity="1")
    bill(market, MAY, now=NOW)
    return Invoice.objects.latest("pk")


def close_through(market: Market, day: date) -> None:
    MerchantOfRecord.objects.filter(pk=market.merchant.pk).update(closed_through=day)


def void(
    market: Market, invoice: Invoice, then: Then = Then.AGAIN, *, person: str = "manager", now: datetime = NOW
) -> Invoice:
    return void_invoice(invoice=invoice, reason="Wrong", actor=market.actor(person), now=now, then=then)


def asked(market: Market, invoice: Invoice, then: Then = Then.AGAIN) -> Approval:
    """The request of the manager who could not do it alone."""
    with pytest.raises(SecondPersonNeeded) as caught:
        void(market, invoice, then)
    assert caught.value.ask is not None
    assert caught.value.ask(market.actor(), NOW) == f"Sent for approval: void {invoice}."
    return Approval.objects.get(decision="waiting")


def status(invoice: Invoice) -> str:
    return str(Invoice.objects.get(pk=invoice.pk).status)


class TestOutOfHand:
    def test_what_was_mailed_is_not_voided_alone(self, market: Market) -> None:
        invoice = of_run(market)
        mail(invoice)
        with refused(SecondPersonNeeded) as caught:
            void(market, invoice)
        assert caught.value.message == MAILED

    def test_what_lies_in_a_closed_period_neither(self, market: Market) -> None:
        invoice = of_run(market)
        close_through(market, TODAY)
        with refused(SecondPersonNeeded) as caught:
            void(market, invoice)
        assert caught.value.message.startswith("INV-2026-00001 is in a period that is closed through May 18, 2026.")
        approve(approval=asked(market, invoice), actor=market.actor("finance"), now=NOW + timedelta(days=1))
        assert status(invoice) == "void"

    def test_a_second_person_agrees_and_it_is_billed_again(self, market: Market) -> None:
        invoice = of_run(market)
        mail(invoice)
        request = asked(market, invoice)
        assert (request.kind, request.verb, request.amount, request.currency) == (
            "invoice",
            "void_invoice",
            3100,
            "EUR",
        )
        assert (request.company, request.request_reason, request.requested_by) == (
            market.acme, "Wrong", market.user("manager"),
        )  # fmt: skip
        assert status(invoice) == "unpaid"
        approve(approval=request, actor=market.actor("finance"), now=NOW)
        assert status(invoice) == "void"
        assert set(Charge.objects.values_list("state", flat=True)) == {"returned"}
        assert AuditEntry.objects.filter(verb="request.void_invoice_requested", object_id=invoice.pk).count() == 1
        bill(market, MAY, now=NOW + timedelta(hours=1))
        assert Invoice.objects.get(status="unpaid").net == 3100

    def test_or_never(self, market: Market) -> None:
        invoice = of_run(market)
        mail(invoice)
        approve(approval=asked(market, invoice, Then.NEVER), actor=market.actor("finance"), now=NOW)
        assert (status(invoice), BillingException.objects.get().invoice) == ("void", invoice)

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": "failed", "sent_at": None},
            {"state": "queued", "sent_at": None},
            {"is_test": True},
            {"subject_kind": "credit_memo"},
            {"subject_id": 9},
        ],
    )
    def test_other_mails_do_not_count(self, market: Market, changes: dict[str, Any]) -> None:
        invoice = of_run(market)
        mail(invoice, **changes)
        void(market, invoice)
        assert status(invoice) == "void"

    def test_a_period_that_was_closed_before_it_does_not_count(self, market: Market) -> None:
        invoice = of_run(market)
        close_through(market, TODAY - timedelta(days=1))
        void(market, invoice)
        assert status(invoice) == "void"

    def test_what_people_made_is_voided_by_one(self, market: Market) -> None:
        """It is not billed again by itself anyway: the limit is asked."""
        invoice = issue_invoice(market)
        mail(invoice)
        close_through(market, TODAY)
        void(market, invoice, now=NOW + timedelta(days=1))
        assert status(invoice) == "void"

    def test_the_pipeline_needs_nobody(self, market: Market) -> None:
        invoice = of_run(market)
        mail(invoice)
        void_invoice(invoice=invoice, reason="x", actor=pipeline(market.marketplace.pk), now=NOW)
        assert status(invoice) == "void"


class TestMemo:
    def test_whoever_decides_sees_that_a_run_goes_on(self, market: Market, client: Client) -> None:
        """A second person is asked about a relative of the operator; nothing given back changes under a run."""
        memo = credit_invoice(market, issue_invoice(market), 10_00)
        Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
        with refused(SecondPersonNeeded, field="company") as caught:
            void_memo(memo=memo, reason="Wrong", actor=market.actor(), now=NOW)
        assert caught.value.ask is not None
        caught.value.ask(market.actor(), NOW)
        page = reverse("creditmemos:approval_standing", args=[Approval.objects.get().pk])
        client.force_login(market.user("finance"))
        assert str(RunInProgress.text) not in client.get(page).content.decode()
        start_run(through=MAY, actor=market.actor(), now=NOW, key=key())
        assert str(RunInProgress.text) in client.get(page).content.decode()


class TestRequest:
    @pytest.fixture
    def invoice(self, market: Market) -> Invoice:
        invoice = of_run(market)
        mail(invoice)
        return invoice

    def test_it_is_asked_once(self, market: Market, invoice: Invoice) -> None:
        with pytest.raises(SecondPersonNeeded) as caught:
            void(market, invoice, person="finance")
        asked(market, invoice)
        assert caught.value.ask is not None
        with pytest.raises(AlreadyAsked):
            caught.value.ask(market.actor("finance"), NOW)

    def test_while_it_waits_nobody_voids_it_alone(self, market: Market, manager: Client) -> None:
        """To bill it again needs one person, never to bill it two; one of them waits."""
        set_threshold(market, 20_00)
        invoice = of_run(market)
        request = asked(market, invoice, Then.NEVER)
        with refused(AlreadyAsked):
            void(market, invoice)
        assert str(AlreadyAsked.text) in manager.get(f"/invoices/{invoice.pk}/void/").content.decode()
        withdraw(approval=request, actor=market.actor(), now=NOW)
        assert void(market, invoice).status == "void"

    @pytest.mark.parametrize("person", ["manager", "support", "developer", "company_admin", "reseller"])
    def test_others_do_not_decide(self, market: Market, invoice: Invoice, person: str) -> None:
        request = asked(market, invoice)
        with refused(MakerIsChecker if person == "manager" else NotADecider):
            approve(approval=request, actor=market.actor(person), now=NOW)

    def test_another_marketplace_finds_neither(self, market: Market, invoice: Invoice, south: Market) -> None:
        request = asked(market, invoice)
        with refused(Missing):
            approve(approval=request, actor=south.actor("finance"), now=NOW)
        with refused(Missing):
            void_invoice(invoice=invoice, reason="x", actor=south.actor(), now=NOW)

    @pytest.mark.parametrize("who", ["manager", "finance"])
    def test_who_joined_the_company_meanwhile_is_refused(self, market: Market, invoice: Invoice, who: str) -> None:
        request = asked(market, invoice)
        MembershipFactory.create(user=market.user(who), company=market.acme, roles=["company_admin"])
        with refused(OwnCompany, field="company"):
            approve(approval=request, actor=market.actor("finance"), now=NOW)

    def test_every_guard_is_asked_again(self, market: Market, invoice: Invoice) -> None:
        request = asked(market, invoice)
        pay(market, invoice, 100)
        with refused(InvoiceHasMoney):
            approve(approval=request, actor=market.actor("finance"), now=NOW)
        assert Approval.objects.get().decision == "waiting"

    def test_turned_down_or_taken_back_it_stays(self, market: Market, invoice: Invoice) -> None:
        reject(approval=asked(market, invoice), reason="No", actor=market.actor("finance"), now=NOW)
        withdraw(approval=asked(market, invoice), actor=market.actor(), now=NOW)
        assert status(invoice) == "unpaid"

    def test_nobody_is_asked_for_what_can_not_be(self, market: Market, invoice: Invoice) -> None:
        pay(market, invoice, 100)
        with refused(InvoiceHasMoney):
            void(market, invoice)


class TestLimit:
    @pytest.mark.parametrize(("limit", "alone"), [(3100, True), (3099, False)])
    def test_what_is_never_billed_again(self, market: Market, limit: int, alone: bool) -> None:
        invoice = of_run(market)
        set_threshold(market, limit)
        if alone:
            void(market, invoice, Then.NEVER)
            assert (status(invoice), BillingException.objects.count()) == ("void", 1)
            return
        with refused(SecondPersonNeeded) as caught:
            void(market, invoice, Then.NEVER)
        assert caught.value.message == (
            "This gives up €31.00 permanently, which is above your approval limit. It needs approval."
        )
        assert not BillingException.objects.exists()

    @pytest.mark.parametrize(("limit", "alone"), [(12000, True), (11999, False), (0, False), (None, True)])
    def test_what_people_made_counts_with_its_tax(self, market: Market, limit: int | None, alone: bool) -> None:
        invoice = issue_invoice(market)
        set_threshold(market, limit)
        if alone:
            void(market, invoice)
        else:
            with refused(SecondPersonNeeded):
                void(market, invoice)
        assert status(invoice) == ("void" if alone else "unpaid")

    def test_what_is_billed_again_does_not_count(self, market: Market) -> None:
        set_threshold(market, 0)
        void(market, of_run(market))
        assert Approval.objects.count() == 0
        set_threshold(market, 5000)
        assert issue_memo(market, "50.00").status == "unapplied"

    def test_voids_issues_and_closes_are_summed(self, market: Market) -> None:
        """Of one person for one company in 24 hours, whatever comes first."""
        old = issue_memo(market, "10.00", person="second_manager", now=NOW - timedelta(days=3))
        first, second, last = (issue_invoice(market, charge("40.00", taxes=())) for _ in range(3))
        set_threshold(market, 12000)
        void(market, first)
        memos.close(memo=old, reason="Old", actor=market.actor(), now=NOW)
        void(market, second)
        assert issue_memo(market, "30.01").status == "awaiting_approval"
        assert issue_memo(market, "30.00").status == "unapplied"
        with refused(SecondPersonNeeded):
            void(market, last)
        with refused(SecondPersonNeeded):
            void(market, last, now=NOW + timedelta(hours=23, minutes=59))
        void(market, last, now=NOW + timedelta(hours=24))

    def test_other_people_and_other_companies_are_apart(self, market: Market) -> None:
        mine, theirs, birch = (
            issue_invoice(market, charge("100.00", taxes=()), company=company)
            for company in (market.acme, market.acme, market.birch)
        )
        set_threshold(market, 10000)
        void(market, mine)
        void(market, theirs, person="finance")
        void(market, birch)
        assert {status(each) for each in (mine, theirs, birch)} == {"void"}

    def test_what_was_agreed_counts_no_more(self, market: Market) -> None:
        invoice = issue_invoice(market)
        set_threshold(market, 100)
        approve(approval=asked(market, invoice), actor=market.actor("finance"), now=NOW)
        assert status(invoice) == "void"
        for person in ("manager", "finance"):
            assert issue_memo(market, "1.00", person=person).status == "unapplied"

    def test_credit_that_goes_with_it_counts_once(self, market: Market) -> None:
        """50.00 and tax were credited alone, the other 60.00 are given up: 120.00 in all."""
        invoice = issue_invoice(market)
        credit_invoice(market, invoice, 5000)
        set_threshold(market, 11999)
        with refused(SecondPersonNeeded) as caught:
            void(market, invoice)
        assert caught.value.message.startswith("This gives up €60.00")
        set_threshold(market, 12000)
        void(market, invoice)
        set_threshold(market, 12001)
        assert issue_memo(market, "0.02").status == "awaiting_approval"
        assert issue_memo(market, "0.01").status == "unapplied"
        assert CreditMemo.objects.filter(status="voided").count() == 1

    def test_a_relative_of_the_operator_is_asked_about_first(self, market: Market) -> None:
        invoice = issue_invoice(market)
        market.acme.parent = market.operator
        market.acme.save()
        set_threshold(market, 0)
        with refused(SecondPersonNeeded) as caught:
            void(market, invoice)
        assert "related to the operator" in caught.value.message
        assert caught.value.ask is not None
        caught.value.ask(market.actor(), NOW)
        approve(approval=Approval.objects.get(), actor=market.actor("finance"), now=NOW)
        assert status(invoice) == "void"


def test_what_a_run_credited_is_not_voided_behind_its_back(market: Market) -> None:
    """The memos' part of the verb would leave it settled and say so nowhere."""
    sold = subscribe(market, plan(market), start=MAY, quantity="2")
    bill(market, MAY, now=NOW)
    sold.change(date(2026, 5, 20), quantity="1")
    type(market.marketplace.settings).objects.update(auto_apply=False)
    bill(market, date(2026, 5, 20), now=NOW + timedelta(hours=1))
    memo = CreditMemo.objects.get()
    for verb in (memos.void, memos.undo_and_void):
        with pytest.raises(RuntimeError, match=r"billing\.operations\.voiding"):
            verb(memo=memo, reason="x", actor=market.actor(), now=NOW)
    memo.refresh_from_db()
    assert memo.status == "unapplied"
