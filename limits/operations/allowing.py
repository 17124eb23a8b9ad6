"""Allow one purchase beyond a limit; above the approval limit with a second person."""

from datetime import datetime, timedelta

from django.db import transaction

from companies.models import MarketplaceSettings
from companies.operations.approvals import request
from companies.operations.own_company import asks_for_own_company
from core import audit
from core.actors import Actor
from core.checks import LONGEST_REASON, check_amount, check_text
from core.models import Approval
from limits.domain.policy import BLOCKED
from limits.domain.refusals import CreditBlocked, NoLimitToPass
from limits.models import Allowance, CreditLine
from limits.operations.limiting import KIND, lock_line
from limits.operations.weighing import Scale, scale_of

PERMISSION = "limits.allow"
ALLOW = "allow_once"
"""What a second person is asked."""
GOOD_FOR = timedelta(hours=24)


def may_allow(scale: Scale) -> bool:
    """Whether there is a limit to pass, and no block."""
    return scale.asks and scale.line.mode != BLOCKED


def check_allow(line: CreditLine, *, actor: Actor, now: datetime) -> bool:
    """Ask the guards that come before the amount; whether a second person is asked for a relative of the operator.

    Raises CreditBlocked (unblock it instead), NoLimitToPass, OwnCompany.
    """
    is_related = asks_for_own_company([actor.user_id], [line.payer_id])
    if line.mode == BLOCKED:
        raise CreditBlocked(company=line.payer.name)
    if not may_allow(scale_of(line.payer_id, line.marketplace_id, now=now, locked=False)):
        raise NoLimitToPass(company=line.payer.name)
    return is_related


def allows_alone(line: CreditLine, amount: int, *, actor: Actor, now: datetime) -> bool:
    """Whether one person may allow so much: with what they allowed alone for the company within 24 hours."""
    limit = MarketplaceSettings.objects.get(marketplace_id=line.marketplace_id).approval_threshold
    rows = Allowance.objects.filter(line=line, granted_by_id=actor.user_id, approved_by__isnull=True)
    so_far = sum(rows.filter(granted_at__gt=now - GOOD_FOR).values_list("amount", flat=True))
    return limit is None or so_far + amount <= limit


@transaction.atomic
def allow_once(*, line: CreditLine, amount: int, reason: str, actor: Actor, now: datetime) -> Allowance | Approval:
    """Let the next purchase of up to ``amount`` minor units pass the limit, within 24 hours; with a reason.

    Returns the request where it takes two people: above the approval limit, and for a relative of the operator.
    """
    reason = check_text(reason, longest=LONGEST_REASON, field="reason", required=True)
    line = lock_line(line.pk, actor)
    is_related = check_allow(line, actor=actor, now=now)
    currency = line.payer.marketplace.currency
    check_amount(amount, currency=currency, field="amount")
    if is_related or not allows_alone(line, amount, actor=actor, now=now):
        return request(
            kind=KIND, verb=ALLOW, object_id=line.pk, company_id=line.payer_id, amount=amount, currency=currency,
            reason=reason, actor=actor, now=now,
        )  # fmt: skip
    return _grant(line, amount, reason=reason, actor=actor, now=now, granted_by_id=actor.user_id or 0)


def check_agreed(approval: Approval, line: CreditLine, actor: Actor, now: datetime) -> None:
    """Ask every guard again, of both people."""
    asks_for_own_company([approval.requested_by_id], [line.payer_id])
    check_allow(line, actor=actor, now=now)


def allow_agreed(approval: Approval, actor: Actor, now: datetime) -> Allowance:
    """Allow what a second person agreed to; the 24 hours begin now."""
    line = lock_line(approval.object_id, actor)
    check_agreed(approval, line, actor, now)
    return _grant(
        line, approval.amount or 0, reason=approval.request_reason, actor=actor, now=now,
        granted_by_id=approval.requested_by_id,
    )  # fmt: skip


def _grant(
    line: CreditLine,
    amount: int,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    granted_by_id: int,
) -> Allowance:
    made = Allowance.objects.create(
        marketplace_id=line.marketplace_id, line=line, amount=amount, reason=reason, granted_by_id=granted_by_id,
        approved_by_id=actor.second_to(granted_by_id), granted_at=now, expires_at=now + GOOD_FOR,
    )  # fmt: skip
    audit.record(
        actor=actor, verb="credit_limit.allowed_once", kind=KIND, object_id=line.pk, company_id=line.payer_id,
        after={"amount": amount, "currency": line.payer.marketplace.currency}, note=reason, now=now,
    )  # fmt: skip
    return made
