"""What a second person is asked about voiding memos and invoices (I19), in words, and what is done then."""

from dataclasses import replace
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.operations.agreeing import KIND as INVOICE
from billing.operations.agreeing import VOID_INVOICE, snapshot
from billing.operations.voiding import (
    Then,
    check_voidable_invoice,
    check_voidable_memo,
    undo_and_void_memo,
    void_invoice,
    void_memo,
)
from billing.queries.documents import run_of
from billing.queries.voids import voiding_of
from companies.operations.own_company import asks_for_own_company, asks_for_relatives
from companies.queries.people import members_around
from companies.queries.two_person import Change, TwoPersonVerb, register
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.formats import amount_text
from core.labels import badge_text
from core.models import Approval
from creditmemos.domain.wording import KIND as MEMO
from creditmemos.domain.wording import UNDO, VOID
from creditmemos.models import CreditMemo
from invoices.models import Invoice


def _then(approval: Approval) -> Then:
    return Then(approval.arguments["then"] or Then.AGAIN)


def _void(approval: Approval, actor: Actor, now: datetime) -> CreditMemo:
    memo = CreditMemo.objects.get(pk=approval.object_id)
    return void_memo(memo=memo, reason=approval.request_reason, actor=actor, now=now, then=_then(approval))


def _undo(approval: Approval, actor: Actor, now: datetime) -> CreditMemo:
    return undo_and_void_memo(
        memo=CreditMemo.objects.get(pk=approval.object_id), reason=approval.request_reason, actor=actor, now=now,
        confirmed=approval.arguments["confirmed"], then=_then(approval),
    )  # fmt: skip


def _check_memo(approval: Approval) -> None:
    check_voidable_memo(CreditMemo.objects.get(pk=approval.object_id), is_undone=approval.verb == UNDO)


def _invoice(approval: Approval) -> Invoice:
    rows = Invoice.objects.select_related("marketplace", "merchant")
    return rows.get(pk=approval.object_id, marketplace_id=approval.marketplace_id)


def _refuse_own(approval: Approval, actor: Actor) -> None:
    """Neither the one who decides nor the one who asked may belong to the companies by now (I18)."""
    companies = approval.arguments["companies"]
    asks_for_own_company([actor.user_id], companies)
    maker = _("The person who requested this now belongs to the company, so it can't be approved.")
    asks_for_own_company([approval.requested_by_id], companies, message=maker)


def _perform(approval: Approval, actor: Actor, now: datetime) -> Invoice:
    _refuse_own(approval, actor)
    return void_invoice(
        invoice=_invoice(approval), reason=approval.request_reason, actor=replace(actor, is_agreed=True), now=now,
        then=_then(approval),
    )  # fmt: skip


def _foresee(approval: Approval, actor: Actor, now: datetime) -> Refusal | None:  # noqa: ARG001 - what every verb is told
    return refusal_of(_refuse_own, approval, actor) or refusal_of(
        check_voidable_invoice, voiding_of(_invoice(approval))
    )


def _title(approval: Approval) -> str:
    return _("Void %(invoice)s") % {"invoice": approval.arguments["thing"]}


def _consequence(approval: Approval) -> str:
    invoice = _invoice(approval)
    facts = {
        "company": invoice.payer_name,
        "amount": amount_text(invoice.total, invoice.currency),
        "invoice": invoice,
    }
    text = _("%(company)s no longer owes the %(amount)s of %(invoice)s. This is permanent.") % facts
    for each in voiding_of(invoice).plan.divided:
        told = _("%(memo)s is divided, and only the %(amount)s of it that credits the invoice is voided.")
        text += " " + told % {"memo": each.memo, "amount": amount_text(each.here, invoice.currency)}
    if run_of(invoice=invoice) is None:
        return text
    if _then(approval) == Then.AGAIN:
        return f"{text} {_('What was billed is billed again by the next run.')}"
    return f"{text} {_('What was billed is not billed again; an exception is recorded.')}"


def _changes(approval: Approval) -> list[Change]:
    invoice = _invoice(approval)
    then, now = approval.snapshot, snapshot(voiding_of(invoice))

    def amount(value: int) -> str:
        return amount_text(value, invoice.currency)

    def memos(facts: dict[str, object]) -> str:
        return ", ".join(map(str, facts["memos"])) or _("none")  # type: ignore[call-overload]

    void = badge_text("invoice", "void")
    return [
        Change(_("Status"), badge_text("invoice", then["status"]), badge_text("invoice", invoice.status), void),
        Change(_("Due"), amount(then["due"]), amount(invoice.amount_due), amount(0)),
        Change(_("Credit memos voided with it"), memos(then), memos(now), _("voided")),
    ]  # fmt: skip


def register_all() -> None:
    """Called from AppConfig.ready."""
    asks_for_relatives(kind=MEMO, name=VOID, label=gettext_lazy("Void"), act=_void, check=_check_memo)
    asks_for_relatives(kind=MEMO, name=UNDO, label=gettext_lazy("Reverse and void"), act=_undo, check=_check_memo)
    register(
        TwoPersonVerb(
            kind=INVOICE,
            name=VOID_INVOICE,
            label=gettext_lazy("Void an invoice"),
            perform=_perform,
            foresee=_foresee,
            barred=lambda approval: frozenset(members_around(approval.arguments["companies"])),
            title=_title,
            consequence=_consequence,
            kept=lambda _approval: _("The invoice is not changed."),
            done=lambda _approval, invoice: _("Approved. %(invoice)s has been voided.") % {"invoice": invoice},
            changes=_changes,
            page=lambda approval: reverse("invoices:detail", args=[approval.object_id]),
        )
    )
