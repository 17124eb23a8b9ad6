"""Company-wide billing on or off: first the memos that it concerns, then the change."""

from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from companies import operations
from companies.models import Company
from companies.operations.billing import check_switch_billing
from creditmemos.models import CreditMemo
from creditmemos.queries.desk import HEAVY
from web.forms import PageForm
from web.views import VerbView

MOST_LISTED = 50


class SwitchForm(PageForm):
    """Which way, as it was shown: whoever was quicker is not undone by chance."""

    on = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda text: text == "yes", widget=forms.HiddenInput
    )


class SwitchBilling(VerbView):
    """Let all users of a company share its credit, or keep each one's apart. No document moves."""

    permission = "settings.change"
    object_name = "company"
    form_class = SwitchForm
    facts_template = "companies/_billing_memos.html"

    def queryset(self) -> QuerySet[Company]:
        """Companies that the member sees; the operator has no bills."""
        return Company.objects.visible_to(self.member).exclude(kind=Company.Kind.OPERATOR)

    def check(self) -> None:
        """Ask the guard."""
        check_switch_billing(self.object, actor=self.member.actor)

    @property
    def switches_on(self) -> bool:
        """Which way it goes."""
        return not self.object.company_wide_billing

    @property
    def button(self) -> str:  # type: ignore[override]
        """What the click does."""
        return _("Bill company-wide") if self.switches_on else _("Bill each user separately")

    def heading(self) -> str:
        """What it is about."""
        return _("Company-wide billing of %(company)s") % {"company": self.object}

    def back_url(self) -> str:
        """The company's page."""
        return reverse("companies:detail", args=[self.object.pk])

    def consequence(self) -> str:
        """What changes from now on."""
        if self.switches_on:
            return _(
                "From now on, any credit of the company can be applied to any of its invoices, also automatically."
            )
        return _(
            "From now on, credit is applied only to invoices of the same billed user, and credit without "
            "a billed user only to invoices without one. By hand, credit without a billed user can be "
            "applied to any invoice."
        )

    def form_options(self) -> dict[str, Any]:
        """The way that is shown."""
        return {"initial": {"on": "yes" if self.switches_on else "no"}}

    @cached_property
    def memos(self) -> QuerySet[CreditMemo]:
        """Memos of the company with credit left: what may be done with them changes."""
        return CreditMemo.objects.filter(payer=self.object, marketplace=self.object.marketplace).usable()

    def context(self) -> dict[str, Any]:
        """The memos concerned."""
        sums = self.memos.aggregate(count=Count("pk"), balance=Sum("balance"))
        listed = list(self.memos.defer(*HEAVY).order_by("issue_date", "sequence", "pk")[:MOST_LISTED])
        return {
            **super().context(),
            "memos": listed,
            "memo_count": sums["count"],
            "memo_balance": int(sums["balance"] or 0),
            "memos_more": sums["count"] - len(listed),
            "switches_on": self.switches_on,
            "currency": self.member.marketplace.currency,
        }

    def perform(self, form: Any) -> Company:
        """Switch it."""
        return operations.set_company_wide_billing(
            company=self.object, on=form.cleaned_data["on"], actor=self.member.actor, now=self.now
        )

    def message(self, result: Company) -> str:
        """Say how it is now."""
        if result.company_wide_billing:
            return _("%(company)s is billed company-wide.") % {"company": result}
        return _("Each user of %(company)s is billed separately.") % {"company": result}
