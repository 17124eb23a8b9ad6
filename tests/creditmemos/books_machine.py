"""Any sequence of verbs on a few accounts: what hypothesis tries, and what must hold after each step."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from billing.operations.voiding import void_invoice
from companies.models import MarketplaceSettings
from companies.operations import close_period
from core.errors import Refusal
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.balance import CLOSED, FULLY, PARTIALLY, UNAPPLIED, VOIDED
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.planning import ORDERS, Allocation
from creditmemos.domain.wording import CLOSE, ISSUE, SETTLE_DIFFERENCE, WRITE_OFF
from creditmemos.models import Application, CreditMemo
from creditmemos.verification import breaches
from invoices.domain.balance import PAID, UNPAID, VOID
from invoices.domain.charging import Charge, TaxRate
from invoices.models import Invoice
from tests.creditmemos.expected_books import Books
from tests.factories.world import NOW, Market, issue_invoice, key
from tests.support.evidence import assert_told_from_both_sides
from tests.support.verbs import pay

Result = TypeVar("Result")
TAXES = (
    (),
    (TaxRate("VAT", Decimal("0.2")),),
    (TaxRate("VAT", Decimal("0.19")), TaxRate("City", Decimal("0.0333"))),
)
FINGERPRINT = """
SELECT count(*), coalesce(sum(applied * 7 + balance * 3 + written_off + id * 11), 0) FROM creditmemos_creditmemo
UNION ALL SELECT count(*), coalesce(sum(credited * 7 + amount_due * 3 + paid + id * 11), 0) FROM invoices_invoice
UNION ALL SELECT count(*), coalesce(sum(credited_net * id), 0) FROM invoices_invoiceline
UNION ALL SELECT count(*), coalesce(sum(last_number * id), 0) FROM documents_numberseries
UNION ALL SELECT count(*), coalesce(sum(amount), 0) FROM creditmemos_application
UNION ALL SELECT count(*), coalesce(sum(amount), 0) FROM ledger_journalentry
UNION ALL SELECT count(*), coalesce(sum(allocated * 7 + on_account * 3 + kept + id * 11), 0) FROM payments_payment
UNION ALL SELECT count(*), coalesce(sum(amount), 0) FROM payments_allocation
UNION ALL SELECT count(*), coalesce(max(id), 0) FROM core_auditentry
UNION ALL SELECT count(*), coalesce(max(id), 0) FROM core_outboxjob
UNION ALL SELECT count(*), coalesce(max(id), 0) FROM core_idempotencyrecord
UNION ALL SELECT count(*), coalesce(sum(CASE decision WHEN 'waiting' THEN 1 ELSE 0 END), 0) FROM core_approval
"""
picks = st.integers(0, 10_000)
"""Which of the rows there are, the latest first."""
shares = st.sampled_from([1, 30, 50, 99, 100, 100, 101])
"""Percent of what fits: more than 100 must be refused."""
ends = st.tuples(st.sampled_from([UNAPPLIED, PARTIALLY, FULLY, CLOSED, VOIDED]), st.sampled_from([UNPAID, PAID, VOID]))
"""Statuses of a memo and of an invoice that a verb is tried on beside those that it fits."""
lines = st.lists(
    st.tuples(st.integers(0, 9999), st.integers(1, 4), st.sampled_from(TAXES), st.integers(0, 100)),
    min_size=1, max_size=3,
)  # fmt: skip
"""Per line: price in minor units, quantity, taxes, discount in percent."""
credit_lines = st.lists(st.tuples(st.sampled_from(["amount", "quantity", "tax"]), shares), min_size=1, max_size=3)
flags = st.booleans()


class BooksMachine(RuleBasedStateMachine):
    """Several accounts of one marketplace, direct and through a reseller; `market` is set by the test."""

    market: ClassVar[Market]

    def __init__(self) -> None:
        super().__init__()
        self.books, self.now = Books(), NOW
        self.block = transaction.atomic()
        self.block.__enter__()

    def teardown(self) -> None:
        try:
            assert_told_from_both_sides()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    # --- What the rules have in common ---------------------------------------------------------------------------

    @property
    def actor(self) -> Any:
        return self.market.actor()

    def fingerprint(self) -> list[tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute(FINGERPRINT)
            return [(int(count), int(amount)) for count, amount in cursor.fetchall()]

    def attempt(self, work: Callable[[], Result]) -> Result | None:
        """The result of a verb, or None when it refused; then nothing may have changed. Any other error is a fault."""
        before = self.fingerprint()
        try:
            return work()
        except Refusal:
            assert self.fingerprint() == before
            return None

    def memo(self, pick: int, *statuses: str) -> CreditMemo:
        """A memo as it is now: one with these statuses if there is any, else any."""
        issued = CreditMemo.objects.filter(number__isnull=False).order_by("-pk")
        rows = list(issued.filter(status__in=statuses)) or list(issued)
        return rows[pick % len(rows)]

    def invoice(self, pick: int, *statuses: str, account: int | None = None) -> Invoice:
        """An invoice as it is now: one that fits if there is any, else any."""
        fitting = Invoice.objects.filter(status__in=statuses).order_by("-pk")
        rows = list(fitting.filter(account=account) if account else fitting) or list(Invoice.objects.order_by("-pk"))
        return rows[pick % len(rows)]

    def charges(self, drawn: Sequence[tuple[int, int, tuple[TaxRate, ...], int]]) -> list[Charge]:
        exponent = self.market.marketplace.exponent
        return [
            Charge(
                description=f"Line {number}", product_name="Seats", quantity=Decimal(quantity), taxes=taxes,
                unit_price=Decimal(price).scaleb(-exponent), discount=price * quantity * percent // 100,
            )
            for number, (price, quantity, taxes, percent) in enumerate(drawn)
        ]  # fmt: skip

    def details(self, use: str) -> Details:
        return Details(reason_id=self.market.reason().pk, use=use)

    # --- Verbs -----------------------------------------------------------------------------------------------------

    @initialize(threshold=st.sampled_from([None, 5000]), order=st.sampled_from(sorted(ORDERS)))
    def settle_in(self, threshold: int | None, order: str) -> None:
        MarketplaceSettings.objects.filter(marketplace=self.market.marketplace).update(
            approval_threshold=threshold, apply_order=order
        )
        self.issue_invoice("acme", [(5000, 2, TAXES[2], 10)])
        self.issue_invoice("client", [(999, 3, TAXES[1], 0)])
        self.issue_ad_hoc("acme", [(1500, 2, TAXES[1], 0)], "hold")
        self.issue_ad_hoc("client", [(777, 1, (), 0)], "follow")

    @rule(whom=st.sampled_from(["acme", "acme", "birch", "client"]), drawn=lines)
    def issue_invoice(self, whom: str, drawn: Any) -> None:
        company, charges = getattr(self.market, whom), self.charges(drawn)
        made = self.attempt(lambda: issue_invoice(self.market, *charges, company=company, now=self.now))
        if made:
            self.books.invoiced(made)

    @rule(
        whom=st.sampled_from(["acme", "acme", "birch", "client"]), drawn=lines, use=st.sampled_from(["hold", "follow"])
    )
    def issue_ad_hoc(self, whom: str, drawn: Any, use: str) -> None:
        company = getattr(self.market, whom)
        charges = self.charges([(price, quantity, taxes, 0) for price, quantity, taxes, _percent in drawn])
        self.note_issue(
            self.attempt(
                lambda: operations.issue_ad_hoc(
                    account=self.market.account(company), beneficiary=company, charges=charges, key=key(),
                    details=self.details(use), actor=self.actor, now=self.now,
                )
            )
        )  # fmt: skip

    @rule(
        pick=picks,
        status=st.sampled_from([UNPAID, UNPAID, PAID, VOID]),
        drawn=credit_lines,
        use=st.sampled_from(["hold", "follow", "apply_now"]),
    )
    def issue_from_invoice(self, pick: int, status: str, drawn: Any, use: str) -> None:
        invoice = self.invoice(pick, status)
        rows = invoice.lines.prefetch_related("taxes").order_by("position")
        wanted = [self.part_of(line, how, share) for line, (how, share) in zip(rows, drawn, strict=False)]
        self.note_issue(
            self.attempt(
                lambda: operations.issue_from_invoice(
                    invoice=invoice, lines=wanted, details=self.details(use), actor=self.actor, now=self.now, key=key()
                )
            )
        )

    @staticmethod
    def part_of(line: Any, how: str, share: int) -> InvoiceCredit:
        if how == "quantity":
            return InvoiceCredit(line.pk, quantity=round(line.quantity * share / 100, 2))
        if how == "tax":
            room = sum(tax.amount - tax.credited for tax in line.taxes.all())
            return InvoiceCredit(line.pk, tax_only=room * share // 100)
        return InvoiceCredit(line.pk, net=(line.net - line.credited_net) * share // 100)

    def note_issue(self, memo: CreditMemo | None) -> None:
        if memo is not None and memo.number:
            self.books.issued(memo)

    @rule(pick=picks, other=picks, share=shares)
    def apply(self, pick: int, other: int, share: int) -> None:
        memo = self.memo(pick, UNAPPLIED, PARTIALLY)
        self.apply_one(memo, self.invoice(other, UNPAID, account=memo.account_id), share)

    @rule(pick=picks, other=picks, share=shares)
    def apply_anything(self, pick: int, other: int, share: int) -> None:
        self.apply_one(self.memo(pick), self.invoice(other), share)

    def apply_one(self, memo: CreditMemo, invoice: Invoice, share: int) -> None:
        amount = min(memo.balance or memo.total, invoice.amount_due or memo.total) * share // 100
        self.apply_all([Allocation(memo.pk, invoice.pk, amount)])

    def apply_all(self, allocations: list[Allocation]) -> None:
        done = self.attempt(
            lambda: operations.apply(allocations=allocations, actor=self.actor, now=self.now, key=key())
        )
        self.books.used(done or [])

    @rule(pick=picks, share=st.integers(1, 60))
    def apply_to_several(self, pick: int, share: int) -> None:
        memo = self.memo(pick, UNAPPLIED, PARTIALLY)
        owing = Invoice.objects.filter(account=memo.account_id).unpaid().order_by("-pk")[:2]
        self.apply_all(
            [Allocation(memo.pk, row.pk, max(1, min(memo.balance, row.amount_due) * share // 100)) for row in owing]
        )

    @rule(whom=st.sampled_from(["acme", "client"]), share=st.integers(1, 60))
    def apply_several_to_several(self, whom: str, share: int) -> None:
        account = self.market.account(getattr(self.market, whom))
        memos = list(CreditMemo.objects.filter(account=account).usable().order_by("-pk")[:3])
        owing = Invoice.objects.filter(account=account).unpaid().order_by("-pk")[:2]
        self.apply_all(
            [
                Allocation(memo.pk, row.pk, max(1, min(memo.balance, row.amount_due) * share // 200))
                for memo in memos
                for row in owing
            ]
        )

    @rule(whom=st.sampled_from(["acme", "birch", "client"]))
    def apply_automatically(self, whom: str) -> None:
        account = self.market.account(getattr(self.market, whom))
        self.books.used(operations.apply_automatically(account_id=account.pk, now=self.now))
        assert operations.apply_automatically(account_id=account.pk, now=self.now) == []

    @precondition(lambda self: self.books.live)
    @rule(pick=picks, hold=flags, confirmed=flags, whichever=st.integers(0, 5))
    def reverse(self, pick: int, hold: bool, confirmed: bool, whichever: int) -> None:
        live = Application.objects.filter(pk__in=self.books.live) if whichever else Application.objects.all()
        rows = list(live.order_by("-pk"))
        row = rows[pick % len(rows)]
        done = self.attempt(
            lambda: operations.reverse(
                application=row, reason="Test", actor=self.actor, now=self.now, key=key(), hold=hold,
                confirmed=confirmed,
            )
        )  # fmt: skip
        if done:
            self.books.returned(row.pk)

    @precondition(lambda self: self.books.live)
    @rule(hold=flags)
    def take_back_and_use_again(self, hold: bool) -> None:
        latest = Application.objects.filter(pk__in=self.books.live).order_by("-pk")[0]
        verb = partial(operations.reverse, application=latest, hold=hold, confirmed=True)
        if self.attempt(lambda: verb(reason="Test", actor=self.actor, now=self.now, key=key())):
            self.books.returned(latest.pk)
            self.apply_all([Allocation(latest.memo_id, latest.invoice_id, latest.amount)])

    @rule(pick=picks, how=st.sampled_from(["void", "undo", "undo", "invoice"]), status=ends, confirmed=flags)
    def end(self, pick: int, how: str, status: tuple[str, str], confirmed: bool) -> None:
        if how == "void":
            self.void(self.memo(pick, UNAPPLIED, status[0]))
        elif how == "undo":
            self.undo_and_void(self.memo(pick, PARTIALLY, status[0]), confirmed)
        else:
            self.void_invoice(self.invoice(pick, UNPAID, status[1]))

    def void(self, memo: CreditMemo) -> None:
        if self.attempt(lambda: operations.void(memo=memo, reason="Test", actor=self.actor, now=self.now)):
            self.books.voided.add(memo.pk)

    def undo_and_void(self, memo: CreditMemo, confirmed: bool) -> None:
        verb = partial(operations.undo_and_void, confirmed=confirmed)
        if self.attempt(lambda: verb(memo=memo, reason="Test", actor=self.actor, now=self.now)):
            self.books.returned_where(memo=memo.pk)
            self.books.voided.add(memo.pk)

    def void_invoice(self, invoice: Invoice) -> None:
        verb = partial(void_invoice, invoice=invoice)
        if self.attempt(lambda: verb(reason="Test", actor=self.actor, now=self.now)):
            self.books.voided_invoice(invoice.pk)

    @rule(pick=picks, status=ends)
    def close(self, pick: int, status: tuple[str, str]) -> None:
        memo = self.memo(pick, UNAPPLIED, PARTIALLY, status[0])
        done = self.attempt(lambda: operations.close(memo=memo, reason="Test", actor=self.actor, now=self.now))
        if isinstance(done, CreditMemo):
            self.books.closed(memo.pk)

    @precondition(lambda self: any(self.books.written_off.values()))
    @rule(pick=picks, status=ends)
    def ask_to_reopen(self, pick: int, status: tuple[str, str]) -> None:
        memo = self.memo(pick, CLOSED, *([status[0]] if pick % 4 == 0 else []))
        self.attempt(lambda: operations.reopen(memo=memo, reason="Test", actor=self.actor, now=self.now))

    @precondition(lambda _self: Approval.objects.filter(decision="waiting").exists())
    @rule(pick=picks, how=st.sampled_from(["approve", "approve", "approve", "reject", "withdraw", "own"]))
    def decide(self, pick: int, how: str) -> None:
        waiting = list(Approval.objects.filter(decision="waiting").order_by("-pk"))
        approval = waiting[pick % len(waiting)]
        other = self.market.actor("finance")
        if how == "reject":
            self.attempt(lambda: operations.reject(approval=approval, reason="No", actor=other, now=self.now))
        elif how == "withdraw":
            self.attempt(lambda: operations.withdraw(approval=approval, actor=self.actor, now=self.now))
        else:
            who = self.actor if how == "own" else other
            memo = self.attempt(lambda: operations.approve(approval=approval, actor=who, now=self.now))
            assert memo is None or how != "own"
            if memo:
                self.note_decision(approval, memo)

    def note_decision(self, approval: Approval, memo: CreditMemo) -> None:
        if approval.verb in (ISSUE, SETTLE_DIFFERENCE, WRITE_OFF):
            self.books.issued(memo)
        elif approval.verb == CLOSE:
            self.books.closed(memo.pk)
        else:
            self.books.written_off[memo.pk] = 0

    @rule(pick=picks, on=flags)
    def hold_or_release(self, pick: int, on: bool) -> None:
        memo, verb = self.memo(pick, UNAPPLIED, PARTIALLY), operations.hold if on else operations.release
        self.attempt(lambda: verb(memo=memo, actor=self.actor, now=self.now))

    # --- What happens around them --------------------------------------------------------------------------------

    @rule(pick=picks, share=st.integers(1, 100))
    def money_arrives(self, pick: int, share: int) -> None:
        invoice = self.invoice(pick, UNPAID)
        amount = invoice.amount_due * share // 100
        if amount:
            pay(self.market, invoice, amount, now=self.now)
            self.books.paid[invoice.pk] = self.books.paid.get(invoice.pk, 0) + amount

    @rule(days=st.integers(1, 40), close=flags)
    def days_pass(self, days: int, close: bool) -> None:
        yesterday = self.market.marketplace.today(self.now) - timedelta(days=1)
        if close:
            self.attempt(
                lambda: close_period(merchant=self.market.merchant, through=yesterday, actor=self.actor, now=self.now)
            )
        self.now += timedelta(days=days)

    # --- What must hold ------------------------------------------------------------------------------------------

    @invariant()
    def the_books_balance(self) -> None:
        connection.check_constraints()
        assert breaches() == []

    @invariant()
    def memos_are_as_expected(self) -> None:
        rows = CreditMemo.objects.filter(number__isnull=False)
        assert {row.pk: (row.applied, row.written_off, row.balance) for row in rows} == self.books.memos()
        for row in rows:
            assert (row.status, row.balance) == (row.derived_status(), row.derived_balance())
            assert (row.status == "voided") == (row.pk in self.books.voided)

    @invariant()
    def invoices_are_as_expected(self) -> None:
        rows = Invoice.objects.all()
        assert {row.pk: row.amount_due for row in rows} == self.books.invoices()
        for row in rows:
            assert (row.status, row.amount_due) == (row.derived_status(), row.derived_due())
