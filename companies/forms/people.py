"""Inviting people and changing their roles."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.domain.roles import ROLES_OF_KIND, Role
from companies.members import Member
from companies.models import Company
from core.labels import BADGES
from web.confirming import ConfirmForm
from web.fields import LookupField
from web.forms import PageForm

MEANINGS: dict[str, Promise] = {
    Role.MANAGER: _("Everything: credit, settings, people."),
    Role.FINANCE: _("All credit and invoices; closes periods; reads the settings."),
    Role.SUPPORT: _("Sees everything, voids unapplied memos; the rest as granted."),
    Role.DEVELOPER: _("Sees the lines of the company's own products."),
    Role.RESELLER: _("Sees what the company buys for its customers."),
    Role.COMPANY_ADMIN: _("Sees the company's documents and uses its credit."),
    Role.BILLING_ADMIN: _("Like company admin, and receives billing mails."),
    Role.USER: _("Sees documents billed to this person."),
}
"""What each role is for, in a line."""


def roles_by_kind() -> list[tuple[str, list[tuple[str, Any]]]]:
    """Every role under the kind of company that can give it."""
    return [
        (str(BADGES["company"][kind].label), [(role.value, role.label) for role in roles])
        for kind, roles in ROLES_OF_KIND.items()
    ]


class RolesForm(ConfirmForm):
    """Which roles a member has; only those that fit the company's kind are offered."""

    roles = forms.MultipleChoiceField(label=_("Roles"), widget=forms.CheckboxSelectMultiple())

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["roles"]
        field.choices = [(role.value, f"{role.label}: {MEANINGS[role]}") for role in ROLES_OF_KIND[kind]]


class InviteForm(PageForm):
    """Who is added to which company, with which roles."""

    company = LookupField(label=_("Company"), url_name="companies:lookup", what=_("company"))
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Existing members of the marketplace keep their name.")
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        widget=forms.CheckboxSelectMultiple(),
        help_text=_("The roles must fit the kind of company."),
    )
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company: Any = self.fields["company"]
        company.queryset = Company.objects.visible_to(member).filter(is_active=True)
        roles: Any = self.fields["roles"]
        roles.choices = roles_by_kind()
        language: Any = self.fields["language"]
        language.choices = [("", _("Marketplace default")), *settings.LANGUAGES]
