"""After a run's document is voided: it is billed again, exactly once, or never, and then one exception says so."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.test import Client

from billing.domain.refusals import RunInProgress
from billing.models import BillingEvent, BillingException, Charge, Credit, Metered
from billing.operations.running import start_run
from billing.operations.voiding import Then, void_invoice, void_memo
from companies.models import MarketplaceSettings
from creditmemos.models import CreditMemo
from creditmemos.operations.guards import alone_so_far
from creditmemos.operations.void_invoice import MemoInTheWay
from creditmemos.queries.sources import sources_of
from invoices.models import Invoice
from tests.billing.running.scenario import MONTHS, Scenario, build, noon
from tests.factories.billing import Sold, bill, event, memo_of_two, order, plan, subscribe
from tests.factories.world import NOW, Market, issue_invoice, key

MAY, APRIL = date(2026, 5, 1), date(2026, 4, 1)
LATER = NOW + timedelta(days=1)
SEEDS = range(8)


def void(market: Market, invoice: Invoice, then: Then = Then.AGAIN) -> None:
    void_invoice(invoice=invoice, reason="Wrong address", actor=market.actor(), now=LATER, then=then)


def live() -> list[Invoice]:
    return list(Invoice.objects.exclude(status="void").order_by("pk"))


def days_billed() -> set[str]:
    return {f"{line.period_from}/{line.period_to}" for each in live() for line in each.lines.all()}


def picture() -> dict[str, object]:
    """What stands: lines of documents, due days, counts of usage, events."""
    invoices = Invoice.objects.exclude(status="void")
    memos = CreditMemo.objects.exclude(status="voided")
    return {
        "lines": sorted(
            (each.payer_name, line.description, str(line.period_from), str(line.period_to), line.quantity, line.net, line.tax)
            for found in (invoices, memos) for each in found for line in each.lines.all()
        ),
        "due": sorted(Invoice.objects.values_list("marketplace__subscriptions__due_on", flat=True).distinct(), key=str),
        "counts": sorted(Metered.objects.values_list("subscription", "plan", "period_first", "quantity", "taken", "credited")),
        "events": sorted(BillingEvent.objects.values_list("key", "status", "reason")),
        "charges": sorted(Charge.objects.exclude(state="returned").values_list("key", "whole", "undone")),
        "credits": sorted(Credit.objects.exclude(returned=True).values_list("key", "net", "undone")),
    }  # fmt: skip


@pytest.fixture
def held(market: Market) -> Market:
    """A market that applies no credit by itself."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_apply=False)
    return market


class TestAgain:
    def test_the_voided_period_is_billed_again(self, market: Market) -> None:
        sold = subscribe(market, plan(market), start=MAY, quantity="1")
        bill(market, date(2026, 5, 2))
        before = picture()
        void(market, Invoice.objects.get())
        assert days_billed() == set()
        assert not Charge.objects.exclude(state="returned").exists()
        bill(market, date(2026, 5, 3))
        assert picture() == before
        bill(market, date(2026, 6, 2))
        assert sorted(days_billed()) == ["2026-05-01/2026-05-31", "2026-06-01/2026-06-30"]
        sold.row.refresh_from_db()
        assert sold.row.due_on == date(2026, 7, 1)
        assert not BillingException.objects.exists()

    def test_so_is_its_usage(self, market: Market) -> None:
        sold = subscribe(market, plan(market, "0.00", usage=("unit", [(None, "0.10")])), start=APRIL)
        sold.uses(date(2026, 4, 10), "1000")
        bill(market, date(2026, 5, 2))
        before = picture()
        void(market, Invoice.objects.get(total=10000))
        assert Metered.objects.get().quantity == 0
        bill(market, date(2026, 5, 3))
        assert picture() == before

    def test_a_period_in_arrears_too(self, market: Market) -> None:
        subscribe(market, plan(market, in_advance=False), start=APRIL, quantity="2")
        bill(market, date(2026, 5, 2))
        before = picture()
        void(market, Invoice.objects.get())
        bill(market, date(2026, 5, 3))
        assert picture() == before
        assert days_billed() == {"2026-04-01/2026-04-30"}

    def test_usage_by_volume_too(self, market: Market) -> None:
        sold = subscribe(market, plan(market, "0.00", usage=("volume", [("100", "1.00"), (None, "0.50")])), start=APRIL)
        sold.uses(date(2026, 4, 10), "150")
        bill(market, date(2026, 5, 2))
        before = picture()
        void(market, Invoice.objects.get(net=7500))
        bill(market, date(2026, 5, 3))
        assert picture() == before

    def test_one_invoice_of_several_for_a_period_of_usage(self, market: Market) -> None:
        """120 and then 60 units in tiers; the first invoice goes, and comes back with its own amount."""
        sold = subscribe(market, plan(market, "0.00", usage=("tiered", [("100", "1.00"), (None, "0.50")])), start=APRIL)
        first = sold.uses(date(2026, 4, 10), "120")
        bill(market, date(2026, 5, 2))
        sold.uses(date(2026, 4, 11), "60")
        bill(market, date(2026, 5, 3))
        void(market, Invoice.objects.get(net=11000))
        first.refresh_from_db()
        assert (first.status, Metered.objects.get().quantity) == ("pending", Decimal(60))
        bill(market, date(2026, 5, 4))
        assert sorted(each.net for each in live() if each.net) == [3000, 11000]
        assert Metered.objects.get().quantity == 180

    def test_an_order_and_its_correction(self, held: Market) -> None:
        order(held, "12.00", date(2026, 5, 1), quantity="4", name="order")
        bill(held, date(2026, 5, 2))
        event(held, "correction", date(2026, 5, 3), quantity="-1", source_key="order", name="less")
        bill(held, date(2026, 5, 4))
        assert CreditMemo.objects.get().net == 1200
        void(held, Invoice.objects.get())
        assert set(BillingEvent.objects.values_list("status", flat=True)) == {"pending"}
        bill(held, date(2026, 5, 5))
        assert [each.net for each in live()] == [4800]
        assert [memo.net for memo in CreditMemo.objects.exclude(status="voided")] == [1200]

    def test_a_change_since_is_rated_by_the_truth(self, held: Market) -> None:
        """One seat for May was billed; two from the 20th were credited and billed: the first invoice goes."""
        sold = subscribe(held, plan(held), start=MAY, quantity="1")
        bill(held, date(2026, 5, 2))
        sold.change(date(2026, 5, 20), quantity="2")
        bill(held, date(2026, 5, 20))
        void(held, Invoice.objects.order_by("pk")[0])
        assert CreditMemo.objects.get().status == "voided"
        bill(held, date(2026, 5, 21))
        assert days_billed() == {"2026-05-01/2026-05-19", "2026-05-20/2026-05-31"}
        assert sum(each.net for each in live()) == 1900 + 2400

    def test_a_memo_of_two_invoices_gives_back_the_part_of_one(self, held: Market) -> None:
        """The other part stays; what this part credited is credited of the new invoice, and then all is as before."""
        first, second, memo = memo_of_two(held)
        before, owed = picture(), net_by_payer()
        void(held, first)
        [stays] = CreditMemo.objects.exclude(status="voided")
        assert sources_of([stays.pk])[stays.pk][0].invoice_id == second.pk
        assert [credit.returned for credit in Credit.objects.order_by("pk")] == [True, False]
        assert stays.divided_from == memo
        bill(held, date(2026, 5, 19))
        after = picture()
        assert {name: after[name] for name in ("events", "due", "counts")} == {
            name: before[name] for name in ("events", "due", "counts")
        }
        assert net_by_payer() == owed

    def test_a_late_change_does_not_bring_back_a_part_of_it(self, market: Market) -> None:
        sold = subscribe(market, plan(market), start=MAY, quantity="1")
        bill(market, date(2026, 5, 2))
        void(market, Invoice.objects.get())
        bill(market, date(2026, 6, 2))
        sold.row.refresh_from_db()
        sold.change(date(2026, 5, 20), quantity="2")
        bill(market, date(2026, 6, 20))
        credited = sum(CreditMemo.objects.exclude(status="voided").values_list("net", flat=True))
        may = sum(line.net for each in live() for line in each.lines.filter(period_from__lt=date(2026, 6, 1)))
        june = sum(line.net for each in live() for line in each.lines.filter(period_from__gte=date(2026, 6, 1)))
        assert may + june - credited == 1900 + 2400 + 6200

    def test_nothing_of_it_is_tried_while_a_run_goes_on(self, market: Market) -> None:
        subscribe(market, plan(market), start=MAY, quantity="1")
        bill(market, date(2026, 5, 2))
        start_run(through=date(2026, 5, 3), actor=market.actor(), now=LATER, key=key())
        with pytest.raises(RunInProgress):
            void(market, Invoice.objects.get())
        assert Invoice.objects.get().status == "unpaid"

    def test_an_invoice_that_people_made_is_only_voided(self, market: Market, manager: Client) -> None:
        invoice = issue_invoice(market)
        assert "billed again" not in manager.get(f"/invoices/{invoice.pk}/void/").content.decode()
        void(market, invoice)
        assert not BillingException.objects.exists()


class TestNever:
    @pytest.mark.parametrize("used", ["", "70"])
    def test_exactly_one_exception_says_so(self, market: Market, used: str) -> None:
        sold = subscribe(market, plan(market, usage=("unit", [(None, "0.10")])), start=APRIL, quantity="1")
        if used:
            sold.uses(date(2026, 4, 10), used)
        bill(market, date(2026, 4, 20))
        invoice = Invoice.objects.get()
        before = picture()
        void(market, invoice, Then.NEVER)
        bill(market, date(2026, 4, 21))
        exception = BillingException.objects.get()
        assert (exception.reason, exception.invoice, exception.amount) == ("not_billed_again", invoice, invoice.net)
        assert live() == []
        after = picture()
        assert {name: after[name] for name in ("due", "counts", "events", "charges")} == {
            name: before[name] for name in ("due", "counts", "events", "charges")
        }

    def test_what_is_given_up_is_less_what_its_part_of_a_memo_gave_back(self, held: Market) -> None:
        """62.00 were billed, and the memo that was divided for it had given 28.00 of them back."""
        first, _second, _memo = memo_of_two(held)
        void(held, first, Then.NEVER)
        assert alone_so_far(payer_id=held.acme.pk, actor=held.actor(), now=LATER) == 6200 - 2800

    def test_later_events_of_that_period_bring_nothing_of_it_back(self, market: Market) -> None:
        sold = subscribe(market, plan(market), start=MAY, quantity="1")
        bill(market, date(2026, 5, 2))
        void(market, Invoice.objects.get(), Then.NEVER)
        sold.change(date(2026, 5, 20), quantity="2")
        sold.cancel(date(2026, 5, 25))
        bill(market, date(2026, 6, 2))
        assert days_billed() == set()
        assert not CreditMemo.objects.exists()
        assert BillingException.objects.count() == 1


class TestMemos:
    def credited(self, market: Market) -> tuple[Sold, CreditMemo]:
        sold = subscribe(market, plan(market), start=MAY, quantity="3")
        bill(market, date(2026, 5, 2))
        sold.change(date(2026, 5, 20), quantity="1")
        bill(market, date(2026, 5, 20))
        return sold, CreditMemo.objects.get()

    def test_it_is_credited_again(self, held: Market) -> None:
        _, memo = self.credited(held)
        before = picture()
        void_memo(memo=memo, reason="Wrong", actor=held.actor(), now=LATER)
        assert Charge.objects.order_by("pk")[0].undone == 0
        bill(held, date(2026, 5, 21))
        assert picture() == before
        assert not BillingException.objects.exists()

    def test_or_never_and_one_exception_says_so(self, held: Market) -> None:
        _, memo = self.credited(held)
        void_memo(memo=memo, reason="Wrong", actor=held.actor(), now=LATER, then=Then.NEVER)
        bill(held, date(2026, 5, 21))
        exception = BillingException.objects.get()
        assert (exception.reason, exception.memo, exception.amount) == ("not_credited_again", memo, memo.net)
        assert not CreditMemo.objects.exclude(status="voided").exists()

    @pytest.mark.parametrize("quantity", ["-30", "-130"])
    def test_usage_that_was_credited(self, held: Market, quantity: str) -> None:
        """Of a charge, and below zero where there is no charge."""
        sold = subscribe(held, plan(held, "0.00", usage=("unit", [(None, "1.00")])), start=APRIL)
        sold.uses(date(2026, 4, 10), "100")
        bill(held, date(2026, 5, 2))
        sold.uses(date(2026, 4, 11), quantity)
        bill(held, date(2026, 5, 3))
        before = picture()
        void_memo(memo=CreditMemo.objects.get(), reason="Wrong", actor=held.actor(), now=LATER)
        count = Metered.objects.get()
        assert (count.quantity, count.taken, count.credited) == (Decimal(100), Decimal(0), 0)
        bill(held, date(2026, 5, 4))
        assert picture() == before

    def test_an_earlier_end_that_cut_the_rest_waits_too(self, held: Market) -> None:
        """Cut from the 20th, then from the 10th; the first memo goes: all is credited again, by its days."""
        sold, memo = self.credited(held)
        sold.cancel(date(2026, 5, 9))
        bill(held, date(2026, 5, 21))
        total = sum(CreditMemo.objects.values_list("net", flat=True))
        void_memo(memo=memo, reason="Wrong", actor=held.actor(), now=LATER)
        bill(held, date(2026, 5, 22))
        assert sum(CreditMemo.objects.exclude(status="voided").values_list("net", flat=True)) == total


def billed(scenario: Scenario) -> None:
    MarketplaceSettings.objects.filter(marketplace=scenario.market.marketplace).update(auto_apply=False)
    for through in MONTHS:
        bill(scenario.market, through, now=noon(through))


@pytest.mark.parametrize("seed", SEEDS)
def test_bill_void_and_bill_again_is_bill_once(db: None, seed: int) -> None:
    """All that the last run made is voided, in any order, and billed again: the same stands as before."""
    scenario = build(seed, companies=3)
    billed(scenario)
    before = picture()
    draw = Random(seed)
    run = scenario.market.marketplace.runs.order_by("-pk")[0]
    documents = [document for each in run.documents.all() for document in (each.invoice, each.memo) if document]
    draw.shuffle(documents)
    at = noon(MONTHS[-1]) + timedelta(hours=1)
    for document in documents:
        document.refresh_from_db()
        if isinstance(document, Invoice):
            void_invoice(invoice=document, reason="Again", actor=scenario.market.actor(), now=at)
        elif document.status != "voided":
            void_memo(memo=document, reason="Again", actor=scenario.market.actor(), now=at)
    bill(scenario.market, MONTHS[-1], now=at + timedelta(hours=1))
    assert picture() == before


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_voiding_any_document_keeps_what_is_owed(db: None, seed: int) -> None:
    """Any document of any run is voided and billed again: to the rounding of the parts, the same is owed."""
    scenario = build(seed, companies=3)
    billed(scenario)
    net = net_by_payer()
    before = picture()
    waiting = set(BillingEvent.objects.filter(status="pending").values_list("key", flat=True))
    draw, at, voided = Random(seed), noon(MONTHS[-1]), 0
    for _ in range(6):
        at += timedelta(hours=1)
        documents = [*live_ones(scenario)]
        document = draw.choice(documents)
        try:
            if isinstance(document, Invoice):
                void_invoice(invoice=document, reason="Again", actor=scenario.market.actor(), now=at)
            else:
                void_memo(memo=document, reason="Again", actor=scenario.market.actor(), now=at)
        except MemoInTheWay:
            continue
        voided += 1
        if draw.random() < 0.5:
            bill(scenario.market, MONTHS[-1], now=at)
    bill(scenario.market, MONTHS[-1], now=at)
    assert voided
    after = net_by_payer()
    assert all(abs(after.get(name, 0) - net[name]) <= 3 for name in net), (net, after)
    assert {name: picture()[name] for name in ("counts", "due")} == {name: before[name] for name in ("counts", "due")}
    assert set(BillingEvent.objects.filter(status="pending").values_list("key", flat=True)) == waiting


def live_ones(scenario: Scenario) -> list[Invoice | CreditMemo]:
    inside = {"marketplace": scenario.market.marketplace, "run_document__isnull": False}
    invoices = Invoice.objects.filter(**inside).exclude(status="void").order_by("pk")
    parts = CreditMemo.objects.filter(marketplace=scenario.market.marketplace, divided_from__isnull=False)
    memos = CreditMemo.objects.filter(**inside) | parts
    return [*invoices, *memos.filter(status="unapplied").order_by("pk")]


def net_by_payer() -> dict[str, int]:
    net: dict[str, int] = {}
    for invoice in Invoice.objects.exclude(status="void"):
        net[invoice.payer_name] = net.get(invoice.payer_name, 0) + invoice.net
    for memo in CreditMemo.objects.exclude(status="voided"):
        net[memo.payer_name] = net.get(memo.payer_name, 0) - memo.net
    return net
