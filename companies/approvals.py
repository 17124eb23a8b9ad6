"""What a second person is asked about people and permissions, in words (I19)."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.domain.bank_details import NAMES as BANK_NAMES
from companies.domain.bank_details import BankDetails
from companies.domain.company_values import NAMES, CompanyValues, differing, field_of, values_of
from companies.domain.roles import LABELS, Role, allowed
from companies.models import Company, Grant, Membership
from companies.operations import bank_details
from companies.operations.companies import CHANGE, change_approved, said_of
from companies.operations.grants import grant_approved
from companies.operations.own_company import asks_for_relatives
from companies.operations.people import invite_approved, roles_approved
from companies.queries.bank_details import bank_details_now
from companies.queries.people import members_around
from companies.queries.two_person import Change, TwoPersonVerb, register
from core.formats import DASH
from core.labels import code_text, field_text
from core.models import Approval


def roles_text(roles: Sequence[str]) -> str:
    """Roles in words, in the table's order."""
    return ", ".join(str(role.label) for role in Role if role in roles)


def _yes_or_no(answer: bool) -> str:
    return _("Yes") if answer else _("No")


# --- adding somebody --------------------------------------------------------------------------------------------------


def _invite_title(approval: Approval) -> str:
    return str(_("Add %(name)s to %(company)s") % approval.arguments)


def _invite_consequence(approval: Approval) -> str:
    text = _("%(name)s (%(email)s) may act for %(company)s from then on. Roles: %(roles)s.")
    return text % {**approval.arguments, "roles": roles_text(approval.arguments["roles"])}


def _invite_page(approval: Approval) -> str:
    return reverse("companies:detail", args=[approval.object_id])


def _invite_done(approval: Approval, _result: object) -> str:
    return str(_("Approved. %(name)s is added to %(company)s.") % approval.arguments)


# --- roles ------------------------------------------------------------------------------------------------------------


def _roles_title(approval: Approval) -> str:
    return str(_("Change the roles of %(person)s") % approval.snapshot)


def _roles_consequence(approval: Approval) -> str:
    text = _("From then on, %(person)s has these roles in %(company)s: %(roles)s.")
    return text % {**approval.snapshot, "roles": roles_text(approval.arguments["roles"])}


def _roles_page(approval: Approval) -> str:
    return reverse("companies:person", args=[approval.object_id])


def _roles_changes(approval: Approval) -> list[Change]:
    now = Membership.objects.values_list("roles", flat=True).get(pk=approval.object_id)
    then, asked = approval.snapshot["roles"], approval.arguments["roles"]
    return [Change(_("Roles"), roles_text(then), roles_text(now), roles_text(asked))]


def _roles_barred(approval: Approval) -> frozenset[int]:
    return frozenset([approval.snapshot["user_id"]])


# --- permissions ------------------------------------------------------------------------------------------------------


def _grant_words(approval: Approval) -> dict[str, object]:
    role, permission = approval.arguments["role"], approval.arguments["permission"]
    return {"role": Role(role).label, "permission": LABELS.get(permission, permission)}


def _grant_title(approval: Approval) -> str:
    return _("Allow %(role)s: %(permission)s") % _grant_words(approval)


def _grant_consequence(approval: Approval) -> str:
    return _("From then on, the role “%(role)s” may: %(permission)s.") % _grant_words(approval)


def _grant_page(_approval: Approval) -> str:
    return reverse("companies:permissions")


def _grant_changes(approval: Approval) -> list[Change]:
    role, permission = approval.arguments["role"], approval.arguments["permission"]
    cells = Grant.objects.filter(marketplace_id=approval.marketplace_id, role=role, permission=permission)
    now = allowed(role, permission, {(cell.role, cell.permission): cell.granted for cell in cells})
    return [Change(str(LABELS[permission]), _yes_or_no(False), _yes_or_no(now), _yes_or_no(True))]


# --- companies that are relatives of the operator ---------------------------------------------------------------------


def _company_changes(approval: Approval) -> list[Change]:
    then, asked = (CompanyValues(**approval.arguments[name]) for name in ("seen", "values"))
    now = values_of(Company.objects.get(pk=approval.object_id))
    names = {*differing(then, asked), *differing(then, now)}
    told = [said_of(each) for each in (then, now, asked)]
    return [
        Change(field_text(field), *(_value(field, said[field]) for said in told))
        for field in (field_of(name) for name in NAMES if name in names)
    ]


def _value(field: str, value: object) -> str:
    if isinstance(value, bool):
        return _yes_or_no(value)
    return "-" if value in (None, "") else code_text(field, str(value)) or str(value)


# --- bank details -----------------------------------------------------------------------------------------------------


def _bank_title(approval: Approval) -> str:
    return _("Change the bank details of %(merchant)s") % {"merchant": approval.company}


def _bank_consequence(approval: Approval) -> str:
    text = _(
        "Invoices of %(merchant)s that are issued from then on ask for payment to the account of %(holder)s ending in "
        "%(ending)s. Issued invoices keep what they say. All finance staff are told by mail."
    )
    asked = _bank_asked(approval)
    return text % {"merchant": approval.company, "holder": asked.holder, "ending": asked.last_four}


def _bank_asked(approval: Approval) -> BankDetails:
    return BankDetails(**approval.arguments["values"])


def _bank_page(approval: Approval) -> str:
    return reverse("companies:bank_details", args=[approval.object_id])


def _bank_done(approval: Approval, _result: object) -> str:
    return _("Approved. New invoices of %(merchant)s print these bank details.") % {"merchant": approval.company}


def _bank_changes(approval: Approval) -> list[Change]:
    """Every detail that is there or was, so that whoever agrees reads the whole account."""
    told = approval.snapshot["values"]
    then, asked = BankDetails(**told) if told else None, _bank_asked(approval)
    told_by = [_bank_said(each) for each in (then, bank_details_now(approval.object_id), asked)]
    shown = [name for name in BANK_NAMES if any(said[name] != DASH for said in told_by)]
    return [Change(field_text(name), *(said[name] for said in told_by)) for name in shown]


def _bank_said(details: BankDetails | None) -> dict[str, str]:
    if details is None:
        return dict.fromkeys(BANK_NAMES, DASH)
    said = {name: getattr(details, name) or DASH for name in BANK_NAMES}
    return said | ({"iban": details.account} if details.iban else {})


def register_all() -> None:
    """Called from AppConfig.ready."""
    asks_for_relatives(
        kind="company", name=CHANGE, label=gettext_lazy("Change"), act=change_approved, changes=_company_changes
    )
    register(
        TwoPersonVerb(
            kind="company",
            name="invite",
            label=gettext_lazy("Add a member"),
            perform=invite_approved,
            title=_invite_title,
            consequence=_invite_consequence,
            page=_invite_page,
            done=_invite_done,
        )
    )
    register(
        TwoPersonVerb(
            kind="membership",
            name="change_roles",
            label=gettext_lazy("Change roles"),
            perform=roles_approved,
            title=_roles_title,
            consequence=_roles_consequence,
            page=_roles_page,
            changes=_roles_changes,
            barred=_roles_barred,
        )
    )
    register(
        TwoPersonVerb(
            kind=bank_details.KIND,
            name=bank_details.CHANGE,
            label=gettext_lazy("Change bank details"),
            is_approved_singly=True,
            perform=bank_details.bank_details_approved,
            permission=bank_details.PERMISSION,
            title=_bank_title,
            consequence=_bank_consequence,
            page=_bank_page,
            done=_bank_done,
            changes=_bank_changes,
            barred=lambda approval: frozenset(members_around([approval.company_id or 0])),
            foresee=bank_details.foresee,
        )
    )
    register(
        TwoPersonVerb(
            kind="marketplace",
            name="grant",
            label=gettext_lazy("Grant a permission"),
            perform=grant_approved,
            title=_grant_title,
            consequence=_grant_consequence,
            page=_grant_page,
            changes=_grant_changes,
        )
    )
