"""What a second person is asked about money of relatives of the operator (I18)."""

from collections.abc import Callable
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.operations.own_company import asks_for_relatives
from core.actors import Actor
from core.models import Approval
from ledger.models import BalanceAccount
from payments import operations
from payments.domain.wording import KIND
from payments.models import Allocation, Payment, PaymentReturn
from payments.operations import keeping, receiving, returning, settling, taking_off

Act = Callable[[Approval, Actor, datetime], object]


def _payment(approval: Approval) -> Payment:
    return Payment.objects.get(pk=approval.object_id)


def _day(approval: Approval) -> date:
    return date.fromisoformat(approval.arguments["value_date"])


def _key(approval: Approval) -> str:
    return f"approval:{approval.pk}"


def _record(approval: Approval, actor: Actor, now: datetime) -> object:
    told = approval.arguments["received"]
    received = operations.Received(**{**told, "value_date": date.fromisoformat(told["value_date"])})
    wanted = [(invoice_id, amount) for invoice_id, amount in approval.arguments["wanted"]]
    account = BalanceAccount.objects.get(pk=approval.object_id)
    return operations.record_payment(
        account=account, received=received, wanted=wanted, actor=actor, now=now, key=_key(approval)
    )


def _settle(approval: Approval, actor: Actor, now: datetime) -> object:
    amount = approval.arguments["amount"]
    return operations.settle_payment(
        payment=_payment(approval), amount=amount, value_date=_day(approval), actor=actor, now=now
    )


def _fail(approval: Approval, actor: Actor, now: datetime) -> object:
    return operations.fail_payment(payment=_payment(approval), why=approval.request_reason, actor=actor, now=now)


def _take_off(approval: Approval, actor: Actor, now: datetime) -> object:
    told = approval.arguments
    return operations.take_off(
        allocation=Allocation.objects.get(pk=told["allocation"]), reason=approval.request_reason, keep=told["keep"],
        confirmed=told["confirmed"], actor=actor, now=now, key=_key(approval),
    )  # fmt: skip


def _return(approval: Approval, actor: Actor, now: datetime) -> object:
    told = approval.arguments
    return operations.return_payment(
        payment=_payment(approval), amount=told["amount"], reason=told["reason"], value_date=_day(approval),
        note=told["note"], chosen=list(Allocation.objects.filter(pk__in=told["chosen"])), actor=actor, now=now,
        key=_key(approval),
    )  # fmt: skip


def _undo(approval: Approval, actor: Actor, now: datetime) -> object:
    row = PaymentReturn.objects.get(pk=approval.arguments["return"])
    note = approval.arguments["note"]
    return operations.undo_return(
        row=row, value_date=_day(approval), note=note, actor=actor, now=now, key=_key(approval)
    )


def _keep(approval: Approval, actor: Actor, now: datetime) -> object:
    return operations.keep_surplus(
        payment=_payment(approval), amount=approval.arguments["amount"], reason=approval.request_reason, actor=actor,
        now=now, key=_key(approval),
    )  # fmt: skip


VERBS: dict[str, tuple[str | Promise, Act]] = {
    receiving.RECORD: (_("Record a payment of"), _record),
    settling.SETTLE: (_("Record the arrival of"), _settle),
    settling.FAIL: (_("Record the failure of"), _fail),
    taking_off.TAKE_OFF: (_("Take money off an invoice from"), _take_off),
    returning.RETURN: (_("Record a return of"), _return),
    returning.UNDO: (_("Undo a return of"), _undo),
    keeping.KEEP: (_("Keep the surplus of"), _keep),
}


def register_all() -> None:
    """Called from AppConfig.ready."""
    for name, (label, act) in VERBS.items():
        asks_for_relatives(kind=KIND, name=name, label=label, act=act)
