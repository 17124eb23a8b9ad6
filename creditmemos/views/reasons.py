"""The reasons for credit that a marketplace offers."""

from typing import Any

from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from creditmemos.forms.reasons import ReasonForm
from creditmemos.models import CreditReason
from creditmemos.operations.reasons import add_reason, change_reason
from web.access import MemberView
from web.views import FormPage, VerbView

STEP = 10
"""Between the places of two reasons, so that one fits between them."""


class ReasonList(MemberView):
    """All reasons, in their order; a marketplace has a handful."""

    permission = "settings.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        reasons = CreditReason.objects.filter(marketplace=self.member.marketplace)
        language = get_language() or "en"
        context = {
            "title": _("Reasons for credit"),
            "reasons": [(reason, reason.label(language)) for reason in reasons],
            "may_change": self.member.may("settings.change"),
        }
        return render(request, "creditmemos/reasons.html", context)


class AddReason(FormPage):
    """One more reason."""

    permission = "settings.change"
    title = gettext_lazy("Add a reason")
    button = gettext_lazy("Add")
    form_class = ReasonForm

    def form_options(self) -> dict[str, Any]:
        """At the end of the list."""
        mine = CreditReason.objects.filter(marketplace=self.member.marketplace)
        last = mine.aggregate(last=Max("position"))["last"] or 0
        return {
            "marketplace": self.member.marketplace,
            "is_new": True,
            "initial": {"position": last + STEP, "counts_as": CreditReason.CountsAs.PRICE},
        }

    def back_url(self) -> str:
        """The list."""
        return reverse("creditmemos:reasons")

    def perform(self, form: Any) -> CreditReason:
        """Add it."""
        return add_reason(**form.cleaned_data, actor=self.member.actor, now=self.now)

    def success_url(self, _result: CreditReason) -> str:
        """The list."""
        return self.back_url()

    def message(self, result: CreditReason) -> str:
        """Which one."""
        return _("%(reason)s can now be chosen.") % {"reason": result.label(get_language() or "en")}


class ChangeReason(VerbView):
    """Change a reason's words, place or use."""

    permission = "settings.change"
    title = gettext_lazy("Change a reason")
    button = gettext_lazy("Save")
    form_class = ReasonForm

    def queryset(self) -> QuerySet[CreditReason]:
        """The reasons of the marketplace."""
        return CreditReason.objects.filter(marketplace=self.member.marketplace)

    def heading(self) -> str:
        """Which reason."""
        return _("Reason: %(label)s") % {"label": self.object.label(get_language() or "en")}

    def form_options(self) -> dict[str, Any]:
        """What holds now."""
        reason = self.object
        labels = {f"label_{code}": label for code, label in reason.labels.items()}
        rest = {name: getattr(reason, name) for name in ("counts_as", "note_required", "position", "is_active")}
        return {"marketplace": self.member.marketplace, "is_new": False, "initial": {**labels, **rest}}

    def back_url(self) -> str:
        """The list."""
        return reverse("creditmemos:reasons")

    def perform(self, form: Any) -> CreditReason:
        """Change it."""
        return change_reason(reason=self.object, **form.cleaned_data, actor=self.member.actor, now=self.now)

    def message(self, result: CreditReason) -> str:
        """Which one."""
        return _("%(reason)s is saved.") % {"reason": result.label(get_language() or "en")}
