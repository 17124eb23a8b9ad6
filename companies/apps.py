"""The companies app."""

from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "companies"

    def ready(self) -> None:
        """Let the audit log say roles, permissions and formats in words."""
        from companies.models import MarketplaceSettings
        from companies.roles import LABELS, Role
        from core import activity

        names = dict(Role.choices)
        for field in ("role", "roles"):
            activity.say(field, lambda code: str(names.get(code, code)))
        formats = dict(MarketplaceSettings.EInvoiceInPdf.choices)
        activity.say("einvoice_in_pdf", lambda code: str(formats.get(code, code)))
        activity.say("permission", lambda code: str(LABELS.get(code, code)))
