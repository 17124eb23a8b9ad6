"""Whether a payer's credit limit allows an order or a renewal: asked of whoever registered to know, above billing."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from billing.models import BillingEvent
from core.actors import Actor


class Renewal(NamedTuple):
    """A term that is to begin with its charge: whose, under which key, due when, and for how much with tax."""

    payer_id: int
    key: str
    due: date
    amount: int
    subject: str = ""


OrderCheck = Callable[[BillingEvent, int, Actor, datetime], None]
"""Told of an order that was written, and its payer; raises its refusal, which takes it back."""
RenewalCheck = Callable[[int, Sequence[Renewal], datetime, bool], Collection[str]]
"""Told of a marketplace's renewals, and whether it is only a preview; gives the keys of those that have to wait."""
Used = Callable[[int, Iterable[str], datetime], dict[str, int]]
"""Told of the keys of events that were written; gives what was kept for them, in minor units."""

_ORDERS: list[OrderCheck] = []
_RENEWALS: list[RenewalCheck] = []
_USED: list[Used] = []


def asks_credit(*, order: OrderCheck, renewals: RenewalCheck, used: Used) -> None:
    """Let limits refuse orders and renewals, and hear what became an event; called from AppConfig.ready."""
    _ORDERS.append(order)
    _RENEWALS.append(renewals)
    _USED.append(used)


def ask_order(event: BillingEvent, payer_id: int, *, actor: Actor, now: datetime) -> None:
    """Ask every check about an order, in the transaction that has written it."""
    for check in _ORDERS:
        check(event, payer_id, actor, now)


def held_back(marketplace_id: int, renewals: Sequence[Renewal], *, now: datetime, dry: bool) -> set[str]:
    """The keys of the renewals that wait for credit."""
    return {key for check in _RENEWALS for key in check(marketplace_id, renewals, now, dry)} if renewals else set()


def became_events(marketplace_id: int, keys: Iterable[str], now: datetime) -> dict[str, int]:
    """Let what was kept for these keys count as the events that they are now, in the caller's transaction."""
    names = list(keys)
    return {key: amount for used in _USED for key, amount in used(marketplace_id, names, now).items()}
