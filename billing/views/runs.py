"""Billing runs: the list, starting one, the page of one with its progress, and what can be done with it."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from billing.filters import RunFilters
from billing.forms.runs import RunForm
from billing.models import BillingEvent, BillingRun, RunDocument, RunLine
from billing.operations import running
from billing.operations.running import starting
from billing.operations.running.retrying import PERMISSION as RETRY
from billing.operations.running.starting import PERMISSION as RUN
from billing.queries.progress import progress
from billing.tables import RunTable
from billing.views.retrying import left_out, retrying
from companies.models import Marketplace
from companies.queries.people import name_at
from core.errors import Refusal
from core.models import AuditEntry
from web.access import MemberView, chosen_or_404, is_partial, one_or_404
from web.activity import Deed, deeds
from web.lists import ListPage
from web.views import Action, DetailPage, FormPage, VerbView

ROWS = 50
"""Rows of one page of each table."""
MOST = 2_000
"""Payers, documents and events that one can page through; the lists hold the rest."""


def runs_told(found: QuerySet[BillingRun]) -> QuerySet[BillingRun]:
    """Runs with their marketplace, and with what whoever started them was called then."""
    return found.select_related("marketplace").annotate(started_by_name=name_at("started_by_id", "started_at"))


class RunList(ListPage):
    """All runs of the marketplace."""

    permission = "billing.view"
    title = gettext_lazy("Billing runs")
    counted = ngettext_lazy("%(shown)s run", "%(shown)s runs", "n")
    none_match = gettext_lazy("No runs match")
    none_yet = gettext_lazy("No runs yet")
    table_class = RunTable
    filters_class = RunFilters
    default_sort = "-number"
    create_url_name = "billing:run_new"
    create_label = gettext_lazy("Start a run")
    create_permission = RUN
    template_name = "billing/runs.html"

    def queryset(self) -> QuerySet[BillingRun]:
        """The marketplace's."""
        return BillingRun.objects.visible_to(self.member)

    def rows(self, found: QuerySet[BillingRun]) -> QuerySet[BillingRun]:
        """With what their lines add up to."""
        return runs_told(found).annotate(
            **{f"sum_{name}": Sum(f"lines__{name}") for name in ("invoices", "memos", "invoiced", "credited")},
            count_failed=Count("lines", filter=Q(lines__state=RunLine.State.FAILED)),
        )


class StartRun(FormPage):
    """Bill everything that is due."""

    permission = RUN
    title = gettext_lazy("Start a run")
    button = gettext_lazy("Start run")
    form_class = RunForm
    verb_keeps_key = True
    is_dry = False

    def form_options(self) -> dict[str, Any]:
        """Today where the marketplace is, or the day of a preview that was looked at."""
        asked = self.request.GET.get("through", "")
        initial = {"through": asked} if asked else None
        return {"today": self.member.marketplace.today(timezone.now()), "initial": initial}

    def back_url(self) -> str:
        """The list."""
        return reverse("billing:runs")

    def check(self) -> None:
        """Ask whether another goes on."""
        starting.check_start(self.member.marketplace.pk, dry=self.is_dry)

    def consequence(self) -> str:
        """What is made."""
        return _("Invoices and credit memos are issued and mailed, and open credit is applied.")

    def perform(self, form: Any) -> BillingRun:
        """Start it."""
        through = form.cleaned_data["through"]
        return running.start_run(through=through, actor=self.member.actor, now=self.now, key=self.key, dry=self.is_dry)

    def success_url(self, result: BillingRun) -> str:
        """Its page."""
        return reverse("billing:run", args=[result.pk])


class PreviewRun(StartRun):
    """Work out what a run would come to."""

    title = gettext_lazy("Preview a run")
    button = gettext_lazy("Preview")
    is_dry = True

    def consequence(self) -> str:
        """Nothing is made."""
        return _("The same figures are calculated, and no documents are created.")


class OneRun(DetailPage):
    """What the pages of one run share."""

    permission = "billing.view"
    object_name = "run"

    def queryset(self) -> QuerySet[BillingRun]:
        """The marketplace's."""
        return runs_told(BillingRun.objects.visible_to(self.member))


class RunPage(OneRun):
    """How far a run is, what it made, and what failed."""

    template_name = "billing/run.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The whole page, or its progress alone; when it is at its end, the page is shown anew."""
        if is_partial(request, "progress"):
            if not self.object.is_open:
                return HttpResponse(status=204, headers={"HX-Refresh": "true"})
            return render(request, "billing/_progress.html", {"run": self.object, **self._progress()})
        return super().get(request, *args, **kwargs)

    def actions(self) -> Iterable[Action]:
        """What its state allows."""
        run, member = self.object, self.member
        if not member.may(RUN):
            return
        if starting.may_stop(run):
            yield Action(_("Stop"), reverse("billing:run_stop", args=[run.pk]), "slash-circle", in_dialog=True)
        if starting.may_start_previewed(run):
            url = f"{reverse('billing:run_new')}?through={run.through.isoformat()}"
            yield Action(_("Start this run"), url, "play-circle", tone="primary")

    @property
    def _currency(self) -> str:
        return str(self.member.marketplace.currency)

    def _progress(self) -> dict[str, Any]:
        is_v1 = self.member.marketplace.pipeline == Marketplace.Pipeline.V1
        return {"progress": progress(self.object), "currency": self._currency, "is_v1": is_v1}

    def context(self) -> dict[str, Any]:
        """Progress, failures, payers, documents, batches, activity."""
        run, asked = self.object, self.request.GET
        failed = RunLine.objects.filter(run=run, state=RunLine.State.FAILED).select_related("payer")
        lines = RunLine.objects.filter(run=run).select_related("payer").order_by("payer__name")
        if asked.get("state") in RunLine.State.values:
            lines = lines.filter(state=asked["state"])
        documents = RunDocument.objects.filter(run=run).select_related("invoice", "memo").order_by("pk")
        events = BillingEvent.objects.filter(run=run).failed().select_related("company").order_by("pk")
        return {
            **self._progress(),
            "title": _("Preview %(number)s") % {"number": run.pk}
            if run.dry
            else _("Run %(number)s") % {"number": run.pk},
            "failed_lines": failed.order_by("payer__name")[:MOST],
            "failed_events": events[:ROWS],
            "exceptions": run.exceptions.select_related(
                "event", "charge__invoice_line__invoice", "account__payer", "invoice", "memo"
            )[:ROWS],
            "lines": Paginator(list(lines[:MOST]), ROWS).get_page(asked.get("payers")),
            "states": [(value, label) for value, label in RunLine.State.choices],
            "asked_state": asked.get("state", ""),
            "documents": Paginator(list(documents[:MOST]), ROWS).get_page(asked.get("documents")),
            "batches": run.batches.order_by("-pk")[:ROWS],
            "may_retry": self.member.may(RETRY),
            "activity": self._activity(),
        }

    def _activity(self) -> list[Deed]:
        rows = AuditEntry.objects.filter(
            marketplace_id=self.object.marketplace_id, kind="billingrun", object_id=self.object.pk
        )
        latest = rows.select_related("person").order_by("-id")[:ROWS]
        return deeds(((row, "") for row in latest), self._currency)


class StopRun(VerbView):
    """Let a run end early."""

    permission = RUN
    title = gettext_lazy("Stop")
    button = gettext_lazy("Stop run")
    tone = "danger"
    object_name = "run"
    back_label = gettext_lazy("The run")

    def queryset(self) -> QuerySet[BillingRun]:
        """The marketplace's."""
        return BillingRun.objects.visible_to(self.member)

    def heading(self) -> str:
        """Which."""
        return _("Stop run %(number)s") % {"number": self.object.pk}

    def back_url(self) -> str:
        """Its page."""
        return reverse("billing:run", args=[self.object.pk])

    def check(self) -> None:
        """Ask the guard."""
        starting.check_stop(self.object)

    def consequence(self) -> str:
        """What stays and what is left."""
        return _("Issued documents stay. Payers not billed yet are billed by the next run.")

    def perform(self, _form: Any) -> BillingRun:
        """Stop it."""
        return running.stop_run(run=self.object, actor=self.member.actor, now=self.now)

    def message(self, _result: BillingRun) -> str:
        """Done."""
        return _("The run stops after the batches in progress.")


class Retry(MemberView):
    """Let chosen failed payers or events of a run, or all of them, be tried again."""

    permission = RETRY
    http_method_names = ["post"]

    @cached_property
    def run(self) -> BillingRun:
        """The run; a stranger's is Not found."""
        return one_or_404(BillingRun.objects.visible_to(self.member), self.kwargs["pk"])

    def retry(self, ids: list[str], *, everything: bool, now: datetime) -> running.Retried:
        """Do it; how many."""
        raise NotImplementedError

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002 - the run has it
        """One foreign id refuses the batch."""
        ids, everything, now = request.POST.getlist("pk"), bool(request.POST.get("all")), timezone.now()
        back = redirect("billing:run", self.run.pk)
        try:
            retried = retrying(lambda: self.retry(ids, everything=everything, now=now))
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return back
        text = ngettext("%(n)s is being tried again.", "%(n)s are being tried again.", retried.waiting)
        messages.success(request, text % {"n": retried.waiting})
        if retried.own:
            messages.warning(request, left_out(retried.own))
        return back


class RetryLines(Retry):
    """Payers whose batch failed."""

    def retry(self, ids: list[str], *, everything: bool, now: datetime) -> running.Retried:
        """All, or those chosen."""
        rows = RunLine.objects.filter(run=self.run)
        chosen = None if everything else [row.pk for row in chosen_or_404(rows, ids)]
        return running.retry_lines(run=self.run, line_ids=chosen, actor=self.member.actor, now=now)


class RetryRunEvents(Retry):
    """Events that could not be billed."""

    def retry(self, ids: list[str], *, everything: bool, now: datetime) -> running.Retried:
        """All, or those chosen."""
        rows = BillingEvent.objects.filter(run=self.run)
        chosen = rows.failed() if everything else chosen_or_404(rows, ids)
        return running.retry_events(event_ids=[row.pk for row in chosen], actor=self.member.actor, now=now)


__all__ = ["PreviewRun", "RetryLines", "RetryRunEvents", "RunList", "RunPage", "StartRun", "StopRun"]
