"""Adding a company, changing it, switching it off and on."""

from dataclasses import asdict
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies import operations
from companies.domain.company_values import values_of
from companies.forms.companies import CompanyForm
from companies.models import Company
from companies.operations.companies import PERMISSION, check_switch_off, check_switch_on, fixed_fields
from web.views import FormPage, VerbView


class AddCompany(FormPage):
    """One more customer, reseller or vendor."""

    permission = PERMISSION
    title = gettext_lazy("Add a company")
    button = gettext_lazy("Add company")
    form_class = CompanyForm

    def form_options(self) -> dict[str, Any]:
        """Who adds it, and what most are."""
        return {"member": self.member, "initial": {"kind": Company.Kind.CUSTOMER}}

    def back_url(self) -> str:
        """The list."""
        return reverse("companies:list")

    def perform(self, form: Any) -> Company:
        """Add it."""
        return operations.add_company(values=form.values, actor=self.member.actor, now=self.now)

    def success_url(self, result: Company) -> str:
        """Its page."""
        return reverse("companies:detail", args=[result.pk])

    def message(self, result: Company) -> str:
        """What comes next."""
        return _("%(company)s has been added. Next, add its people and subscriptions.") % {"company": result}


class OneCompany(VerbView):
    """What the verbs of one company share."""

    permission = PERMISSION
    object_name = "company"

    def queryset(self) -> QuerySet[Company]:
        """Companies that the member sees."""
        return Company.objects.visible_to(self.member).select_related("reseller")

    def back_url(self) -> str:
        """The company's page."""
        return reverse("companies:detail", args=[self.object.pk])


class ChangeCompany(OneCompany):
    """Change what is said of a company."""

    title = gettext_lazy("Change")
    button = gettext_lazy("Save")
    form_class = CompanyForm

    def consequence(self) -> str:
        """What does not change."""
        return _("Issued documents keep the name, address and tax number that they were issued with.")

    @cached_property
    def fixed(self) -> dict[str, str]:
        """What this person can't change, and why."""
        return fixed_fields(self.object, actor=self.member.actor)

    def form_options(self) -> dict[str, Any]:
        """What holds now, which goes along to tell whether somebody changes it meanwhile."""
        values = asdict(values_of(self.object))
        shown = {**values, "parent": values["parent_id"], "reseller": values["reseller_id"], "seen": values}
        return {"member": self.member, "kind": self.object.kind, "fixed": self.fixed, "initial": shown}

    def perform(self, form: Any) -> Company:
        """Change it."""
        return operations.change_company(
            company=self.object, values=form.values, seen=form.cleaned_data["seen"], actor=self.member.actor,
            now=self.now,
        )  # fmt: skip

    def message(self, result: Company) -> str:
        """Say it."""
        return _("%(company)s is saved.") % {"company": result}


class SwitchOff(OneCompany):
    """Let nothing new begin for a company."""

    title = gettext_lazy("Deactivate")
    button = gettext_lazy("Deactivate")
    tone = "danger"

    def check(self) -> None:
        """Ask the guards."""
        check_switch_off(self.object)

    def consequence(self) -> str:
        """What ends and what stays."""
        text = _(
            "%(company)s gets no new subscriptions, members or ad hoc credit, and its people can't sign "
            "in for it. Past usage is still billed; open invoices and credit stay and can be settled. It "
            "can be reactivated."
        )
        return text % {"company": self.object}

    def perform(self, _form: Any) -> Company:
        """Switch it off."""
        return operations.switch_off(company=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: Company) -> str:
        """Say it."""
        return _("%(company)s has been deactivated.") % {"company": result}


class SwitchOn(OneCompany):
    """Take a company up again."""

    title = gettext_lazy("Reactivate")
    button = gettext_lazy("Reactivate")

    def check(self) -> None:
        """Ask the guards."""
        check_switch_on(self.object)

    def consequence(self) -> str:
        """What begins again."""
        text = _("%(company)s can subscribe and be credited again, and its people can sign in for it as before.")
        return text % {"company": self.object}

    def perform(self, _form: Any) -> Company:
        """Switch it on."""
        return operations.switch_on(company=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: Company) -> str:
        """Say it."""
        return _("%(company)s has been reactivated.") % {"company": result}
