"""The words of pages of all apps: audit verbs and fields, badges, places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.labels import Badge, register

BADGES = {
    "work": {
        "queued": Badge("plain", "clock", _("Queued")),
        "waiting": Badge("plain", "clock", _("Waiting")),
        "working": Badge("info", "hourglass-split", _("In progress")),
        "ready": Badge("good", "check-circle-fill", _("Ready")),
        "sent": Badge("good", "envelope-check", _("Sent")),
        "retrying": Badge("warn", "arrow-repeat", _("Retrying")),
        "failed": Badge("bad", "exclamation-circle-fill", _("Failed")),
        "withdrawn": Badge("quiet", "arrow-return-left", _("Withdrawn")),
    },
    "switch": {
        "on": Badge("good", "check-lg", _("On")),
        "off": Badge("quiet", "x-lg", _("Off")),
    },
}


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(badges=BADGES)
