"""Which companies are near or over their limit: the sums of all limited payers of a marketplace at once."""

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Sum

from companies.models import Company, MarketplaceSettings
from limits.domain.exposure import SIGNS
from limits.domain.policy import Policy, free_modes, policy_of
from limits.models import CreditLine
from limits.queries.exposure import ADDENDS, Asked, window_end

_COMMITTED = {"periods": "committed", "events": "committed"}
_PAYER = {"periods": "account__payer_id", "events": "account__payer_id", "reserved": "line__payer_id"}


class Counted(NamedTuple):
    """What counts for a payer, in minor units, and what holds for it: for a shared line, of all of its companies."""

    exposure: int
    policy: Policy


def limited_lines(settings: MarketplaceSettings) -> Any:
    """The lines of a marketplace for which exposure matters."""
    free = free_modes(settings.credit_limit)
    return CreditLine.objects.filter(marketplace_id=settings.marketplace_id).exclude(mode__in=free)


def standings(settings: MarketplaceSettings, *, now: datetime) -> dict[int, Counted]:
    """By payer, of all whose exposure matters. What is not reckoned today counts as it was last."""
    lines = {row.payer_id: row for row in limited_lines(settings)}
    parents = [pk for pk, row in lines.items() if row.is_shared]
    children = dict(Company.objects.filter(parent_id__in=parents).values_list("pk", "parent_id")) if parents else {}
    sums = _sums({*lines, *children}, settings, now)
    for child, parent in children.items():
        sums[parent] += sums[child] if child not in lines or not lines[child].is_shared else 0
    return {
        pk: Counted(sums[pk], policy_of(row.mode, row.amount, default=settings.credit_limit))
        for pk, row in lines.items()
    }


def _sums(payers: set[int], settings: MarketplaceSettings, now: datetime) -> dict[int, int]:
    """What counts for each payer, in one statement."""
    found: dict[int, int] = defaultdict(int)
    if not payers:
        return found
    through = window_end(settings.marketplace.today(now), settings.credit_window_days)
    asked = Asked(Company.objects.filter(pk__in=payers).values("pk"), now, through)
    parts = []
    for addend in ADDENDS:
        sign = SIGNS[_COMMITTED.get(addend.name, addend.name)]
        rows = addend.rows(asked).order_by().values_list(_PAYER.get(addend.name, "payer_id"))
        parts.append(rows.annotate(counts=Sum(addend.amount) * sign))
    for payer, amount in parts[0].union(*parts[1:], all=True):
        found[payer] += int(amount or 0)
    return found
