"""Whether a payer's credit limit allows what was agreed: asked of whoever registered to know, above subscriptions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.actors import Actor
from subscriptions.models import Subscription, SubscriptionTerms

Check = Callable[..., Any]
_CHECKS: list[Check] = []


def asks_credit(check: Check) -> None:
    """Let ``check`` refuse purchases and changes; called from AppConfig.ready.

    It is told of the rows as they would be: ``check(subscription, terms, key=, actor=, now=)``, and raises its refusal.
    """
    _CHECKS.append(check)


def ask_credit(subscription: Subscription, terms: SubscriptionTerms, *, key: str, actor: Actor, now: datetime) -> None:
    """Ask every check, in the transaction that has written the rows; ``key`` is what the caller was told."""
    for check in _CHECKS:
        check(subscription, terms, key=key, actor=actor, now=now)
