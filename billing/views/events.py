"""Billing events: the list, the page of one, recording one, and trying failed ones again."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from billing.domain.event_values import Facts
from billing.filters import EventFilters
from billing.forms.events import EventForm
from billing.models import BillingEvent, BillingEventQuerySet, BillingException, Charge, Credit
from billing.operations.asking import request_about
from billing.operations.recording import PERMISSION as RECORD
from billing.operations.recording import record_event
from billing.operations.running import Retried, retry_events
from billing.operations.running.retrying import PERMISSION as RETRY
from billing.operations.running.retrying import check_retry
from billing.queries.named import about
from billing.rating.explaining import sentences
from billing.tables import EventTable
from billing.views.mending import actions_of
from billing.views.retrying import left_out, retrying
from companies.queries.people import name_at
from core.errors import Refusal
from web.access import MemberView, chosen_or_404
from web.lists import BulkAction, ListPage
from web.views import Action, DetailPage, FormPage, VerbView


class EventList(ListPage):
    """All events of the marketplace."""

    permission = "billing.view"
    title = gettext_lazy("Billing events")
    counted = ngettext_lazy("%(shown)s event", "%(shown)s events", "n")
    none_match = gettext_lazy("No events match")
    none_yet = gettext_lazy("No events yet")
    table_class = EventTable
    filters_class = EventFilters
    default_sort = "-key"
    create_url_name = "billing:event_new"
    create_label = gettext_lazy("Record an event")
    create_permission = RECORD
    bulk_actions = (BulkAction(gettext_lazy("Try again"), "billing:events_retry", RETRY, "arrow-repeat"),)
    template_name = "billing/events.html"

    def queryset(self) -> BillingEventQuerySet:
        """The marketplace's."""
        return BillingEvent.objects.visible_to(self.member)

    def rows(self, found: QuerySet[BillingEvent]) -> QuerySet[BillingEvent]:
        """With the names beside them."""
        return found.select_related("company", "account")

    @property
    def may_retry_all(self) -> bool:
        """Whether there is something to try again for who may."""
        failed = self.queryset().failed().order_by("-pk").values_list("pk")  # The order lets the index of these serve.
        return bool(self.member.may(RETRY)) and bool(failed[:1])


class EventPage(DetailPage):
    """One event: what it said, what became of it, and how that was worked out."""

    permission = "billing.view"
    template_name = "billing/event.html"
    object_name = "event"

    def queryset(self) -> QuerySet[BillingEvent]:
        """The marketplace's."""
        rows = BillingEvent.objects.visible_to(self.member)
        related = rows.select_related(
            "company", "account__payer", "subscription__product", "product", "run", "replaces"
        )
        return related.annotate(created_by_name=name_at("created_by_id", "created_at"))

    def actions(self) -> Iterable[Action]:
        """Until it is billed."""
        return actions_of(self.object, self.member)

    def context(self) -> dict[str, Any]:
        """Its charges and credits with how they were worked out, and what was cut off."""
        currency = self.object.account.currency
        charges = Charge.objects.filter(event=self.object).select_related("invoice_line__invoice")
        credits_ = Credit.objects.filter(event=self.object).select_related("memo_line__memo", "invoice_line__invoice")
        return {
            "title": _("%(kind)s %(key)s") % {"kind": self.object.get_kind_display(), "key": self.object.key},
            "currency": currency,
            "charges": [(row, sentences(row.how, currency)) for row in charges.order_by("pk")],
            "credits": [(row, sentences(row.how, currency)) for row in credits_.order_by("pk")],
            "asking": request_about(self.object),
            "about": about(self.object),
            "replacement": self.object.replacements.first(),
            "exceptions": BillingException.objects.filter(event=self.object).order_by("pk"),
        }


class RecordEvent(FormPage):
    """Record one event by hand."""

    permission = RECORD
    title = gettext_lazy("Record an event")
    button = gettext_lazy("Record")
    form_class = EventForm
    verb_keeps_key = True

    def form_options(self) -> dict[str, Any]:
        """Who asks."""
        today = self.member.marketplace.today(timezone.now())
        return {"member": self.member, "initial": {"day": today, "kind": "order"}}

    def back_url(self) -> str:
        """The list."""
        return reverse("billing:events")

    def consequence(self) -> str:
        """What comes of it."""
        return _("The next billing run turns it into a charge or a credit.")

    def perform(self, form: Any) -> BillingEvent:
        """Record it; the form's token is the key of an event that has none of its own."""
        facts: Facts = form.facts(self.key)
        return record_event(facts=facts, origin=BillingEvent.Origin.FORM, actor=self.member.actor, now=self.now)

    def success_url(self, result: BillingEvent) -> str:
        """Its page."""
        return reverse("billing:event", args=[result.pk])

    def message(self, result: BillingEvent) -> str:
        """Under which key, and whether somebody else is asked."""
        if result.status == BillingEvent.Status.ASKED:
            return _("Event %(key)s is recorded and sent for approval. It is billed once approved.") % {
                "key": result.key
            }
        return _("Event %(key)s is recorded.") % {"key": result.key}


class RetryEvent(VerbView):
    """Let one failed event be billed again."""

    permission = RETRY
    title = gettext_lazy("Try again")
    button = gettext_lazy("Try again")
    object_name = "event"
    back_label = gettext_lazy("The event")

    def queryset(self) -> QuerySet[BillingEvent]:
        """The marketplace's."""
        return BillingEvent.objects.visible_to(self.member).select_related("account")

    def check(self) -> None:
        """Ask the guards."""
        check_retry([self.object], actor=self.member.actor)

    def heading(self) -> str:
        """Which."""
        return _("Try %(key)s again") % {"key": self.object.key}

    def back_url(self) -> str:
        """Its page."""
        return reverse("billing:event", args=[self.object.pk])

    def consequence(self) -> str:
        """When it is billed."""
        return _("It is billed by the run in which it failed, or by the run in progress.")

    def perform(self, _form: Any) -> Retried:
        """Let it wait again."""
        return retry_events(event_ids=[self.object.pk], actor=self.member.actor, now=self.now)

    def message(self, _result: Retried) -> str:
        """Done."""
        return _("The event is queued for billing again.")


class RetryEvents(MemberView):
    """Let chosen failed events, or all of them, be billed again."""

    permission = RETRY
    http_method_names = ["get", "post"]

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Nothing to see here."""
        return redirect(f"{reverse('billing:events')}?status=failed")

    @cached_property
    def _failed(self) -> QuerySet[BillingEvent]:
        return BillingEvent.objects.visible_to(self.member).failed()

    def post(self, request: HttpRequest) -> HttpResponse:
        """One foreign id refuses the batch; ``all`` takes every failed one."""
        if request.POST.get("all"):
            ids = list(self._failed.values_list("pk", flat=True)[:10_000])
        else:
            visible = BillingEvent.objects.visible_to(self.member)
            ids = [row.pk for row in chosen_or_404(visible, request.POST.getlist("pk"))]
        now = timezone.now()
        try:
            retried = retrying(lambda: retry_events(event_ids=ids, actor=self.member.actor, now=now))
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            count = retried.waiting
            text = ngettext(
                "%(n)s event is queued for billing again.", "%(n)s events are queued for billing again.", count
            )
            messages.success(request, text % {"n": count})
            if retried.own:
                messages.warning(request, left_out(retried.own))
        return redirect(f"{reverse('billing:events')}?status=failed")
