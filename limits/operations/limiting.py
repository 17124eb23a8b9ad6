"""Set, clear or block a company's credit limit: raising it takes a second person, narrowing it is at once (I19)."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from companies.models import MarketplaceSettings
from companies.operations.approvals import request
from companies.operations.own_company import asks_for_own_company
from core import audit
from core.actors import Actor
from core.checks import LONGEST_REASON, check_amount, check_choice, check_text
from core.errors import refusal_of
from core.locking import lock_one
from core.models import Approval
from limits.domain.policy import BLOCKED, INHERIT, LIMIT, MODES, Policy, policy_of, widens
from limits.domain.refusals import ChangedLimit, NotBlocked, NothingChanged
from limits.models import CreditLine, CreditLineChange

PERMISSION = "limits.change"
KIND, CHANGE = "creditline", "change_limit"
"""What a second person is asked."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a line says: a code of ``Mode``, the amount of an own limit in minor units, and whether it is shared."""

    mode: str
    amount: int | None = None
    is_shared: bool = False


def terms_of(line: CreditLine) -> Terms:
    """What the line says now."""
    return Terms(line.mode, line.amount, line.is_shared)


def may_block(line: CreditLine) -> bool:
    """Whether it is not blocked yet."""
    return line.mode != BLOCKED


def may_unblock(line: CreditLine) -> bool:
    """Whether it is blocked."""
    return refusal_of(check_unblock, line) is None


def check_unblock(line: CreditLine) -> None:
    """Ask the guard of unblocking."""
    if line.mode != BLOCKED:
        raise NotBlocked(company=line.payer.name)


def check_change(line: CreditLine, *, actor: Actor) -> bool:
    """Ask the guards that come before what is typed; whether a second person is asked for a relative of the operator.

    Raises OwnCompany: nobody decides how much their own company may owe (I18).
    """
    return asks_for_own_company([actor.user_id], [line.payer_id])


def takes_two(line: CreditLine, terms: Terms) -> bool:
    """Whether these terms allow more than what holds, or stop bounding the companies below."""
    settings = MarketplaceSettings.objects.get(marketplace_id=line.marketplace_id)
    loosens = line.is_shared and not terms.is_shared
    return loosens or widens(_policy(terms_of(line), settings), _policy(terms, settings))


def _policy(terms: Terms, settings: MarketplaceSettings) -> Policy:
    return policy_of(terms.mode, terms.amount, default=settings.credit_limit)


@transaction.atomic
def change_limit(*, line: CreditLine, terms: Terms, reason: str, actor: Actor, now: datetime) -> CreditLine | Approval:
    """Let the line say ``terms`` from now on, with a reason; or the request, where that takes a second person.

    Raising or clearing a limit always does, and anything but blocking for a relative of the operator. Raises
    InvalidInput for an amount below 0 or none, NothingChanged, OwnCompany.
    """
    reason = check_text(reason, longest=LONGEST_REASON, field="reason", required=True)
    line = lock_line(line.pk, actor)
    is_related = check_change(line, actor=actor)
    terms = _checked(terms, line)
    if terms == terms_of(line):
        raise NothingChanged(field="mode")
    if takes_two(line, terms) or (is_related and terms.mode != BLOCKED):
        return request(
            kind=KIND, verb=CHANGE, object_id=line.pk, company_id=line.payer_id, reason=reason,
            arguments={"terms": asdict(terms)}, snapshot={"version": line.version, "terms": asdict(terms_of(line))},
            audited=_told(terms), actor=actor, now=now,
        )  # fmt: skip
    return _write(line, terms, reason=reason, actor=actor, now=now, changed_by_id=actor.user_id or 0)


def set_limit(*, line: CreditLine, amount: int, reason: str, actor: Actor, now: datetime) -> CreditLine | Approval:
    """Give the company a limit of its own, in minor units; 0: prepaid only."""
    return change_limit(line=line, terms=Terms(LIMIT, amount, line.is_shared), reason=reason, actor=actor, now=now)


def inherit(*, line: CreditLine, reason: str, actor: Actor, now: datetime) -> CreditLine | Approval:
    """Let the marketplace's limit hold."""
    return change_limit(line=line, terms=Terms(INHERIT, None, line.is_shared), reason=reason, actor=actor, now=now)


def block(*, line: CreditLine, reason: str, actor: Actor, now: datetime) -> CreditLine | Approval:
    """Let nothing be bought any more, at once."""
    return change_limit(line=line, terms=Terms(BLOCKED, None, line.is_shared), reason=reason, actor=actor, now=now)


def unblock(*, line: CreditLine, reason: str, actor: Actor, now: datetime) -> CreditLine | Approval:
    """Ask for what held before the line was blocked."""
    check_unblock(line)
    return change_limit(line=line, terms=before_block(line), reason=reason, actor=actor, now=now)


def before_block(line: CreditLine) -> Terms:
    """What the line said before it was blocked; inherited where it never said anything."""
    rows = CreditLineChange.objects.filter(line=line).exclude(mode=BLOCKED).order_by("-version")
    found = rows.first()
    return Terms(found.mode, found.amount, line.is_shared) if found else Terms(INHERIT, None, line.is_shared)


def check_agreed(approval: Approval, line: CreditLine, actor: Actor) -> None:
    """Ask every guard of the change that a second person agrees to, of both people."""
    asks_for_own_company([approval.requested_by_id, actor.user_id], [line.payer_id])
    if line.version != approval.snapshot["version"]:
        raise ChangedLimit


def change_agreed(approval: Approval, actor: Actor, now: datetime) -> CreditLine:
    """Change the line as a second person agreed to, unless somebody changed it since."""
    line = lock_line(approval.object_id, actor)
    check_agreed(approval, line, actor)
    return _write(
        line, Terms(**approval.arguments["terms"]), reason=approval.request_reason, actor=actor, now=now,
        changed_by_id=approval.requested_by_id,
    )  # fmt: skip


def _checked(terms: Terms, line: CreditLine) -> Terms:
    check_choice(terms.mode, MODES, field="mode")
    if terms.mode != LIMIT:
        return Terms(terms.mode, None, terms.is_shared)
    currency = line.payer.marketplace.currency
    check_amount(-1 if terms.amount is None else terms.amount, currency=currency, field="amount", least=0)
    return terms


def lock_line(pk: int, actor: Actor) -> CreditLine:
    """Lock a line of the actor's marketplace. Raises Missing for another."""
    rows = CreditLine.objects.filter(pk=pk, marketplace_id=actor.marketplace_id)
    return lock_one(rows.select_related("payer__marketplace"))


def _write(
    line: CreditLine,
    terms: Terms,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    changed_by_id: int,
) -> CreditLine:
    """The history first, then the line itself, as its guard wants; and the audit."""
    before = terms_of(line)
    line.mode, line.amount, line.is_shared = terms.mode, terms.amount, terms.is_shared
    line.version += 1
    CreditLineChange.objects.create(
        marketplace_id=line.marketplace_id, line=line, version=line.version, mode=line.mode, amount=line.amount,
        is_shared=line.is_shared, reason=reason, changed_by_id=changed_by_id,
        approved_by_id=actor.second_to(changed_by_id), changed_at=now,
    )  # fmt: skip
    line.save(update_fields=["mode", "amount", "is_shared", "version"])
    currency = line.payer.marketplace.currency
    audit.record(
        actor=actor, verb="credit_limit.changed", kind=KIND, object_id=line.pk, company_id=line.payer_id,
        before={**_told(before), "currency": currency}, after={**_told(terms), "currency": currency}, note=reason,
        now=now,
    )  # fmt: skip
    return line


def _told(terms: Terms) -> dict[str, object]:
    return {"limit_mode": terms.mode, "credit_limit": terms.amount, "limit_is_shared": terms.is_shared}
