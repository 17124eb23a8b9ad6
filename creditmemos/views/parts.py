"""Small pieces of the memo's page: the bar, and where its parts lead to."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from creditmemos.models import CreditMemo
from creditmemos.queries.history import Move


def first_of_kind(moves: Sequence[Move]) -> list[tuple[Move, bool]]:
    """Moves, each with whether it is the first of its kind: what the bar's parts lead to."""
    first = {move.kind: at for at, move in reversed(list(enumerate(moves)))}
    return [(move, first[move.kind] == at) for at, move in enumerate(moves)]


def bar_of(memo: CreditMemo) -> list[tuple[Any, ...]]:
    """Where the credit went, as the stacked bar wants it; each part leads to its rows in the history."""
    if memo.voided_at:
        return [("quiet", _("Voided"), memo.total, "#moved-void")]
    return [
        ("info", _("Applied"), memo.applied, "#moved-apply"),
        ("good", _("Paid out"), memo.paid_out, "#payouts"),
        ("quiet", _("Written off"), memo.written_off, "#moved-close"),
        ("plain", _("Remaining"), memo.balance, "#balance"),
    ]
