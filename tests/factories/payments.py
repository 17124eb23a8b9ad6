"""Payments through their operations."""

from datetime import datetime

from companies.models import Company
from invoices.models import Invoice
from payments.models import Payment
from payments.operations import Received, record_payment
from tests.factories.world import NOW, TODAY, Market, key


def receive(
    market: Market,
    amount: int,
    *wanted: tuple[Invoice, int],
    company: Company | None = None,
    person: str = "manager",
    now: datetime = NOW,
    **extra: object,
) -> Payment:
    """Record a bank transfer of ``amount`` minor units, used on invoices as wanted; the rest stays on account."""
    values: dict[str, object] = {"means": "transfer", "value_date": TODAY, **extra}
    return record_payment(
        account=market.account(company),
        received=Received(amount, **values),  # type: ignore[arg-type]
        wanted=[(invoice.pk, each) for invoice, each in wanted],
        actor=market.actor(person),
        now=now,
        key=key(),
    )
