"""The words of invoices: audit verbs and fields, badges, places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.labels import Badge, Place, Section, register

VERBS = {
    "invoice.issued": _("Issued an invoice"),
    "invoice.voided": _("Voided an invoice"),
}
FIELDS = {
    "total": _("Total"),
    "net": _("Net"),
    "tax": _("Tax"),
    "amount_due": _("Amount due"),
    "unified_invoice": _("Unified view"),
    "source": _("Source"),
    "made_by": _("Created by"),
    "status": _("Status"),
    "payment_terms_days": _("Payment terms in days"),
    "tax_by": _("Tax rounding"),
}
BADGES = {
    "invoice": {
        "draft": Badge("plain", "pencil", _("Draft")),
        "unpaid": Badge("info", "circle", _("Unpaid")),
        "overdue": Badge("bad", "exclamation-triangle-fill", _("Overdue")),
        "pending": Badge("warn", "hourglass-split", _("Pending")),
        "paid": Badge("good", "check-circle-fill", _("Paid")),
        "settled_by_credit": Badge("good", "check-circle-fill", _("Settled by credit")),
        "paid_and_credited": Badge("good", "check-circle-fill", _("Paid and credited")),
        "written_off": Badge("quiet", "x-octagon", _("Written off")),
        "settled": Badge("good", "check-circle-fill", _("Settled")),
        "carried": Badge("quiet", "arrow-right", _("Carried over")),
        "void": Badge("quiet", "slash-circle", _("Voided")),
    },
}
PLACES = [
    Place(Section.BILLING, 20, _("Invoices"), "invoices:list", "receipt", "invoices.view"),
]


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES, amounts={"total", "net", "tax", "amount_due"})
