"""Whatever a payment provider has not answered yet is looked up at some moment, or a person knows of it (I23)."""

from django.db.models import Q

from payments.domain.states import GATEWAY, PENDING

ASKED_OF_GATEWAY = Q(channel=GATEWAY, status=PENDING)
"""What was asked of a provider and has not ended; of payments and of refunds."""


def watched() -> Q:
    """Not waiting for a provider, or with a moment at which it is looked up, or with a mark that people see."""
    return ~ASKED_OF_GATEWAY | Q(look_at__isnull=False) | ~Q(attention="")
