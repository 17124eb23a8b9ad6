"""What a second person is asked about money of relatives of the operator (I18), in words and figures."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from companies.models import Company, MarketplaceSettings, MerchantOfRecord
from companies.operations.own_company import asks_for_relatives
from companies.queries.two_person import Change
from core.actors import Actor
from core.formats import DASH, amount_text, day_text, reader
from core.models import Approval
from invoices.models import Invoice
from ledger.models import BalanceAccount
from ledger.operations import account_for
from payments import operations
from payments.domain.wording import KIND
from payments.models import Allocation, Payment, PaymentReturn
from payments.operations import differences, keeping, receiving, returning, settling, taking_off

Fact = tuple[str, str]
"""What is asked for, as the second person reads it."""


def _facts(told: Callable[[Approval], Iterable[Fact]]) -> Callable[[Approval], list[Change]]:
    """Facts in the table of changes: they were nothing before, and are nothing now."""
    return lambda approval: [Change(label, DASH, DASH, value) for label, value in told(approval)]


def _payment(approval: Approval) -> Payment:
    return Payment.objects.select_related("account", "marketplace__settings").get(pk=approval.object_id)


def _invoices(ids: Iterable[int], approval: Approval) -> dict[int, Invoice]:
    return Invoice.objects.filter(marketplace_id=approval.marketplace_id).defer("frozen").in_bulk(list(ids))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _yes_or_no(value: object) -> str:
    return gettext("yes") if value else gettext("no")


def _key(approval: Approval) -> str:
    return f"approval:{approval.pk}"


# --- recording: asked of the company, as there is no payment yet ---


def _received(approval: Approval) -> operations.Received:
    told = approval.arguments["received"]
    return operations.Received(**{**told, "value_date": _day(told["value_date"])})


def _wanted(approval: Approval) -> list[tuple[int, int]]:
    return [(invoice_id, amount) for invoice_id, amount in approval.arguments["wanted"]]


def _settled(approval: Approval) -> list[int]:
    """Invoices of which the small difference is settled; requests of earlier releases have none."""
    found: list[int] = approval.arguments.get("settle", [])
    return found


def _record(approval: Approval, actor: Actor, now: datetime) -> object:
    payer = Company.objects.select_related("marketplace").get(pk=approval.object_id)
    account = account_for(payer=payer, merchant=MerchantOfRecord.objects.get(pk=approval.arguments["merchant"]))
    return operations.record_payment(
        account=account, received=_received(approval), wanted=_wanted(approval), actor=actor, now=now,
        key=_key(approval), asked_by=approval.requested_by_id, settle=_settled(approval),
    )  # fmt: skip


def _check_record(approval: Approval) -> None:
    found = BalanceAccount.objects.filter(payer_id=approval.object_id, merchant_id=approval.arguments["merchant"])
    if account := found.first():
        received, wanted, settle = _received(approval), _wanted(approval), _settled(approval)
        invoices = _invoices({*(pk for pk, _ in wanted), *settle}, approval)
        receiving.check_wanted(received, account, wanted, invoices)
        differences.check_rest(settle, wanted, invoices, is_pending=received.is_pending)


def _record_facts(approval: Approval) -> Iterable[Fact]:
    received, wanted = _received(approval), _wanted(approval)
    currency = Company.objects.values_list("marketplace__currency", flat=True).get(pk=approval.object_id)

    def written(amount: int) -> str:
        return amount_text(amount, currency)

    invoices = _invoices((pk for pk, _amount in wanted), approval)
    yield gettext("Amount"), written(received.amount)
    yield gettext("Means"), str(dict(Payment.Means.choices)[received.means])
    yield gettext("Value date"), day_text(received.value_date, reader())
    yield gettext("Reference"), received.reference or DASH
    yield gettext("Invoices"), "; ".join(f"{invoices[pk]}: {written(amount)}" for pk, amount in wanted) or DASH
    if settle := _settled(approval):
        yield gettext("Small differences settled"), ", ".join(str(invoices[pk]) for pk in settle)
    yield gettext("Still pending"), _yes_or_no(received.is_pending)
    yield gettext("The rest stays on account"), _yes_or_no(received.keep_on_account)


# --- the other verbs: asked of the payment ---


def _settle(approval: Approval, actor: Actor, now: datetime) -> object:
    told = approval.arguments
    return operations.settle_payment(
        payment=_payment(approval), amount=told["amount"], value_date=_day(told["value_date"]), actor=actor, now=now
    )


def _fail(approval: Approval, actor: Actor, now: datetime) -> object:
    return operations.fail_payment(payment=_payment(approval), why=approval.request_reason, actor=actor, now=now)


def _check_pending(approval: Approval) -> None:
    settling.check_pending(_payment(approval))


def _money_facts(approval: Approval) -> Iterable[Fact]:
    """Amount and value date, as far as the request has them."""
    told, payment = approval.arguments, _payment(approval)
    if "amount" in told:
        yield gettext("Amount"), amount_text(told["amount"], payment.currency)
    if "reason" in told:
        yield gettext("Reason"), str(dict(PaymentReturn.Reason.choices)[told["reason"]])
    if "value_date" in told:
        yield gettext("Value date"), day_text(_day(told["value_date"]), reader())
    if told.get("chosen"):
        rows = Allocation.objects.filter(pk__in=told["chosen"], payment=payment).select_related("invoice")
        yield gettext("Off these invoices before others"), ", ".join(str(row.invoice) for row in rows)


def _allocation(approval: Approval) -> Allocation:
    return Allocation.objects.select_related("invoice").get(pk=approval.arguments["allocation"])


def _take_off(approval: Approval, actor: Actor, now: datetime) -> object:
    told = approval.arguments
    return operations.take_off(
        allocation=_allocation(approval), reason=approval.request_reason, keep=told["keep"],
        confirmed=told["confirmed"], actor=actor, now=now, key=_key(approval),
    )  # fmt: skip


def _check_take_off(approval: Approval) -> None:
    row = _allocation(approval)
    taking_off.check_still_on(row, row.invoice, confirmed=approval.arguments["confirmed"])


def _take_off_facts(approval: Approval) -> Iterable[Fact]:
    row = _allocation(approval)
    yield gettext("Invoice"), str(row.invoice)
    yield gettext("Amount"), amount_text(row.amount, row.currency)
    yield gettext("The money stays on account"), _yes_or_no(approval.arguments["keep"])


def _return(approval: Approval, actor: Actor, now: datetime) -> object:
    told = approval.arguments
    return operations.return_payment(
        payment=_payment(approval), amount=told["amount"], reason=told["reason"], value_date=_day(told["value_date"]),
        note=told["note"], chosen=list(Allocation.objects.filter(pk__in=told["chosen"])), actor=actor, now=now,
        key=_key(approval),
    )  # fmt: skip


def _check_return(approval: Approval) -> None:
    returning.check_amount(_payment(approval), approval.arguments["amount"])


def _returned(approval: Approval) -> PaymentReturn:
    return PaymentReturn.objects.get(pk=approval.arguments["return"])


def _undo(approval: Approval, actor: Actor, now: datetime) -> object:
    told = approval.arguments
    return operations.undo_return(
        row=_returned(approval), value_date=_day(told["value_date"]), note=told["note"], actor=actor, now=now,
        key=_key(approval),
    )  # fmt: skip


def _check_undo(approval: Approval) -> None:
    returning.check_still_returned(_returned(approval), _payment(approval))


def _undo_facts(approval: Approval) -> Iterable[Fact]:
    yield gettext("Amount"), amount_text(_returned(approval).amount, _payment(approval).currency)
    yield gettext("Value date"), day_text(_day(approval.arguments["value_date"]), reader())


def _keep(approval: Approval, actor: Actor, now: datetime) -> object:
    return operations.keep_surplus(
        payment=_payment(approval), amount=approval.arguments["amount"], reason=approval.request_reason, actor=actor,
        now=now, key=_key(approval),
    )  # fmt: skip


def _check_keep(approval: Approval) -> None:
    settings = MarketplaceSettings.objects.get(marketplace_id=approval.marketplace_id)
    keeping.check_small(_payment(approval), approval.arguments["amount"], settings)


class Asked(NamedTuple):
    """One verb: what it is called, what it does once it is agreed to, its guards beforehand, and what one agrees to."""

    label: str | Promise
    act: Callable[[Approval, Actor, datetime], Any]
    check: Callable[[Approval], object]
    facts: Callable[[Approval], Iterable[Fact]]


VERBS: dict[tuple[str, str], Asked] = {
    ("company", receiving.RECORD): Asked(
        gettext_lazy("Record a payment of"), _record, _check_record, _record_facts
    ),
    (KIND, settling.SETTLE): Asked(gettext_lazy("Record the arrival of"), _settle, _check_pending, _money_facts),
    (KIND, settling.FAIL): Asked(gettext_lazy("Record the failure of"), _fail, _check_pending, _money_facts),
    (KIND, taking_off.TAKE_OFF): Asked(
        gettext_lazy("Take money off an invoice from"), _take_off, _check_take_off, _take_off_facts
    ),
    (KIND, returning.RETURN): Asked(gettext_lazy("Record a return of"), _return, _check_return, _money_facts),
    (KIND, returning.UNDO): Asked(gettext_lazy("Undo a return of"), _undo, _check_undo, _undo_facts),
    (KIND, keeping.KEEP): Asked(gettext_lazy("Keep the surplus of"), _keep, _check_keep, _money_facts),
}  # fmt: skip


def register_all() -> None:
    """Called from AppConfig.ready."""
    for (kind, name), asked in VERBS.items():
        asks_for_relatives(
            kind=kind, name=name, label=asked.label, act=asked.act, check=asked.check, changes=_facts(asked.facts)
        )
