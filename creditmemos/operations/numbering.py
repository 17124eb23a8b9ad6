"""The last step of issuing: freeze, post, publish, and take the number (ADR 4)."""

from datetime import date, datetime

from companies.models import MarketplaceSettings
from companies.queries.people import name_in
from core import audit, outbox
from core.actors import Actor
from core.locking import lock
from creditmemos.domain.planning import Allocation
from creditmemos.models import CreditMemo, CreditMemoLineTax
from creditmemos.operations.application_rows import Locked, use_credit
from creditmemos.operations.applying import check_apply, record
from documents.models import NumberSeries
from documents.operations import numbering
from invoices.models import Invoice
from ledger.kinds import Account
from ledger.posting import Entry, post


def issue_entries(memo: CreditMemo) -> list[Entry]:
    """What issuing posts: revenue (ad hoc: credit given) and each tax against customer credit."""
    taxes: dict[str, int] = {}
    rows = CreditMemoLineTax.objects.filter(line__memo=memo).order_by("pk").values_list("name", "amount")
    for name, amount in rows:
        taxes[name] = taxes.get(name, 0) + amount
    against = Account.CREDIT_GIVEN if memo.source == CreditMemo.Source.AD_HOC else Account.REVENUE
    return [
        Entry(against, memo.net),
        *(Entry(Account.TAX_PAYABLE, amount, detail=name) for name, amount in taxes.items()),
        Entry(Account.CUSTOMER_CREDIT, -memo.total, memo_id=memo.pk),
    ]


def give_number(memo: CreditMemo, settings: MarketplaceSettings, *, actor: Actor, now: datetime) -> None:
    """Issue a checked draft. *Apply now* uses it on its source invoice in the same transaction."""
    today = memo.marketplace.today(now)
    invoices: list[Invoice] = []
    if memo.use == CreditMemo.Use.APPLY_NOW and memo.source_invoice_id:
        invoices = lock(Invoice.objects.filter(pk=memo.source_invoice_id))
    post(
        account=memo.account, posting_date=today, verb="creditmemo.issue", entries=issue_entries(memo), actor=actor,
        now=now,
    )  # fmt: skip
    audit.record(
        actor=actor, verb="creditmemo.issued", obj=memo, company_id=memo.payer_id, note=memo.reason_note,
        after={"total": memo.total, "currency": memo.currency, "source": memo.source}, now=now,
    )  # fmt: skip
    outbox.publish(
        topic="creditmemo.issued",
        key=f"creditmemo.issued:{memo.pk}",
        marketplace_id=memo.marketplace_id,
        payload={"memo_id": memo.pk, "account_id": memo.account_id},
        now=now,
    )
    _freeze(memo)
    _number(memo, settings, today, now)
    if invoices:
        _apply_now(memo, invoices[0], actor=actor, now=now)


def _freeze(memo: CreditMemo) -> None:
    source, reason = memo.source_invoice, memo.reason
    memo.counts_as = reason.counts_as if reason else ""
    memo.payer_name = memo.payer.name
    memo.billed_user_name = name_in(memo.marketplace_id, memo.billed_user)
    memo.language = memo.payer.language or memo.marketplace.default_language
    memo.frozen = {
        "payer": memo.payer.snapshot(),
        "beneficiary": memo.beneficiary.snapshot(),
        "merchant": memo.merchant.company.snapshot() | {"code": memo.merchant.code},
        "source_invoice": {"number": source.number, "date": str(source.issue_date)} if source else None,
    }


def _number(memo: CreditMemo, settings: MarketplaceSettings, today: date, now: datetime) -> None:
    numbers = numbering.take(
        marketplace_id=memo.marketplace_id,
        merchant_id=memo.merchant_id,
        kind=NumberSeries.Kind.CREDIT_MEMO,
        shared=settings.shared_numbers,
        yearly=settings.yearly_reset,
        today=today,
    )
    memo.series_id, memo.sequence = numbers.series_id, numbers.first
    memo.issue_date = memo.document_date = numbers.issue_date
    memo.effective_date = memo.effective_date or numbers.issue_date
    memo.issued_at = now
    memo.number = numbering.render(
        settings.memo_prefix, sequence=numbers.first, on=numbers.issue_date, merchant_code=memo.merchant.code
    )
    memo.issue()
    memo.save()


def _apply_now(memo: CreditMemo, invoice: Invoice, *, actor: Actor, now: datetime) -> None:
    locked = Locked(memo.account, {memo.pk: memo}, {invoice.pk: invoice})
    allocations = [Allocation(memo.pk, invoice.pk, min(memo.balance, invoice.amount_due))]
    check_apply(locked, allocations, actor)
    record(locked, use_credit(locked, allocations, actor=actor, now=now), actor=actor, now=now)
