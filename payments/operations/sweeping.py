"""Look after what providers have not answered: a webhook that never came, or a job given up, costs only time (I23)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from core.models import OutboxJob
from core.outbox import publish
from payments.domain.wording import (
    CHARGE_LOOK,
    CHARGE_MADE,
    CHARGE_REQUESTED,
    EVENTS_LISTED,
    REFUND_LOOK,
    REFUND_REQUESTED,
)
from payments.models import GatewayAccount, Payment, Refund
from payments.models.watched import ASKED_OF_GATEWAY
from payments.operations.guards import LOOK_AFTER

LIST_EVERY = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=6)
"""Between two looks at what is pending for days, such as a bank debit."""
MOST = 500
"""Rows of each kind that one sweep looks after; the longest due come first."""


def sweep(now: datetime) -> int:
    """Let everything be looked up that is pending, due, and in no job's hands; how many looks were ordered."""
    looks = _charges(now) + _refunds(now)
    for account in GatewayAccount.objects.order_by("pk"):
        _list(account, now)
    return looks


def _charges(now: datetime) -> int:
    busy = _in_hands("payment_id", (CHARGE_REQUESTED, CHARGE_MADE, CHARGE_LOOK))
    rows = Payment.objects.filter(ASKED_OF_GATEWAY, look_at__lte=now).exclude(pk__in=busy).order_by("look_at", "pk")
    return sum(_look(row, CHARGE_LOOK, {"payment_id": row.pk}, now) for row in rows[:MOST])


def _refunds(now: datetime) -> int:
    busy = _in_hands("refund_id", (REFUND_REQUESTED, REFUND_LOOK))
    rows = Refund.objects.filter(ASKED_OF_GATEWAY, look_at__lte=now).exclude(pk__in=busy).order_by("look_at", "pk")
    return sum(_look(row, REFUND_LOOK, {"refund_id": row.pk}, now) for row in rows[:MOST])


def _in_hands(name: str, topics: Iterable[str]) -> list[int]:
    """The ids of rows that an open job is about."""
    payloads = OutboxJob.objects.open().filter(topic__in=topics).values_list("payload", flat=True)
    return [int(payload[name]) for payload in payloads]


@transaction.atomic
def _look(row: Payment | Refund, topic: str, payload: dict[str, object], now: datetime) -> int:
    """Order a look; none where another sweep did. The older it is, the longer until the next."""
    age = now - row.requested_at
    then = now + min(max(age, LOOK_AFTER), LONGEST_PAUSE)
    if isinstance(row, Payment):
        mine = Payment.objects.filter(pk=row.pk, look_at=row.look_at).update(look_at=then)
    else:
        mine = Refund.objects.filter(pk=row.pk, look_at=row.look_at).update(look_at=then)
    if not mine:
        return 0
    key = f"{row.pk}:{now.isoformat()}"
    publish(topic=topic, key=key, marketplace_id=row.marketplace_id, payload=payload, now=now)
    return 1


@transaction.atomic
def _list(account: GatewayAccount, now: datetime) -> None:
    """Order a list of the provider's events since the last one: the way round an endpoint that is dead."""
    due = Q(listed_at__isnull=True) | Q(listed_at__lte=now - LIST_EVERY)
    if GatewayAccount.objects.filter(due, pk=account.pk).update(listed_at=now):
        publish(
            topic=EVENTS_LISTED, key=f"{account.pk}:{now.isoformat()}", marketplace_id=account.marketplace_id,
            payload={"gateway_account_id": account.pk}, now=now,
        )  # fmt: skip
