"""The pages of imports: the list, sending a file, its progress and its problems."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from billing.domain.event_files import COLUMNS, SAMPLE, read_cell
from billing.filters import ImportFilters
from billing.forms.events import EventFileForm
from billing.models import BillingEvent, EventImport, ImportProblem
from billing.operations import importing
from billing.operations.asking import request_about_import
from billing.operations.importing import starting
from billing.operations.recording import PERMISSION as RECORD
from billing.tables import ImportTable
from companies.queries.people import name_at
from core.csvnumbers import POINT
from core.formats import amount_text, day_text, exact_text, moment_text, reader
from web.access import is_partial
from web.importing import MOST_SHOWN, ImportTried, Problems, Reader, Sample, SendFile, preview
from web.lists import ListPage
from web.views import Action, DetailPage, VerbView


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


class SendEvents(SendFile):
    """Send a file of events; it is read by workers."""

    permission = RECORD
    title = gettext_lazy("Import events")
    form_class = EventFileForm
    body_template = "billing/_import_form.html"

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
            name=sent.name, content=sent, size=sent.size, decimal=form.cleaned_data["decimal"],
            is_trial=form.cleaned_data["is_trial"], actor=self.member.actor, now=self.now, key=self.key,
        )  # fmt: skip

    def success_url(self, result: EventImport) -> str:
        """Its page."""
        return reverse("billing:import", args=[result.pk])


class EventSample(Sample):
    """An event of each kind."""

    permission = RECORD
    columns, rows, file_name = COLUMNS, SAMPLE, "events"


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
        return EventImport.objects.visible_to(self.member).annotate(
            created_by_name=name_at("created_by_id", "created_at")
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The whole page, or its progress alone; when it is at its end, the page is shown anew."""
        if is_partial(request, "progress"):
            if not self.object.is_open:
                return HttpResponse(status=204, headers={"HX-Refresh": "true"})
            return render(request, "billing/_import_progress.html", {"import": self.object, **self.context()})
        return super().get(request, *args, **kwargs)

    def actions(self) -> Iterable[Action]:
        """Import what was tried, stop while it is read, go on afterwards."""
        if not self.member.may(RECORD):
            return
        if starting.may_import_tried(self.object):
            url = reverse("billing:import_tried", args=[self.object.pk])
            yield Action(_("Import"), url, "check-lg", in_dialog=True, tone="primary")
        if starting.may_read_anew(self.object):
            url = reverse("billing:import_read_anew", args=[self.object.pk])
            yield Action(with_sign(starting.other_sign(self.object)), url, "arrow-repeat", in_dialog=True)
        if starting.may_stop(self.object):
            yield Action(
                _("Stop"), reverse("billing:import_stop", args=[self.object.pk]), "pause-circle", in_dialog=True
            )
        if starting.may_go_on(self.object, now=timezone.now()):
            yield Action(
                _("Resume"), reverse("billing:import_go_on", args=[self.object.pk]), "play-circle", in_dialog=True
            )

    def context(self) -> dict[str, Any]:
        """What it looks like as it is read, and the first problems."""
        currency = self.member.marketplace.currency
        found = ImportProblem.objects.filter(event_import=self.object).order_by("row")
        asked = self.object.events.filter(status=BillingEvent.Status.ASKED).count()
        asking = request_about_import(self.object) if asked else None
        return {
            "problems": found[:MOST_SHOWN], "most_shown": MOST_SHOWN, "asked": asked, "asking": asking,
            "preview": preview(self.object.first_rows, cell_reader(self.object, currency)),
        }  # fmt: skip


class StopImport(OneImport):
    """Stop reading."""

    title = gettext_lazy("Stop")
    button = gettext_lazy("Stop")

    def check(self) -> None:
        """Ask the guard."""
        starting.check_stop(self.object)

    def consequence(self) -> str:
        """What stays."""
        return _("Rows read so far are kept. You can resume later.")

    def perform(self, _form: Any) -> EventImport:
        """Stop it."""
        return importing.stop(row=self.object, actor=self.member.actor, now=self.now)


class GoOnWithImport(OneImport):
    """Read on."""

    title = gettext_lazy("Resume")
    button = gettext_lazy("Resume")

    def check(self) -> None:
        """Ask the guard."""
        starting.check_go_on(self.object, now=timezone.now())

    def consequence(self) -> str:
        """From where."""
        return _("Reading resumes after the last row read.")

    def perform(self, _form: Any) -> EventImport:
        """Go on."""
        return importing.go_on(row=self.object, actor=self.member.actor, now=self.now)


class ImportEventsTried(ImportTried, OneImport):
    """Import for real the file of events that was tried."""

    def check(self) -> None:
        """Ask the guards."""
        starting.check_import_tried(self.object)

    def consequence(self) -> str:
        """How many, and what of the rest."""
        text = _(
            "%(added)s events will be imported, unless something has changed since the dry run. "
            "%(repeated)s were already imported, and %(refused)s rows are rejected."
        )
        said = text % {name: getattr(self.object, name) for name in ("added", "repeated", "refused")}
        if self.object.created_by_id == self.member.user.pk:
            return said
        other = _(
            "Somebody else made the dry run: for you, events of your own company are rejected, and your own approval"
            " limit counts."
        )
        return f"{said} {other}"

    def perform(self, _form: Any) -> EventImport:
        """Import it."""
        return importing.import_tried(trial=self.object, actor=self.member.actor, now=self.now, key=self.key)

    def success_url(self, result: EventImport) -> str:
        """Its page."""
        return reverse("billing:import", args=[result.pk])


class ReadAnew(OneImport):
    """Try the same file with the other decimal sign."""

    object_name = "import"
    verb_keeps_key = True

    @property
    def title(self) -> str:  # type: ignore[override]
        """With which."""
        return with_sign(starting.other_sign(self.object))

    button = gettext_lazy("Read the file again")

    def check(self) -> None:
        """Ask the guard."""
        starting.check_read_anew(self.object)

    def heading(self) -> str:
        """With which sign."""
        return self.title

    def consequence(self) -> str:
        """That nothing is added."""
        return _("Another dry run shows how the file is read then. Nothing is imported.")

    def perform(self, _form: Any) -> EventImport:
        """Try it."""
        return importing.read_anew(trial=self.object, actor=self.member.actor, now=self.now, key=self.key)

    def success_url(self, result: EventImport) -> str:
        """Its page."""
        return reverse("billing:import", args=[result.pk])


class EventProblems(Problems):
    """The rejected rows of a file of events."""

    object_name = "import"
    permission = "billing.view"

    def queryset(self) -> QuerySet[EventImport]:
        """The marketplace's."""
        return EventImport.objects.visible_to(self.member)

    def problems(self) -> QuerySet[ImportProblem]:
        """Those of this file."""
        return ImportProblem.objects.filter(event_import=self.object)


def with_sign(sign: str) -> str:
    """What reading a file with this decimal sign is called."""
    return _("Read with a decimal point") if sign == POINT else _("Read with a decimal comma")


def cell_reader(row: EventImport, currency: str) -> Reader:
    """How the cells of a file are shown: amounts with their currency, numbers and days as the reader writes them."""

    def read(column: str, text: str) -> str:
        value = read_cell(column, text, sign=row.decimal, currency=currency)
        if isinstance(value, Decimal):
            return exact_text(value)
        if isinstance(value, int):
            return amount_text(value, currency)
        if isinstance(value, datetime):
            return moment_text(value, reader())
        return day_text(value, reader()) if isinstance(value, date) else text

    return read
