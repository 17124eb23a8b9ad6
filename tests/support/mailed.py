"""Mails about documents as rows: nobody sends them."""

from typing import Any
from uuid import uuid4

from invoices.models import Invoice
from notifications.models import Delivery
from tests.factories.world import NOW


def mail(invoice: Invoice, **changes: Any) -> None:
    """A mail with this invoice that was taken by a mail server, unless it is said otherwise."""
    given: dict[str, Any] = {
        "subject_kind": "invoice", "subject_id": invoice.pk, "state": "sent", "sent_at": NOW, **changes
    }  # fmt: skip
    Delivery.objects.create(
        marketplace=invoice.marketplace, kind="invoice_pdf_created", event=uuid4(), recipient="anna@acme.example",
        company=invoice.payer, language="en", subject="Invoice", body="Invoice", message_id=str(uuid4()),
        created_at=NOW, **given,
    )  # fmt: skip
