"""Settle what stays open on an invoice without money: a small difference, or a debt that is given up (ADR 63).

Both become a memo without tax for the whole due, issued and applied at once; nobody is sent anything.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from companies.models import MarketplaceSettings
from companies.operations.own_company import asks_for_own_company
from core.actors import Actor
from core.audit import record_many
from core.errors import Refusal, refusal_of
from core.formats import amount_text
from core.locking import lock_one
from core.models import Approval
from core.money import to_major
from creditmemos.domain.adjustments import SMALL_DIFFERENCE, UNCOLLECTIBLE, line_of, number_of
from creditmemos.domain.drafting import Details
from creditmemos.domain.planning import Allocation
from creditmemos.domain.wording import SETTLE_DIFFERENCE, WRITE_OFF
from creditmemos.models import CreditMemo
from creditmemos.operations.adjustment_requests import refuse_asked, request_adjustment
from creditmemos.operations.application_rows import Locked, use_credit
from creditmemos.operations.applying import check_apply
from creditmemos.operations.drafts import new_draft, settings_of, write_lines
from creditmemos.operations.guards import asks_second_person, check_reason_text, refuse_stranger, refuse_v1
from creditmemos.operations.issue_facts import issue_note
from creditmemos.operations.issuing_draft import freeze, give_number, post_issue, tell_issue
from creditmemos.queries.composing import compose_ad_hoc
from documents.models import NumberSeries
from documents.operations import numbering
from invoices.domain.balance import UNPAID
from invoices.domain.charging import Charge
from invoices.models import Invoice
from invoices.operations.numbering import Given


class NothingToSettle(Refusal):
    code = "nothing_to_settle"
    text = _("%(invoice)s is %(status)s, so there is nothing to settle.")


class NoSmallDifferences(Refusal):
    code = "no_small_differences"
    text = _("This marketplace settles no small differences.")


class OverSmallDifference(Refusal):
    code = "over_small_difference_due"
    text = _("%(due)s is due on %(invoice)s. Only up to %(amount)s can be settled as a small difference.")


class DueChanged(Refusal):
    code = "due_changed"
    text = _(
        "%(before)s was due on %(invoice)s when this was requested, now it is %(after)s. Reject it, and have it"
        " requested again."
    )


SETTLE_PERMISSION, WRITE_OFF_PERMISSION = "creditmemos.settle_difference", "creditmemos.write_off"


def may_settle_difference(invoice: Invoice, settings: MarketplaceSettings) -> bool:
    """Whether what is due is a small difference; what was settled of it before is asked under the lock."""
    return refusal_of(_check_small, invoice, settings) is None and refusal_of(refuse_asked, invoice) is None


def may_write_off(invoice: Invoice) -> bool:
    """Whether there is a debt that could be given up."""
    return refusal_of(_check_due, invoice) is None and refusal_of(refuse_asked, invoice) is None


def check_small_difference(invoice: Invoice, settings: MarketplaceSettings) -> None:
    """Ask the guards that don't depend on who acts; piece by piece is no way around the limit."""
    _check_small(invoice, settings)
    memos = CreditMemo.objects.filter(source_invoice=invoice, purpose=SMALL_DIFFERENCE, number__isnull=False)
    before = memos.active().aggregate(sum=Sum("total"))["sum"] or 0
    if before + invoice.amount_due > settings.small_difference:
        raise _over(invoice, settings.small_difference - before)


def check_settle_difference(invoice: Invoice, settings: MarketplaceSettings, *, actor: Actor) -> bool:
    """Ask every guard; whether a second person is asked, as the company is a relative of the operator."""
    second = _check_whose(invoice, actor)
    check_small_difference(invoice, settings)
    refuse_asked(invoice)
    return second


def check_write_off(invoice: Invoice, *, actor: Actor) -> None:
    """Ask every guard of asking for it."""
    _check_whose(invoice, actor)
    _check_due(invoice)
    refuse_asked(invoice)


@transaction.atomic
def settle_difference(*, invoice: Invoice, reason: str, actor: Actor, now: datetime) -> CreditMemo | Approval:
    """Settle the due of an invoice, up to the marketplace's setting, with a reason.

    Returns the memo, or the request when the approval limit asks for a second person; none where one agreed already.
    """
    reason = check_reason_text(reason)
    invoice = _lock(invoice.pk, actor.marketplace_id)
    settings = settings_of(invoice.account)
    second = check_settle_difference(invoice, settings, actor=actor)
    due, payer_id = invoice.amount_due, invoice.payer_id
    is_alone = not actor.is_agreed
    if is_alone and (second or asks_second_person(settings, amount=due, payer_id=payer_id, actor=actor, now=now)):
        return request_adjustment(invoice, SETTLE_DIFFERENCE, reason=reason, actor=actor, now=now)
    return _adjust(invoice, settings, SMALL_DIFFERENCE, reason, maker_id=actor.user_id, actor=actor, now=now)


@transaction.atomic
def write_off_invoice(*, invoice: Invoice, reason: str, actor: Actor, now: datetime) -> Approval:
    """Ask a second person to give up the whole due of an invoice as uncollectible, with a reason."""
    reason = check_reason_text(reason)
    invoice = _lock(invoice.pk, actor.marketplace_id)
    check_write_off(invoice, actor=actor)
    return request_adjustment(invoice, WRITE_OFF, reason=reason, actor=actor, now=now)


def check_agreed(approval: Approval, invoice: Invoice, *, actor: Actor) -> None:
    """Ask every guard of what was asked for once more, as things are now; another amount was not agreed to."""
    _refuse_own(approval, invoice, actor)
    if approval.verb == WRITE_OFF:
        _check_due(invoice)
    else:
        check_small_difference(invoice, invoice.marketplace.settings)
    if invoice.amount_due != approval.amount:
        before, after = (amount_text(due or 0, invoice.currency) for due in (approval.amount, invoice.amount_due))
        raise DueChanged(before=before, invoice=str(invoice), after=after)


def adjust_agreed(approval: Approval, actor: Actor, now: datetime) -> CreditMemo:
    """Carry out what a second person agreed to; the memo is its maker's."""
    invoice = _lock(approval.object_id, approval.marketplace_id)
    check_agreed(approval, invoice, actor=actor)
    purpose = UNCOLLECTIBLE if approval.verb == WRITE_OFF else SMALL_DIFFERENCE
    settings, reason = settings_of(invoice.account), approval.request_reason
    return _adjust(invoice, settings, purpose, reason, maker_id=approval.requested_by_id, actor=actor, now=now)


def _lock(invoice_id: int, marketplace_id: int) -> Invoice:
    return lock_one(Invoice.objects.filter(pk=invoice_id, marketplace_id=marketplace_id))


def _check_whose(invoice: Invoice, actor: Actor) -> bool:
    refuse_stranger(invoice.marketplace_id, actor)
    return asks_for_own_company([actor.user_id], [invoice.payer_id, invoice.beneficiary_id])


def _refuse_own(approval: Approval, invoice: Invoice, actor: Actor) -> None:
    """Neither the one who decides nor the one who asked may belong to the company by now (I18)."""
    parties = [invoice.payer_id, invoice.beneficiary_id]
    asks_for_own_company([actor.user_id], parties)
    maker = gettext("The person who requested this now belongs to the company, so it can't be approved.")
    asks_for_own_company([approval.requested_by_id], parties, message=maker)


def _check_due(invoice: Invoice) -> None:
    refuse_v1(invoice.marketplace)
    if invoice.status != UNPAID:
        raise NothingToSettle(invoice=str(invoice), status=invoice.get_status_display().lower())


def _check_small(invoice: Invoice, settings: MarketplaceSettings) -> None:
    _check_due(invoice)
    if not settings.small_difference:
        raise NoSmallDifferences
    if invoice.amount_due > settings.small_difference:
        raise _over(invoice, settings.small_difference)


def _over(invoice: Invoice, most: int) -> OverSmallDifference:
    due, limit = amount_text(invoice.amount_due, invoice.currency), amount_text(max(most, 0), invoice.currency)
    return OverSmallDifference(due=due, invoice=str(invoice), amount=limit)


def _adjust(
    invoice: Invoice,
    settings: MarketplaceSettings,
    purpose: str,
    reason: str,
    *,
    maker_id: int | None,
    actor: Actor,
    now: datetime,
) -> CreditMemo:
    """Issue the memo and use it whole on the locked invoice, whose guards were asked."""
    memo = _draft(invoice, settings, purpose, reason, maker_id=maker_id, actor=actor, now=now)
    post_issue(memo, settings, actor=actor, now=now)
    record_many([issue_note(memo)], actor=actor, now=now)
    tell_issue([memo], memo.marketplace_id, now)
    freeze(memo, settings)
    give_number(memo, _next_number(memo, settings, now), now)
    locked = Locked(memo.account, {memo.pk: memo}, {invoice.pk: invoice})
    whole = [Allocation(memo.pk, invoice.pk, memo.total)]
    check_apply(locked, whole, actor)
    use_credit(locked, whole, actor=actor, now=now)
    return memo


def _draft(
    invoice: Invoice,
    settings: MarketplaceSettings,
    purpose: str,
    reason: str,
    *,
    maker_id: int | None,
    actor: Actor,
    now: datetime,
) -> CreditMemo:
    memo = new_draft(
        account=invoice.account,
        details=Details(use=CreditMemo.Use.APPLY_NOW, reason_note=reason),
        actor=actor,
        now=now,
        source=CreditMemo.Source.AD_HOC,
        beneficiary=invoice.beneficiary,
        billed_user=invoice.billed_user,
        tax_by=settings.tax_by,
        invoice=invoice,
    )
    memo.purpose, memo.created_by_id = purpose, maker_id
    price = to_major(invoice.amount_due, currency=invoice.currency)
    charge = Charge(description=line_of(purpose, memo.language), quantity=Decimal(1), unit_price=price)
    write_lines(memo, compose_ad_hoc([charge], invoice.currency, tax_by=memo.tax_by))
    return memo


def _next_number(memo: CreditMemo, settings: MarketplaceSettings, now: datetime) -> Given:
    """The next number of the merchant's series of adjustments, which is held until commit (ADR 4)."""
    taken = numbering.take(
        marketplace_id=memo.marketplace_id,
        merchant_id=memo.merchant_id,
        kind=NumberSeries.Kind.ADJUSTMENT,
        shared=False,
        yearly=False,
        today=settings.marketplace.today(now),
    )
    return Given(number_of(taken.first), taken.series_id, taken.first, taken.issue_date)
