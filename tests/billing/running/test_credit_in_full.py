"""After a run's invoice is credited in full: its period is billed again, once, or never, and one exception says so."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from billing.domain.refusals import RunInProgress
from billing.models import BillingEvent, BillingException, Charge, Credit, Metered
from billing.operations.full_credit import NothingSaid
from billing.operations.running import start_run
from billing.operations.voiding import BilledAgain, Then, undo_and_void_memo, void_invoice, void_memo
from companies.domain.refusals import OwnCompany
from companies.models import Marketplace, MarketplaceSettings
from core.errors import InvalidInput, Missing
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.refusals import PipelineV1
from creditmemos.models import CreditMemo
from creditmemos.queries.creditable import creditable_lines
from invoices.models import Invoice
from subscriptions.models import Subscription
from tests.billing.running.scenario import MONTHS, Scenario, build, noon
from tests.factories.billing import Sold, bill, event, order, plan, subscribe, tax
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, issue_invoice, key, make_market
from tests.support.drafts import request_of
from tests.support.verbs import noted, refused, set_threshold

MAY, APRIL = date(2026, 5, 1), date(2026, 4, 1)
LATER = NOW + timedelta(days=1)
SEEDS = range(8)


def all_that_is_left(invoice: Invoice) -> list[InvoiceCredit]:
    """Every line, by what can still be credited of it."""
    return [
        InvoiceCredit(room.line.pk, net=room.net) if room.net else InvoiceCredit(room.line.pk, tax_only=room.tax)
        for room in creditable_lines(invoice)
        if room.net > 0 or room.tax > 0
    ]


def credit(
    market: Market,
    invoice: Invoice,
    then: str = "again",
    *,
    lines: list[InvoiceCredit] | None = None,
    use: str = "hold",
    person: str = "manager",
    counts_as: str = "nothing",
    now: datetime = LATER,
) -> CreditMemo:
    """Credit what is left of an invoice, or some ``lines`` of it."""
    reason = market.reason(counts_as, counts_as=counts_as)
    return operations.issue_from_invoice(
        invoice=invoice, lines=all_that_is_left(invoice) if lines is None else lines,
        details=Details(reason_id=reason.pk, use=use, afterwards=then), actor=market.actor(person), now=now, key=key(),
    )  # fmt: skip


def part(market: Market, invoice: Invoice, net: int, **more: Any) -> CreditMemo:
    """Credit a part of an invoice's first line."""
    line = invoice.lines.order_by("position")[0]
    return credit(market, invoice, "", lines=[InvoiceCredit(line.pk, net=net)], **more)


def books() -> dict[str, object]:
    """What is owed of each line, all documents together, and what billing remembers of it."""
    owed: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    documents: list[tuple[int, Any]] = [(1, invoice) for invoice in Invoice.objects.exclude(status="void")]
    documents += [(-1, memo) for memo in CreditMemo.objects.exclude(status="voided").filter(number__isnull=False)]
    for sign, document in documents:
        for line in document.lines.all():
            sums = owed[document.payer_name, line.description, str(line.period_from), str(line.period_to)]
            sums[0], sums[1] = sums[0] + sign * line.net, sums[1] + sign * line.tax
    return {"owed": {place: sums for place, sums in owed.items() if any(sums)}, **memory()}


def memory() -> dict[str, object]:
    """Due days, counts of usage, events, and charges and credits that count."""
    return {
        "due": sorted(Subscription.objects.values_list("pk", "due_on")),
        "counts": sorted(Metered.objects.values_list("subscription", "plan", "period_first", "quantity", "taken")),
        "events": sorted(BillingEvent.objects.values_list("key", "status", "reason")),
        "charges": sorted(Charge.objects.exclude(state="returned").values_list("key", "whole", "undone")),
        "credits": sorted(Credit.objects.exclude(returned=True).values_list("key", "net", "undone")),
    }


@pytest.fixture
def held(market: Market) -> Market:
    """A market that applies no credit by itself."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_apply=False)
    return market


def in_may(market: Market, quantity: str = "1") -> Sold:
    """A subscription whose May was billed: 31.00 for each seat."""
    sold = subscribe(market, plan(market), start=MAY, quantity=quantity)
    bill(market, date(2026, 5, 2))
    return sold


class TestAgain:
    def test_the_period_waits_and_is_billed_again(self, held: Market) -> None:
        in_may(held)
        before = books()
        memo = credit(held, Invoice.objects.get())
        assert (memo.status, memo.total, memo.afterwards) == ("unapplied", 3100, "again")
        assert not Charge.objects.exclude(state="returned").exists()
        assert BillingEvent.objects.get().status == "pending"
        assert noted("billing.waits_again").after == {"charges": 1, "credits": 0, "events": 1}
        bill(held, date(2026, 5, 20))
        assert [invoice.net for invoice in Invoice.objects.order_by("pk")] == [3100, 3100]
        assert books() == before
        bill(held, date(2026, 5, 21))
        assert books() == before
        assert not BillingException.objects.exists()

    @pytest.mark.parametrize("use", ["follow", "apply_now", "hold"])
    def test_whatever_the_credit_is_used_for(self, held: Market, use: str) -> None:
        in_may(held)
        before = books()
        memo = credit(held, Invoice.objects.get(), use=use)
        assert memo.status == ("fully_applied" if use == "apply_now" else "unapplied")
        bill(held, date(2026, 5, 20))
        assert books() == before

    def test_a_period_in_arrears_and_its_usage(self, held: Market) -> None:
        sold = subscribe(
            held, plan(held, in_advance=False, usage=("unit", [(None, "0.10")])), start=APRIL, quantity="2"
        )
        sold.uses(date(2026, 4, 10), "1000")
        bill(held, date(2026, 5, 2))
        before = books()
        credit(held, Invoice.objects.get())
        assert Metered.objects.get().quantity == 0
        bill(held, date(2026, 5, 20))
        assert books() == before

    def test_usage_that_a_run_credited_in_part(self, held: Market) -> None:
        sold = subscribe(held, plan(held, "0.00", usage=("unit", [(None, "1.00")])), start=APRIL)
        sold.uses(date(2026, 4, 10), "100")
        bill(held, date(2026, 5, 2))
        sold.uses(date(2026, 4, 11), "-30")
        bill(held, date(2026, 5, 3))
        assert CreditMemo.objects.get().net == 3000
        credit(held, Invoice.objects.get(net=10000))
        bill(held, date(2026, 5, 20))
        assert Metered.objects.get().quantity == 70
        assert sum(invoice.net for invoice in Invoice.objects.all()) - 10000 == 7000

    def test_an_order_whose_correction_was_credited(self, held: Market) -> None:
        order(held, "12.00", MAY, quantity="4", name="order")
        bill(held, date(2026, 5, 2))
        event(held, "correction", date(2026, 5, 3), quantity="-1", source_key="order", name="less")
        bill(held, date(2026, 5, 4))
        before = memory()
        credit(held, Invoice.objects.get())
        assert set(BillingEvent.objects.values_list("status", flat=True)) == {"pending"}
        bill(held, date(2026, 5, 20))
        assert memory() == before
        invoiced = sum(invoice.net for invoice in Invoice.objects.all())
        assert invoiced - sum(memo.net for memo in CreditMemo.objects.all()) == 3600

    @pytest.mark.parametrize("counts_as", ["price", "time", "nothing"])
    def test_with_what_was_credited_before(self, held: Market, counts_as: str) -> None:
        """10.00 by hand, then the rest: nothing is left of the invoice, and the whole period is billed again."""
        in_may(held)
        invoice = Invoice.objects.get()
        before = books()
        part(held, invoice, 1000, counts_as=counts_as)
        assert Charge.objects.get().state == "live"
        assert credit(held, invoice).net == 2100
        bill(held, date(2026, 5, 20))
        assert books() == before

    def test_with_what_a_run_credited_before(self, held: Market) -> None:
        sold = in_may(held, "3")
        sold.change(date(2026, 5, 20), quantity="1")
        bill(held, date(2026, 5, 20))
        before = net_by_payer()
        assert before == {"Acme north": 3 * 1900 + 1200}
        credit(held, Invoice.objects.get(net=9300), now=LATER + timedelta(days=2))
        bill(held, date(2026, 5, 21))
        assert net_by_payer() == before
        assert [invoice.net for invoice in Invoice.objects.order_by("pk")][-1] == 3 * 1900

    def test_a_change_since_is_rated_by_the_truth(self, held: Market) -> None:
        sold = in_may(held)
        credit(held, Invoice.objects.get())
        sold.change(date(2026, 5, 20), quantity="2")
        bill(held, date(2026, 5, 21))
        net = sum(invoice.net for invoice in Invoice.objects.all()) - sum(memo.net for memo in CreditMemo.objects.all())
        assert net == 1900 + 2400


class TestWhenItIsAsked:
    def test_it_has_to_be_said(self, held: Market) -> None:
        in_may(held)
        invoice = Invoice.objects.get()
        with refused(NothingSaid, field="then") as refusal:
            credit(held, invoice, "")
        assert invoice.number in refusal.value.message
        assert Charge.objects.get().state == "live"

    def test_also_where_a_second_person_is_asked(self, held: Market) -> None:
        in_may(held)
        set_threshold(held, 0)
        with refused(NothingSaid, field="then"):
            credit(held, Invoice.objects.get(), "")

    def test_only_what_there_is_to_choose(self, held: Market) -> None:
        in_may(held)
        with refused(InvalidInput, field="then"):
            credit(held, Invoice.objects.get(), "perhaps")

    def test_a_part_asks_nothing_whatever_is_said(self, held: Market) -> None:
        in_may(held)
        invoice = Invoice.objects.get()
        line = invoice.lines.get()
        credit(held, invoice, "never", lines=[InvoiceCredit(line.pk, net=3099)])
        assert Charge.objects.get().state == "live"
        assert not BillingException.objects.exists()

    def test_tax_that_is_left_is_a_part_too(self, held: Market) -> None:
        """Units by the cumulative rule leave their tax for last; the one that takes it exhausts the invoice."""
        tax(held)
        in_may(held)
        invoice = Invoice.objects.get()
        line = invoice.lines.get()
        assert (line.net, line.tax) == (3100, 620)
        credit(held, invoice, "", lines=[InvoiceCredit(line.pk, tax_only=100)])
        credit(held, invoice, "", lines=[InvoiceCredit(line.pk, net=100)])
        assert Charge.objects.get().state == "live"
        credit(held, invoice)
        assert Charge.objects.get().state == "returned"

    def test_an_invoice_that_people_made_asks_nothing(self, held: Market) -> None:
        memo = credit(held, issue_invoice(held), "")
        assert memo.total == 12000
        assert not BillingException.objects.exists()

    def test_what_a_run_credits_in_full_asks_nothing(self, held: Market) -> None:
        """That the order was taken back is the truth, which is not billed again."""
        order(held, "12.00", MAY, quantity="4", name="order")
        bill(held, date(2026, 5, 2))
        event(held, "correction", date(2026, 5, 3), quantity="-4", source_key="order", name="less")
        bill(held, date(2026, 5, 4))
        assert CreditMemo.objects.get().net == 4800
        assert Charge.objects.get().state == "live"
        bill(held, date(2026, 5, 5))
        assert Invoice.objects.count() == 1

    def test_nothing_of_it_while_a_run_goes_on(self, held: Market) -> None:
        in_may(held)
        start_run(through=date(2026, 5, 3), actor=held.actor(), now=LATER, key=key())
        invoice = Invoice.objects.get()
        for then in ("again", "never"):
            with refused(RunInProgress):
                credit(held, invoice, then)
        assert Charge.objects.get().state == "live"
        assert part(held, invoice, 1000).total == 1000

    def test_nobody_of_another_marketplace(self, held: Market) -> None:
        in_may(held)
        invoice, south = Invoice.objects.get(), make_market("south")
        south.reason("nothing")
        with refused(Missing):
            credit(south, invoice)
        assert Charge.objects.get().state == "live"

    def test_nobody_of_the_company(self, held: Market) -> None:
        in_may(held)
        MembershipFactory.create(user=held.user("manager"), company=held.acme)
        with refused(OwnCompany, field="company"):
            credit(held, Invoice.objects.get())

    def test_no_marketplace_without_memos(self, held: Market) -> None:
        in_may(held)
        Marketplace.objects.filter(pk=held.marketplace.pk).update(pipeline="V1")
        with refused(PipelineV1):
            credit(held, Invoice.objects.get())


class TestAfterwards:
    def test_its_memo_has_to_stay(self, held: Market, manager: Client) -> None:
        in_may(held)
        invoice = Invoice.objects.get()
        earlier = part(held, invoice, 1000)
        memo = credit(held, invoice, use="apply_now")
        said = BilledAgain(invoice=invoice.number, memo=earlier.number).message
        assert said in manager.get(f"/credit-memos/{earlier.pk}/void/").content.decode()
        said = BilledAgain(invoice=invoice.number, memo=memo.number).message
        assert said in manager.get(f"/credit-memos/{memo.pk}/undo-and-void/").content.decode()
        for again in (False, True):
            with refused(BilledAgain):
                void_memo(memo=earlier, reason="Wrong", actor=held.actor(), now=LATER)
            with refused(BilledAgain):
                undo_and_void_memo(memo=memo, reason="Wrong", actor=held.actor(), now=LATER)
            if not again:
                bill(held, date(2026, 5, 20))

    @pytest.mark.parametrize("then", Then)
    @pytest.mark.parametrize("billed", [False, True])
    def test_the_invoice_may_be_voided_and_nothing_is_billed_twice(
        self, held: Market, then: Then, billed: bool
    ) -> None:
        """It was said already that the period is billed again."""
        sold = subscribe(held, plan(held, usage=("unit", [(None, "1.00")])), start=APRIL, quantity="1")
        sold.uses(date(2026, 4, 10), "100")
        bill(held, date(2026, 4, 20))
        sold.uses(date(2026, 4, 11), "-30")
        bill(held, date(2026, 4, 21))
        invoice = Invoice.objects.get()
        credit(held, invoice)
        if billed:
            bill(held, date(2026, 4, 22))
        void_invoice(invoice=invoice, reason="Wrong address", actor=held.actor(), now=LATER, then=then)
        bill(held, date(2026, 4, 23))
        assert [each.net for each in Invoice.objects.exclude(status="void")] == [3100 + 7000]
        assert not CreditMemo.objects.exclude(status="voided").exists()
        assert Metered.objects.get().quantity == 70
        assert not BillingException.objects.exists()


class TestNever:
    def test_one_exception_says_so_and_nothing_is_billed(self, held: Market) -> None:
        sold = subscribe(held, plan(held, usage=("unit", [(None, "0.10")])), start=APRIL, quantity="1")
        sold.uses(date(2026, 4, 10), "70")
        bill(held, date(2026, 4, 20))
        invoice, before = Invoice.objects.get(), memory()
        credit(held, invoice, "never")
        bill(held, date(2026, 4, 21))
        exception = BillingException.objects.get()
        assert (exception.reason, exception.invoice, exception.amount) == ("not_billed_again", invoice, 3800)
        assert exception.reason_text == "The invoice was voided or credited in full; its period is not billed again"
        assert set(Charge.objects.values_list("state", flat=True)) == {"settled"}
        assert memory() == before
        assert Invoice.objects.get() == invoice

    def test_later_events_bring_nothing_of_it_back(self, held: Market) -> None:
        sold = in_may(held)
        memo = credit(held, Invoice.objects.get(), "never")
        sold.change(date(2026, 5, 20), quantity="2")
        sold.cancel(date(2026, 5, 25))
        bill(held, date(2026, 6, 2))
        assert Invoice.objects.count() == 1
        assert CreditMemo.objects.get() == memo
        assert BillingException.objects.count() == 1

    def test_once_the_memo_is_voided_the_invoice_counts_again(self, held: Market) -> None:
        """The seat was cut meanwhile, which found nothing to credit: it is credited now."""
        sold = in_may(held, "2")
        memo = credit(held, Invoice.objects.get(), "never", use="apply_now")
        sold.change(date(2026, 5, 22), quantity="1")
        bill(held, date(2026, 5, 22))
        assert CreditMemo.objects.count() == 1
        later = NOW + timedelta(days=5)
        undo_and_void_memo(memo=memo, reason="Wrong", actor=held.actor(), now=later)
        assert set(Charge.objects.values_list("state", flat=True)) == {"live"}
        assert BillingException.objects.get().seen_at == later
        bill(held, date(2026, 5, 23))
        net = sum(invoice.net for invoice in Invoice.objects.all())
        net -= sum(each.net for each in CreditMemo.objects.exclude(status="voided"))
        assert net == 2 * 2100 + 1000

    def test_and_can_be_credited_in_full_once_more(self, held: Market) -> None:
        in_may(held)
        invoice, before = Invoice.objects.get(), books()
        void_memo(memo=credit(held, invoice, "never"), reason="Wrong", actor=held.actor(), now=LATER)
        assert books() == before
        credit(held, invoice)
        bill(held, date(2026, 5, 20))
        assert books() == before
        assert not BillingException.objects.filter(seen_at__isnull=True).exists()

    def test_a_void_says_it_once_more_only_if_it_changes(self, held: Market) -> None:
        in_may(held)
        invoice = Invoice.objects.get()
        credit(held, invoice, "never")
        void_invoice(invoice=invoice, reason="Wrong", actor=held.actor(), now=LATER, then=Then.NEVER)
        assert BillingException.objects.count() == 1
        bill(held, date(2026, 5, 20))
        assert not Invoice.objects.exclude(status="void").exists()

    def test_a_void_may_bill_it_again_after_all(self, held: Market) -> None:
        in_may(held)
        invoice, before = Invoice.objects.get(), books()
        credit(held, invoice, "never")
        void_invoice(invoice=invoice, reason="Wrong", actor=held.actor(), now=LATER, then=Then.AGAIN)
        assert BillingException.objects.get().seen_at == LATER
        bill(held, date(2026, 5, 20))
        assert books() == before


class TestASecondPerson:
    def waiting(self, market: Market, then: str, **more: Any) -> tuple[CreditMemo, Approval]:
        """Credit of what is left that waits."""
        set_threshold(market, 0)
        memo = credit(market, Invoice.objects.get(), then, **more)
        set_threshold(market, None)
        return memo, request_of(memo, "issue")

    def approve(self, market: Market, approval: Approval) -> Any:
        return operations.approve(approval=approval, actor=market.actor("finance"), now=LATER)

    @pytest.mark.parametrize(("then", "state"), [("again", "returned"), ("never", "settled")])
    def test_the_choice_waits_and_is_carried_out(self, held: Market, then: str, state: str) -> None:
        in_may(held)
        memo, approval = self.waiting(held, then)
        assert (memo.status, memo.afterwards) == ("awaiting_approval", then)
        assert Charge.objects.get().state == "live"
        self.approve(held, approval)
        assert Charge.objects.get().state == state
        assert BillingException.objects.count() == (then == "never")
        bill(held, date(2026, 5, 20))
        assert Invoice.objects.count() == (2 if then == "again" else 1)

    def test_a_draft_that_is_sent_again_is_asked_again(self, held: Market) -> None:
        in_may(held)
        memo, approval = self.waiting(held, "again")
        operations.withdraw(approval=approval, actor=held.actor(), now=LATER)
        memo.refresh_from_db()
        assert memo.afterwards == "again"
        details = Details(reason_id=memo.reason_id, use="hold")
        again: dict[str, Any] = {
            "memo": memo,
            "lines": all_that_is_left(Invoice.objects.get()),
            "actor": held.actor(),
            "now": LATER,
        }
        with refused(NothingSaid, field="then"):
            operations.resubmit(**again, details=details, key=key())
        never = Details(reason_id=memo.reason_id, use="hold", afterwards="never")
        operations.resubmit(**again, details=never, key=key())
        assert Charge.objects.get().state == "settled"

    def test_no_approval_while_a_run_goes_on(self, held: Market) -> None:
        in_may(held)
        _memo, approval = self.waiting(held, "again")
        start_run(through=date(2026, 5, 3), actor=held.actor(), now=LATER, key=key())
        with refused(RunInProgress):
            self.approve(held, approval)
        assert Charge.objects.get().state == "live"

    def test_what_became_full_meanwhile_is_refused(self, held: Market) -> None:
        """It was a part when it was asked for, so nobody said what becomes of the period."""
        order(held, "12.00", MAY, name="one")
        order(held, "8.00", MAY, name="two")
        bill(held, date(2026, 5, 2))
        one, two = all_that_is_left(Invoice.objects.get())
        _memo, approval = self.waiting(held, "", lines=[one])
        credit(held, Invoice.objects.get(), "", lines=[two])
        with refused(NothingSaid, field="then"):
            self.approve(held, approval)
        assert set(Charge.objects.values_list("state", flat=True)) == {"live"}

    def test_what_is_a_part_by_now_does_nothing(self, held: Market) -> None:
        order(held, "12.00", MAY, name="one")
        order(held, "8.00", MAY, name="two")
        bill(held, date(2026, 5, 2))
        one, two = all_that_is_left(Invoice.objects.get())
        earlier = credit(held, Invoice.objects.get(), "", lines=[two])
        _memo, approval = self.waiting(held, "never", lines=[one])
        void_memo(memo=earlier, reason="Wrong", actor=held.actor(), now=LATER)
        self.approve(held, approval)
        assert set(Charge.objects.values_list("state", flat=True)) == {"live"}
        assert not BillingException.objects.exists()


class TestInTheDatabase:
    def test_what_is_billed_again_never_counts_any_more(self, held: Market) -> None:
        in_may(held)
        charges = Charge.objects.all()
        for state in ("settled", "live", "settled", "returned"):
            charges.update(state=state)
        for state in ("settled", "live"):
            with pytest.raises(IntegrityError, match="charge_is_frozen"), transaction.atomic():
                charges.update(state=state)

    def test_a_memo_says_one_of_two_things_and_keeps_to_it(self, held: Market) -> None:
        memos = CreditMemo.objects.filter(pk=part(held, issue_invoice(held), 100).pk)
        with pytest.raises(IntegrityError, match="i10_issued_is_frozen"), transaction.atomic():
            memos.update(afterwards="never")
        set_threshold(held, 0)
        draft = CreditMemo.objects.filter(pk=part(held, issue_invoice(held), 100).pk)
        draft.update(afterwards="never")
        with pytest.raises(IntegrityError, match="memo_afterwards"), transaction.atomic():
            draft.update(afterwards="maybe")


def billed(scenario: Scenario) -> None:
    MarketplaceSettings.objects.filter(marketplace=scenario.market.marketplace).update(auto_apply=False)
    for through in MONTHS:
        bill(scenario.market, through, now=noon(through))


@pytest.mark.parametrize("seed", SEEDS)
def test_bill_credit_in_full_and_bill_again_is_bill_once(db: None, seed: int) -> None:
    """All invoices of the last run are credited in full, in any order, and billed again: the same is owed as before."""
    scenario = build(seed, companies=3)
    billed(scenario)
    before = books()
    draw, at = Random(seed), noon(MONTHS[-1]) + timedelta(hours=1)
    run = scenario.market.marketplace.runs.order_by("-pk")[0]
    invoices = list(Invoice.objects.filter(run_document__run=run, total__gt=0).order_by("pk"))
    draw.shuffle(invoices)
    uses = ["apply_now", "hold", "follow"]
    for invoice in invoices:
        invoice.refresh_from_db()
        use = draw.choice(uses if invoice.status == "unpaid" else uses[1:])
        credit(scenario.market, invoice, use=use, now=at)
    assert invoices
    bill(scenario.market, MONTHS[-1], now=at + timedelta(hours=1))
    assert books() == before


@pytest.mark.parametrize("seed", SEEDS)
def test_crediting_any_invoice_in_full_keeps_what_is_owed(db: None, seed: int) -> None:
    """Any invoice of any run, with part credits before: to the rounding of the parts, the same is owed."""
    scenario = build(seed, companies=3)
    billed(scenario)
    net, before = net_by_payer(), memory()
    draw, at, done = Random(seed), noon(MONTHS[-1]), 0
    market = scenario.market
    for _ in range(6):
        at += timedelta(hours=1)
        found = Invoice.objects.filter(marketplace=market.marketplace, run_document__isnull=False, total__gt=0)
        invoice = draw.choice(list(found.exclude(status="void").order_by("pk")))
        left = all_that_is_left(invoice)
        if not left:
            continue
        if draw.random() < 0.5 and left[0].net and left[0].net > 1:
            part_of = InvoiceCredit(left[0].invoice_line_id, net=left[0].net // 2)
            credit(market, invoice, "", lines=[part_of], counts_as=draw.choice(["price", "time", "nothing"]), now=at)
        credit(market, invoice, now=at)
        done += 1
        if draw.random() < 0.5:
            bill(market, MONTHS[-1], now=at)
    bill(market, MONTHS[-1], now=at)
    assert done
    after, now = net_by_payer(), memory()
    assert all(abs(after.get(name, 0) - net[name]) <= 3 for name in net), (net, after)
    assert {name: now[name] for name in ("counts", "due")} == {name: before[name] for name in ("counts", "due")}


def net_by_payer() -> dict[str, int]:
    net: dict[str, int] = defaultdict(int)
    for invoice in Invoice.objects.exclude(status="void"):
        net[invoice.payer_name] += invoice.net
    for memo in CreditMemo.objects.exclude(status="voided"):
        net[memo.payer_name] -= memo.net
    return net
