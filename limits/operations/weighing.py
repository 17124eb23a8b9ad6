"""What a purchase would make of a payer's exposure, and whether its limit allows that: under the line's lock or not."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from billing.operations.committing import keep_committed
from companies.models import Company, MarketplaceSettings
from core.errors import Missing, Refusal
from core.formats import amount_text
from core.locking import lock
from limits.domain.exposure import Exposure
from limits.domain.policy import ANYTHING, Policy, policy_of
from limits.domain.refusals import CannotTell, CreditBlocked, GroupLimitReached, LimitReached, PrepaidOnly
from limits.models import Allowance, CreditLine
from limits.queries.exposure import Found, exposure_of, window_end


@dataclass(slots=True)
class Scale:
    """A payer's line, the shared one above it (its own, its parent's or none), and what they allow."""

    line: CreditLine
    group: CreditLine | None
    policy: Policy
    group_policy: Policy
    currency: str
    through: date
    now: datetime

    @property
    def asks(self) -> bool:
        """Whether exposure matters at all."""
        return self.policy.asks or self.group_policy.asks


@dataclass(slots=True)
class Weighed:
    """What counts without the purchase, with it, and together with relatives; ``refusal`` is why it doesn't pass.

    ``allowance`` is what lets it pass all the same, once. Minor units.
    """

    exposure: Exposure
    total: int
    group_total: int | None = None
    refusal: Refusal | None = None
    allowance: Allowance | None = None

    @property
    def is_allowed(self) -> bool:
        """Whether it passes."""
        return self.refusal is None


def payer_of(company: Company) -> int:
    """The id of who owes for a company: its reseller in indirect billing (`ledger.operations.merchant_and_payer`)."""
    return company.reseller_id or company.pk


def scale_of(
    payer_id: int, marketplace_id: int, *, now: datetime, locked: bool, settings: MarketplaceSettings | None = None
) -> Scale:
    """The lines that decide for a payer; ``locked`` in the caller's transaction. Raises Missing for a stranger.

    ``settings`` are the marketplace's, where the caller has read them.
    """
    rows = CreditLine.objects.filter(
        Q(payer_id=payer_id) | Q(payer__children=payer_id, is_shared=True), marketplace_id=marketplace_id
    ).select_related("payer")
    found = {row.payer_id: row for row in (lock(rows) if locked else rows)}
    if payer_id not in found:
        raise Missing
    line = found.pop(payer_id)
    group = line if line.is_shared else next(iter(found.values()), None)
    if settings is None:
        settings = MarketplaceSettings.objects.select_related("marketplace").get(marketplace_id=marketplace_id)
    return scale_from(line, group, settings, now=now)


def scale_from(line: CreditLine, group: CreditLine | None, settings: MarketplaceSettings, *, now: datetime) -> Scale:
    """The same of rows that were read."""
    default = settings.credit_limit
    return Scale(
        line=line,
        group=group,
        policy=policy_of(line.mode, line.amount, default=default),
        group_policy=policy_of(group.mode, group.amount, default=default) if group else ANYTHING,
        currency=settings.marketplace.currency,
        through=window_end(settings.marketplace.today(now), settings.credit_window_days),
        now=now,
    )


def exposure_now(scale: Scale) -> tuple[Exposure, int | None]:
    """What counts for the payer, and for the shared line together. Raises CannotTell where a part of it is unknown."""
    found, together = found_now(scale)
    return found.exposure, together


def found_now(scale: Scale) -> tuple[Found, int | None]:
    """The same with each list's part of what counts for the payer."""
    found = _counted(scale, scale.line, with_children=False)
    if scale.group is None:
        return found, None
    return found, _counted(scale, scale.group, with_children=True).exposure.total


def _counted(scale: Scale, line: CreditLine, *, with_children: bool) -> Found:
    def read() -> Found:
        return exposure_of(line.payer_id, now=scale.now, through=scale.through, with_children=with_children)

    found = read()
    if found.unknown:
        children = list(Company.objects.filter(parent_id=line.payer_id).values_list("pk", flat=True))
        payers = [line.payer_id, *(children if with_children else ())]
        keep_committed(payers, line.marketplace_id, scale.through)
        found = read()
    if found.unknown:
        raise CannotTell(company=line.payer.name)
    return found


def weigh(scale: Scale, amount: int, *, inside: int = 0, found: tuple[Exposure, int | None] | None = None) -> Weighed:
    """Whether a purchase of ``amount`` passes, of which ``inside`` is counted already as its rows are written.

    ``found`` is what ``exposure_now`` gave, where it was asked before. An allowance that covers it is named, not used.
    Where nothing limits, what is unknown doesn't matter.
    """
    if not scale.asks:
        exposure = exposure_of(scale.line.payer_id, now=scale.now, through=scale.through).exposure
        return Weighed(exposure, exposure.total + amount - inside)
    exposure, together = found or exposure_now(scale)
    more = amount - inside
    weighed = Weighed(exposure, exposure.total + more, None if together is None else together + more)
    weighed.refusal = _refusal(scale, weighed)
    if isinstance(weighed.refusal, LimitReached) and (allowance := _allowance(scale, amount)):
        weighed.refusal, weighed.allowance = None, allowance
    return weighed


def _refusal(scale: Scale, weighed: Weighed) -> Refusal | None:
    line, group, currency = scale.line, scale.group, scale.currency
    for each, policy in ((line, scale.policy), (group, scale.group_policy)):
        if each is not None and policy.is_blocked:
            return CreditBlocked(company=each.payer.name)
    if not scale.policy.allows(weighed.total):
        kind = LimitReached if scale.policy.limit else PrepaidOnly
        return kind(
            company=line.payer.name, exposure=amount_text(weighed.total, currency),
            limit=amount_text(scale.policy.limit or 0, currency),
        )  # fmt: skip
    if group is not None and weighed.group_total is not None and not scale.group_policy.allows(weighed.group_total):
        return GroupLimitReached(
            company=group.payer.name, exposure=amount_text(weighed.group_total, currency),
            limit=amount_text(scale.group_policy.limit or 0, currency),
        )  # fmt: skip
    return None


def _allowance(scale: Scale, amount: int) -> Allowance | None:
    """The smallest that is open and covers the purchase."""
    rows = Allowance.objects.filter(line=scale.line, used_at__isnull=True, expires_at__gt=scale.now)
    return rows.filter(amount__gte=amount).order_by("amount", "pk").first()
