"""The rows that issuing invoices writes: named tuples whose fields are the columns."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from companies.models import MarketplaceSettings
from core.actors import Actor
from core.rows import Json
from invoices.domain.balance import DRAFT, amount_due, status_of
from invoices.operations.drafts import Draft
from invoices.operations.numbering import Given
from invoices.operations.parties import parties_of


class InvoiceRow(NamedTuple):
    """A draft of an invoice."""

    id: int
    marketplace_id: int
    account_id: int
    merchant_id: int
    payer_id: int
    beneficiary_id: int
    billed_user_id: int | None
    currency: str
    payer_name: str
    billed_user_name: str
    language: str
    document_date: date
    frozen: Json
    tax_by: str
    net: int
    tax: int
    total: int
    source: str
    carried_in: int
    carried_out: int
    created_at: datetime
    created_by_id: int | None
    status: str = DRAFT
    carried_taken: int = 0
    credited: int = 0
    paid: int = 0
    payment_pending: int = 0
    amount_due: int = 0
    void_reason: str = ""


class InvoiceLineRow(NamedTuple):
    """One line of it."""

    id: int
    invoice_id: int
    position: int
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
    credited_net: int = 0


class InvoiceTaxRow(NamedTuple):
    """One tax of a line."""

    id: int
    line_id: int
    name: str
    rate: Decimal
    base: int
    amount: int
    credited: int = 0


class TakenBalance(NamedTuple):
    """An earlier invoice whose carried balance was taken over, by an invoice or (None) by a memo."""

    id: int
    carried_taken: int
    carried_to_id: int | None


class NumberedInvoice(NamedTuple):
    """What the number changes: the invoice is issued."""

    id: int
    series_id: int
    sequence: int
    issue_date: date
    document_date: date
    effective_date: date
    due_date: date
    issued_at: datetime
    number: str
    search_key: str
    amount_due: int
    status: str


def invoice_row(
    draft: Draft, frozen: Json, *, source: str, settings: MarketplaceSettings, actor: Actor, now: datetime
) -> InvoiceRow:
    """A draft of today."""
    new, marketplace = draft.new, settings.marketplace
    return InvoiceRow(
        id=draft.id,
        **parties_of(draft.account, new.beneficiary, new.billed_user, marketplace),
        document_date=marketplace.today(now),
        frozen=frozen,
        tax_by=settings.tax_by,
        net=draft.net,
        tax=draft.tax,
        total=draft.total,
        source=source,
        carried_in=draft.carried_in,
        carried_out=draft.carried_out,
        created_at=now,
        created_by_id=actor.user_id,
    )


def line_rows(draft: Draft) -> Iterator[InvoiceLineRow]:
    """Its lines, in their order."""
    for position, (pk, line) in enumerate(zip(draft.line_ids, draft.new.lines, strict=True), start=1):
        yield InvoiceLineRow(
            id=pk,
            invoice_id=draft.id,
            position=position,
            description=line.description,
            product_name=line.product_name,
            product_uuid=line.product_uuid,
            vendor_id=line.vendor_id,
            subscription_uuid=line.subscription_uuid,
            period_from=line.period_from,
            period_to=line.period_to,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            net=line.net,
            tax=line.tax,
        )


def tax_rows(draft: Draft) -> Iterator[InvoiceTaxRow]:
    """The taxes of its lines."""
    for line_id, ids, line in zip(draft.line_ids, draft.tax_ids, draft.new.lines, strict=True):
        for pk, tax in zip(ids, line.taxes, strict=True):
            yield InvoiceTaxRow(pk, line_id, tax.name, tax.rate, tax.base, tax.amount)


def taken_rows(draft: Draft) -> Iterator[TakenBalance]:
    """The balances that it takes over; each is taken once."""
    for earlier in draft.new.takes_over:
        yield TakenBalance(earlier.pk, earlier.carried_out, draft.id)


def numbered(draft: Draft, given: Given, *, settings: MarketplaceSettings, now: datetime) -> NumberedInvoice:
    """The draft with its number: what it owes, from when, and until when."""
    carried = {"carried_in": draft.carried_in, "carried_out": draft.carried_out}
    due = amount_due(issued=True, voided=False, total=draft.total, **carried)
    return NumberedInvoice(
        id=draft.id,
        **given.columns(),
        effective_date=draft.new.effective_date or given.issue_date,
        due_date=given.issue_date + timedelta(days=_terms(draft, settings)),
        issued_at=now,
        amount_due=due,
        status=status_of(issued=True, voided=False, due=due, carried_out=draft.carried_out),
    )


def _terms(draft: Draft, settings: MarketplaceSettings) -> int:
    """Days from issue to due: the document's own, else the payer's, else the marketplace's."""
    own = (draft.new.terms_days, draft.account.payer.payment_terms_days)
    return next((days for days in own if days is not None), settings.payment_terms_days)
