"""Where one company stands: what its page tells of its limit."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from companies.models import Company
from core.errors import Refusal
from limits.domain.policy import Policy, is_near
from limits.operations.weighing import Scale, exposure_now, scale_from


class Standing(NamedTuple):
    """What counts in minor units (None: it can't be told, or nothing limits it), what holds, and a badge's code."""

    exposure: int | None
    policy: Policy
    state: str

    @property
    def room(self) -> int | None:
        """What is left of the limit."""
        limit = self.policy.limit
        return None if limit is None or self.exposure is None else limit - self.exposure


def state_of(policy: Policy, exposure: int) -> str:
    """A code of the badge ``credit_line``."""
    if policy.is_blocked:
        return "blocked"
    if policy.limit is None:
        return "unlimited"
    if exposure > policy.limit:
        return "over"
    return "near" if is_near(policy, exposure) else "within"


def standing_of(company: Company, *, now: datetime) -> Standing:
    """Its own limit and what counts against it; the company is read with its line and its marketplace's settings."""
    settings = company.marketplace.settings
    scale = scale_from(company.credit_line, None, settings, now=now)
    if not scale.policy.asks:
        return Standing(None, scale.policy, "unlimited")
    exposure = _exposure(scale)
    return Standing(exposure, scale.policy, state_of(scale.policy, exposure or 0))


def _exposure(scale: Scale) -> int | None:
    try:
        with transaction.atomic():
            return exposure_now(scale)[0].total
    except Refusal:
        return None
