"""The rows that issuing memos writes: named tuples whose fields are the columns."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from core.rows import Json
from creditmemos.domain.balance import DRAFT
from creditmemos.domain.drafting import DraftLine
from creditmemos.models import CreditMemo


class MemoRow(NamedTuple):
    """A draft of a memo that a run makes: nobody asked for it, so nothing was noted."""

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
    source_invoice_id: int | None
    sibling_invoice_id: int | None
    created_at: datetime
    created_by_id: int | None
    status: str = DRAFT
    use: str = CreditMemo.Use.FOLLOW
    afterwards: str = ""
    on_hold: bool = False
    counts_as: str = ""
    reason_note: str = ""
    internal_note: str = ""
    customer_note: str = ""
    applied: int = 0
    paid_out: int = 0
    payout_pending: int = 0
    written_off: int = 0
    balance: int = 0
    void_reason: str = ""
    close_reason: str = ""


class MemoLineRow(NamedTuple):
    """One line of a memo."""

    id: int
    memo_id: int
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
    net: int
    tax: int
    invoice_line_id: int | None
    by: str


class MemoTaxRow(NamedTuple):
    """One tax of a line."""

    id: int
    line_id: int
    name: str
    rate: Decimal
    base: int
    amount: int
    invoice_tax_id: int | None


class NumberedMemo(NamedTuple):
    """What the number changes: the memo is issued."""

    id: int
    series_id: int
    sequence: int
    issue_date: date
    document_date: date
    effective_date: date
    issued_at: datetime
    number: str
    search_key: str
    balance: int
    status: str


def line_rows(memo_id: int, line_ids: Sequence[int], lines: Sequence[DraftLine]) -> Iterator[MemoLineRow]:
    """The lines of a memo, in their order."""
    for position, (pk, line) in enumerate(zip(line_ids, lines, strict=True), start=1):
        yield MemoLineRow(
            id=pk,
            memo_id=memo_id,
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
            net=line.net,
            tax=line.tax,
            invoice_line_id=line.invoice_line_id,
            by=line.by,
        )


def tax_rows(line_ids: Sequence[int], lines: Sequence[DraftLine], tax_ids: Iterator[int]) -> Iterator[MemoTaxRow]:
    """The taxes of these lines; ``tax_ids`` go on where they end."""
    for line_id, line in zip(line_ids, lines, strict=True):
        for tax in line.taxes:
            yield MemoTaxRow(next(tax_ids), line_id, tax.name, tax.rate, tax.base, tax.amount, tax.invoice_tax_id)
