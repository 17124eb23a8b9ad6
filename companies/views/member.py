"""One member: adding somebody, changing roles, ending the membership."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies import operations
from companies.domain.roles import Role
from companies.forms.people import MEANINGS, InviteForm, RolesForm
from companies.models import Company, Membership
from companies.operations import invitations, people
from companies.operations.people import PERMISSION
from companies.queries.two_person import waiting_about
from companies.views.people import state_of
from core.ids import read_id
from core.labels import verb_text
from core.models import Approval, AuditEntry
from web.access import MemberView, one_or_404
from web.passwords import confirms
from web.views import Action, DetailPage, FormPage, VerbView

SENT = gettext_lazy("Sent for approval.")
RECENT = 10
"""Audit rows shown of a person."""


def request_url(approval: Approval) -> str:
    """The page of a request that waits."""
    return reverse("creditmemos:approval", args=[approval.pk])


class OneMember(MemberView):
    """What the pages of one membership share."""

    object: Any

    def queryset(self) -> QuerySet[Membership]:
        """The memberships of the member's marketplace."""
        inside = Membership.objects.filter(company__marketplace_id=self.member.marketplace.pk)
        return inside.select_related("user", "company")

    def back_url(self) -> str:
        """The member's own page."""
        return reverse("companies:person", args=[self.object.pk])


class MemberDetail(OneMember, DetailPage):
    """A person in a company: roles, other companies, what they did lately."""

    permission = "people.view"
    template_name = "companies/person.html"
    object_name = "membership"

    def actions(self) -> Iterator[Action]:
        """Send the mail again, change roles and end, or begin again."""
        if not self.member.may(PERMISSION):
            return
        membership, actor, pk = self.object, self.member.actor, [self.object.pk]
        if people.may_invite_again(membership):
            url = f"{reverse('companies:invite')}?member={membership.pk}"
            yield Action(_("Add again"), url, "person-plus", tone="primary")
        if invitations.may_mail_again(membership):
            url = reverse("companies:person_mail_again", args=pk)
            yield Action(_("Send the link again"), url, "envelope", in_dialog=True)
        if people.may_set_roles(membership, actor=actor):
            yield Action(_("Change roles"), reverse("companies:person_roles", args=pk), "person-gear", in_dialog=True)
        if people.may_deactivate(membership, actor=actor):
            url = reverse("companies:person_deactivate", args=pk)
            yield Action(_("End membership"), url, "slash-circle", in_dialog=True)

    def context(self) -> dict[str, Any]:
        """The person's roles, other memberships and last deeds."""
        membership, user = self.object, self.object.user
        others = self.queryset().filter(user=user).exclude(pk=membership.pk).order_by("company__name")
        deeds = AuditEntry.objects.filter(marketplace_id=self.member.marketplace.pk, actor=user).order_by("-at", "-pk")
        return {
            "title": membership.name,
            "state": state_of(membership),
            "roles": [(role.label, MEANINGS[role]) for role in Role if role in membership.roles],
            "others": [(other, state_of(other)) for other in others],
            "deeds": [(deed, verb_text(deed.verb)) for deed in deeds[:RECENT]],
            "waiting": waiting_about("membership", membership.pk),
            "may_read_log": self.member.may("audit.view"),
        }


class Invite(FormPage):
    """Add a person to a company, with roles."""

    permission = PERMISSION
    title = gettext_lazy("Add a person")
    button = gettext_lazy("Add")
    form_class = InviteForm

    def form_options(self) -> dict[str, Any]:
        """The member, and what is known of a person who comes back, or of the company."""
        return {"member": self.member, "initial": self._initial()}

    def _initial(self) -> dict[str, Any]:
        inside = Membership.objects.filter(company__marketplace_id=self.member.marketplace.pk)
        if again := self._id("member"):
            known = one_or_404(inside.select_related("user", "company"), again)
            return {
                "company": known.company, "email": known.user.email, "name": known.name, "roles": known.roles,
                "language": known.language,
            }  # fmt: skip
        if company := self._id("company"):
            return {"company": one_or_404(Company.objects.visible_to(self.member), company)}
        return {}

    def _id(self, name: str) -> int:
        return read_id(self.request.GET.get(name, ""))

    def consequence(self) -> str:
        """What happens, and what does not."""
        return _("The person gets a mail, and belongs to the company once they have accepted.")

    def back_url(self) -> str:
        """The list."""
        return reverse("companies:people")

    def perform(self, form: Any) -> Membership | Approval:
        """Invite, or ask."""
        return operations.invite(**form.cleaned_data, actor=self.member.actor, now=self.now)

    def success_url(self, result: Membership | Approval) -> str:
        """The new member's page, or the request."""
        return request_url(result) if isinstance(result, Approval) else reverse("companies:person", args=[result.pk])

    def message(self, result: Membership | Approval) -> str:
        """Who belongs where now, or is asked to."""
        if isinstance(result, Approval):
            return str(SENT)
        counts = _("%(person)s now belongs to %(company)s.")
        waits = _("%(person)s is invited to %(company)s and gets a mail.")
        return (counts if result.accepted_at else waits) % {"person": result, "company": result.company}


class MailAgain(OneMember, VerbView):
    """Mail an invitation once more."""

    permission = PERMISSION
    title = gettext_lazy("Send the link again")
    button = gettext_lazy("Send")

    def check(self) -> None:
        """Ask the guards."""
        invitations.check_mail_again(self.object, now=self.now)

    def heading(self) -> str:
        """Whom it goes to."""
        return _("Send %(person)s the link again") % {"person": self.object}

    def consequence(self) -> str:
        """Where it goes, and for how long it is good."""
        return _("A mail is sent to %(address)s. The link in it is valid for three days.") % {
            "address": self.object.user.email
        }

    def perform(self, _form: Any) -> Membership:
        """Have it mailed."""
        return operations.mail_again(membership=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: Membership) -> str:
        """Say it."""
        return _("A mail to %(person)s is on its way.") % {"person": result}


class ChangeRoles(OneMember, VerbView):
    """Change what somebody else may do; what widens it waits for a second person."""

    permission = PERMISSION
    title = gettext_lazy("Change roles")
    button = gettext_lazy("Change roles")
    form_class = RolesForm

    def check(self) -> None:
        """Ask the guards."""
        people.check_set_roles(self.object, people=[self.member.actor.user_id])

    def heading(self) -> str:
        """Whose roles where."""
        return _("Roles of %(person)s in %(company)s") % {"person": self.object, "company": self.object.company}

    def consequence(self) -> str:
        """When a second person is asked."""
        if self.object.company.kind != Company.Kind.OPERATOR:
            return ""
        return _("Removing rights takes effect at once. Granting more rights needs approval.")

    def form_options(self) -> dict[str, Any]:
        """The company's kind, the present roles, and whose password."""
        kind, roles = self.object.company.kind, self.object.roles
        return {"kind": kind, "initial": {"roles": roles}, "confirm": confirms(self.request)}

    def perform(self, form: Any) -> Membership | Approval:
        """Set them, or ask."""
        roles = form.cleaned_data["roles"]
        return operations.set_roles(membership=self.object, roles=roles, actor=self.member.actor, now=self.now)

    def success_url(self, result: Membership | Approval) -> str:
        """The person, or the request."""
        return request_url(result) if isinstance(result, Approval) else self.back_url()

    def message(self, result: Membership | Approval) -> str:
        """Say when it counts."""
        if isinstance(result, Approval):
            return str(SENT)
        return _("The roles of %(person)s have been changed.") % {"person": result}


class Deactivate(OneMember, VerbView):
    """End a membership."""

    permission = PERMISSION
    title = gettext_lazy("End membership")
    button = gettext_lazy("End membership")
    tone = "danger"

    def check(self) -> None:
        """Ask the guards."""
        people.check_deactivate(self.object, actor=self.member.actor)

    def heading(self) -> str:
        """Whose membership."""
        return _("End membership of %(person)s") % {"person": self.object}

    def consequence(self) -> str:
        """What the person loses, and what stays."""
        words = {"person": self.object, "company": self.object.company}
        return _("%(person)s loses all rights in %(company)s at once. What they did stays on record.") % words

    def perform(self, _form: Any) -> Membership:
        """Deactivate."""
        return operations.deactivate(membership=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: Membership) -> str:
        """Who is gone."""
        return _("%(person)s no longer belongs to %(company)s.") % {
            "person": result,
            "company": result.company,
        }
