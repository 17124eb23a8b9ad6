"""Who may do what: the one table that decides everywhere (pages, operations, downloads, API).

A cell says YES, NO, ASK (off until the marketplace grants it) or KEEP (on until the marketplace revokes it). Which
rows a person sees at all is not decided here but by each queryset's ``visible_to``.
"""

from enum import Enum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The roles that a membership can hold."""

    MANAGER = "manager", _("Marketplace manager")
    FINANCE = "finance", _("Finance")
    SUPPORT = "support", _("Support")
    DEVELOPER = "developer", _("Developer")
    RESELLER = "reseller", _("Reseller")
    COMPANY_ADMIN = "company_admin", _("Company admin")
    BILLING_ADMIN = "billing_admin", _("Billing admin")
    USER = "user", _("User")


class Cell(Enum):
    """One answer of the table."""

    YES = "yes"
    NO = "no"
    ASK = "grantable"
    KEEP = "revocable"

    @property
    def default(self) -> bool:
        """The answer while the marketplace has said nothing."""
        return self in (Cell.YES, Cell.KEEP)

    @property
    def is_grantable(self) -> bool:
        """Whether the marketplace may decide."""
        return self in (Cell.ASK, Cell.KEEP)


STAFF = (Role.MANAGER, Role.FINANCE, Role.SUPPORT)
"""Roles of the operator's own people, who see the whole marketplace."""

ROLES_OF_KIND: dict[str, tuple[Role, ...]] = {
    "operator": STAFF,
    "vendor": (Role.DEVELOPER,),
    "reseller": (Role.RESELLER,),
    "customer": (Role.COMPANY_ADMIN, Role.BILLING_ADMIN, Role.USER),
}
"""Which roles make sense in a company of each kind."""

_COLUMNS = (
    Role.MANAGER,
    Role.FINANCE,
    Role.SUPPORT,
    Role.DEVELOPER,
    Role.RESELLER,
    Role.COMPANY_ADMIN,
    Role.BILLING_ADMIN,
    Role.USER,
)
_CELLS = {"Y": Cell.YES, "-": Cell.NO, "?": Cell.ASK, "+": Cell.KEEP}

# One letter per column above: Y yes, - no, ? grantable, + on but revocable.
_TABLE: dict[str, tuple[str, Promise]] = {
    "creditmemos.view": ("YYYYYYYY", _("View credit memos")),
    "creditmemos.view_reason": ("YYY-Y---", _("View the reason of a credit memo")),
    "creditmemos.create": ("YY?-----", _("Create credit memos")),
    "creditmemos.approve": ("YY?-----", _("Approve or reject requests")),
    "creditmemos.withdraw": ("YY?-----", _("Withdraw own requests")),
    "creditmemos.hold": ("YY?-----", _("Hold and release credit")),
    "creditmemos.apply": ("YY?-?YY-", _("Apply credit to invoices")),
    "creditmemos.reverse": ("YY------", _("Reverse an application")),
    "creditmemos.undo_and_void": ("YY------", _("Reverse all applications and void")),
    "creditmemos.void": ("YYY+----", _("Void an unapplied credit memo")),
    "creditmemos.divide": ("YY------", _("Divide an unapplied credit memo")),
    "creditmemos.close": ("YY------", _("Close a credit memo")),
    "creditmemos.reopen": ("YY------", _("Reopen a closed credit memo")),
    "creditmemos.settle_difference": ("YY------", _("Settle a small difference of an invoice")),
    "creditmemos.write_off": ("YY------", _("Write off an uncollectible invoice")),
    "invoices.view": ("YYYYYYYY", _("View invoices")),
    "invoices.void": ("YY------", _("Void an invoice")),
    "payments.view": ("YYY-YYY-", _("View payments")),
    "payments.record": ("YY------", _("Record payments")),
    "payments.charge": ("YY------", _("Charge a saved method")),
    "payments.allocate": ("YY------", _("Use money on account on invoices")),
    "payments.take_off": ("YY------", _("Take money off an invoice")),
    "payments.return": ("YY------", _("Record money that a bank takes back")),
    "payments.refund": ("YY------", _("Pay credit memos out and give money on account back")),
    "payments.keep": ("YY------", _("Keep a small surplus")),
    "limits.view": ("YYY-YYY-", _("View credit limits and what counts against them")),
    "limits.change": ("YY------", _("Change and block credit limits")),
    "limits.allow": ("YY------", _("Allow one purchase beyond a credit limit")),
    "subscriptions.view": ("YYYYYYYY", _("View subscriptions")),
    "subscriptions.change": ("YY------", _("Start, change and cancel subscriptions")),
    "billing.view": ("YYY-----", _("View billing runs and events")),
    "billing.record": ("YY------", _("Record and import billing events")),
    "billing.run": ("YY------", _("Start and stop billing runs")),
    "billing.retry": ("YYY-----", _("Try failed billing again")),
    "documents.download": ("YYY-YYYY", _("Download PDFs")),
    "documents.retry": ("YYY-----", _("Try failed PDFs and mails again")),
    "documents.regenerate": ("YY------", _("Create a new version of a PDF, with a reason")),
    "documents.note": ("YYY-----", _("Read and add internal notes and files")),
    "companies.view": ("YYY-YYY-", _("View companies and statements")),
    "companies.change": ("YY------", _("Add and change companies")),
    "companies.change_bank_details": ("YY------", _("Change bank details of merchants")),
    "approvals.decide": ("YY------", _("Decide requests that need two people")),
    "companies.close_period": ("-Y------", _("Close a period")),
    "settings.view": ("YY------", _("View the settings")),
    "settings.change": ("Y-------", _("Change the settings")),
    "people.view": ("YY------", _("View people and permissions")),
    "people.change": ("Y-------", _("Change people and permissions")),
    "audit.view": ("YYY-----", _("Read the audit log")),
    "reports.export": ("YYYYYYY-", _("Export lists and reports")),
}

PERMISSIONS: dict[str, dict[Role, Cell]] = {
    code: dict(zip(_COLUMNS, (_CELLS[letter] for letter in letters), strict=True))
    for code, (letters, _label) in _TABLE.items()
}
LABELS: dict[str, Promise] = {code: label for code, (_letters, label) in _TABLE.items()}


def allowed(role: str, permission: str, grants: dict[tuple[str, str], bool]) -> bool:
    """Whether a role holds a permission; ``grants`` maps (role, permission) to the marketplace's own answers.

    Raises KeyError for a permission that is not in the table.
    """
    cell = PERMISSIONS[permission].get(Role(role), Cell.NO)
    if cell.is_grantable:
        return grants.get((role, permission), cell.default)
    return cell.default
