"""What a second person is asked about an invoice: to refund items of it, or a balance it carries on (I18, I19)."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language, gettext, gettext_lazy

from companies.queries.people import members_around
from companies.queries.two_person import Change, TwoPersonVerb, register
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.formats import DASH, amount_text, day_text, reader
from core.models import Approval
from creditmemos.domain.wording import AFTERWARDS, INVOICE, REFUND_ITEMS
from creditmemos.models import CreditReason
from invoices.models import Invoice, InvoiceLine
from payments.approvals.refunds import facts_of
from payments.domain.wording import GIVE_BACK_CARRIED
from payments.models import Payment
from payments.operations import giving_back_carried as carried
from payments.operations.refund_items import check_agreed, refund_agreed
from payments.operations.refunding import sending_of


def _invoice(approval: Approval) -> Invoice:
    rows = Invoice.objects.select_related("account__payer", "account__marketplace", "marketplace__settings")
    return rows.get(pk=approval.object_id, marketplace_id=approval.marketplace_id)


def _foresee(approval: Approval, actor: Actor, _now: datetime) -> Refusal | None:
    return refusal_of(check_agreed, approval, _invoice(approval), actor)


def _facts(approval: Approval) -> list[Change]:
    return [Change(str(label), DASH, DASH, str(value)) for label, value in _told(approval)]


def _told(approval: Approval) -> Iterator[tuple[object, object]]:
    """Lines, what becomes of them, how the money goes, and why."""
    told, currency = approval.arguments, approval.currency
    lines = InvoiceLine.objects.in_bulk([pk for pk, _gross in told["lines"]])
    for pk, gross in told["lines"]:
        yield lines[pk].description, amount_text(gross, currency)
    if told["plan"]["applied"]:
        label = gettext("Applied to %(invoice)s") % {"invoice": told["thing"]}
        yield label, amount_text(told["plan"]["applied"], currency)
    payments = Payment.objects.in_bulk([pk for pk, _amount in told["plan"]["parts"]])
    for pk, amount in told["plan"]["parts"]:
        yield gettext("Paid back from %(payment)s") % {"payment": payments[pk]}, amount_text(amount, currency)
    sending, details = sending_of(told), told["details"]
    yield gettext("Means"), dict(Payment.Means.choices)[sending.means]
    day = gettext("not moved yet") if sending.is_pending else day_text(sending.value_date, reader())
    yield gettext("Value date"), day
    yield gettext("Reference"), sending.reference or DASH
    reason = CreditReason.objects.filter(pk=details["reason_id"]).first()
    yield gettext("Reason"), reason.label(get_language() or "en") if reason else DASH
    yield gettext("Note on the reason"), details["reason_note"] or DASH
    if details["afterwards"]:
        yield gettext("Billing period"), AFTERWARDS[details["afterwards"]]


def _consequence(approval: Approval) -> str:
    text = gettext("%(amount)s of %(invoice)s is credited, and what was paid of it is refunded to %(company)s.")
    amount = amount_text(approval.amount or 0, approval.currency)
    return text % {"amount": amount, "invoice": approval.arguments["thing"], "company": approval.company}


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(
        TwoPersonVerb(
            kind=INVOICE, name=REFUND_ITEMS, label=gettext_lazy("Refund items"), perform=refund_agreed,
            foresee=_foresee, changes=_facts, consequence=_consequence,
            title=lambda approval: gettext("Refund items of %(invoice)s") % {"invoice": approval.arguments["thing"]},
            kept=lambda _approval: gettext("The invoice is not changed."),
            done=lambda approval, _done: gettext("Approved. %(amount)s is refunded.") % {
                "amount": amount_text(approval.amount or 0, approval.currency)
            },
            page=lambda approval: reverse("invoices:detail", args=[approval.object_id]),
            barred=lambda approval: frozenset(members_around(approval.arguments["companies"])),
        )
    )  # fmt: skip
    register(
        TwoPersonVerb(
            kind=INVOICE, name=GIVE_BACK_CARRIED, label=gettext_lazy("Give a carried balance back"),
            perform=carried.give_back_agreed,
            foresee=lambda approval, actor, _now: refusal_of(carried.check_agreed, approval, _invoice(approval), actor),
            changes=facts_of,
            title=lambda approval: gettext("Give back the balance of %(invoice)s")
            % {"invoice": approval.arguments["thing"]},
            consequence=lambda approval: gettext("%(amount)s is refunded to %(company)s, and no invoice takes it over.")
            % {"amount": amount_text(approval.amount or 0, approval.currency), "company": approval.company},
            kept=lambda _approval: gettext("The next invoice takes the balance over."),
            done=lambda approval, _done: gettext("Approved. %(amount)s is refunded.") % {
                "amount": amount_text(approval.amount or 0, approval.currency)
            },
            page=lambda approval: reverse("invoices:detail", args=[approval.object_id]),
            barred=lambda approval: frozenset(members_around(approval.arguments["companies"])),
        )
    )  # fmt: skip
