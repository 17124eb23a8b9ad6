"""What an event names: the event that made a charge, and the documents that bear it."""

from dataclasses import dataclass

from billing.models import BillingEvent, Charge
from billing.queries.replaced import current_keys
from invoices.models import Invoice


@dataclass(frozen=True, slots=True)
class About:
    """The event that a correction or refund names, as it stands now, and the invoice that bears its charge."""

    event: BillingEvent | None
    invoice: Invoice | None


def about(event: BillingEvent) -> About | None:
    """What the event corrects or refunds; None where it names nothing."""
    key = event.source_key
    if not key:
        return None
    key = current_keys(event.marketplace_id, [key]).get(key, key)
    here = {"marketplace_id": event.marketplace_id}
    charges = Charge.objects.filter(key__in=[key, f"{key}/0"], **here).select_related("invoice_line__invoice")
    charge = charges.order_by("-pk").first()
    named = BillingEvent.objects.filter(key=key, **here).first()
    if named is None and charge is not None and charge.event_id:
        named = BillingEvent.objects.filter(pk=charge.event_id, **here).first()
    return About(named, charge.invoice_line.invoice if charge else None)
