"""A merchant's bank details: what holds, what waits, what held before; and asking for others."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies import operations
from companies.domain.bank_details import as_dict
from companies.forms.bank_details import BankDetailsForm
from companies.models import MerchantBankDetails, MerchantOfRecord
from companies.operations.bank_details import KIND, PERMISSION, check_change_bank_details
from companies.queries.bank_details import bank_details_now, history_of
from companies.queries.two_person import waiting_about
from core.errors import refusal_of
from core.models import Approval
from web.views import Action, DetailPage, VerbView

MOST_VERSIONS = 50


def merchants_for(view: Any) -> QuerySet[MerchantOfRecord]:
    """The merchants of the member's marketplace."""
    return MerchantOfRecord.objects.filter(marketplace=view.member.marketplace).select_related("company")


class BankDetailsPage(DetailPage):
    """Where the customers of one merchant pay to."""

    permission = "settings.view"
    template_name = "companies/bank_details.html"
    object_name = "merchant"

    def queryset(self) -> QuerySet[MerchantOfRecord]:
        """The merchants of the marketplace."""
        return merchants_for(self)

    @cached_property
    def versions(self) -> list[MerchantBankDetails]:
        """What holds, then what held before."""
        return list(history_of(self.object.pk)[:MOST_VERSIONS])

    def actions(self) -> Iterable[Action]:
        """Change, unless that waits for a second person already."""
        may_ask = refusal_of(check_change_bank_details, self.object, actor=self.member.actor) is None
        if self.member.may(PERMISSION) and may_ask:
            label = _("Change bank details") if self.versions else _("Add bank details")
            yield Action(label, reverse("companies:change_bank_details", args=[self.object.pk]), "pencil")

    def context(self) -> dict[str, Any]:
        """The versions, and what waits."""
        return {
            "title": _("Bank details of %(merchant)s") % {"merchant": self.object.company},
            "waiting": waiting_about(KIND, self.object.pk),
            "current": self.versions[0] if self.versions else None,
            "versions": self.versions,
        }


class ChangeBankDetails(VerbView):
    """Ask a second person to let invoices print another account."""

    permission = PERMISSION
    title = gettext_lazy("Change bank details")
    button = gettext_lazy("Request approval")
    back_label = gettext_lazy("Bank details")
    object_name = "merchant"
    form_class = BankDetailsForm

    def queryset(self) -> QuerySet[MerchantOfRecord]:
        """The merchants of the marketplace."""
        return merchants_for(self)

    def check(self) -> None:
        """Ask the guards."""
        check_change_bank_details(self.object, actor=self.member.actor)

    def heading(self) -> str:
        """Whose."""
        return _("Change the bank details of %(merchant)s") % {"merchant": self.object.company}

    def consequence(self) -> str:
        """That a second person decides, and what changes then."""
        return _(
            "A second person must agree. From then on, new invoices print these details; issued invoices keep theirs. "
            "All finance staff are told by mail."
        )

    def form_options(self) -> dict[str, Any]:
        """What holds now; the holder is the merchant, where nothing holds."""
        details = bank_details_now(self.object.pk)
        if details is None:
            return {"initial": {"holder": self.object.company.name}}
        return {"initial": as_dict(details) | ({"iban": details.account} if details.iban else {})}

    def back_url(self) -> str:
        """The merchant's bank details."""
        return reverse("companies:bank_details", args=[self.object.pk])

    def perform(self, form: BankDetailsForm) -> Approval:
        """Ask."""
        return operations.change_bank_details(
            merchant=self.object, details=form.details, actor=self.member.actor, now=self.now
        )

    def success_url(self, result: Approval) -> str:
        """The request."""
        return reverse("creditmemos:approval", args=[result.pk])

    def message(self, _result: Approval) -> str:
        """That it is asked for."""
        return _("Sent for approval.")
