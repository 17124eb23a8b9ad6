"""What other apps do as a memo is issued that may credit its invoice in full; they register in AppConfig.ready."""

from collections.abc import Callable
from datetime import datetime

from core.actors import Actor
from creditmemos.models import CreditMemo

Follows = Callable[[Actor, datetime], None]
Asks = Callable[[CreditMemo, Actor | None], Follows | None]
_ASKED: list[Asks] = []


def follows_issue(asks: Asks) -> None:
    """Let an app look at each draft from an invoice before it is issued, or sent for approval.

    ``asks`` returns what is to be done in the transaction of the issue, right before the number is taken, or None;
    or raises what stands in the way. It locks what it needs after memo and invoice, unless nobody acts: then it is
    only foreseen.
    """
    _ASKED.append(asks)


def what_follows(memo: CreditMemo, actor: Actor | None) -> list[Follows]:
    """What is to be done when this draft, stored with its lines, is issued; without an actor it is only foreseen."""
    if memo.source_invoice_id is None:
        return []
    return [follows for asks in _ASKED if (follows := asks(memo, actor))]
