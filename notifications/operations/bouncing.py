"""Addresses that bounced: marked by a refusal, cleared by a person or by a mail that arrives after all (ADR 18)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from companies.models import Company, Membership
from notifications.models import BouncedAddress, Delivery


def mark(delivery: Delivery, *, answer: str, now: datetime) -> None:
    """Remember that this mail's address was refused for good; the first refusal counts until it is cleared."""
    try:
        with transaction.atomic():
            BouncedAddress.objects.create(
                marketplace_id=delivery.marketplace_id,
                address=delivery.recipient.lower(),
                delivery=delivery,
                answer=answer,
                since=now,
            )
    except IntegrityError:
        return  # It is marked already.


def clear_after_success(delivery: Delivery, *, now: datetime) -> None:
    """A mail that somebody sent by hand was taken: the address works again."""
    marked(delivery.marketplace_id, [delivery.recipient]).update(cleared_at=now)


def marked(marketplace_id: int, addresses: list[str]) -> QuerySet[BouncedAddress]:
    """The marks of these addresses that still hold."""
    small = [address.lower() for address in addresses]
    return BouncedAddress.objects.filter(marketplace_id=marketplace_id, address__in=small, cleared_at__isnull=True)


def marks_of(company: Company) -> QuerySet[BouncedAddress]:
    """The marks that still hold of a company's addresses: its own, its people's, and copies of mails to it."""
    people = Membership.objects.active().filter(company=company).annotate(small=Lower("user__email"))
    own = (
        Q(address__in=people.values("small")) | Q(address=company.billing_email.lower()) | Q(delivery__company=company)
    )
    rows = BouncedAddress.objects.filter(own, marketplace_id=company.marketplace_id, cleared_at__isnull=True)
    return rows.order_by("address")
