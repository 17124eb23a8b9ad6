"""The words of mails: audit verbs and fields, badges, places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.labels import Place, Section, register

VERBS = {
    "notification.changed": _("Changed a notification"),
    "notification.tested": _("Sent a mail to test a text"),
    "notifications.resend": _("Sent a mail again"),
    "notifications.mailed": _("Mailed a document"),
    "mail_text.added": _("Added a mail text"),
    "mail_text.changed": _("Changed a mail text"),
    "bounce.cleared": _("Allowed mails to an address again"),
}
FIELDS = {
    "state": _("Status"),
    "notification": _("Notification"),
    "enabled": _("Sent"),
    "audience": _("Goes to"),
    "attach_pdf": _("PDF attached"),
    "attach_xml": _("E-invoice attached"),
    "protection": _("Password of the PDF"),
    "new_phrase": _("New phrase"),
    "priority": _("Priority"),
    "conditions": _("Conditions"),
    "recipient": _("Recipient"),
    "recipients": _("Recipients"),
    "answer": _("Answer"),
    "cc": _("Copies to"),
}
PLACES = [
    Place(Section.DOCUMENTS, 90, _("Deliveries"), "notifications:list", "envelope-paper", "documents.retry"),
    Place(Section.SETTINGS, 150, _("Notifications"), "notifications:settings", "envelope", "settings.view"),
]


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(silent={"delivery_id"}, verbs=VERBS, fields=FIELDS, places=PLACES)
