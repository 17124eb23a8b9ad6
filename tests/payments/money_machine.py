"""Any sequence of verbs of credit and of money on a few accounts: what hypothesis tries beside credit's own verbs."""

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from companies.models import MarketplaceSettings
from core.models import Approval
from creditmemos import operations as credit
from creditmemos.domain.drafting import Details
from creditmemos.models import CreditMemo
from creditmemos.queries.creditable import creditable_lines
from invoices.domain.balance import PENDING, UNPAID
from invoices.models import Invoice
from ledger.models import BalanceAccount
from payments import operations
from payments.models import Allocation, Payment, PaymentReturn, Refund
from payments.operations import Received, Sending
from payments.operations.guards import room_of
from payments.operations.returning import returnable
from tests.creditmemos.books_machine import BooksMachine, flags, picks, shares
from tests.factories.world import key
from tests.support.verbs import pay

Result = TypeVar("Result")
SMALL = 40
"""Minor units that may be kept."""


class MoneyMachine(BooksMachine):
    """Several accounts of one marketplace; invoices are owed, credited and paid at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.brought: dict[int, int] = {}
        self.gone: dict[int, int] = {}
        self.kept: dict[int, int] = {}
        self.sent: dict[int, int] = {}

    @initialize()
    def let_small_differences_be_kept(self) -> None:
        MarketplaceSettings.objects.filter(marketplace=self.market.marketplace).update(small_difference=SMALL)

    def payment(self, pick: int, *statuses: str) -> Payment | None:
        """A payment as it is now: one with these statuses if there is any, else any."""
        every = Payment.objects.order_by("-pk")
        rows = list(every.filter(status__in=statuses)) or list(every)
        return rows[pick % len(rows)] if rows else None

    def now_paid(self) -> None:
        """What invoices have of payments, for the books that credit keeps."""
        self.books.paid = {}
        for invoice_id, amount in Allocation.objects.values_list("invoice_id", "amount"):
            self.books.paid[invoice_id] = self.books.paid.get(invoice_id, 0) + amount

    def of_money(self, work: Callable[[], Result]) -> Result | None:
        found = self.attempt(work)
        self.now_paid()
        return found

    @rule(pick=picks, share=st.integers(1, 100))
    def money_arrives(self, pick: int, share: int) -> None:
        invoice = self.invoice(pick, UNPAID)
        amount = invoice.amount_due * share // 100
        if amount:
            pay(self.market, invoice, amount, now=self.now)
            self.brought[Payment.objects.latest("pk").pk] = amount
        self.now_paid()

    @rule(pick=picks, other=picks, share=shares, surplus=st.integers(0, 90), pending=flags, keep=flags)
    def receive(self, pick: int, other: int, share: int, surplus: int, pending: bool, keep: bool) -> None:
        first = self.invoice(pick, UNPAID, PENDING)
        wanted = [(first.pk, room_of(first) * share // 100)]
        second = self.invoice(other, UNPAID, account=first.account_id)
        if second.pk != first.pk and other % 2:
            wanted.append((second.pk, room_of(second) * share // 100))
        amount = sum(each for _pk, each in wanted) + surplus
        received = Received(amount, "transfer", self.market.marketplace.today(self.now), "", "", pending, keep)
        account = BalanceAccount.objects.get(pk=first.account_id)
        payment = self.of_money(
            lambda: operations.record_payment(
                account=account, received=received, wanted=[each for each in wanted if each[1]], actor=self.actor,
                now=self.now, key=key(),
            )
        )  # fmt: skip
        if payment and not pending:
            self.brought[payment.pk] = amount

    @rule(pick=picks, share=st.sampled_from([50, 100, 110]), arrives=flags)
    def end_pending(self, pick: int, share: int, arrives: bool) -> None:
        payment = self.payment(pick, "pending")
        if payment is None:
            return
        today = self.market.marketplace.today(self.now)
        amount = max(payment.asked * share // 100, 1)

        def work() -> Payment:
            if not arrives:
                return operations.fail_payment(payment=payment, why="No money came", actor=self.actor, now=self.now)
            return operations.settle_payment(
                payment=payment, amount=amount, value_date=today, actor=self.actor, now=self.now
            )

        if self.of_money(work) and arrives:
            self.brought[payment.pk] = amount

    @rule(pick=picks, other=picks, share=shares)
    def allocate(self, pick: int, other: int, share: int) -> None:
        payment = self.payment(pick, "successful")
        if payment is None:
            return
        invoice = self.invoice(other, UNPAID, PENDING, account=payment.account_id)
        wanted = [(invoice.pk, min(payment.free, room_of(invoice)) * share // 100)]
        self.of_money(
            lambda: operations.allocate(payment=payment, wanted=wanted, actor=self.actor, now=self.now, key=key())
        )

    @rule()
    def use_automatically(self) -> None:
        for account in BalanceAccount.objects.all():
            operations.allocate_automatically(account_id=account.pk, now=self.now)
        self.now_paid()

    @rule(pick=picks, keep=flags)
    def take_off(self, pick: int, keep: bool) -> None:
        rows = list(Allocation.objects.order_by("-pk"))
        if rows:
            row = rows[pick % len(rows)]
            self.of_money(
                lambda: operations.take_off(
                    allocation=row, reason="Wrong invoice", keep=keep, confirmed=True, actor=self.actor, now=self.now,
                    key=key(),
                )
            )  # fmt: skip

    @rule(pick=picks, share=shares)
    def bank_takes_back(self, pick: int, share: int) -> None:
        payment = self.payment(pick, "successful")
        if payment is None:
            return
        amount = returnable(payment) * share // 100
        row = self.of_money(
            lambda: operations.return_payment(
                payment=payment, amount=amount, reason="bank_return", actor=self.actor, now=self.now, key=key(),
                value_date=self.market.marketplace.today(self.now),
            )
        )  # fmt: skip
        if row:
            self.gone[payment.pk] = self.gone.get(payment.pk, 0) + amount

    @rule(pick=picks)
    def bank_gives_again(self, pick: int) -> None:
        rows = list(PaymentReturn.objects.order_by("-pk"))
        if not rows:
            return
        row = rows[pick % len(rows)]
        found = self.of_money(
            lambda: operations.undo_return(
                row=row, value_date=self.market.marketplace.today(self.now), actor=self.actor, now=self.now, key=key()
            )
        )
        if found:
            self.gone[row.payment_id] -= row.amount

    @rule(pick=picks, amount=st.integers(0, SMALL + 5))
    def keep(self, pick: int, amount: int) -> None:
        payment = self.payment(pick, "successful")
        if payment is None:
            return
        found = self.of_money(
            lambda: operations.keep_surplus(
                payment=payment, amount=amount, reason="Rounding", actor=self.actor, now=self.now, key=key()
            )
        )
        if found:
            self.kept[payment.pk] = self.kept.get(payment.pk, 0) + amount

    @rule(pick=picks, left=st.integers(0, SMALL + 5), settles=flags)
    def fall_short(self, pick: int, left: int, settles: bool) -> None:
        """Money pays all but a little, and the difference is settled or waits for that."""
        invoice = self.invoice(pick, UNPAID)
        amount = room_of(invoice) - left
        if amount > 0:
            pay(self.market, invoice, amount, now=self.now)
            self.brought[Payment.objects.latest("pk").pk] = amount
        if settles:
            self.settle_difference(pick)
        self.now_paid()

    @rule(pick=picks)
    def settle_difference(self, pick: int) -> None:
        invoice = self.invoice(pick, UNPAID)
        found = self.of_money(
            lambda: credit.settle_difference(invoice=invoice, reason="Fee", actor=self.actor, now=self.now)
        )
        if isinstance(found, CreditMemo):
            self.books.issued(found)

    @rule(pick=picks)
    def ask_to_write_off(self, pick: int) -> None:
        invoice = self.invoice(pick, UNPAID)
        self.of_money(lambda: credit.write_off_invoice(invoice=invoice, reason="Gone", actor=self.actor, now=self.now))

    @invariant()
    def adjustments_lie_nowhere(self) -> None:
        rows = CreditMemo.objects.exclude(purpose="ordinary")
        assert {(row.status, row.tax) for row in rows} <= {("fully_applied", 0), ("voided", 0)}
        assert not rows.usable().exists()

    # --- Money that goes back ---

    @rule(pick=picks, share=shares, pending=flags)
    def give_back(self, pick: int, share: int, pending: bool) -> None:
        payment = self.payment(pick, "successful")
        if payment is None:
            return
        amount = payment.free * share // 100
        found = self.of_money(
            lambda: operations.give_back(
                payment=payment, amount=amount, sending=self.sending(pending), reason="Test", actor=self.actor,
                now=self.now, key=key(),
            )
        )  # fmt: skip
        if isinstance(found, Refund):
            self.went(found)

    @rule(pick=picks, pending=flags)
    def pay_out(self, pick: int, pending: bool) -> None:
        memo = self.memo(pick, "unapplied")
        found = self.of_money(
            lambda: operations.pay_out(
                memo=memo, sending=self.sending(pending), reason="Test", actor=self.actor, now=self.now, key=key()
            )
        )
        if isinstance(found, Refund):
            self.went(found)

    @rule(pick=picks, shares_=st.lists(shares, min_size=1, max_size=3), pending=flags)
    def refund_items(self, pick: int, shares_: list[int], pending: bool) -> None:
        paid = Invoice.objects.filter(paid__gt=0, status__in=("paid", UNPAID)).order_by("-pk")
        invoice = paid[pick % len(paid)] if paid else self.invoice(pick)
        rooms = [room for room in creditable_lines(invoice) if room.gross > 0]
        wanted = [
            (room.line.pk, max(room.gross * share // 100, 1)) for room, share in zip(rooms, shares_, strict=False)
        ]
        asked = operations.Items(lines=wanted, details=Details(reason_id=self.market.reason().pk))
        found = self.of_money(
            lambda: operations.refund_items(
                invoice=invoice, items=asked, sending=self.sending(pending), actor=self.actor, now=self.now, key=key()
            )
        )
        self.refunded(found)

    def refunded(self, found: object) -> None:
        """Memos that were issued, and maybe used at once, and what went of them."""
        if isinstance(found, operations.Refunded):
            for memo in found.memos:
                self.books.issued(memo)
            for refund in found.refunds:
                self.went(refund)

    @rule(pick=picks, how=st.sampled_from(["arrives", "fails", "comes back"]))
    def end_refund(self, pick: int, how: str) -> None:
        rows = list(Refund.objects.order_by("-pk"))
        if not rows:
            return
        row, day = rows[pick % len(rows)], self.market.marketplace.today(self.now)
        verbs: dict[str, Callable[[], Refund]] = {
            "arrives": lambda: operations.settle_refund(refund=row, value_date=day, actor=self.actor, now=self.now),
            "fails": lambda: operations.fail_refund(refund=row, why="Test", actor=self.actor, now=self.now),
            "comes back": lambda: operations.return_refund(
                refund=row, value_date=day, why="Test", actor=self.actor, now=self.now
            ),
        }
        if found := self.of_money(verbs[how]):
            self.went(found)

    def sending(self, pending: bool) -> Sending:
        return Sending("transfer", self.market.marketplace.today(self.now), is_pending=pending)

    def went(self, refund: Refund) -> None:
        """What a refund moved by now: its whole amount while it is successful, else nothing."""
        self.sent[refund.pk] = refund.amount if refund.status == "successful" else 0
        if refund.memo_id:
            self.books.paid_out[refund.memo_id] = self.sent[refund.pk]

    def note_decision(self, approval: Approval, memo: Any) -> None:
        if isinstance(memo, operations.Refunded):
            self.refunded(memo)
        elif isinstance(memo, Refund):
            self.went(memo)
        else:
            super().note_decision(approval, memo)

    @invariant()
    def refunds_are_as_expected(self) -> None:
        for row in Refund.objects.all():
            assert self.sent[row.pk] == (row.amount if row.status == "successful" else 0)

    @invariant()
    def payments_are_as_expected(self) -> None:
        used: dict[int, int] = {}
        for payment_id, amount in Allocation.objects.values_list("payment_id", "amount"):
            used[payment_id] = used.get(payment_id, 0) + amount
        for row in Payment.objects.all():
            brought, gone, kept = (each.get(row.pk, 0) for each in (self.brought, self.gone, self.kept))
            assert (row.amount, row.returned, row.kept) == (brought, gone, kept)
            back = Refund.objects.filter(payment=row, memo__isnull=True).values_list("pk", "status", "amount")
            assert row.given_back == sum(self.sent[pk] for pk, _status, _amount in back)
            assert row.give_back_pending == sum(amount for _pk, status, amount in back if status == "pending")
            left = brought - gone - kept - used.get(row.pk, 0) - row.given_back
            assert (row.on_account, row.overdrawn) == (max(left, 0), max(-left, 0))
            assert row.on_account == 0 or row.status == "successful"
