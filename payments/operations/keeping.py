"""Keep a small surplus: money on account up to the marketplace's setting, which the customer will not ask for."""

from datetime import datetime

from django.db import transaction

from companies.models import MarketplaceSettings
from companies.operations.own_company import Ask
from core import audit, idempotency
from core.actors import Actor
from core.checks import LONGEST_REASON, amount_problem, check_text
from core.errors import InvalidInput
from core.formats import amount_text
from core.locking import lock_one
from ledger.posting import post
from payments.domain.refusals import KeepsNothing, OverSmallDifference
from payments.domain.wording import KEPT, KIND
from payments.models import KeptSurplus, Payment
from payments.operations.guards import ask_second, check_on_account, refuse_own
from payments.operations.money_facts import keep_entries, payment_note, publish_payment
from payments.operations.money_rows import Locked, agree, posting_day

PERMISSION = "payments.keep"
KEEP = "keep"


def may_keep(payment: Payment, settings: MarketplaceSettings) -> bool:
    """Whether what it has on account is a small difference."""
    return payment.is_settled and 0 < payment.free <= settings.small_difference


def check_keep(payment: Payment, amount: int, settings: MarketplaceSettings, *, actor: Actor) -> None:
    """Ask every guard of keeping ``amount`` minor units."""
    refuse_own(payment.account, actor)
    check_small(payment, amount, settings)


def check_small(payment: Payment, amount: int, settings: MarketplaceSettings) -> None:
    """Ask the guards of the amount."""
    if problem := amount_problem(amount, currency=payment.currency):
        raise InvalidInput(problem, field="amount")
    check_on_account(payment, amount, field="amount")
    if not settings.small_difference:
        raise KeepsNothing
    kept = payment.kept + amount
    if kept > settings.small_difference:
        most = amount_text(max(settings.small_difference - payment.kept, 0), payment.currency)
        raise OverSmallDifference(amount=most, field="amount")


@transaction.atomic
def keep_surplus(
    *, payment: Payment, amount: int, reason: str, actor: Actor, now: datetime, key: str | None
) -> KeptSurplus:
    """Keep ``amount`` minor units of a payment's money on account, with a reason: income from small differences."""
    reason = check_text(reason, longest=LONGEST_REASON, field="reason", required=True)
    body = [payment.pk, amount, reason]
    again = idempotency.claim(actor=actor, operation="payments.keep", key=key, body=body, now=now)
    if again:
        return KeptSurplus.objects.get(pk=again.result["kept_id"])
    payment = lock_one(Payment.objects.filter(pk=payment.pk, marketplace_id=actor.marketplace_id))
    settings = MarketplaceSettings.objects.get(marketplace_id=actor.marketplace_id)
    check_keep(payment, amount, settings, actor=actor)
    told: dict[str, object] = {"amount": amount}
    ask = Ask(kind=KIND, verb=KEEP, object_id=payment.pk, thing=str(payment), reason=reason, arguments=told)
    ask_second(payment.account, actor, ask)
    locked = Locked(payment.account, {}, {payment.pk: payment})
    day = posting_day(locked, now=now)
    row = KeptSurplus.objects.create(
        payment=payment, amount=amount, posting_date=day, created_at=now, actor_id=actor.user_id, note=reason
    )
    payment.keep(amount)
    agree(locked)
    post(
        account=locked.account, posting_date=day, verb=KEPT, entries=keep_entries(payment, amount), actor=actor, now=now
    )
    audit.record_many([payment_note(KEPT, payment, note=reason, amount=amount)], actor=actor, now=now)
    publish_payment(KEPT, payment, actor=actor, now=now, key=row.pk)
    idempotency.remember(actor=actor, operation="payments.keep", key=key, result={"kept_id": str(row.pk)})
    return row
