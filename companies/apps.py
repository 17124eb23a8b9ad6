"""The companies app."""

from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "companies"

    def ready(self) -> None:
        """Let the audit log say roles, permissions and formats in words."""
        from companies import approvals
        from companies import labels as words
        from companies.domain import refusals
        from companies.domain.roles import LABELS, Role
        from companies.models import Company, MarketplaceSettings, TaxBy
        from companies.queries import ties
        from companies.queries.two_person import verbs
        from core import labels
        from core.errors import means

        words.register_all()
        names = dict(Role.choices)
        for field in ("role", "roles"):
            labels.say(field, lambda code: str(names.get(code, code)))
        formats = dict(MarketplaceSettings.EInvoiceInPdf.choices)
        labels.say("einvoice_in_pdf", lambda code: str(formats.get(code, code)))
        approvals.register_all()
        ties.register_all()
        labels.say("asked", lambda code: next((str(verb.label) for verb in verbs() if verb.name == code), code))
        kinds = dict(Company.Kind.choices)
        labels.say("kind", lambda code: str(kinds.get(code, code)))
        means("company_external_key_once", refusals.ExternalKeyTaken)
        means("company_one_level", refusals.SecondLevel)
        means("approval_one_waiting", refusals.AlreadyAsked)
        means("i19_decided_once", refusals.NotWaiting)
        means("i19_maker_is_not_checker", refusals.MakerIsChecker)
        rounded = dict(TaxBy.choices)
        labels.say("tax_by", lambda code: str(rounded.get(code, code)))
        labels.say("permission", lambda code: str(LABELS.get(code, code)))
