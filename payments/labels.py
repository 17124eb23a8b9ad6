"""The words of payments: audit verbs and fields, badges, places in the sidebar."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import things
from core.formats import amount_text
from core.labels import Badge, Place, Section, register, say, say_rows
from core.things import Thing, column
from ledger.domain.naming import payment_name
from payments.domain.wording import KIND, REFUND
from payments.models import Payment, PaymentReturn
from payments.queries.finding import with_number

VERBS = {
    "payment.asked": _("Recorded a payment that is still pending"),
    "payment.received": _("Recorded a payment"),
    "payment.arrived": _("Recorded that a payment arrived"),
    "payment.failed": _("Recorded that a payment failed"),
    "payment.allocated": _("Used money on account"),
    "payment.taken_off": _("Took money off an invoice"),
    "payment.returned": _("Recorded that a bank took money back"),
    "payment.unreturned": _("Recorded that a bank gave money back again"),
    "payment.kept": _("Kept a small surplus"),
    "merchant.gateway_connected": _("Connected an account at a payment provider"),
    "payment.requested": _("Asked to charge a saved method"),
    "payment.looked_up": _("Asked the payment provider what became of a payment"),
    "refund.requested": _("Asked the payment provider for a refund"),
    "refund.asked": _("Began a refund that is still pending"),
    "refund.sent": _("Recorded a refund as sent"),
    "refund.failed": _("Recorded a refund as failed"),
    "refund.returned": _("Recorded a refund as returned"),
    "request.pay_out_requested": _("Asked to pay the credit memo out"),
    "request.give_back_requested": _("Asked to give money on account back"),
    "request.refund_items_requested": _("Asked to refund items"),
    "request.give_back_carried_requested": _("Asked to give a carried balance back"),
    "request.settle_refund_requested": _("Asked to record a refund as sent"),
    "request.fail_refund_requested": _("Asked to record a refund as failed"),
    "request.return_refund_requested": _("Asked to record a refund as returned"),
    "request.record_payment_requested": _("Asked to record a payment"),
    "request.settle_requested": _("Asked to record that a payment arrived"),
    "request.fail_requested": _("Asked to record that a payment failed"),
    "request.take_off_requested": _("Asked to take money off an invoice"),
    "request.return_requested": _("Asked to record that a bank took money back"),
    "request.undo_return_requested": _("Asked to record that a bank gave money back again"),
    "request.keep_requested": _("Asked to keep a small surplus"),
}
FIELDS = {
    "on_account": _("On account"),
    "allocations": _("Invoices"),
    "keep_on_account": _("Stays on account"),
    "keep": _("Stays on account"),
    "note": _("Internal note"),
    "means": _("Means"),
    "return_reason": _("Why it was returned"),
    "method": _("Method"),
    "gateway_account": _("Account at the payment provider"),
    "gateway_mode": _("Mode of the payment provider"),
    "value_date": _("Value date"),
    "small_difference": _("Small differences up to"),
    "auto_allocate": _("Use money on account automatically"),
}
BADGES = {
    "payment": {
        "pending": Badge("warn", "hourglass-split", _("Pending")),
        "successful": Badge("good", "check-circle-fill", _("Successful")),
        "failed": Badge("bad", "x-circle", _("Failed")),
        "returned": Badge("bad", "arrow-return-left", _("Returned")),
    },
    "refund": {
        "pending": Badge("warn", "hourglass-split", _("Pending")),
        "successful": Badge("good", "check-circle-fill", _("Successful")),
        "failed": Badge("bad", "x-circle", _("Failed")),
        "returned": Badge("bad", "arrow-return-left", _("Returned")),
    },
}
PLACES = [
    Place(Section.BILLING, 25, _("Payments"), "payments:list", "cash-stack", "payments.view"),
    Place(Section.BILLING, 27, _("Refunds"), "payments:refunds", "arrow-return-left", "payments.view"),
]


def _allocations(rows: Sequence[Mapping[str, Any]], currency: str) -> str:
    """Each with its invoice and its own amount."""
    return "; ".join(_allocation(row, currency) for row in rows)


def _allocation(row: Mapping[str, Any], currency: str) -> str:
    text = _("%(amount)s on %(invoice)s") if row["amount"] > 0 else _("%(amount)s back from %(invoice)s")
    return str(text) % {**row, "amount": amount_text(abs(row["amount"]), currency)}


def _way(detail: str) -> str:
    """How the money moved: the channel and means that a clearing entry keeps."""
    channel, _blank, means = detail.partition(" ")
    said = dict(Payment.Channel.choices).get(channel, channel), dict(Payment.Means.choices).get(means, means)
    return ", ".join(str(word) for word in said if word)


def _things() -> Iterator[Thing]:
    yield Thing(
        KIND, _("Payment"), name=column(Payment.objects.all(), "number"),
        written=lambda number: payment_name(int(number)), page="payments:detail", permission="payments.view",
        find=with_number,
    )  # fmt: skip
    yield Thing(REFUND, _("Refund"), page="payments:refunds", by="", permission="payments.view")


def register_all() -> None:
    """Called from AppConfig.ready."""
    things.register(*_things())
    register(
        verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES, amounts={"on_account", "small_difference"},
        silent={"allocation", "chosen", "received", "wanted", "settle", "return", "sending"},
    )  # fmt: skip
    say_rows("allocations", _allocations)
    means, reasons = dict(Payment.Means.choices), dict(PaymentReturn.Reason.choices)
    say("money_clearing", _way)
    say("means", lambda code: str(means.get(code, code)))
    say("return_reason", lambda code: str(reasons.get(code, code)))
