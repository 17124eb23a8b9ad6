"""The words of mails: audit verbs and fields, badges, places in the sidebar."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from core import things
from core.labels import Place, Section, register
from core.things import Thing, column
from notifications.domain.kinds import label_of
from notifications.models import BouncedAddress, Delivery, MailTemplate, NotificationSetting

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


def _things() -> Iterator[Thing]:
    yield Thing(
        "notificationsetting", _("Notification"), name=column(NotificationSetting.objects.all(), "kind"),
        written=label_of, page="notifications:settings", by="", permission="settings.view",
    )  # fmt: skip
    yield Thing(
        "mailtemplate", _("Mail text"), name=column(MailTemplate.objects.all(), "name"), page="notifications:text",
        permission="settings.view",
    )  # fmt: skip
    yield Thing(
        "delivery", _("Mail"), name=column(Delivery.objects.all(), "recipient"), page="notifications:delivery",
        permission="documents.retry",
    )  # fmt: skip
    yield Thing("bouncedaddress", _("Address"), name=column(BouncedAddress.objects.all(), "address"))


def register_all() -> None:
    """Called from AppConfig.ready."""
    things.register(*_things())
    register(silent={"delivery_id"}, verbs=VERBS, fields=FIELDS, places=PLACES)
