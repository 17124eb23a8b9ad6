"""Mails about documents as rows: nobody sends them."""

from typing import Any
from uuid import uuid4

from invoices.models import BillingDocument, Invoice
from notifications.models import Delivery
from tests.factories.world import NOW


def mail(document: BillingDocument, **changes: Any) -> None:
    """A mail with this invoice (or memo) that was taken by a mail server, unless it is said otherwise."""
    kind = "invoice" if isinstance(document, Invoice) else "credit_memo"
    given: dict[str, Any] = {
        "kind": f"{kind}_pdf_created", "subject_kind": kind, "subject_id": document.pk, "state": "sent",
        "sent_at": NOW, **changes,
    }  # fmt: skip
    Delivery.objects.create(
        marketplace=document.marketplace, event=uuid4(), recipient="anna@acme.example",
        company=document.payer, language="en", subject="Invoice", body="Invoice", message_id=str(uuid4()),
        created_at=NOW, **given,
    )  # fmt: skip
