"""The settings page "Invoice & credit memo", the preview of the next numbers, and closing a period."""

from typing import Any

from django.db.models import QuerySet
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies import operations
from companies.domain.bank_details import BankDetails
from companies.models import MarketplaceSettings, MerchantOfRecord
from companies.queries.bank_details import with_account
from companies.queries.two_person import waiting_about
from core.errors import Refusal
from core.formats import day_text, reader
from creditmemos.models import CreditReason
from creditmemos.operations import change_settings
from creditmemos.operations.settings import KIND, check_numbers
from creditmemos.queries.numbers import NextNumber, next_numbers
from documents.domain.kinds import numbered
from office.forms import ClosePeriodForm, NumberingForm, SettingsForm
from web.access import MemberView
from web.views import SettingsPage, VerbView


def by_merchant(numbers: list[NextNumber]) -> dict[str, list[str]]:
    """The next number of each kind, by merchant."""
    found: dict[str, list[str]] = {}
    for each in numbers:
        found.setdefault(each.merchant.company.name, []).append(each.number)
    return found


def kind_labels() -> list[str]:
    """The headings above the next numbers."""
    return [str(kind.label) for kind in numbered()]


def _account(merchant: MerchantOfRecord) -> BankDetails | None:
    """Where its customers pay to, as ``with_account`` read it; None before it has bank details."""
    names = ("holder", "iban", "account_number")
    values = {name: getattr(merchant, name) for name in names}
    return BankDetails(**values) if values["holder"] else None


class DocumentSettings(SettingsPage):
    """Everything that decides how this marketplace numbers, uses, closes and shows credit."""

    title = gettext_lazy("Invoice & credit memo")
    form_class = SettingsForm
    template_name = "companies/settings.html"

    @cached_property
    def stored(self) -> MarketplaceSettings:
        """What holds now."""
        return MarketplaceSettings.objects.select_related("marketplace").get(marketplace=self.member.marketplace)

    def form_options(self) -> dict[str, Any]:
        """What holds now."""
        own = {"initial": model_to_dict(self.stored), "marketplace": self.member.marketplace}
        return {**super().form_options(), **own}

    def perform(self, form: Any) -> MarketplaceSettings:
        """Change them; what lets people do more alone is only asked for."""
        return change_settings(
            marketplace=self.member.marketplace, values=form.cleaned_data, actor=self.member.actor, now=self.now
        )

    def success_url(self, _result: MarketplaceSettings) -> str:
        """Here again."""
        return reverse("companies:settings")

    def message(self, result: MarketplaceSettings) -> str:
        """Say it, and what a second person is asked."""
        asked = [title for approval, title in waiting_about(KIND, result.pk) if approval.requested_at == self.now]
        sent = _("Sent for approval: %(what)s.") % {"what": ", ".join(asked)}
        if asked and model_to_dict(result) == model_to_dict(self.stored):
            return sent
        saved = _("The settings are saved. Issued documents are not changed.")
        return f"{saved} {sent}" if asked else saved

    def context(self) -> dict[str, Any]:
        """The next numbers, merchants with their closed day, reasons."""
        marketplace = self.member.marketplace
        rows = MerchantOfRecord.objects.filter(marketplace=marketplace).select_related("company")
        merchants = list(with_account(rows).order_by("pk"))
        return {
            **super().context(),
            "waiting": waiting_about(KIND, self.stored.pk),
            "may_close": self.member.may("companies.close_period"),
            "kinds": kind_labels(),
            "numbers": by_merchant(next_numbers(self.stored, today=marketplace.today(timezone.now()))),
            "merchants": merchants,
            "pays_to": [(merchant, _account(merchant)) for merchant in merchants],
            "reasons": CreditReason.objects.filter(marketplace=marketplace, is_active=True).count(),
        }


class NumberPreview(MemberView):
    """The next number of every merchant under what is typed, or what is wrong with it; a part of the page."""

    permission = "settings.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Nothing is stored."""
        form, now = NumberingForm(request.GET), timezone.now()
        settings = MarketplaceSettings.objects.select_related("marketplace").get(marketplace=self.member.marketplace)
        problem, numbers = "", []
        if form.is_valid():
            for name, value in form.cleaned_data.items():
                setattr(settings, name, value)
            try:
                check_numbers(settings, now=now)
                numbers = next_numbers(settings, today=settings.marketplace.today(now))
            except Refusal as refusal:
                problem = refusal.message
        context = {"kinds": kind_labels(), "numbers": by_merchant(numbers), "problem": problem}
        return render(request, "companies/_numbers.html", context)


class ClosePeriod(VerbView):
    """Close a merchant's days up to one that is over; it can't be opened again."""

    permission = "companies.close_period"
    title = gettext_lazy("Close a period")
    button = gettext_lazy("Close the period")
    back_label = gettext_lazy("Invoice & credit memo")
    tone = "danger"
    form_class = ClosePeriodForm

    def queryset(self) -> QuerySet[MerchantOfRecord]:
        """The merchants of the marketplace."""
        return MerchantOfRecord.objects.filter(marketplace=self.member.marketplace).select_related("company")

    def heading(self) -> str:
        """Whose period."""
        return _("Close a period of %(merchant)s") % {"merchant": self.object.company}

    def consequence(self) -> str:
        """What can no longer happen."""
        text = _(
            "Nothing can be posted or take effect on or before that day, and the period can't be "
            "reopened. Later reversals are posted on their own day."
        )
        if self.object.closed_through:
            day = day_text(self.object.closed_through, reader())
            return f"{text} {_('Now closed through %(day)s.') % {'day': day}}"
        return text

    def form_options(self) -> dict[str, Any]:
        """The day it is where the marketplace is."""
        return {"today": self.member.marketplace.today(timezone.now())}

    def back_url(self) -> str:
        """The settings."""
        return reverse("companies:settings")

    def perform(self, form: Any) -> MerchantOfRecord:
        """Close it."""
        through = form.cleaned_data["through"]
        return operations.close_period(merchant=self.object, through=through, actor=self.member.actor, now=self.now)

    def message(self, result: MerchantOfRecord) -> str:
        """Through which day."""
        day = day_text(result.closed_through, reader()) if result.closed_through else ""
        return _("%(merchant)s is closed through %(day)s.") % {"merchant": self.object.company, "day": day}
