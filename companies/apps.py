"""The companies app."""

from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "companies"

    def ready(self) -> None:
        """Let the audit log say roles and permissions in words."""
        from companies.roles import LABELS, Role
        from core import activity

        names = dict(Role.choices)
        for field in ("role", "roles"):
            activity.say(field, lambda code: str(names.get(code, code)))
        activity.say("permission", lambda code: str(LABELS.get(code, code)))
