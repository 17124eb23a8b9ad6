"""The notifications app: who is mailed about what, and what became of each mail."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        """Register what the app does about events, and its words."""
        from core import labels
        from core.errors import means
        from notifications import labels as words
        from notifications.domain import kinds
        from notifications.handlers import accounts, bank_details, mails, staff
        from notifications.models import Audience, Protection
        from notifications.operations.writing import NameTaken

        words.register_all()
        accounts.register_all()
        mails.register_all()
        staff.register_all()
        bank_details.register_all()
        means("mail_template_named_once", NameTaken)
        labels.say("notification", kinds.label_of)
        roles, locks = dict(Audience.choices), dict(Protection.choices)
        labels.say("audience", lambda role: str(roles.get(role, role)))
        labels.say("protection", lambda lock: str(locks.get(lock, lock)))
