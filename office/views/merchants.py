"""Making a reseller a merchant of record, and changing a merchant's code."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Company, MerchantOfRecord
from creditmemos.operations.merchants import (
    PERMISSION,
    change_code,
    check_change_code,
    check_make_merchant,
    make_merchant,
)
from office.forms import MerchantForm
from web.views import VerbView


class MakeMerchant(VerbView):
    """Let a reseller sell in its own name."""

    permission = PERMISSION
    title = gettext_lazy("Make merchant of record")
    button = gettext_lazy("Make merchant of record")
    object_name = "company"
    form_class = MerchantForm

    def queryset(self) -> QuerySet[Company]:
        """Resellers that the member sees."""
        return Company.objects.visible_to(self.member)

    def check(self) -> None:
        """Ask the guards."""
        check_make_merchant(self.object, actor=self.member.actor)

    def heading(self) -> str:
        """Whom."""
        return _("Make %(company)s a merchant of record") % {"company": self.object}

    def consequence(self) -> str:
        """What it can do then, and that it stays."""
        text = _(
            "From now on, %(company)s can sell in its own name, with its own document numbers, books and "
            "closed periods. This can't be undone."
        )
        return text % {"company": self.object}

    def back_url(self) -> str:
        """The company's page."""
        return reverse("companies:detail", args=[self.object.pk])

    def perform(self, form: Any) -> MerchantOfRecord:
        """Make it one."""
        code = form.cleaned_data["code"]
        return make_merchant(company=self.object, code=code, actor=self.member.actor, now=self.now)

    def message(self, result: MerchantOfRecord) -> str:
        """Under which code."""
        return _("%(company)s is a merchant of record with the code %(code)s.") % {
            "company": self.object,
            "code": result.code,
        }


class ChangeCode(VerbView):
    """Give a merchant another code."""

    permission = PERMISSION
    title = gettext_lazy("Change the code")
    button = gettext_lazy("Change the code")
    form_class = MerchantForm

    def queryset(self) -> QuerySet[MerchantOfRecord]:
        """The merchants of the marketplace."""
        return MerchantOfRecord.objects.filter(marketplace=self.member.marketplace).select_related("company")

    def check(self) -> None:
        """Ask the guard."""
        check_change_code(self.object)

    def heading(self) -> str:
        """Whose."""
        return _("Change the code of %(company)s") % {"company": self.object.company}

    def form_options(self) -> dict[str, Any]:
        """What it is now."""
        return {"initial": {"code": self.object.code}}

    def back_url(self) -> str:
        """The company's page."""
        return reverse("companies:detail", args=[self.object.company_id])

    def perform(self, form: Any) -> MerchantOfRecord:
        """Change it."""
        code = form.cleaned_data["code"]
        return change_code(merchant=self.object, code=code, actor=self.member.actor, now=self.now)

    def message(self, result: MerchantOfRecord) -> str:
        """Say it."""
        return _("The code is now %(code)s.") % {"code": result.code}
