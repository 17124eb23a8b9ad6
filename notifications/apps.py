"""The notifications app: who is mailed about what, and what became of each mail."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        """Register the kinds of mail about documents, and what the app does about events."""
        from core import activity
        from notifications import consumers, documents, kinds  # noqa: F401

        activity.say("notification", kinds.label_of)
