"""The words of payments: audit verbs and fields, badges, places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.labels import Badge, register, say
from payments.models import Payment, PaymentReturn

VERBS = {
    "payment.asked": _("Recorded a payment that is still pending"),
    "payment.received": _("Recorded a payment"),
    "payment.failed": _("Recorded that a payment failed"),
    "payment.allocated": _("Used money on account"),
    "payment.taken_off": _("Took money off an invoice"),
    "payment.returned": _("Recorded that a bank took money back"),
    "payment.unreturned": _("Recorded that a bank gave money back again"),
    "payment.kept": _("Kept a small surplus"),
    "request.record_requested": _("Asked to record a payment"),
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
    "return_reason": _("Why it was returned"),
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
}


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(
        verbs=VERBS, fields=FIELDS, badges=BADGES, amounts={"on_account", "small_difference"},
        silent={"allocation", "chosen", "received", "wanted", "return"},
    )  # fmt: skip
    means, reasons = dict(Payment.Means.choices), dict(PaymentReturn.Reason.choices)
    say("means", lambda code: str(means.get(code, code)))
    say("return_reason", lambda code: str(reasons.get(code, code)))
