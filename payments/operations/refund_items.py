"""Refund items of an invoice: credit them, use that on what is due, and pay the rest back; alone or by two people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from companies.domain.refusals import AlreadyAsked
from companies.operations.approvals import request
from core import idempotency
from core.actors import Actor
from core.errors import refusal_of
from core.formats import amount_text
from core.locking import lock_ids, lock_one, take_turns
from core.models import Approval
from creditmemos.domain.drafting import Details, DraftLine
from creditmemos.domain.wording import INVOICE, REFUND_ITEMS
from creditmemos.models import CreditMemo, CreditReason
from creditmemos.operations.drafts import check_credit, check_creditable, check_draft, settings_of
from creditmemos.operations.guards import asks_second_person
from creditmemos.operations.issuing_parts import Part, issue_parts
from creditmemos.queries.adjustments import refund_asked
from creditmemos.queries.composing_gross import Wanted, check_gross, compose_gross
from creditmemos.queries.creditable import Creditable, creditable_lines
from invoices.models import Invoice
from payments.domain.bearing import Sharing, share
from payments.domain.refusals import NothingPaid, NotPaidEnough, RefundMoved
from payments.models import Payment, Refund
from payments.operations.by_provider import check_parts
from payments.operations.refund_moves import Sending, begin, check_sending
from payments.operations.refunding import PERMISSION, check_paid_in, refuse_own_now, sending_of, stored_sending
from payments.queries.bearers import Bearer, bearers_of, money_left

__all__ = ["PERMISSION", "Items", "Plan", "Refunded", "refund_items"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """What is refunded: gross minor units of lines by their ids, and the ids of the payments that bear it.

    ``payments`` None: all bear it that can, the oldest first. ``details`` say why, and what becomes of the period
    where all is credited that a billing run invoiced; their effective date and use are not asked.
    """

    lines: Wanted
    details: Details
    payments: Sequence[int] | None = None


NOT_READ = object()


class Refunded(NamedTuple):
    """The memos in the order of the plan, and the refunds that pay them back."""

    memos: list[CreditMemo]
    refunds: list[Refund]


class Plan(NamedTuple):
    """How a refund is shared, and the lines of each memo."""

    sharing: Sharing
    memos: list[list[DraftLine]]


def may_refund_items(invoice: Invoice) -> bool:
    """Whether marketplace and status let items be refunded; whose it is and what is left are asked besides."""
    return refusal_of(check_source, invoice) is None


def check_source(invoice: Invoice) -> None:
    """Ask, of an invoice that a page may have read with its annotations, what lines and details don't decide."""
    check_credit(invoice)
    if not invoice.paid:
        raise NothingPaid(invoice=str(invoice))


def check_refund_items(invoice: Invoice, *, actor: Actor) -> bool:
    """Ask every guard that the form doesn't decide; whether a second person is asked for a relative."""
    is_related = refuse_own_now([actor.user_id], [invoice.payer_id, invoice.beneficiary_id])
    check_source(invoice)
    known = getattr(invoice, "refund_waiting", NOT_READ)
    if known if known is not NOT_READ else refund_asked(invoice.pk).exists():
        raise AlreadyAsked
    return is_related


def plan_refund(
    invoice: Invoice,
    items: Items,
    *,
    rooms: Sequence[Creditable] | None = None,
    bearers: Sequence[Bearer] | None = None,
) -> Plan:
    """Work the refund out as it will be stored: what is applied, what each payment bears, and the memos' lines.

    ``rooms`` and ``bearers`` are the invoice's, where they were read. Raises what stands in the way.
    """
    rooms = creditable_lines(invoice) if rooms is None else rooms
    bearers = bearers_of(invoice) if bearers is None else bearers
    check_gross(rooms, items.lines, invoice.currency)
    total = sum(gross for _line, gross in items.lines)
    chosen = None if items.payments is None else set(items.payments)
    able = [(each.payment.pk, each.room) for each in bearers if chosen is None or each.payment.pk in chosen]
    sharing = share(total, due=invoice.amount_due, most=money_left(invoice), bearers=able)
    if sharing.missing:
        most = amount_text(total - sharing.missing, invoice.currency)
        raise NotPaidEnough(amount=most, invoice=str(invoice), field="lines" if chosen is None else "payments")
    return Plan(sharing, compose_gross(invoice, rooms, items.lines, sharing.amounts))


@transaction.atomic
def refund_items(
    *, invoice: Invoice, items: Items, sending: Sending, actor: Actor, now: datetime, key: str | None
) -> Refunded | Approval:
    """Credit lines of an invoice and pay them back, one memo for each payment that bears a part.

    What is still due takes its part first: one memo for it, applied at once. Memos that are paid back are reserved
    from the moment they are issued; where the money does not go, they are on hold. Returns what was made, or the
    request where it takes two people: above the approval limit, and for a relative of the operator.
    """
    body = [invoice.pk, repr(items), repr(sending)]
    again = idempotency.claim(actor=actor, operation="payments.refund_items", key=key, body=body, now=now)
    if again:
        return _first_time(again.result)
    invoice = lock_one(Invoice.objects.filter(pk=invoice.pk, marketplace_id=actor.marketplace_id))
    _lock_bearers(invoice)
    is_related = check_refund_items(invoice, actor=actor)
    plan = plan_refund(invoice, items)
    settings = settings_of(invoice.account)
    check_draft(
        items.details, account=invoice.account, beneficiary=invoice.beneficiary, invoice=invoice, actor=actor, now=now
    )
    sending = check_sending(sending, invoice.account, now=now)
    check_parts(plan.sharing.parts, sending, invoice.currency)
    check_paid_in(invoice.account, plan.sharing.sent, field="lines") if plan.sharing.sent else None
    amount = sum(plan.sharing.amounts)
    second = asks_second_person(settings, amount=amount, payer_id=invoice.payer_id, actor=actor, now=now)
    if is_related or second:
        approval = _ask(invoice, items, plan, sending, actor=actor, now=now)
        _remember(key, {"approval_id": approval.pk}, actor)
        return approval
    done = _carry_out(invoice, items, plan, sending, actor=actor, now=now, maker_id=actor.user_id)
    result = {"memo_ids": [memo.pk for memo in done.memos], "refund_ids": [refund.pk for refund in done.refunds]}
    _remember(key, result, actor)
    return done


def _lock_bearers(invoice: Invoice) -> None:
    """Lock what may bear it, in turn with other refunds of the account."""
    ids = [each.payment.pk for each in bearers_of(invoice)]
    lock_ids(Payment.objects.all(), ids, marketplace_id=invoice.marketplace_id)
    take_turns("refund", invoice.account_id)


def refund_agreed(approval: Approval, actor: Actor, now: datetime) -> Refunded:
    """Refund what a second person agreed to, after every guard was asked again, of the maker too."""
    invoice = lock_one(Invoice.objects.filter(pk=approval.object_id, marketplace_id=actor.marketplace_id))
    items = items_of(approval.arguments)
    _lock_bearers(invoice)
    plan = plan_refund(invoice, items)
    check_agreed(approval, invoice, actor, plan=plan)
    sending = check_sending(sending_of(approval.arguments), invoice.account, now=now)
    check_parts(plan.sharing.parts, sending, invoice.currency)
    account, beneficiary = invoice.account, invoice.beneficiary
    check_draft(items.details, account=account, beneficiary=beneficiary, invoice=invoice, actor=actor, now=now)
    maker_id = approval.requested_by_id
    return _carry_out(invoice, items, plan, sending, actor=actor, now=now, maker_id=maker_id)


def check_agreed(approval: Approval, invoice: Invoice, actor: Actor, *, plan: Plan | None = None) -> None:
    """Ask every guard of what was asked for, of both people; another sharing was not agreed to."""
    refuse_own_now([actor.user_id], [invoice.payer_id, invoice.beneficiary_id], maker_id=approval.requested_by_id)
    check_source(invoice)
    check_creditable(invoice, Details(), invoice.marketplace.settings)
    plan = plan or plan_refund(invoice, items_of(approval.arguments))
    if told_of(plan.sharing) != approval.arguments["plan"]:
        raise RefundMoved(invoice=str(invoice))
    if plan.sharing.sent:
        check_paid_in(invoice.account, plan.sharing.sent)


def _carry_out(
    invoice: Invoice,
    items: Items,
    plan: Plan,
    sending: Sending,
    *,
    actor: Actor,
    now: datetime,
    maker_id: int | None,
) -> Refunded:
    """Issue the memos, use the first on what is due, and pay the others back from the payments that bear them."""
    settings, sharing = settings_of(invoice.account), plan.sharing
    uses = [CreditMemo.Use.APPLY_NOW] * bool(sharing.applied) + [CreditMemo.Use.FOLLOW] * len(sharing.parts)
    parts = [Part(lines, use) for lines, use in zip(plan.memos, uses, strict=True)]
    memos = issue_parts(
        invoice, parts, items.details, settings, source=CreditMemo.Source.REFUND, maker_id=maker_id, actor=actor,
        now=now,
    )  # fmt: skip
    reason = reason_of(items.details)
    payments = Payment.objects.in_bulk([payment for payment, _amount in sharing.parts])
    going = memos[len(memos) - len(sharing.parts) :]
    refunds = [
        begin(
            memo, amount, sending, reason=reason, actor=actor, now=now, requested_by_id=maker_id,
            bearer=payments[payment],
        )
        for memo, (payment, amount) in zip(going, sharing.parts, strict=True)
    ]  # fmt: skip
    return Refunded(memos, refunds)


def reason_of(details: Details) -> str:
    """What the refunds say of why: the note, else the reason in English."""
    reason = CreditReason.objects.get(pk=details.reason_id or 0)
    return details.reason_note.strip() or reason.label("en")


def _ask(invoice: Invoice, items: Items, plan: Plan, sending: Sending, *, actor: Actor, now: datetime) -> Approval:
    said = asdict(items.details)
    told: dict[str, object] = {
        "thing": str(invoice), "companies": [invoice.payer_id, invoice.beneficiary_id],
        "sending": stored_sending(sending), "lines": [list(line) for line in items.lines],
        "payments": items.payments, "plan": told_of(plan.sharing),
        "details": {name: said[name] for name in KEPT},
    }  # fmt: skip
    return request(
        kind=INVOICE, verb=REFUND_ITEMS, object_id=invoice.pk, company_id=invoice.payer_id,
        amount=sum(plan.sharing.amounts), currency=invoice.currency, reason=reason_of(items.details),
        arguments=told, audited={}, actor=actor, now=now,
    )  # fmt: skip


KEPT = ("reason_id", "reason_note", "internal_note", "customer_note", "afterwards")
"""Of the details, what a request keeps."""


def told_of(sharing: Sharing) -> dict[str, object]:
    """A sharing as a request keeps it: payments by id; minor units."""
    return {"applied": sharing.applied, "parts": [list(part) for part in sharing.parts]}


def items_of(told: Mapping[str, Any]) -> Items:
    """What a request stores of what is refunded."""
    lines = [(line, gross) for line, gross in told["lines"]]
    return Items(lines=lines, payments=told["payments"], details=Details(**told["details"]))


def _remember(key: str | None, result: Mapping[str, object], actor: Actor) -> None:
    idempotency.remember(actor=actor, operation="payments.refund_items", key=key, result=dict(result))


def _first_time(result: Mapping[str, Any]) -> Refunded | Approval:
    if "approval_id" in result:
        return Approval.objects.get(pk=result["approval_id"])
    memos, refunds = (
        CreditMemo.objects.filter(pk__in=result["memo_ids"]), Refund.objects.filter(pk__in=result["refund_ids"]),
    )  # fmt: skip
    return Refunded(list(memos.order_by("sequence")), list(refunds.order_by("pk")))
