"""The billing dashboard: what goes on, what failed, and what became of credit."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import BillingException
from billing.operations.exceptions import mark_seen
from billing.operations.running.retrying import PERMISSION as RETRY
from billing.operations.running.starting import PERMISSION as RUN
from billing.queries.dashboard import credit_by_age, credit_by_month, failures, open_runs, unseen
from creditmemos.operations.requesting import APPROVE
from creditmemos.queries.waiting import requests_waiting
from web.access import MemberView
from web.views import VerbView

TONES = ("info", "good", "warn", "quiet", "plain")


class Dashboard(MemberView):
    """Everything on one page, by a fixed number of statements."""

    permission = "billing.view"
    title = gettext_lazy("Billing dashboard")
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        marketplace = self.member.marketplace
        today = marketplace.today(timezone.now())
        months, ages = credit_by_month(marketplace.pk, today), credit_by_age(marketplace.pk, today)
        context = {
            "title": self.title,
            "currency": marketplace.currency,
            "runs": open_runs(marketplace.pk),
            "failures": failures(marketplace.pk),
            "exceptions": unseen(marketplace.pk),
            "waiting": requests_waiting(self.member) if self.member.may(APPROVE) else 0,
            "months": months,
            "before": months[0].outstanding - months[0].change,
            "month_bars": [
                (_short(m.first), (m.issued, m.applied, m.paid_out, m.written_off, m.voided)) for m in months
            ],
            "month_tones": TONES,
            "ages": ages,
            "age_bars": [(_age(each.first, each.last), (each.amount,)) for each in ages],
            "age_tones": ("info",),
            "has_ages": any(each.amount for each in ages),
            "may_retry": self.member.may(RETRY),
            "may_run": self.member.may(RUN),
            "may_approve": self.member.may(APPROVE),
        }
        return render(request, "billing/dashboard.html", context)


def _short(first: date) -> str:
    return date_format(first, "M")


def _age(first: int, last: int | None) -> str:
    return f"{first}-{last}" if last is not None else f"> {first - 1}"


class MarkSeen(VerbView):
    """Take an exception off the dashboard."""

    permission = RETRY
    title = gettext_lazy("Mark as seen")
    button = gettext_lazy("Mark as seen")
    object_name = "exception"
    back_label = gettext_lazy("Billing dashboard")

    def queryset(self) -> QuerySet[BillingException]:
        """The marketplace's."""
        return BillingException.objects.filter(marketplace=self.member.marketplace)

    def heading(self) -> str:
        """What it is about."""
        return str(self.object.reason_text)

    def consequence(self) -> str:
        """It stays on record."""
        return _("It is removed from the dashboard and stays on its run.")

    def back_url(self) -> str:
        """The dashboard."""
        return reverse("billing:dashboard")

    def perform(self, _form: Any) -> BillingException:
        """Mark it."""
        return mark_seen(exception=self.object, actor=self.member.actor, now=self.now)
