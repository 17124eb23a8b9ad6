"""Files of billing events: sent, watched while they are read, stopped, and what was not taken."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from billing.domain.event_files import COLUMNS
from billing.filters import ImportFilters
from billing.forms.events import ImportForm
from billing.models import BillingEvent, EventImport, ImportProblem
from billing.operations import importing
from billing.operations.asking import request_about_import
from billing.operations.importing import starting
from billing.operations.recording import PERMISSION as RECORD
from billing.tables import ImportTable
from companies.queries.people import name_of
from web.access import is_partial
from web.exports import Echo, guarded
from web.forms import PageForm
from web.lists import ListPage
from web.views import Action, DetailPage, FormPage, VerbView

MOST_SHOWN = 50
State = EventImport.State


class ImportList(ListPage):
    """All files that were sent."""

    permission = "billing.view"
    title = gettext_lazy("Imports of events")
    counted = ngettext_lazy("%(shown)s file", "%(shown)s files", "n")
    none_match = gettext_lazy("No files match")
    none_yet = gettext_lazy("No files yet")
    table_class = ImportTable
    filters_class = ImportFilters
    default_sort = "-name"
    create_url_name = "billing:import_new"
    create_label = gettext_lazy("Import a file")
    create_permission = RECORD

    def queryset(self) -> QuerySet[EventImport]:
        """The marketplace's."""
        return EventImport.objects.visible_to(self.member)


class SendFile(FormPage):
    """Send a file; it is read by workers."""

    permission = RECORD
    title = gettext_lazy("Import events")
    button = gettext_lazy("Send the file")
    form_class = ImportForm
    body_template = "billing/_import_form.html"
    verb_keeps_key = True

    def make_form(self, data: QueryDict | None) -> PageForm:
        """With the file."""
        return ImportForm(data, self.request.FILES if data is not None else None)

    def context(self) -> dict[str, Any]:
        """The columns that a file may have."""
        return {"columns": COLUMNS}

    def back_url(self) -> str:
        """The list."""
        return reverse("billing:imports")

    def perform(self, form: Any) -> EventImport:
        """Store it and let it be read."""
        sent = form.cleaned_data["file"]
        return importing.start_import(
            name=sent.name, content=sent, size=sent.size, actor=self.member.actor, now=self.now, key=self.key
        )

    def success_url(self, result: EventImport) -> str:
        """Its page."""
        return reverse("billing:import", args=[result.pk])


class OneImport(VerbView):
    """What the verbs of one import share."""

    permission = RECORD
    object_name = "import"

    def queryset(self) -> QuerySet[EventImport]:
        """The marketplace's."""
        return EventImport.objects.visible_to(self.member)

    def back_url(self) -> str:
        """Its page."""
        return reverse("billing:import", args=[self.object.pk])


class ImportPage(DetailPage):
    """How far a file is read, and what was not taken of it."""

    permission = "billing.view"
    template_name = "billing/import.html"
    object_name = "import"

    def queryset(self) -> QuerySet[EventImport]:
        """The marketplace's."""
        return EventImport.objects.visible_to(self.member).annotate(created_by_name=name_of("created_by_id"))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The whole page, or its progress alone; when it is at its end, the page is shown anew."""
        if is_partial(request, "progress"):
            if not self.object.is_open:
                return HttpResponse(status=204, headers={"HX-Refresh": "true"})
            return render(request, "billing/_import_progress.html", {"import": self.object, **self.context()})
        return super().get(request, *args, **kwargs)

    def actions(self) -> Iterable[Action]:
        """Stop while it is read, go on afterwards."""
        if not self.member.may(RECORD):
            return
        if starting.may_stop(self.object):
            yield Action(
                _("Stop"), reverse("billing:import_stop", args=[self.object.pk]), "pause-circle", in_dialog=True
            )
        if starting.may_go_on(self.object):
            yield Action(
                _("Go on"), reverse("billing:import_go_on", args=[self.object.pk]), "play-circle", in_dialog=True
            )

    def context(self) -> dict[str, Any]:
        """The first problems."""
        found = ImportProblem.objects.filter(event_import=self.object).order_by("row")
        asked = self.object.events.filter(status=BillingEvent.Status.ASKED).count()
        asking = request_about_import(self.object) if asked else None
        return {"problems": found[:MOST_SHOWN], "most_shown": MOST_SHOWN, "asked": asked, "asking": asking}


class StopImport(OneImport):
    """Stop reading."""

    title = gettext_lazy("Stop")
    button = gettext_lazy("Stop")

    def check(self) -> None:
        """Ask the guard."""
        starting.check_stop(self.object)

    def consequence(self) -> str:
        """What stays."""
        return _("What was read stays. The rest can be read later.")

    def perform(self, _form: Any) -> EventImport:
        """Stop it."""
        return importing.stop(row=self.object, actor=self.member.actor, now=self.now)


class GoOnWithImport(OneImport):
    """Read on."""

    title = gettext_lazy("Go on")
    button = gettext_lazy("Go on")

    def check(self) -> None:
        """Ask the guard."""
        starting.check_go_on(self.object)

    def consequence(self) -> str:
        """From where."""
        return _("Reading goes on behind the last row that was read.")

    def perform(self, _form: Any) -> EventImport:
        """Go on."""
        return importing.go_on(row=self.object, actor=self.member.actor, now=self.now)


class Problems(DetailPage):
    """Every row that was not taken, as it stands in the file, with the reason."""

    permission = "billing.view"
    object_name = "import"

    def queryset(self) -> QuerySet[EventImport]:
        """The marketplace's."""
        return EventImport.objects.visible_to(self.member)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override] # noqa: ARG002
        """Streamed, so that a million rows need no memory."""
        response = StreamingHttpResponse(self._lines(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="problems-{self.object.pk}.csv"'
        return response

    def _lines(self) -> Iterator[str]:
        writer = csv.writer(Echo())
        yield f"\ufeff{writer.writerow(['row', 'reason', 'text'])}"
        rows = ImportProblem.objects.filter(event_import=self.object).order_by("row")
        for row, message, text in rows.values_list("row", "message", "text").iterator(chunk_size=2000):
            yield writer.writerow([row, guarded(message), guarded(text)])
