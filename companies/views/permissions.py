"""The permission table as people read it, and the cells that a marketplace answers itself."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies import operations
from companies.domain.roles import LABELS, PERMISSIONS, Role, allowed
from companies.forms.permissions import GrantForm
from companies.models import Grant
from companies.queries.two_person import waiting_about
from core.models import Approval
from web.access import MemberView
from web.views import FormPage

GROUPS: dict[str, Promise] = {
    "creditmemos": gettext_lazy("Credit memos"),
    "invoices": gettext_lazy("Invoices"),
    "documents": gettext_lazy("Documents"),
    "approvals": gettext_lazy("Approvals"),
    "companies": gettext_lazy("Companies"),
    "reports": gettext_lazy("Reports"),
    "settings": gettext_lazy("Settings"),
    "people": gettext_lazy("People"),
    "audit": gettext_lazy("Audit log"),
}
"""What the first part of a permission's code is called."""


class Answer(NamedTuple):
    """One cell: the answer, whether the marketplace may give another, and where."""

    is_allowed: bool
    is_grantable: bool
    is_own: bool
    url: str
    label: str


class PermissionRow(NamedTuple):
    """One permission and its answers, role by role."""

    label: str
    answers: list[Answer]


def rows(grants: dict[tuple[str, str], bool], *, may_change: bool) -> Iterator[tuple[str, list[PermissionRow]]]:
    """The table in groups; ``grants`` maps (role, permission) to the marketplace's own answers."""
    groups: dict[str, list[PermissionRow]] = {}
    for code, cells in PERMISSIONS.items():
        answers = []
        for role in Role:
            is_allowed = allowed(role, code, grants)
            can_change = may_change and cells[role].is_grantable
            values = {"role": role.value, "permission": code, "granted": "no" if is_allowed else "yes"}
            answers.append(
                Answer(
                    is_allowed=is_allowed,
                    is_grantable=cells[role].is_grantable,
                    is_own=(role.value, code) in grants and grants[role.value, code] != cells[role].default,
                    url=f"{reverse('companies:grant')}?{urlencode(values)}" if can_change else "",
                    label=str(role.label),
                )
            )
        groups.setdefault(code.partition(".")[0], []).append(PermissionRow(str(LABELS[code]), answers))
    for name, found in groups.items():
        yield str(GROUPS.get(name, name.capitalize())), found


class PermissionTable(MemberView):
    """Who may do what, for everybody who may see it; managers change the grantable cells."""

    permission = "people.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The table."""
        stored = Grant.objects.filter(marketplace=self.member.marketplace).values_list("role", "permission", "granted")
        grants = {(role, permission): granted for role, permission, granted in stored}
        may_change = self.member.may("people.change")
        context = {
            "title": _("Permissions"),
            "roles": [role.label for role in Role],
            "groups": list(rows(grants, may_change=may_change)),
            "columns": len(Role) + 1,
            "may_change": may_change,
            "waiting": waiting_about("marketplace", self.member.marketplace.pk),
        }
        return render(request, "companies/permissions.html", context)


class ChangeGrant(FormPage):
    """Grant or revoke one cell, after a sentence that says what it means."""

    permission = "people.change"
    title = gettext_lazy("Change a permission")
    button = gettext_lazy("Change")
    form_class = GrantForm

    def form_options(self) -> dict[str, Any]:
        """What the followed link says."""
        return {"initial": {name: self.request.GET.get(name, "") for name in ("role", "permission", "granted")}}

    def consequence(self) -> str:
        """Who may do what from now on."""
        data = self.request.POST if self.request.method == "POST" else None
        words = GrantForm(data, **self.form_options()).words()
        if not words["role"] or not words["permission"]:
            return ""
        text = (
            _("Once approved, the role “%(role)s” may: %(permission)s.")
            if words["granted"]
            else _("From now on, the role “%(role)s” may no longer: %(permission)s.")
        )
        return str(text % words)

    def back_url(self) -> str:
        """The table."""
        return reverse("companies:permissions")

    def perform(self, form: Any) -> Grant | Approval:
        """Set it, or ask."""
        return operations.set_grant(
            marketplace=self.member.marketplace, **form.cleaned_data, actor=self.member.actor, now=self.now
        )

    def success_url(self, result: Grant | Approval) -> str:
        """The table, or the request."""
        is_asked = isinstance(result, Approval)
        return reverse("creditmemos:approval", args=[result.pk]) if is_asked else self.back_url()

    def message(self, result: Grant | Approval) -> str:
        """What holds now, or that a second person is asked."""
        if isinstance(result, Approval):
            return _("Sent for approval.")
        words = {"role": Role(result.role).label, "permission": LABELS[result.permission]}
        text = _("%(role)s may now: %(permission)s.") if result.granted else _("%(role)s may not: %(permission)s.")
        return text % words
