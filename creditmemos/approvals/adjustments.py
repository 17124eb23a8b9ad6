"""What a second person is asked about what stays open on an invoice (I19), in words, and what is done then."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.queries.people import members_around
from companies.queries.two_person import Change, TwoPersonVerb, register
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.formats import amount_text
from core.labels import badge_text
from core.models import Approval
from creditmemos.domain.wording import INVOICE, SETTLE_DIFFERENCE, WRITE_OFF
from creditmemos.operations.adjusting import adjust_agreed, check_agreed
from creditmemos.operations.adjustment_requests import snapshot
from invoices.domain.balance import PAID
from invoices.models import Invoice


def _invoice(approval: Approval) -> Invoice:
    rows = Invoice.objects.select_related("marketplace__settings")
    return rows.get(pk=approval.object_id, marketplace_id=approval.marketplace_id)


def _foresee(approval: Approval, actor: Actor, now: datetime) -> Refusal | None:  # noqa: ARG001 - what every verb is told
    return refusal_of(check_agreed, approval, _invoice(approval), actor=actor)


def _title(approval: Approval) -> str:
    text = _("Write off %(invoice)s") if approval.verb == WRITE_OFF else _("Settle the difference of %(invoice)s")
    return text % {"invoice": approval.arguments["thing"]}


def _consequence(approval: Approval) -> str:
    if approval.verb == WRITE_OFF:
        text = _("%(amount)s of %(invoice)s is given up as uncollectible. Tax stays as it was invoiced.")
    else:
        text = _("%(amount)s of %(invoice)s is settled as a small difference. Tax stays as it was invoiced.")
    amount = amount_text(approval.amount or 0, approval.currency)
    return text % {"amount": amount, "invoice": approval.arguments["thing"]}


def _changes(approval: Approval) -> list[Change]:
    invoice = _invoice(approval)
    then, now = approval.snapshot, snapshot(invoice)

    def row(label: str, name: str, asked: int) -> Change:
        return Change(label, *(amount_text(value, invoice.currency) for value in (then[name], now[name], asked)))

    states = (badge_text("invoice", status) for status in (then["status"], str(invoice.status), PAID))
    return [
        Change(_("Status"), *states),
        row(_("Paid"), "paid", then["paid"]),
        row(_("Applied"), "credited", then["credited"] + (approval.amount or 0)),
        row(_("Due"), "due", 0),
    ]


def register_all() -> None:
    """Called from AppConfig.ready."""
    labels = {
        SETTLE_DIFFERENCE: gettext_lazy("Settle a small difference"),
        WRITE_OFF: gettext_lazy("Write off an invoice"),
    }
    for name, label in labels.items():
        register(
            TwoPersonVerb(
                kind=INVOICE,
                name=name,
                label=label,
                perform=adjust_agreed,
                foresee=_foresee,
                barred=lambda approval: frozenset(members_around(approval.arguments["companies"])),
                title=_title,
                consequence=_consequence,
                kept=lambda _approval: _("The invoice is not changed."),
                done=lambda _approval, memo: _("Approved. %(memo)s settles it.") % {"memo": memo},
                changes=_changes,
                page=lambda approval: reverse("invoices:detail", args=[approval.object_id]),
            )
        )
