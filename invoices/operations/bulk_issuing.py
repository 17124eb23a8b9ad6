"""Issue many invoices in one transaction: the same rows as ``issue`` writes, in a handful of statements for all.

``draft_many`` writes everything but the numbers; ``number_many`` comes last, since a number series is held until commit
(ADR 4). What is charged was worked out before: these are the amounts that are written.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from companies.models import Company, MarketplaceSettings, User
from core import rows
from core.actors import Actor
from core.audit import Note, record_many
from core.outbox import publish_many
from documents.domain.kinds import kind_called
from documents.models import NumberSeries
from documents.operations import numbering
from invoices.domain.balance import DRAFT, amount_due, status_of
from invoices.models import Invoice, InvoiceLine, InvoiceLineTax
from ledger.kinds import Account
from ledger.models import BalanceAccount
from ledger.posting import Entry, Posting, post_many

SETTLED_BY_CALLER = ("creditmemos.settle",)
"""Whoever issues in bulk applies the credit itself."""

_INVOICE = (
    "id", "marketplace", "account", "merchant", "payer", "beneficiary", "billed_user", "currency", "payer_name",
    "billed_user_name", "document_date", "language", "frozen", "tax_by", "net", "tax", "total", "status", "source",
    "carried_in", "carried_out", "carried_taken", "credited", "paid", "payment_pending", "amount_due", "created_at",
    "created_by", "void_reason",
)  # fmt: skip
_LINE = (
    "id", "invoice", "position", "description", "product_name", "product_uuid", "vendor", "subscription_uuid",
    "period_from", "period_to", "quantity", "unit_price", "discount", "net", "tax", "credited_net",
)  # fmt: skip
_TAX = ("id", "line", "name", "rate", "base", "amount", "credited")
_NUMBER = (
    "series", "sequence", "issue_date", "document_date", "effective_date", "due_date", "issued_at", "number",
    "amount_due", "status",
)  # fmt: skip


class NewTax(NamedTuple):
    """One tax of a line, minor units: ``rate`` (a fraction) of ``base``; ``source`` is the tax that a credit undoes."""

    name: str
    rate: Decimal
    base: int
    amount: int
    source: int | None = None


class NewLine(NamedTuple):
    """One charge, as it will be printed: ``discount`` is inside ``net``; ``tax`` is the sum of ``taxes``."""

    description: str
    product_name: str
    product_uuid: UUID | None
    vendor_id: int | None
    subscription_uuid: UUID | None
    period_from: date | None
    period_to: date | None
    quantity: Decimal
    unit_price: Decimal
    discount: int
    net: int
    tax: int
    taxes: Sequence[NewTax]


class Taxed(Protocol):
    """A line with its taxes."""

    @property
    def taxes(self) -> Sequence[NewTax]:
        """Each tax of the line."""


class NewInvoice(NamedTuple):
    """One invoice to issue. The account has its marketplace, payer and merchant's company at hand.

    ``takes_over`` are locked invoices of the account whose carried balances it takes over.
    """

    account: BalanceAccount
    beneficiary: Company
    billed_user: User | None
    lines: Sequence[NewLine]
    takes_over: Sequence[Invoice] = ()


class Draft:
    """An invoice that was written and waits for its number; ``tax_ids`` are those of each line in its order."""

    __slots__ = ("carried_in", "id", "line_ids", "net", "new", "number", "tax", "tax_ids")

    def __init__(self, new: NewInvoice, pk: int, line_ids: list[int], tax_ids: list[list[int]]) -> None:
        self.new = new
        self.id = pk
        self.line_ids = line_ids
        self.tax_ids = tax_ids
        self.net = sum(line.net for line in new.lines)
        self.tax = sum(line.tax for line in new.lines)
        self.carried_in = sum(earlier.carried_out for earlier in new.takes_over)
        self.number = ""

    @property
    def account(self) -> BalanceAccount:
        """Whose debt it is."""
        return self.new.account

    @property
    def total(self) -> int:
        """Net and tax, in minor units."""
        return self.net + self.tax

    @property
    def due(self) -> int:
        """What it owes when it is issued, in minor units."""
        return self.total - self.carried_in + self.carried_out

    @property
    def carried_out(self) -> int:
        """What is below zero, and so carried on; minor units."""
        return max(0, self.carried_in - self.total)


class Snapshots:
    """What documents freeze of their parties, as JSON text made once for each set of parties."""

    def __init__(self, **more: object) -> None:
        self._more = more
        self._texts: dict[tuple[int, int], rows.Json] = {}

    def frozen(self, account: BalanceAccount, beneficiary: Company) -> rows.Json:
        """Payer, beneficiary and merchant, and what every document of this kind freezes beside them."""
        found = self._texts.get((account.pk, beneficiary.pk))
        if found is None:
            parties = {
                "payer": account.payer.snapshot(),
                "beneficiary": beneficiary.snapshot(),
                "merchant": account.merchant.company.snapshot() | {"code": account.merchant.code},
            }
            found = self._texts[account.pk, beneficiary.pk] = rows.Json(json.dumps(parties | self._more))
        return found


def draft_many(
    new: Sequence[NewInvoice],
    *,
    actor: Actor,
    now: datetime,
    settings: MarketplaceSettings,
    source: str = Invoice.Source.BILLING,
) -> list[Draft]:
    """Write invoices with lines, taxes, journal, audit and events; amounts are taken as they are given.

    Their taxes must have been rounded where ``settings.tax_by`` says.
    """
    if not new:
        return []
    today = settings.marketplace.today(now)
    drafts = _reserve(new)
    snapshots = Snapshots()
    rows.copy(Invoice, _INVOICE, [_invoice(draft, snapshots, actor, now, today, settings, source) for draft in drafts])
    rows.copy(InvoiceLine, _LINE, (row for draft in drafts for row in _lines(draft)))
    rows.copy(InvoiceLineTax, _TAX, (row for draft in drafts for row in _taxes(draft)))
    _take_over(drafts)
    postings = [Posting(draft.account, today, "invoice.issue", _entries(draft)) for draft in drafts]
    postings += [
        Posting(draft.account, today, "invoice.carry", _carried(draft)) for draft in drafts if draft.carried_in
    ]
    post_many(postings, actor=actor, now=now)
    record_many(
        (
            Note(
                "invoice.issued", "invoice", draft.id, draft.account.payer_id,
                {"total": draft.total, "currency": draft.account.currency},
            )
            for draft in drafts
        ),
        actor=actor,
        now=now,
    )  # fmt: skip
    publish_many(
        topic="invoice.issued",
        events=[
            (f"invoice.issued:{draft.id}", {"invoice_id": draft.id, "account_id": draft.account.pk}) for draft in drafts
        ],
        marketplace_id=settings.marketplace_id,
        now=now,
        but=SETTLED_BY_CALLER,
    )
    return drafts


def number_many(drafts: Sequence[Draft], *, settings: MarketplaceSettings, now: datetime) -> None:
    """Issue drafts by their numbers, in their order; the last statements of the transaction."""
    values = []
    for draft, given in give_numbers(drafts, NumberSeries.Kind.INVOICE, settings=settings, now=now):
        on = given.issue_date
        due_date = on + timedelta(days=_terms(draft.account, settings))
        carried = {"carried_in": draft.carried_in, "carried_out": draft.carried_out}
        due = amount_due(issued=True, voided=False, total=draft.total, **carried)
        status = status_of(issued=True, voided=False, due=due, carried_out=draft.carried_out)
        values.append(
            (
                draft.id, given.series_id, given.sequence, on, on, on, due_date, now, draft.number, due,
                status,
            )
        )  # fmt: skip
    rows.update(Invoice, _NUMBER, values)


class Given(NamedTuple):
    """One number of a series, and the issue date that goes with it."""

    series_id: int
    sequence: int
    issue_date: date


class Numbered(Protocol):
    """A draft of any kind: the account of its merchant, and room for its number."""

    number: str

    @property
    def account(self) -> BalanceAccount:
        """Whose document it is."""


Paper = TypeVar("Paper", bound=Numbered)


def give_numbers(
    drafts: Iterable[Paper], kind: str, *, settings: MarketplaceSettings, now: datetime
) -> Iterator[tuple[Paper, Given]]:
    """Give each draft the next number of its merchant's series: one step a series, always in the merchants' order."""
    today = settings.marketplace.today(now)
    prefix = kind_called(kind).prefix(settings)
    of_merchant: dict[int, list[Paper]] = defaultdict(list)
    for draft in drafts:
        of_merchant[draft.account.merchant_id].append(draft)
    for merchant_id, own in sorted(of_merchant.items()):
        numbers = numbering.take(
            marketplace_id=settings.marketplace_id,
            merchant_id=merchant_id,
            kind=kind,
            shared=settings.shared_numbers,
            yearly=settings.yearly_reset,
            today=today,
            count=len(own),
        )
        for sequence, draft in enumerate(own, start=numbers.first):
            code = draft.account.merchant.code
            draft.number = numbering.render(prefix, sequence=sequence, on=numbers.issue_date, merchant_code=code)
            yield draft, Given(numbers.series_id, sequence, numbers.issue_date)


def _terms(account: BalanceAccount, settings: MarketplaceSettings) -> int:
    days = account.payer.payment_terms_days
    return settings.payment_terms_days if days is None else days


def _reserve(new: Sequence[NewInvoice]) -> list[Draft]:
    """Ids for everything, in the order of the documents."""
    ids = iter(rows.reserve(Invoice, len(new)))
    line_ids = iter(rows.reserve(InvoiceLine, sum(len(each.lines) for each in new)))
    tax_ids = iter(rows.reserve(InvoiceLineTax, sum(len(line.taxes) for each in new for line in each.lines)))
    return [
        Draft(
            each,
            next(ids),
            [next(line_ids) for _ in each.lines],
            [[next(tax_ids) for _ in line.taxes] for line in each.lines],
        )
        for each in new
    ]


def _invoice(
    draft: Draft,
    snapshots: Snapshots,
    actor: Actor,
    now: datetime,
    today: date,
    settings: MarketplaceSettings,
    source: str,
) -> tuple[object, ...]:
    new, account, user = draft.new, draft.new.account, draft.new.billed_user
    return (
        draft.id, account.marketplace_id, account.pk, account.merchant_id, account.payer_id, new.beneficiary.pk,
        user.pk if user else None, account.currency, account.payer.name, user.known_as if user else "", today,
        account.payer.language or settings.marketplace.default_language, snapshots.frozen(account, new.beneficiary),
        settings.tax_by, draft.net, draft.tax, draft.total, DRAFT, source, draft.carried_in, draft.carried_out, 0, 0,
        0, 0, 0, now, actor.user_id, "",
    )  # fmt: skip


def _lines(draft: Draft) -> Iterator[tuple[object, ...]]:
    for position, (pk, line) in enumerate(zip(draft.line_ids, draft.new.lines, strict=True), start=1):
        yield (
            pk, draft.id, position, line.description, line.product_name, line.product_uuid, line.vendor_id,
            line.subscription_uuid, line.period_from, line.period_to, line.quantity, line.unit_price, line.discount,
            line.net, line.tax, 0,
        )  # fmt: skip


def _taxes(draft: Draft) -> Iterator[tuple[object, ...]]:
    for line_id, ids, line in zip(draft.line_ids, draft.tax_ids, draft.new.lines, strict=True):
        for pk, tax in zip(ids, line.taxes, strict=True):
            yield pk, line_id, tax.name, tax.rate, tax.base, tax.amount, 0


def tax_sums(lines: Iterable[Taxed]) -> dict[str, int]:
    """What each tax comes to over all lines, by its name, in the order of the lines."""
    sums: dict[str, int] = {}
    for line in lines:
        for tax in line.taxes:
            sums[tax.name] = sums.get(tax.name, 0) + tax.amount
    return sums


def _take_over(drafts: Sequence[Draft]) -> None:
    """Mark the balances that the drafts take over; each is taken once."""
    taken = [(earlier.pk, earlier.carried_out, draft.id) for draft in drafts for earlier in draft.new.takes_over]
    rows.update(Invoice, ("carried_taken", "carried_to"), taken)


def _carried(draft: Draft) -> list[Entry]:
    """What carrying over posts: the credit moves from the earlier invoices to this one."""
    return [
        *(Entry(Account.RECEIVABLE, earlier.carried_out, invoice_id=earlier.pk) for earlier in draft.new.takes_over),
        Entry(Account.RECEIVABLE, -draft.carried_in, invoice_id=draft.id),
    ]


def _entries(draft: Draft) -> list[Entry]:
    return [
        Entry(Account.RECEIVABLE, draft.total, invoice_id=draft.id),
        Entry(Account.REVENUE, -draft.net),
        *(Entry(Account.TAX_PAYABLE, -amount, detail=name) for name, amount in tax_sums(draft.new.lines).items()),
    ]
