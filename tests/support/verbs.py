"""What tests of verbs ask every time: what was posted, noted and published, and that a refusal left nothing behind."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model

from companies.models import MarketplaceSettings
from core.errors import Refusal
from core.models import AuditEntry, OutboxJob
from invoices.models import Invoice
from ledger.models import JournalEntry, JournalTransaction
from tests.factories.payments import receive
from tests.factories.world import NOW, Market
from tests.support.outbox import database, handlers

TOPICS = (
    "invoice.issued", "invoice.voided", "credit_memo.issued", "credit_memo.applied", "credit_memo.reversed",
    "credit_memo.voided", "credit_memo.divided", "credit_memo.closed", "credit_memo.reopened", "credit_memo.released",
    "payment.asked", "payment.received", "payment.failed", "payment.allocated", "payment.taken_off", "payment.returned",
    "payment.unreturned", "payment.kept", "payment.requested", "payment.created", "refund.requested", "refund.asked", "refund.sent", "refund.failed", "refund.returned",
    "merchant.bank_details_changed",
    "adjustment.issued", "adjustment.voided", "credit_limit.reached",
)  # fmt: skip
EAR = "tests.listen"
TABLES = (
    "companies.Company", "companies.MerchantOfRecord", "companies.MarketplaceSettings", "companies.Membership",
    "companies.MerchantBankDetails",
    "companies.Grant", "companies.User", "core.Approval", "core.AuditEntry", "core.IdempotencyRecord", "core.OutboxJob",
    "creditmemos.Application", "creditmemos.CreditMemo", "creditmemos.CreditMemoLine", "creditmemos.CreditMemoLineTax",
    "creditmemos.InvoicePart", "creditmemos.MemoPart", "documents.NumberSeries", "invoices.Invoice",
    "invoices.InvoiceLine", "invoices.InvoiceLineTax", "ledger.JournalEntry",
    "ledger.JournalTransaction", "limits.Allowance", "limits.CreditCheck", "limits.CreditLine",
    "limits.CreditLineChange", "limits.Reservation", "payments.Allocation", "payments.AllocationPart", "payments.GatewayAccount",
    "payments.Intended", "payments.KeptSurplus", "payments.Payment", "payments.PaymentMethod", "payments.PaymentReturn",
    "payments.ProviderEvent", "payments.Refund",
)  # fmt: skip


@contextmanager
def listening() -> Iterator[None]:
    """Let every event leave a job of its own, also where the product has no handler for it."""

    def nothing(*_args: object) -> None:
        return None

    with ExitStack() as stack:
        stack.enter_context(handlers(*(database(topic, EAR, nothing) for topic in TOPICS)))
        yield


def snapshot() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a verb may touch."""
    models: list[type[Model]] = [apps.get_model(name) for name in TABLES]
    return {model._meta.label: list(model._default_manager.order_by("pk").values_list()) for model in models}


@contextmanager
def refused(kind: type[Refusal], *, field: str | None = None) -> Iterator[pytest.ExceptionInfo[Any]]:
    """What is done inside is refused with this class (and for this field), and not a single row changed."""
    before = snapshot()
    with pytest.raises(kind) as caught:
        yield caught
    assert type(caught.value) is kind
    assert caught.value.field == field
    assert snapshot() == before


def posted(verb: str) -> list[list[tuple[str, int]]]:
    """The journal transactions of a verb in their order: (account, amount) of each entry, debits positive."""
    found = JournalTransaction.objects.filter(verb=verb).order_by("created_at", "pk")
    return [list(row.entries.order_by("pk").values_list("account", "amount")) for row in found]


def entries(verb: str) -> list[JournalEntry]:
    """The entries of all journal transactions of a verb, in their order."""
    return list(JournalEntry.objects.filter(transaction__verb=verb).order_by("pk"))


def noted(verb: str) -> AuditEntry:
    """The one audit row of a verb."""
    return AuditEntry.objects.get(verb=verb)


def published(topic: str) -> list[dict[str, Any]]:
    """The payloads of a topic's events, in their order."""
    return list(OutboxJob.objects.filter(topic=topic, handler=EAR).order_by("pk").values_list("payload", flat=True))


def pay(market: Market, invoice: Invoice, amount: int, *, now: datetime = NOW) -> Invoice:
    """Money arrives for an invoice; minor units."""
    receive(market, amount, (invoice, amount), company=invoice.payer, now=now)
    invoice.refresh_from_db()
    return invoice


def make_pending(market: Market, invoice: Invoice) -> Invoice:
    """A payment of all that is due is on its way."""
    invoice.refresh_from_db()
    receive(market, invoice.amount_due, (invoice, invoice.amount_due), company=invoice.payer, is_pending=True)
    invoice.refresh_from_db()
    return invoice


def set_threshold(market: Market, threshold: int | None) -> None:
    """Let amounts above this many minor units need a second person."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=threshold)
