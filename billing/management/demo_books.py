"""The demo's half year of business: every document comes from an operation, at its day, in the order of time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from billing.operations.voiding import void_invoice
from companies.models import Company
from companies.queries.people import name_in
from core.actors import Actor
from core.errors import Refusal
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.balance import OPEN, UNAPPLIED
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.wording import ISSUE, KIND
from creditmemos.management.demo_parties import Market
from creditmemos.models import Application, CreditMemo, CreditReason
from creditmemos.operations.applying import plan_account
from creditmemos.queries.creditable import creditable_lines
from creditmemos.queries.sources import own_invoices
from invoices import operations as invoice_operations
from invoices.domain.charging import Charge, TaxRate
from invoices.models import Invoice
from ledger.operations import account_for, merchant_and_payer

DAYS = 180
PRODUCTS = (
    ("Mail Suite", "seats", "4.90"), ("Cloud Storage", "TB", "19.00"), ("Video Meetings", "rooms", "12.50"),
    ("Security Desk", "endpoints", "3.20"), ("Backup Vault", "servers", "29.00"),
    ("Signature Flow", "envelopes", "0.45"),
)  # fmt: skip
TAXES = {
    "EUR": ((TaxRate("VAT", Decimal("0.19")),), (TaxRate("VAT", Decimal("0.07")),), ()),
    "JPY": ((TaxRate("Consumption tax", Decimal("0.10")),), (TaxRate("Consumption tax", Decimal("0.08")),)),
}


@dataclass
class Scenario:
    """Tells one marketplace's half year; ``random`` is seeded, so that it is always the same one."""

    market: Market
    random: Random
    end: datetime
    invoices: int
    memos: int
    _keys: Iterator[int] = field(default_factory=lambda: count(1))

    def tell(self, tick: Callable[[], None], errands: Sequence[tuple[datetime, Callable[[], None]]] = ()) -> None:
        """Issue the invoices and memos day by day and use the credit; ``tick`` is called for each document.

        ``errands`` are done when their moment has come, in the order of time.
        """
        waiting = list(errands)
        steps = [self._invoice] * self.invoices + [self._memo] * self.memos
        self.random.shuffle(steps)
        first = self.end - timedelta(days=DAYS)
        pace = (self.end - first) / len(steps)
        for place, step in enumerate(steps):
            now = first + pace * place
            while waiting and waiting[0][0] <= now:
                waiting.pop(0)[1]()
            step(now)
            tick()
        for _when, do in waiting:
            do()
        self._void_some_invoices(self.end)
        if not self.market.plan.is_v1:
            self._leave_credit_to_apply()

    def actor(self, role: str = "manager") -> Actor:
        """The person with a role, acting for the operator."""
        user = self.market.people[role]
        return Actor(
            marketplace_id=self.market.marketplace.pk,
            label=name_in(self.market.marketplace.pk, user),
            user_id=user.pk,
            company_id=self.market.merchant.company_id,
        )

    def key(self) -> str:
        """A fresh idempotency key."""
        return f"demo-{self.market.plan.code}-{next(self._keys)}"

    def _invoice(self, now: datetime) -> None:
        company = self.random.choice([c for c in self.market.customers if c.kind == Company.Kind.CUSTOMER])
        merchant, payer = merchant_and_payer(company)
        account = account_for(payer=payer, merchant=merchant)
        user = None
        if not company.company_wide_billing:
            member = company.memberships.order_by("pk").first()
            user = member.user if member else None
        month = self.market.marketplace.today(now).replace(day=1)
        invoice_operations.issue(
            account=account,
            beneficiary=company,
            billed_user=user,
            charges=[self._charge(month) for _ in range(self.random.choice((1, 2, 2, 3, 4, 6)))],
            source=self.random.choice((Invoice.Source.BILLING, Invoice.Source.BILLING, Invoice.Source.CHECKOUT)),
            actor=self.actor(),
            now=now,
            key=self.key(),
        )
        operations.apply_automatically(account_id=account.pk, now=now)

    def _charge(self, month: date) -> Charge:
        product, unit, price = self.random.choice(PRODUCTS)
        quantity = Decimal(self.random.randint(2, 60))
        factor = 1 if self.market.plan.currency == "EUR" else 160
        unit_price = Decimal(price) * factor
        minor = 100 if self.market.plan.currency == "EUR" else 1
        discount = int(quantity * unit_price * minor / 10) if self.random.random() < 0.25 else 0
        return Charge(
            description=f"{product}, {unit}",
            product_name=product,
            vendor_id=self.market.vendor.pk if product in ("Security Desk", "Backup Vault") else None,
            quantity=quantity,
            unit_price=unit_price,
            discount=discount,
            taxes=self.random.choice(TAXES[self.market.plan.currency]),
            period_from=month,
            period_to=(month + timedelta(days=32)).replace(day=1) - timedelta(days=1),
        )

    def _memo(self, now: datetime) -> None:
        memo = self._from_invoice(now) if self.random.random() < 0.65 else self._ad_hoc(now)
        if memo is not None:
            self._afterwards(memo, now + timedelta(minutes=5))

    def _details(self, use: str, afterwards: str = "") -> Details:
        reasons = CreditReason.objects.filter(marketplace=self.market.marketplace, note_required=False)
        reason = self.random.choice(list(reasons))
        notes = {
            "goodwill": "Outage on the 3rd, agreed on the phone.",
            "duplicate": "Charged twice, see ticket.",
            "downgrade": "Seats reduced in the middle of the month.",
        }
        return Details(reason_id=reason.pk, reason_note=notes.get(reason.code, ""), use=use, afterwards=afterwards)

    def _from_invoice(self, now: datetime) -> CreditMemo | None:
        open_ones = Invoice.objects.filter(marketplace=self.market.marketplace, status__in=["unpaid", "paid"])
        recent = list(open_ones.select_related("account").order_by("-document_date", "-pk")[:40])
        invoice = self.random.choice(recent) if recent else None
        lines = [line for line in creditable_lines(invoice) if line.net > 10] if invoice else []
        if invoice is None or not lines:
            return self._ad_hoc(now)
        room = self.random.choice(lines)
        share = self.random.choice((3, 2, 1, 1))
        credit = InvoiceCredit(room.line.pk, net=max(1, room.net // share))
        again = "again" if share == len(lines) == 1 else ""
        uses = ["follow", "hold", "apply_now"] if invoice.status == "unpaid" else ["follow", "hold"]
        return operations.issue_from_invoice(
            invoice=invoice,
            lines=[credit],
            details=self._details(self.random.choice(uses), again),
            actor=self.actor(self.random.choice(("manager", "finance"))),
            now=now,
            key=self.key(),
        )

    def _ad_hoc(self, now: datetime) -> CreditMemo:
        company = self.random.choice(self.market.customers)
        price = Decimal(self.random.randint(5, 180)) * (1 if self.market.plan.currency == "EUR" else 100)
        use = self.random.choice(("follow", "hold", "hold"))
        return self._goodwill(company, price, use, self.random.choice(("manager", "finance", "second")), now)

    def _goodwill(self, company: Company, price: Decimal, use: str, maker: str, now: datetime) -> CreditMemo:
        merchant, payer = merchant_and_payer(company)
        return operations.issue_ad_hoc(
            account=account_for(payer=payer, merchant=merchant),
            beneficiary=company,
            charges=[Charge(description="Goodwill credit", quantity=Decimal(1), unit_price=price)],
            details=self._details(use),
            actor=self.actor(maker),
            now=now,
            key=self.key(),
        )

    def _leave_credit_to_apply(self) -> None:
        """Credit that the customer whose people can sign in may use on the invoices that it owes."""
        for price in (Decimal(45), Decimal(120)):
            self._goodwill(self.market.customers[0], price, "follow", "finance", self.end)

    def _afterwards(self, memo: CreditMemo, now: datetime) -> None:
        """What happens to a memo once it stands: decided on, used, voided, closed, reversed, reopened."""
        if memo.status == "awaiting_approval":
            self._decide(memo, now)
        chance = self.random.random()
        later = now + timedelta(minutes=30)
        if memo.use == "follow" and memo.is_issued:
            operations.apply_automatically(account_id=memo.account_id, now=now)
        memo.refresh_from_db()
        if memo.status in OPEN and chance < 0.35:
            self._apply_some(memo, now)
        elif memo.status == UNAPPLIED and chance < 0.5 and not memo.afterwards:
            operations.void(memo=memo, reason="Issued by mistake.", actor=self.actor("support"), now=now)
        elif memo.status in OPEN and chance < 0.62:
            self._close(memo, now, later)

    def _decide(self, memo: CreditMemo, now: datetime) -> None:
        approval = Approval.objects.get(object_id=memo.pk, kind=KIND, verb=ISSUE, decision="waiting")
        chance = self.random.random()
        decider = "second" if approval.requested_by_id != self.market.people["second"].pk else "finance"
        if chance < 0.35:
            operations.approve(approval=approval, actor=self.actor(decider), now=now)
        elif chance < 0.65:
            operations.reject(approval=approval, reason="Please attach the ticket.", actor=self.actor(decider), now=now)
            if chance < 0.45:
                operations.discard(memo=memo, actor=self.actor(decider), now=now)
        elif chance < 0.8:
            maker = next(role for role, user in self.market.people.items() if user.pk == approval.requested_by_id)
            operations.withdraw(approval=approval, actor=self.actor(maker), now=now)

    def _apply_some(self, memo: CreditMemo, now: datetime) -> None:
        invoices = list(Invoice.objects.filter(account_id=memo.account_id).unpaid())
        settings = self.market.marketplace.settings
        planned = plan_account([memo], invoices, memo.account, settings, own=own_invoices([memo]), by_hand=True)
        if not planned:
            return
        if self.random.random() < 0.6:
            first = planned[0]
            planned = [replace(first, amount=max(1, first.amount * self.random.choice((1, 2, 3)) // 4))]
        operations.apply(allocations=planned, actor=self.actor("finance"), now=now, key=self.key())
        if self.random.random() < 0.15:
            application = Application.objects.filter(memo=memo).order_by("created_at")[0]
            operations.reverse(
                application=application,
                reason="Wrong invoice.",
                actor=self.actor(),
                now=now + timedelta(minutes=5),
                key=self.key(),
            )

    def _close(self, memo: CreditMemo, now: datetime, later: datetime) -> None:
        closed = operations.close(
            memo=memo, reason="Contract ended, rest waived.", actor=self.actor("finance"), now=now
        )
        if isinstance(closed, CreditMemo) and self.random.random() < 0.1:
            asked = operations.reopen(memo=memo, reason="Customer came back.", actor=self.actor("finance"), now=now)
            operations.approve(approval=asked, actor=self.actor("second"), now=later)

    def _void_some_invoices(self, now: datetime) -> None:
        rows = Invoice.objects.filter(marketplace=self.market.marketplace, status="unpaid").order_by("pk")
        for invoice in list(rows[::25]):
            try:
                void_invoice(invoice=invoice, reason="Ordered by mistake.", actor=self.actor(), now=now)
            except Refusal:
                continue
