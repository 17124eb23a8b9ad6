"""Files of companies: sent, what each came to, and what was not taken."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from companies.domain.company_files import COLUMNS, PEOPLE, SAMPLE
from companies.models import CompanyImport, CompanyImportProblem
from companies.operations import importing, people
from companies.operations.companies import PERMISSION
from companies.operations.importing.starting import MOST_ROWS, check_import_tried
from companies.queries.people import name_at
from web.importing import MOST_SHOWN, ImportTried, Problems, Sample, SendFile, preview
from web.views import Action, DetailPage

EARLIER = 10
"""Files shown beside the form."""


def url_of(sent: CompanyImport) -> str:
    """The page of what a file came to."""
    return reverse("companies:import", args=[sent.pk])


class SendCompanies(SendFile):
    """Send a file of companies, to be tried or imported at once."""

    permission = PERMISSION
    title = gettext_lazy("Import companies")
    body_template = "companies/_import_form.html"

    def context(self) -> dict[str, Any]:
        """The columns that a file may have, and the last files."""
        earlier = CompanyImport.objects.visible_to(self.member).order_by("-pk")[:EARLIER]
        may_invite = self.member.may(people.PERMISSION)
        columns = [name for name in COLUMNS if may_invite or name not in PEOPLE]
        return {"columns": columns, "most_rows": MOST_ROWS, "may_invite": may_invite, "earlier": earlier}

    def back_url(self) -> str:
        """The list of companies."""
        return reverse("companies:list")

    def perform(self, form: Any) -> CompanyImport:
        """Try or import it."""
        sent = form.cleaned_data["file"]
        return importing.import_companies(
            name=sent.name, content=sent, size=sent.size, is_trial=form.cleaned_data["is_trial"],
            may_invite=bool(self.member.may(people.PERMISSION)), actor=self.member.actor, now=self.now, key=self.key,
        )  # fmt: skip

    def success_url(self, result: CompanyImport) -> str:
        """What it came to."""
        return url_of(result)


class ImportResult(DetailPage):
    """What a file came to, or would come to, and the rows that were not taken."""

    permission = PERMISSION
    template_name = "companies/import.html"
    object_name = "import"

    def queryset(self) -> QuerySet[CompanyImport]:
        """The marketplace's."""
        return CompanyImport.objects.visible_to(self.member).annotate(
            created_by_name=name_at("created_by_id", "created_at")
        )

    def actions(self) -> Iterable[Action]:
        """Import what was tried."""
        if self.object.is_trial and self.object.added + self.object.changed + self.object.invited:
            url = reverse("companies:import_tried", args=[self.object.pk])
            yield Action(_("Import"), url, "check-lg", in_dialog=True, tone="primary")

    def context(self) -> dict[str, Any]:
        """What it looks like, and the first problems."""
        return {
            "problems": self.object.problems.order_by("row")[:MOST_SHOWN], "most_shown": MOST_SHOWN,
            "preview": preview(self.object.first_rows, lambda _column, text: text),
        }  # fmt: skip


class ImportCompaniesTried(ImportTried):
    """Import for real the file of companies that was tried."""

    object_name = "import"
    permission = PERMISSION

    def queryset(self) -> QuerySet[CompanyImport]:
        """The marketplace's."""
        return CompanyImport.objects.visible_to(self.member)

    def check(self) -> None:
        """Ask the guard."""
        check_import_tried(self.object)

    def consequence(self) -> str:
        """How many, and what of the rest."""
        text = _(
            "%(added)s companies will be added and %(changed)s changed, unless something has changed "
            "since the dry run. %(refused)s rows are rejected."
        )
        sent = self.object
        said = text % {name: getattr(sent, name) for name in ("added", "changed", "refused")}
        mailed = ngettext("%(n)s person gets a mail.", "%(n)s people get a mail.", sent.invited) % {"n": sent.invited}
        return f"{said} {mailed}" if sent.invited else said

    def back_url(self) -> str:
        """What the trial came to."""
        return url_of(self.object)

    def perform(self, _form: Any) -> CompanyImport:
        """Import it."""
        return importing.import_tried(
            trial=self.object, may_invite=bool(self.member.may(people.PERMISSION)), actor=self.member.actor,
            now=self.now, key=self.key,
        )  # fmt: skip

    def success_url(self, result: CompanyImport) -> str:
        """What it came to."""
        return url_of(result)

    def message(self, result: CompanyImport) -> str:
        """Say it."""
        return _("%(file)s is imported.") % {"file": result}


class CompanySample(Sample):
    """A customer and its reseller."""

    permission = PERMISSION
    columns, rows, file_name = tuple(name for name in COLUMNS if name not in PEOPLE), SAMPLE, "companies"


class CompanyProblems(Problems):
    """The rejected rows of a file of companies."""

    object_name = "import"
    permission = PERMISSION

    def queryset(self) -> QuerySet[CompanyImport]:
        """The marketplace's."""
        return CompanyImport.objects.visible_to(self.member)

    def problems(self) -> QuerySet[CompanyImportProblem]:
        """Those of this file."""
        return CompanyImportProblem.objects.filter(company_import=self.object)
