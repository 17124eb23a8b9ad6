"""End a reservation: the purchase was given up, became an event, or its time is over."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from core.actors import Actor
from core.errors import Missing
from core.in_array import among
from core.locking import lock_one
from limits.domain.refusals import ReservationUsed
from limits.models import Reservation

HELD = Reservation.State.HELD


@transaction.atomic
def release(*, key: str, actor: Actor, now: datetime) -> Reservation:
    """Give back what is kept under a key; a second time nothing changes. Raises ReservationUsed, Missing."""
    if not key.isprintable():  # Nothing was ever kept under it, and PostgreSQL takes not every one.
        raise Missing
    row = lock_one(Reservation.objects.filter(marketplace_id=actor.marketplace_id, key=key))
    if row.state == Reservation.State.USED:
        raise ReservationUsed(field="key")
    if row.state == HELD:
        _end(row, Reservation.State.RELEASED, now)
    return row


def use(row: Reservation, now: datetime) -> None:
    """Let the purchase count in its place, in the transaction that writes it."""
    _end(row, Reservation.State.USED, now)


def used_as_events(marketplace_id: int, keys: Iterable[str], now: datetime) -> dict[str, int]:
    """Use whatever is held under the keys of events that are written now; the amounts by key, in minor units.

    Also what ran out, as the event counts anyway.
    """
    rows = Reservation.objects.filter(among("key", keys), marketplace_id=marketplace_id, state=HELD)
    found = {}
    for row in rows:
        use(row, now)
        found[row.key] = row.amount
    return found


@transaction.atomic
def expire(*, now: datetime, most: int = 1000) -> int:
    """Mark what ran out; it counts no more since then anyway. How many there were."""
    rows = Reservation.objects.filter(state=HELD, expires_at__lte=now).order_by("expires_at")
    ids = list(rows.values_list("pk", flat=True)[:most])
    return Reservation.objects.filter(pk__in=ids, state=HELD).update(state=Reservation.State.EXPIRED, ended_at=now)


def _end(row: Reservation, state: Reservation.State, now: datetime) -> None:
    row.state, row.ended_at = state, now
    row.save(update_fields=["state", "ended_at"])
