"""Many at once on the same rows: the guards decide under the lock; with the lock taken away the database does."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from billing.operations.voiding import void_invoice
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.planning import Allocation
from creditmemos.models import Application, CreditMemo
from invoices.models import Invoice
from tests.factories.scenario import Scenario
from tests.factories.world import NOW, Market, apply, charge, credit_invoice, issue_invoice, issue_memo, key
from tests.support.races import THREADS, Meeting, bare_race, deadlocks, race, take_the_lock_away
from tests.support.threads import together

pytestmark = [pytest.mark.race, pytest.mark.postgres]
HALF = THREADS // 2
Work = Callable[[], object]


@pytest.fixture
def market(scenario: Scenario) -> Market:
    """The scenario's marketplace, committed."""
    return scenario.market


@pytest.fixture(autouse=True)
def no_deadlock(scenario: Scenario) -> Iterator[None]:
    """One order of locks everywhere: PostgreSQL never has to choose a victim."""
    yield
    assert deadlocks() == 0


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """The control of a race: everybody reads without a lock."""
    return take_the_lock_away(monkeypatch)


def applying(market: Market, memo: CreditMemo, invoice: Invoice, amount: int, token: str = "") -> Work:
    token, allocations = token or key(), [Allocation(memo.pk, invoice.pk, amount)]
    return lambda: operations.apply(allocations=allocations, actor=market.actor(), now=NOW, key=token)


def reversing(market: Market, application: Application) -> Work:
    token, actor = key(), market.actor()
    return lambda: operations.reverse(application=application, reason="Wrong", actor=actor, now=NOW, key=token)


def voiding(market: Market, memo: CreditMemo) -> Work:
    return lambda: operations.void(memo=memo, reason="Twice", actor=market.actor(), now=NOW)


def closing(market: Market, memo: CreditMemo) -> Work:
    return lambda: operations.close(memo=memo, reason="Small", actor=market.actor(), now=NOW)


def voiding_invoice(market: Market, invoice: Invoice) -> Work:
    return lambda: void_invoice(invoice=invoice, reason="Wrong", actor=market.actor(), now=NOW)


def crediting(market: Market, invoice: Invoice, net: int) -> Work:
    token, details = key(), Details(reason_id=market.reason().pk, use="hold")
    lines = [InvoiceCredit(invoice.lines.order_by("position")[0].pk, net=net)]
    return lambda: operations.issue_from_invoice(
        invoice=invoice, lines=lines, details=details, actor=market.actor(), now=NOW, key=token
    )


def again(row: CreditMemo) -> tuple[str, int, int, int]:
    row = CreditMemo.objects.get(pk=row.pk)
    return row.status, row.balance, row.applied, row.written_off


def plan_as_for_many_rows() -> None:
    """Let PostgreSQL follow indexes, as it does in tables that are not small: then rows are met in another order."""
    with connection.cursor() as cursor:
        for way in ("hashjoin", "mergejoin", "seqscan", "bitmapscan"):
            cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET enable_{way} = off')


class TestApplyAndApply:
    def test_whoever_fits_succeeds(self, market: Market) -> None:
        memo, invoice = issue_memo(market), issue_invoice(market)
        ends = race([applying(market, memo, invoice, 1000) for _ in range(THREADS)])
        assert ends == {"done": 5, "MemoNotOpen": THREADS - 5}
        assert again(memo) == ("fully_applied", 0, 5000, 0)

    def test_an_invoice_never_gets_more_than_it_needs(self, market: Market) -> None:
        memos, invoice = [issue_memo(market, "70.00") for _ in range(THREADS)], issue_invoice(market)
        ends = race([applying(market, memo, invoice, 7000) for memo in memos])
        assert ends == {"done": 1, "OverDue": THREADS - 1}
        assert Invoice.objects.get(pk=invoice.pk).amount_due == 5000

    def test_many_to_many_in_any_order(self, market: Market) -> None:
        memos, invoices = [issue_memo(market, "160.00") for _ in range(4)], [issue_invoice(market) for _ in range(4)]
        works: list[Work] = []
        for number in range(THREADS):
            pairs = [(memos[(number + k) % 4], invoices[(number * 3 + k) % 4]) for k in range(4)]
            works.append(self.applying_all(market, [Allocation(memo.pk, row.pk, 100) for memo, row in pairs]))
        assert race(works) == {"done": THREADS}
        assert sum(again(memo)[2] for memo in memos) == THREADS * 4 * 100

    @staticmethod
    def applying_all(market: Market, allocations: list[Allocation]) -> Work:
        token = key()
        return lambda: operations.apply(allocations=allocations, actor=market.actor(), now=NOW, key=token)

    def test_without_the_lock_a_constraint_stops_it(self, market: Market, unlocked: Meeting) -> None:
        memo, invoice = issue_memo(market), issue_invoice(market)
        ends = bare_race([applying(market, memo, invoice, 3000) for _ in range(THREADS)], unlocked)
        assert ends["i1_balance_range"] > 0
        assert ends["done"] == 1

    def test_without_the_lock_an_invoice_is_stopped_too(self, market: Market, unlocked: Meeting) -> None:
        memos, invoice = [issue_memo(market, "70.00") for _ in range(THREADS)], issue_invoice(market)
        ends = bare_race([applying(market, memo, invoice, 7000) for memo in memos], unlocked)
        assert ends["i3_due_not_negative"] > 0


class TestApplyAndVoid:
    @pytest.mark.parametrize("first", ["apply", "void"])
    def test_one_of_them_wins(self, market: Market, first: str) -> None:
        memo, invoice = issue_memo(market), issue_invoice(market)
        applies: list[Work] = [applying(market, memo, invoice, 5000) for _ in range(HALF)]
        voids: list[Work] = [voiding(market, memo) for _ in range(HALF)]
        ends = race(applies + voids if first == "apply" else voids + applies)
        assert ends["done"] == 1
        if again(memo)[0] == "voided":
            assert ends == {"done": 1, "NotUnapplied": HALF - 1, "MemoNotOpen": HALF}
        else:
            assert again(memo) == ("fully_applied", 0, 5000, 0)
            assert ends == {"done": 1, "NotUnapplied": HALF, "MemoNotOpen": HALF - 1}

    def test_without_the_lock_a_guard_stops_it(self, market: Market, unlocked: Meeting) -> None:
        memo, invoice = issue_memo(market), issue_invoice(market)
        works = [applying(market, memo, invoice, 5000), voiding(market, memo)]
        ends = bare_race([works[number % 2] for number in range(2)], unlocked)
        assert ends["i6_voided_is_unused"] + ends["i10_issued_is_frozen"] == 1


class TestDivide:
    def memo(self, market: Market) -> CreditMemo:
        return operations.issue_ad_hoc(
            account=market.account(), beneficiary=market.acme, charges=[charge("30.00"), charge("20.00")],
            details=Details(reason_id=market.reason().pk, use="hold"), actor=market.actor(), now=NOW, key=key(),
        )  # fmt: skip

    def dividing(self, market: Market, memo: CreditMemo) -> Work:
        token, groups = key(), [[pk] for pk in memo.lines.values_list("pk", flat=True)]
        return lambda: operations.divide(
            memo=memo, groups=groups, reason="Apart", actor=market.actor(), now=NOW, key=token
        )

    def test_once(self, market: Market) -> None:
        memo = self.memo(market)
        ends = race([self.dividing(market, memo) for _ in range(THREADS)])
        assert ends == {"done": 1, "NotDividable": THREADS - 1}
        assert sum(CreditMemo.objects.filter(divided_from=memo).values_list("balance", flat=True)) == memo.total

    def test_or_applied(self, market: Market) -> None:
        memo, invoice = self.memo(market), issue_invoice(market)
        works = [applying(market, memo, invoice, 1000) for _ in range(HALF)]
        ends = race(works + [self.dividing(market, memo) for _ in range(HALF)])
        divided = CreditMemo.objects.filter(divided_from=memo).count()
        if divided:
            assert ends == {"done": 1, "MemoNotOpen": HALF, "NotDividable": HALF - 1}
        else:
            assert ends["NotDividable"] == HALF

    def test_beside_more_credit_of_the_same_line_nobody_waits_for_ever(self, market: Market) -> None:
        """Whoever divides takes numbers before lines, as whoever issues does."""
        invoice = issue_invoice(market, charge("100.00"), charge("50.00"))
        lines = list(invoice.lines.order_by("position"))
        memo = operations.issue_from_invoice(
            invoice=invoice, lines=[InvoiceCredit(line.pk, net=1000) for line in lines], actor=market.actor(), now=NOW,
            details=Details(reason_id=market.reason().pk, use="hold"), key=key(),
        )  # fmt: skip
        works: list[Work] = [
            self.dividing(market, memo),
            *(crediting(market, invoice, 100) for _ in range(THREADS - 1)),
        ]
        assert race(works) == {"done": THREADS}
        assert [line.credited_net for line in invoice.lines.order_by("position")] == [1000 + 100 * (THREADS - 1), 1000]

    def test_without_the_lock_a_guard_stops_it(self, market: Market, unlocked: Meeting) -> None:
        memo = self.memo(market)
        ends = bare_race([self.dividing(market, memo) for _ in range(2)], unlocked)
        assert ends["done"] == 1
        assert ends["i10_issued_is_frozen"] + ends["i10_divided_once"] == 1


class TestReverseAndReverse:
    def test_once(self, market: Market) -> None:
        memo, invoice = issue_memo(market), issue_invoice(market)
        application = apply(market, memo, invoice, 3000)
        assert race([reversing(market, application) for _ in range(THREADS)]) == {
            "done": 1, "NotReversible": THREADS - 1,
        }  # fmt: skip
        assert again(memo) == ("unapplied", 5000, 0, 0)

    def test_without_the_lock_a_constraint_stops_it(self, market: Market, unlocked: Meeting) -> None:
        application = apply(market, issue_memo(market), issue_invoice(market), 3000)
        ends = bare_race([reversing(market, application) for _ in range(THREADS)], unlocked)
        assert ends["creditmemos_application_reverses_id_key"] > 0
        assert ends["done"] == 1


class TestTwoMemosOnOneLine:
    def test_no_more_than_the_line(self, market: Market) -> None:
        invoice = issue_invoice(market, charge("100.00"))
        ends = race([crediting(market, invoice, 3000) for _ in range(THREADS)])
        assert ends == {"done": 3, "OverCredit": THREADS - 3}
        line = invoice.lines.get()
        assert (line.credited_net, line.taxes.get().credited) == (9000, 1800)

    def test_without_the_lock_a_constraint_stops_it(self, market: Market, unlocked: Meeting) -> None:
        invoice = issue_invoice(market, charge("100.00"))
        ends = bare_race([crediting(market, invoice, 6000) for _ in range(THREADS)], unlocked)
        assert ends["i9_line_not_over_credited"] > 0
        assert ends["done"] == 1


class TestDoubleSubmit:
    def test_one_application(self, market: Market) -> None:
        memo, invoice, token = issue_memo(market), issue_invoice(market), key()
        results = together([applying(market, memo, invoice, 1000, token) for _ in range(THREADS)])
        assert all(result == results[0] for result in results)
        assert again(memo) == ("partially_applied", 4000, 1000, 0)

    def test_one_memo(self, market: Market) -> None:
        token, before = key(), CreditMemo.objects.count()

        def issue() -> int:
            return operations.issue_ad_hoc(
                account=market.account(), beneficiary=market.acme, charges=[charge()], actor=market.actor(), now=NOW,
                details=Details(reason_id=market.reason().pk, use="hold"), key=token,
            ).pk  # fmt: skip

        assert len(set(together([issue] * THREADS))) == 1
        assert CreditMemo.objects.count() == before + 1

    def test_the_key_is_given_back_by_a_refusal(self, market: Market) -> None:
        memo, invoice, token = issue_memo(market), issue_invoice(market), key()
        works = [applying(market, memo, invoice, 6000 if number % 2 else 1000, token) for number in range(THREADS)]
        ends = race(works)
        assert ends["done"] == HALF
        assert set(ends) <= {"done", "OverBalance", "DuplicateRequest"}
        assert again(memo) == ("partially_applied", 4000, 1000, 0)

    def test_without_the_same_key_everything_happens(self, market: Market) -> None:
        memo, invoice = issue_memo(market), issue_invoice(market)
        assert race([applying(market, memo, invoice, 100) for _ in range(THREADS)]) == {"done": THREADS}
        assert again(memo)[2] == THREADS * 100


class TestVoidInvoiceAndApply:
    def test_credit_comes_back(self, market: Market) -> None:
        memos, invoice = [issue_memo(market, "10.00") for _ in range(HALF)], issue_invoice(market)
        works: list[Work] = [applying(market, memo, invoice, 1000) for memo in memos]
        ends = race(works + [voiding_invoice(market, invoice) for _ in range(HALF)])
        assert set(ends) <= {"done", "NotUnpaid", "InvoiceNotVoidable", "TooBusy"}
        if Invoice.objects.get(pk=invoice.pk).status != "void":
            voiding_invoice(market, invoice)()
        row = Invoice.objects.get(pk=invoice.pk)
        assert (row.status, row.credited, row.amount_due) == ("void", 0, 0)
        assert {again(memo) for memo in memos} == {("unapplied", 1000, 0, 0)}

    def test_without_the_lock_a_guard_stops_it(self, market: Market, unlocked: Meeting) -> None:
        memo, invoice = issue_memo(market), issue_invoice(market)
        ends = bare_race([applying(market, memo, invoice, 1000), voiding_invoice(market, invoice)], unlocked)
        assert ends["i3_void_is_empty"] + ends["i10_issued_is_frozen"] == 1


class TestApproveAndApprove:
    def test_once(self, scenario: Scenario) -> None:
        deciders = [scenario.market.actor(person) for person in ("second_manager", "finance")]
        ends = race([self.approving(scenario, deciders[number % 2]) for number in range(THREADS)])
        assert ends == {"done": 1, "NotWaiting": THREADS - 1}
        assert again(scenario.waiting) == ("unapplied", 7500, 0, 0)

    def test_without_the_lock_a_guard_stops_it(self, scenario: Scenario, unlocked: Meeting) -> None:
        ends = bare_race([self.approving(scenario, scenario.market.actor("finance")) for _ in range(THREADS)], unlocked)
        assert ends["i19_decided_once"] > 0
        assert ends["done"] == 1

    @staticmethod
    def approving(scenario: Scenario, actor: object) -> Work:
        return lambda: operations.approve(approval=scenario.approval, actor=actor, now=NOW)  # type: ignore[arg-type]


class TestDiscardAndSendAgain:
    def test_one_of_them_wins(self, market: Market, scenario: Scenario) -> None:
        draft = self.came_back(scenario)
        works = [self.discarding(market, draft) for _ in range(HALF)]
        ends = race(works + [self.sending(market, draft) for _ in range(HALF)])
        assert ends["done"] == 1
        assert ends["NotADraft"] + ends["NotDiscardable"] == THREADS - 1
        assert again(draft) in (("discarded", 0, 0, 0), ("unapplied", 100, 0, 0))

    def test_without_the_lock_a_guard_stops_it(self, market: Market, scenario: Scenario, unlocked: Meeting) -> None:
        draft = self.came_back(scenario)
        ends = bare_race([self.discarding(market, draft), self.sending(market, draft)], unlocked)
        assert ends["i5_discarded_is_final"] + ends["i5_number_with_status"] + ends["i5_status"] == 1
        assert ends["done"] == 1

    @staticmethod
    def came_back(scenario: Scenario) -> CreditMemo:
        actor = scenario.market.actor("finance")
        operations.reject(approval=scenario.approval, reason="Too much", actor=actor, now=NOW)
        return CreditMemo.objects.get(pk=scenario.approval.object_id)

    @staticmethod
    def discarding(market: Market, draft: CreditMemo) -> Work:
        return lambda: operations.discard(memo=draft, actor=market.actor(), now=NOW)

    @staticmethod
    def sending(market: Market, draft: CreditMemo) -> Work:
        token, details = key(), Details(reason_id=market.reason().pk, use="hold")
        lines = [charge("1.00", taxes=())]
        return lambda: operations.resubmit(
            memo=draft, lines=lines, details=details, actor=market.actor(), now=NOW, key=token
        )


class TestCloseAndApply:
    def test_what_is_left_is_written_off(self, market: Market) -> None:
        memo, invoice = issue_memo(market), issue_invoice(market)
        works: list[Work] = [applying(market, memo, invoice, 600) for _ in range(HALF)]
        ends = race(works + [closing(market, memo) for _ in range(HALF)])
        assert set(ends) <= {"done", "MemoNotOpen", "NotClosable"}
        status, balance, applied, written_off = again(memo)
        assert (status, balance, applied + written_off) == ("closed", 0, 5000)
        assert ends == {"done": 1 + applied // 600, "NotClosable": HALF - 1} | (
            {"MemoNotOpen": HALF - applied // 600} if applied < HALF * 600 else {}
        )

    def test_without_the_lock_a_guard_stops_it(self, market: Market, unlocked: Meeting) -> None:
        memo, invoice = issue_memo(market), issue_invoice(market)
        ends = bare_race([applying(market, memo, invoice, 600), closing(market, memo)], unlocked)
        assert ends["i1_balance"] + ends["i1_balance_range"] + ends["BooksTorn"] == 1


class TestVoidAndVoid:
    def test_memos_of_the_same_lines_in_opposite_order(self, market: Market) -> None:
        plan_as_for_many_rows()
        invoice = issue_invoice(market, *[charge("100.00") for _ in range(6)])
        ids = list(invoice.lines.order_by("position").values_list("pk", flat=True))
        memos = [self.credit(market, invoice, ids if number % 2 else ids[::-1]) for number in range(THREADS)]
        assert race([voiding(market, memo) for memo in memos]) == {"done": THREADS}
        assert set(invoice.lines.values_list("credited_net", flat=True)) == {0}

    def test_one_memo_is_voided_once(self, market: Market) -> None:
        memo = credit_invoice(market, issue_invoice(market), 1000)
        assert race([voiding(market, memo) for _ in range(THREADS)]) == {"done": 1, "NotUnapplied": THREADS - 1}

    @staticmethod
    def credit(market: Market, invoice: Invoice, line_ids: list[int]) -> CreditMemo:
        return operations.issue_from_invoice(
            invoice=invoice, lines=[InvoiceCredit(pk, net=100) for pk in line_ids], actor=market.actor(), now=NOW,
            details=Details(reason_id=market.reason().pk, use="hold"), key=key(),
        )  # fmt: skip


class TestIssueAndIssue:
    def test_numbers_have_no_gaps(self, market: Market) -> None:
        works: list[Work] = [lambda: issue_invoice(market) for _ in range(HALF)]
        works += [lambda: issue_memo(market) for _ in range(HALF)]
        assert race(works) == {"done": THREADS}

    def test_the_first_numbers_of_a_series(self, market: Market) -> None:
        market.marketplace.settings.shared_numbers = True
        market.marketplace.settings.save()
        assert race([lambda: issue_invoice(market) for _ in range(THREADS)]) == {"done": THREADS}

    def test_the_threshold_counts_what_another_window_issued(self, market: Market) -> None:
        market.marketplace.settings.approval_threshold = 10_000
        market.marketplace.settings.save()
        ends = race([lambda: issue_memo(market, "40.00", company=market.client) for _ in range(THREADS)])
        assert ends == {"done": THREADS}
        alone = CreditMemo.objects.filter(payer=market.reseller, number__isnull=False)
        assert alone.count() == 2
