"""Guards that several verbs share: own company, the second person, reasons, days."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from companies.domain.refusals import AlreadyAsked, OwnCompany, ReasonMissing
from companies.models import Marketplace, MarketplaceSettings
from companies.operations.own_company import Ask, asks_for_own_company, refuse_own_company
from core.actors import Actor
from core.checks import LONGEST_REASON, check_text
from core.errors import InvalidInput, Missing
from core.locking import take_turns
from core.models import Approval
from creditmemos.domain.adjustments import SMALL_DIFFERENCE, UNCOLLECTIBLE
from creditmemos.domain.drafting import LONGEST_NOTE, Details
from creditmemos.domain.refusals import PipelineV1
from creditmemos.domain.wording import CLOSE, INVOICE, ISSUE, KIND, REFUND_ITEMS, SETTLE_DIFFERENCE
from creditmemos.models import CreditMemo, CreditReason
from ledger.models import BalanceAccount, JournalEntry

NOTES = ("reason_note", "internal_note", "customer_note")
WINDOW = timedelta(hours=24)


def refuse_stranger(marketplace_id: int, actor: Actor) -> None:
    """Whatever is of another marketplace is not there for the actor (I20)."""
    if marketplace_id != actor.marketplace_id:
        raise Missing


def refuse_v1(marketplace: Marketplace) -> None:
    """V1 marketplaces have no credit memos."""
    if marketplace.pipeline != Marketplace.Pipeline.V2:
        raise PipelineV1


def asks_for_own(memo: CreditMemo, actor: Actor) -> bool:
    """``asks_for_own_company`` for both parties of a memo."""
    return not _knows_whose(memo) and asks_for_own_company([actor.user_id], [memo.payer_id, memo.beneficiary_id])


def refuse_own(memo: CreditMemo, actor: Actor, *, ask: Ask | None, besides: Sequence[int] = ()) -> None:
    """``refuse_own_company`` for both parties of a memo and the companies ``besides``."""
    if not _knows_whose(memo):
        refuse_own_company(actor, [memo.payer_id, *besides, memo.beneficiary_id], ask=ask)


def _knows_whose(memo: CreditMemo) -> bool:
    """Whether the memo was read with its annotations (`queries.annotated`), for a page of this very person.

    Then OwnCompany needs no statement; relatives of the operator are left to the verb, which reads the memo anew.
    """
    known: bool | None = getattr(memo, "is_own", None)
    if known:
        raise OwnCompany(field="company")
    return known is not None


def refuse_asked(memo: CreditMemo, verb: str) -> None:
    """Refuse what a second person was asked already and has not answered; a memo read with its annotations knows."""
    if is_asked(memo, verb):
        raise AlreadyAsked


def is_asked(memo: CreditMemo, verb: str) -> bool:
    """Whether a second person was asked this about the memo and has not answered."""
    read: str | None = getattr(memo, "waiting_verb", "")  # Empty where it was not read; None where nothing waits.
    waiting = Approval.objects.filter(kind=KIND, object_id=memo.pk, verb=verb, decision=Approval.Decision.WAITING)
    return read == verb or (read == "" and waiting.exists())


Counter = Callable[[int | None, int, datetime], int]
_COUNTERS: list[Counter] = []


def counts_towards_limit(counter: Counter) -> None:
    """Count also what another app's verbs credit: asked with a person, a payer and a moment; from AppConfig.ready."""
    _COUNTERS.append(counter)


def alone_so_far(*, payer_id: int, actor: Actor, now: datetime, in_turn: bool = False) -> int:
    """What this person credited and wrote off for the payer in 24 hours without a second person.

    Tax-inclusive minor units, of voided memos too; what a memo was divided into counted with it. ``in_turn`` makes
    others wait that count towards the same sum.
    """
    if in_turn:
        take_turns("threshold", actor.user_id, payer_id)
    since = now - WINDOW

    def approved(verb: str, at: str) -> Exists:
        decided = Approval.objects.filter(kind=KIND, verb=verb, decision=Approval.Decision.APPROVED)
        return Exists(decided.filter(object_id=OuterRef("pk"), decided_at=OuterRef(at)))

    memos = CreditMemo.objects.filter(payer_id=payer_id)
    issued = Q(created_by_id=actor.user_id, issued_at__gt=since, divided_from__isnull=True) & ~_agreed_by_two()
    closed = Q(closed_by_id=actor.user_id, closed_at__gt=since)
    sums = memos.filter(issued | closed).aggregate(
        issued=Sum("total", filter=issued & Q(~approved(ISSUE, "issued_at"))),
        closed=Sum("written_off", filter=closed & Q(~approved(CLOSE, "closed_at"))),
    )
    return sum(int(found or 0) for found in sums.values()) + sum(
        count(actor.user_id, payer_id, since) for count in _COUNTERS
    )


def _agreed_by_two() -> Q:
    """Adjustments and refunded items that a second person agreed to: a debt is never given up alone."""

    def agreed(verb: str) -> Q:
        asked = Approval.objects.filter(
            kind=INVOICE, verb=verb, decision=Approval.Decision.APPROVED,
            object_id=OuterRef("source_invoice_id"), decided_at=OuterRef("issued_at"),
        )  # fmt: skip
        return Q(Exists(asked))

    refunded = agreed(REFUND_ITEMS) & Q(source=CreditMemo.Source.REFUND)
    return Q(purpose=UNCOLLECTIBLE) | agreed(SETTLE_DIFFERENCE) & Q(purpose=SMALL_DIFFERENCE) | refunded


def needs_second_person(
    settings: MarketplaceSettings, *, amount: int, payer_id: int, actor: Actor, now: datetime, in_turn: bool = False
) -> bool:
    """Whether the amount and what this person did alone for the company in 24 hours exceed the threshold."""
    if settings.approval_threshold is None or actor.is_pipeline:
        return False
    so_far = alone_so_far(payer_id=payer_id, actor=actor, now=now, in_turn=in_turn)
    return so_far + amount > settings.approval_threshold


def asks_second_person(
    settings: MarketplaceSettings, *, amount: int, payer_id: int, actor: Actor, now: datetime
) -> bool:
    """``needs_second_person`` for the transaction that acts on it: others that count towards the same sum wait."""
    return needs_second_person(settings, amount=amount, payer_id=payer_id, actor=actor, now=now, in_turn=True)


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


def _check_ad_hoc_day(day: date, account: BalanceAccount, today: date) -> None:
    """Credit that undoes no invoice is not older than what the customer owes and had, nor than the settings allow."""
    days = account.marketplace.settings.effective_days_back
    oldest = today - timedelta(days=days)
    if day < oldest:
        raise InvalidInput(
            ngettext(
                "The effective date can't be more than %(days)s day in the past, before %(day)s.",
                "The effective date can't be more than %(days)s days in the past, before %(day)s.",
                days,
            )
            % {"days": days, "day": oldest.isoformat()},
            field="effective_date",
        )
    first = JournalEntry.objects.filter(balance_account=account).order_by("posting_date", "id").first()
    if first is not None and day < first.posting_date:
        raise InvalidInput(
            _("The effective date can't be before the account's first posting, %(day)s.")
            % {"day": first.posting_date.isoformat()},
            field="effective_date",
        )


def _check_effective_date(day: date | None, account: BalanceAccount, today: date, earliest: date | None) -> None:
    closed = account.merchant.closed_through
    if day is None:
        return
    if earliest is None:
        _check_ad_hoc_day(day, account, today)
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
