"""Issue many credit memos, and use many memos' credit, in one transaction each; see ``invoices`` for the like."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from companies.models import Company, MarketplaceSettings, User
from core import rows
from core.actors import Actor
from core.audit import Note, record_many
from core.outbox import publish_many
from creditmemos.domain.balance import DRAFT, UNAPPLIED
from creditmemos.models import CreditMemo, CreditMemoLine, CreditMemoLineTax
from creditmemos.operations.bulk_applying import Applied, apply_many
from documents.models import NumberSeries
from invoices.models import Invoice
from invoices.operations.bulk_issuing import SETTLED_BY_CALLER, NewTax, Snapshots, give_numbers, tax_sums
from ledger.kinds import Account
from ledger.models import BalanceAccount
from ledger.posting import Entry, Posting, post_many

_MEMO = (
    "id", "marketplace", "account", "merchant", "payer", "beneficiary", "billed_user", "currency", "payer_name",
    "billed_user_name", "document_date", "language", "frozen", "tax_by", "net", "tax", "total", "status", "source",
    "use", "afterwards", "on_hold", "source_invoice", "sibling_invoice", "counts_as", "reason_note",
    "internal_note", "customer_note", "applied", "paid_out", "payout_pending", "written_off", "balance", "created_at",
    "created_by", "void_reason", "close_reason",
)  # fmt: skip
_LINE = (
    "id", "memo", "position", "description", "product_name", "product_uuid", "vendor", "subscription_uuid",
    "period_from", "period_to", "quantity", "unit_price", "net", "tax", "invoice_line", "by",
)  # fmt: skip
_TAX = ("id", "line", "name", "rate", "base", "amount", "invoice_tax")
_NUMBER = (
    "series", "sequence", "issue_date", "document_date", "effective_date", "issued_at", "number", "balance", "status",
)  # fmt: skip


class NewMemoLine(NamedTuple):
    """One credit, as it will be printed; ``invoice_line_id`` is the charge that it undoes, ``by`` how it was asked."""

    description: str
    product_name: str
    product_uuid: UUID | None
    vendor_id: int | None
    subscription_uuid: UUID | None
    period_from: date | None
    period_to: date | None
    quantity: Decimal
    unit_price: Decimal
    net: int
    tax: int
    taxes: Sequence[NewTax]
    invoice_line_id: int | None = None
    by: str = CreditMemoLine.By.AMOUNT


class NewMemo(NamedTuple):
    """One memo to issue. The account has its marketplace, payer and merchant's company at hand."""

    account: BalanceAccount
    beneficiary: Company
    billed_user: User | None
    lines: Sequence[NewMemoLine]
    sibling_invoice_id: int | None = None
    source: str = CreditMemo.Source.AUTOMATIC
    source_invoice_id: int | None = None


class Draft:
    """A memo that was written and waits for its number."""

    __slots__ = ("id", "line_ids", "net", "new", "number", "tax")

    def __init__(self, new: NewMemo, pk: int, line_ids: list[int]) -> None:
        self.new = new
        self.id = pk
        self.line_ids = line_ids
        self.net = sum(line.net for line in new.lines)
        self.tax = sum(line.tax for line in new.lines)
        self.number = ""

    @property
    def account(self) -> BalanceAccount:
        """Whose credit it is."""
        return self.new.account

    @property
    def total(self) -> int:
        """Net and tax, in minor units."""
        return self.net + self.tax


def draft_many(
    new: Sequence[NewMemo],
    *,
    actor: Actor,
    now: datetime,
    settings: MarketplaceSettings,
    caller_applies: bool = True,
) -> list[Draft]:
    """Write memos with lines, taxes, journal, audit and events; amounts are taken as they are given.

    ``caller_applies``: whoever issues them uses their credit too; else automatic application hears of them.
    """
    if not new:
        return []
    today = settings.marketplace.today(now)
    drafts = _reserve(new)
    frozen = _Frozen(new)
    rows.copy(CreditMemo, _MEMO, [_memo(draft, frozen, actor, now, today, settings) for draft in drafts])
    rows.copy(CreditMemoLine, _LINE, (row for draft in drafts for row in _lines(draft)))
    tax_rows = [row for draft in drafts for row in _taxes(draft)]
    ids = rows.reserve(CreditMemoLineTax, len(tax_rows))
    rows.copy(CreditMemoLineTax, _TAX, [(pk, *row) for pk, row in zip(ids, tax_rows, strict=True)])
    postings = (Posting(draft.account, today, "creditmemo.issue", _entries(draft)) for draft in drafts)
    post_many(postings, actor=actor, now=now)
    record_many(
        (
            Note(
                "creditmemo.issued", "creditmemo", draft.id, draft.account.payer_id,
                {"total": draft.total, "currency": draft.account.currency, "source": draft.new.source},
            )
            for draft in drafts
        ),
        actor=actor,
        now=now,
    )  # fmt: skip
    publish_many(
        topic="creditmemo.issued",
        events=[
            (f"creditmemo.issued:{draft.id}", {"memo_id": draft.id, "account_id": draft.account.pk}) for draft in drafts
        ],
        marketplace_id=settings.marketplace_id,
        now=now,
        but=SETTLED_BY_CALLER if caller_applies else (),
    )
    return drafts


def number_many(drafts: Sequence[Draft], *, settings: MarketplaceSettings, now: datetime) -> None:
    """Issue drafts by their numbers, in their order; the last statements of the transaction.

    The invoices whose lines they undo must be issued before.
    """
    values = []
    for draft, given in give_numbers(drafts, NumberSeries.Kind.CREDIT_MEMO, settings=settings, now=now):
        on = given.issue_date
        values.append(
            (
                draft.id, given.series_id, given.sequence, on, on, on, now, draft.number, draft.total, UNAPPLIED,
            )
        )  # fmt: skip
    rows.update(CreditMemo, _NUMBER, values)


def _reserve(new: Sequence[NewMemo]) -> list[Draft]:
    ids = iter(rows.reserve(CreditMemo, len(new)))
    line_ids = iter(rows.reserve(CreditMemoLine, sum(len(each.lines) for each in new)))
    return [Draft(each, next(ids), [next(line_ids) for _ in each.lines]) for each in new]


class _Frozen:
    """What memos freeze: their parties, and number and date of the invoice that they were issued from."""

    def __init__(self, new: Sequence[NewMemo]) -> None:
        self._plain = Snapshots(source_invoice=None)
        ids = {each.source_invoice_id for each in new if each.source_invoice_id}
        found = Invoice.objects.filter(pk__in=ids).values_list("pk", "number", "issue_date") if ids else ()
        self._sources = {pk: {"number": number, "date": str(day)} for pk, number, day in found}

    def of(self, new: NewMemo) -> rows.Json:
        """The text for one memo."""
        if new.source_invoice_id is None:
            return self._plain.frozen(new.account, new.beneficiary)
        parties = json.loads(self._plain.frozen(new.account, new.beneficiary))
        return rows.Json(json.dumps(parties | {"source_invoice": self._sources[new.source_invoice_id]}))


def _memo(
    draft: Draft, frozen: _Frozen, actor: Actor, now: datetime, today: date, settings: MarketplaceSettings
) -> tuple[object, ...]:
    new, account, user = draft.new, draft.new.account, draft.new.billed_user
    return (
        draft.id, account.marketplace_id, account.pk, account.merchant_id, account.payer_id, new.beneficiary.pk,
        user.pk if user else None, account.currency, account.payer.name, user.known_as if user else "", today,
        account.payer.language or settings.marketplace.default_language, frozen.of(new), settings.tax_by, draft.net,
        draft.tax, draft.total, DRAFT, new.source, CreditMemo.Use.FOLLOW, "", False,
        new.source_invoice_id, new.sibling_invoice_id, "", "", "", "", 0, 0, 0, 0, 0, now, actor.user_id, "", "",
    )  # fmt: skip


def _lines(draft: Draft) -> Iterator[tuple[object, ...]]:
    for position, (pk, line) in enumerate(zip(draft.line_ids, draft.new.lines, strict=True), start=1):
        yield (
            pk, draft.id, position, line.description, line.product_name, line.product_uuid, line.vendor_id,
            line.subscription_uuid, line.period_from, line.period_to, line.quantity, line.unit_price, line.net,
            line.tax, line.invoice_line_id, line.by,
        )  # fmt: skip


def _taxes(draft: Draft) -> Iterator[tuple[object, ...]]:
    for line_id, line in zip(draft.line_ids, draft.new.lines, strict=True):
        for tax in line.taxes:
            yield line_id, tax.name, tax.rate, tax.base, tax.amount, tax.source


def _entries(draft: Draft) -> list[Entry]:
    if draft.new.source == CreditMemo.Source.CARRIED:
        return [
            Entry(Account.RECEIVABLE, draft.total, invoice_id=draft.new.source_invoice_id),
            Entry(Account.CUSTOMER_CREDIT, -draft.total, memo_id=draft.id),
        ]
    return [
        Entry(Account.REVENUE, draft.net),
        *(Entry(Account.TAX_PAYABLE, amount, detail=name) for name, amount in tax_sums(draft.new.lines).items()),
        Entry(Account.CUSTOMER_CREDIT, -draft.total, memo_id=draft.id),
    ]


__all__ = ["Applied", "Draft", "NewMemo", "NewMemoLine", "apply_many", "draft_many", "number_many"]
