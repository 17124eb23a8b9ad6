"""The words of companies and people: audit verbs and fields, badges, places in the sidebar."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from companies.models import CompanyImport, Marketplace, MerchantOfRecord
from companies.queries.names import company_at
from companies.queries.people import member_at, name_at
from core import things
from core.labels import Badge, Place, Section, register
from core.things import Thing, column

VERBS = {
    "request.invite_requested": _("Requested approval to add a member"),
    "request.change_roles_requested": _("Requested approval to change a member's roles"),
    "request.grant_requested": _("Requested approval to grant a permission"),
    "request.approved": _("Approved a request"),
    "request.rejected": _("Rejected a request"),
    "request.withdrawn": _("Withdrew a request"),
    "request.alone": _("Chose to act alone"),
    "member.invited": _("Invited a member"),
    "member.mailed_again": _("Sent an invitation again"),
    "member.accepted": _("Accepted an invitation"),
    "member.declined": _("Declined an invitation"),
    "member.appointed": _("Appointed a member on the server"),
    "member.roles_changed": _("Changed a member's roles"),
    "member.deactivated": _("Deactivated a member"),
    "permission.granted": _("Granted a permission"),
    "permission.revoked": _("Revoked a permission"),
    "period.closed": _("Closed a period"),
    "company.added": _("Added a company"),
    "company.changed": _("Changed a company"),
    "company.switched_off": _("Deactivated a company"),
    "company.switched_on": _("Reactivated a company"),
    "companies.tried": _("Made a dry run of companies"),
    "companies.imported": _("Imported companies"),
    "company.billing_changed": _("Changed how a company is billed"),
    "request.change_company_requested": _("Requested approval to change a company"),
    "profile.changed": _("Changed own profile"),
    "request.change_bank_details_requested": _("Requested approval to change bank details"),
    "merchant.bank_details_changed": _("Changed bank details"),
}
FIELDS = {
    "through": _("Through"),
    "kind": _("Kind"),
    "key": _("Key"),
    "reason": _("Reason"),
    "language": _("Language"),
    "amount": _("Amount"),
    "asked": _("Requested"),
    "roles": _("Roles"),
    "role": _("Role"),
    "permission": _("Permission"),
    "granted": _("Allowed"),
    "is_active": _("Active"),
    "name": _("Name"),
    "company": _("Company"),
    "person": _("Person"),
    "email": _("E-mail"),
    "closed_through": _("Closed through"),
    "code": _("Code"),
    "added": _("Added"),
    "changed": _("Changed"),
    "refused": _("Rejected"),
    "admin_email": _("Admin's e-mail"),
    "admin_name": _("Admin's name"),
    "external_key": _("External key"),
    "street": _("Street and number"),
    "postal_code": _("Postal code"),
    "city": _("City"),
    "country": _("Country"),
    "tax_number": _("Tax number"),
    "tax_exempt": _("Exempt from tax"),
    "billing_email": _("Billing e-mail"),
    "parent": _("Parent"),
    "reseller": _("Reseller"),
    "company_wide_billing": _("Company-wide billing"),
    "allow_alone": _("Acting alone allowed"),
    "approval_threshold": _("Approval limit"),
    "holder": _("Account holder"),
    "iban": _("IBAN"),
    "account_number": _("Account number"),
    "account_ending": _("Account ending in"),
    "routing_code": _("Routing code"),
    "bic": _("BIC"),
    "bank_name": _("Bank"),
    "instructions": _("Payment instructions"),
}
BADGES = {
    "approval": {
        "waiting": Badge("warn", "hourglass-split", _("Waiting")),
        "alone": Badge("warn", "exclamation-triangle-fill", _("Acting alone")),
        "approved": Badge("good", "check-circle-fill", _("Approved")),
        "rejected": Badge("bad", "x-circle", _("Rejected")),
        "withdrawn": Badge("quiet", "arrow-return-left", _("Withdrawn")),
    },
    "company": {
        "customer": Badge("plain", "building", _("Customer")),
        "reseller": Badge("info", "shop", _("Reseller")),
        "vendor": Badge("plain", "code", _("Vendor")),
        "operator": Badge("quiet", "house", _("Operator")),
        "inactive": Badge("quiet", "slash-circle", _("Inactive")),
    },
    "member": {
        "active": Badge("good", "check-lg", _("Active")),
        "invited": Badge("warn", "hourglass-split", _("Invited")),
        "ended": Badge("quiet", "slash-circle", _("Ended")),
    },
}
PLACES = [
    Place(Section.BILLING, 30, _("Companies"), "companies:list", "buildings", "companies.view"),
    Place(
        Section.SETTINGS,
        110,
        _("Invoice & credit memo"),
        "companies:settings",
        "sliders",
        "settings.view",
        also=("creditmemos:reasons",),
    ),
    Place(Section.SETTINGS, 160, _("People"), "companies:people", "people", "people.view"),
    Place(Section.SETTINGS, 170, _("Permissions"), "companies:permissions", "shield-lock", "people.view"),
]


def _things() -> Iterator[Thing]:
    yield Thing(
        "company",
        _("Company"),
        name=company_at("object_id", "at"),
        page="companies:detail",
        permission="companies.view",
    )
    yield Thing("membership", _("Member"), name=member_at(), page="companies:person", permission="people.view")
    yield Thing("user", _("Person"), name=name_at("object_id", "at"))
    yield Thing(
        "companyimport", _("File of companies"), name=column(CompanyImport.objects.all(), "name"),
        page="companies:import", permission="companies.change",
    )  # fmt: skip
    yield Thing("marketplace", _("Marketplace"), name=column(Marketplace.objects.all(), "name"))
    yield Thing(
        "marketplacesettings", _("Invoice & credit memo"), page="companies:settings", by="", permission="settings.view"
    )
    yield Thing("grant", _("Permissions"), page="companies:permissions", by="", permission="people.view")
    yield Thing(
        "merchantofrecord", _("Merchant of record"), name=column(MerchantOfRecord.objects.all(), "company__name"),
        page="companies:detail", by="company_id", permission="companies.view",
    )  # fmt: skip


def register_all() -> None:
    """Called from AppConfig.ready."""
    things.register(*_things())
    register(
        verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES,
        amounts={"amount", "approval_threshold"}, silent={"companies", "thing", "values", "seen"},
    )  # fmt: skip
