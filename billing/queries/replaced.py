"""Events that others took the place of: whoever names the first means the last."""

from collections.abc import Iterable

from billing.models import BillingEvent
from core.in_array import among

LONGEST_CHAIN = 20
"""How often an event is edited at most before its first key says nothing any more."""


def current_keys(marketplace_id: int, keys: Iterable[str]) -> dict[str, str]:
    """For each of these keys whose event was replaced, the key of the event that stands for it now."""
    found: dict[str, str] = {}
    asked = {key: key for key in keys if key}
    for _step in range(LONGEST_CHAIN):
        if not asked:
            break
        rows = BillingEvent.objects.filter(
            among("replaces__key", asked.values()),
            replaces__marketplace_id=marketplace_id,
            marketplace_id=marketplace_id,
        ).exclude(status=BillingEvent.Status.REJECTED)
        then = dict(rows.values_list("replaces__key", "key"))
        asked = {first: then[last] for first, last in asked.items() if last in then}
        found |= asked
    return found
