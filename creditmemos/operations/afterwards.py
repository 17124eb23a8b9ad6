"""What other apps do as a memo is issued that may credit its invoice in full; they register in AppConfig.ready."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core.actors import Actor
from creditmemos.models import CreditMemo

Follows = Callable[[Actor, datetime], None]
Asks = Callable[[Sequence[CreditMemo], Actor | None], Follows | None]
_ASKED: list[Asks] = []


def follows_issue(asks: Asks) -> None:
    """Let an app look at drafts from one invoice before they are issued together, or sent for approval.

    ``asks`` returns what is to be done in the transaction of the issue, right before the number is taken, or None;
    or raises what stands in the way. It locks what it needs after memo and invoice, unless nobody acts: then it is
    only foreseen.
    """
    _ASKED.append(asks)


def what_follows(memos: Sequence[CreditMemo], actor: Actor | None) -> list[Follows]:
    """What is to be done when these drafts from one invoice, stored with their lines, are issued.

    Without an actor it is only foreseen.
    """
    if not memos or memos[0].source_invoice_id is None:
        return []
    return [follows for asks in _ASKED if (follows := asks(memos, actor))]
