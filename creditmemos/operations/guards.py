"""Guards that several verbs share: own company, the second person, reasons, days."""

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Sum
from django.utils.translation import gettext as _

from companies.models import Company, Marketplace, MarketplaceSettings
from companies.queries import belongs_to
from companies.refusals import ReasonMissing
from core.actors import Actor
from core.checks import LONGEST_REASON, check_text
from core.errors import InvalidInput, Missing
from core.locking import take_turns
from core.models import Approval
from creditmemos.drafting import LONGEST_NOTE, Details
from creditmemos.models import CreditMemo, CreditReason
from creditmemos.refusals import OwnCompany, PipelineV1
from ledger.models import BalanceAccount

NOTES = ("reason_note", "internal_note", "customer_note")
WINDOW = timedelta(hours=24)
KIND = "creditmemo"


def refuse_own_company(user_ids: list[int], companies: list[Company], message: str | None = None) -> None:
    """Nobody credits a company that they belong to, nor its parent or children (I18)."""
    if belongs_to(user_ids, companies):
        raise OwnCompany(message, field="company")


def refuse_stranger(marketplace_id: int, actor: Actor) -> None:
    """Whatever is of another marketplace is not there for the actor (I20)."""
    if marketplace_id != actor.marketplace_id:
        raise Missing


def refuse_v1(marketplace: Marketplace) -> None:
    """V1 marketplaces have no credit memos."""
    if marketplace.pipeline != Marketplace.Pipeline.V2:
        raise PipelineV1


def needs_second_person(
    settings: MarketplaceSettings, *, amount: int, payer_id: int, actor: Actor, now: datetime
) -> bool:
    """Whether the amount and what this person did alone for the company in 24 hours exceed the threshold.

    Amounts are tax-inclusive minor units. What a second person approved is not counted again; what was voided is.
    """
    if settings.approval_threshold is None or actor.is_pipeline:
        return False
    since = now - WINDOW

    def approved(verb: str, at: str) -> Exists:
        decided = Approval.objects.filter(kind=KIND, verb=verb, decision=Approval.Decision.APPROVED)
        return Exists(decided.filter(object_id=OuterRef("pk"), decided_at=OuterRef(at)))

    memos = CreditMemo.objects.filter(payer_id=payer_id)
    issued = memos.filter(~approved("issue", "issued_at"), created_by_id=actor.user_id, issued_at__gt=since)
    closed = memos.filter(~approved("close", "closed_at"), closed_by_id=actor.user_id, closed_at__gt=since)
    so_far = (issued.aggregate(sum=Sum("total"))["sum"] or 0) + (closed.aggregate(sum=Sum("written_off"))["sum"] or 0)
    return bool(so_far + amount > settings.approval_threshold)


def asks_second_person(
    settings: MarketplaceSettings, *, amount: int, payer_id: int, actor: Actor, now: datetime
) -> bool:
    """``needs_second_person`` for the transaction that acts on it: others that count towards the same sum wait."""
    if settings.approval_threshold is not None and not actor.is_pipeline:
        take_turns("threshold", actor.user_id, payer_id)
    return needs_second_person(settings, amount=amount, payer_id=payer_id, actor=actor, now=now)


def check_reason_text(reason: str) -> str:
    """The reason without outer spaces; refused when nothing is left, or too much."""
    reason = check_text(reason, longest=LONGEST_REASON, field="reason")
    if not reason:
        raise ReasonMissing(field="reason")
    return reason


def check_details(
    details: Details, *, account: BalanceAccount, today: date, earliest: date | None, reason_required: bool = True
) -> CreditReason | None:
    """Check reason, notes and effective date of a memo; ``earliest`` is the source invoice's date, if there is one."""
    reasons = CreditReason.objects.filter(marketplace_id=account.marketplace_id, is_active=True)
    reason = reasons.filter(pk=details.reason_id).first() if details.reason_id is not None else None
    if reason is None and (reason_required or details.reason_id is not None):
        raise ReasonMissing(_("Choose a reason."), field="reason")
    if reason is not None and reason.note_required and not details.reason_note.strip():
        raise ReasonMissing(_("This reason needs a note."), field="reason_note")
    for field in NOTES:
        check_text(getattr(details, field), longest=LONGEST_NOTE, field=field)
    _check_effective_date(details.effective_date, account, today, earliest)
    return reason


def _check_effective_date(day: date | None, account: BalanceAccount, today: date, earliest: date | None) -> None:
    closed = account.merchant.closed_through
    if day is None:
        return
    if day > today:
        raise InvalidInput(_("The effective date can't be after today."), field="effective_date")
    if earliest and day < earliest:
        raise InvalidInput(
            _("The effective date can't be before the invoice's date, %(day)s.") % {"day": earliest.isoformat()},
            field="effective_date",
        )
    if closed and day <= closed:
        raise InvalidInput(
            _("The period up to %(day)s is closed.") % {"day": closed.isoformat()}, field="effective_date"
        )
