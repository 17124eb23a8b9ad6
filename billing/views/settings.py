"""The billing settings: calendar and rules, and the tax table."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.domain.calendar import upcoming
from billing.forms.settings import BillingSettingsForm, TaxTableForm
from billing.models import BillingSettings, TaxRule
from billing.operations.carried_balances import Carried, carried, move_to_v2
from billing.operations.settings import FIELDS, change_billing_settings, set_tax_rules
from billing.queries.price_book import settings_of
from companies.models import Marketplace
from core.formats import amount_text
from web.views import FormPage, SettingsPage

NEXT = 3


class BillingSettingsPage(SettingsPage):
    """When runs start, and how days are counted."""

    title = gettext_lazy("Billing")
    form_class = BillingSettingsForm
    template_name = "billing/settings.html"

    @cached_property
    def stored(self) -> BillingSettings:
        """What holds now."""
        return settings_of(self.member.marketplace.pk)

    def form_options(self) -> dict[str, Any]:
        """What holds now."""
        return {**super().form_options(), "initial": {name: getattr(self.stored, name) for name in FIELDS}}

    def perform(self, form: Any) -> BillingSettings:
        """Change them."""
        return change_billing_settings(values=form.cleaned_data, actor=self.member.actor, now=self.now)

    def success_url(self, _result: BillingSettings) -> str:
        """Here again."""
        return reverse("billing:settings")

    def message(self, _result: BillingSettings) -> str:
        """Say it."""
        return _("The settings are saved.")

    def context(self) -> dict[str, Any]:
        """The next runs, and the tax table."""
        zone, now = self.member.marketplace.zone, timezone.now()
        return {
            **super().context(),
            "is_v1": self.member.marketplace.pipeline == Marketplace.Pipeline.V1,
            "zone": self.member.marketplace.time_zone,
            "next_runs": upcoming(self.stored.schedule, zone, now, NEXT),
            "rules": TaxRule.objects.filter(marketplace=self.member.marketplace),
        }


class MoveToV2(FormPage):
    """Leave pipeline V1: carried balances become credit memos."""

    permission = "settings.change"
    title = gettext_lazy("Move to pipeline V2")
    button = gettext_lazy("Move to pipeline V2")
    tone = "danger"

    def consequence(self) -> str:
        """What becomes of the balances; it can't be taken back."""
        found = carried(self.member.marketplace.pk)
        text = ngettext(
            "One carried balance, %(amount)s in all, becomes a credit memo.",
            "%(n)s carried balances, %(amount)s in all, become credit memos.",
            found.count,
        ) % {"n": found.count, "amount": amount_text(found.amount, self.member.marketplace.currency)}
        return f"{text} {_('From then on, credit is issued as credit memos. This cannot be undone.')}"

    def back_url(self) -> str:
        """The billing settings."""
        return reverse("billing:settings")

    def perform(self, _form: Any) -> Carried:
        """Move it."""
        return move_to_v2(actor=self.member.actor, now=self.now)

    def success_url(self, _result: Carried) -> str:
        """The settings."""
        return reverse("billing:settings")

    def message(self, result: Carried) -> str:
        """How many."""
        text = ngettext("%(n)s balance became a credit memo.", "%(n)s balances became credit memos.", result.count)
        return text % {"n": result.count}


class TaxTablePage(SettingsPage):
    """The taxes of new lines, by the payer's country and the product's class."""

    title = gettext_lazy("Tax table")
    form_class = TaxTableForm
    template_name = "billing/tax_table.html"

    def form_options(self) -> dict[str, Any]:
        """What holds now."""
        rules = TaxRule.objects.filter(marketplace=self.member.marketplace)
        return {**super().form_options(), "rules": list(rules)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One more row, or all of them at once."""
        if request.POST.get("go") == "add" and self.may_change:
            form = self.make_form(request.POST)
            return self.show(form)
        return super().post(request, *args, **kwargs)

    def perform(self, form: Any) -> list[TaxRule]:
        """Put the rows in the table's place."""
        return set_tax_rules(taxes=form.taxes, actor=self.member.actor, now=self.now)

    def back_url(self) -> str:
        """The billing settings."""
        return reverse("billing:settings")

    def success_url(self, _result: list[TaxRule]) -> str:
        """Here again."""
        return reverse("billing:taxes")

    def message(self, _result: list[TaxRule]) -> str:
        """Say it."""
        return _("The tax table is saved. It applies to new lines; credits keep the rates of the lines they credit.")
