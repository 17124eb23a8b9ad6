"""Pages of files that people hand in, whatever stands in them: sending one, importing what was tried, its problems.

An app says what its files are made of; that a dry run comes first and what is shown of it stands here.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.csvfile import MOST_SHOWN as MOST_FIRST
from core.errors import Refusal
from web.access import MemberView
from web.exports import Echo, guarded
from web.forms import PageForm
from web.views import DetailPage, FormPage, VerbView

MOST_SHOWN = 50
"""Rejected rows that a page shows; the download has all."""
HEADING = ("row", "reason", "text")
"""The columns of the file of rejected rows."""
Reader = Callable[[str, str], object]
"""How a cell is shown, by its column and text; raises Refusal for what is not read."""


class FileForm(PageForm):
    """A CSV file, tried first unless told otherwise."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"), allow_empty_file=True, max_length=200,
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".csv,text/csv", "autofocus": True}),
    )  # fmt: skip
    is_trial = forms.BooleanField(
        label=gettext_lazy("Dry run"), required=False, initial=True,
        help_text=gettext_lazy(
            "Shows what the import would do, row by row, and changes nothing. Import it from there."
        ),
    )  # fmt: skip

    def clean_file(self) -> Any:
        """An empty file has no header."""
        found = self.cleaned_data["file"]
        if not found.size:
            raise ValidationError(_("The file is empty."))
        return found


class SendFile(FormPage):
    """Send a file, to be tried or imported at once."""

    button = gettext_lazy("Upload file")
    form_class: ClassVar[type[PageForm]] = FileForm
    verb_keeps_key = True

    def make_form(self, data: QueryDict | None) -> PageForm:
        """With the file."""
        return self.form_class(data, self.request.FILES if data is not None else None)


class ImportTried(VerbView):
    """Import for real the file that was tried."""

    title = gettext_lazy("Import")
    button = gettext_lazy("Import")
    verb_keeps_key = True


class Problems(DetailPage):
    """Every rejected row, as it stands in the file, with its number in a spreadsheet and the reason."""

    def problems(self) -> QuerySet[Any]:
        """The rejected rows of the file."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - no page
        """Streamed, so that a million rows need no memory."""
        return _as_csv(self._rows(), f"problems-{self.object.pk}")

    def _rows(self) -> Iterator[Sequence[object]]:
        yield HEADING
        rows = self.problems().order_by("row").values_list("row", "message", "text")
        for row, message, text in rows.iterator(chunk_size=2000):
            yield row, guarded(message), guarded(text)


class Sample(MemberView):
    """A small file of the right form, to begin with."""

    columns: ClassVar[Sequence[str]]
    rows: ClassVar[Sequence[Mapping[str, str]]]
    file_name: ClassVar[str]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - no page
        """As CSV."""
        lines = [list(self.columns), *([row.get(name, "") for name in self.columns] for row in self.rows)]
        return _as_csv(lines, self.file_name)


def _as_csv(rows: Iterable[Sequence[object]], name: str) -> HttpResponse:
    response: HttpResponseBase = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response  # type: ignore[return-value]


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(Echo())
    mark = "\ufeff"
    for row in rows:
        yield f"{mark}{writer.writerow(row)}"  # The echo returns the line.
        mark = ""


def preview(first_rows: Sequence[Sequence[Any]], read: Reader) -> dict[str, Any]:
    """The first rows as they are read, for ``web/_first_rows.html``: each cell with its problem, if it has one."""
    if not first_rows:
        return {}
    columns = first_rows[0][1:]
    rows = [(row, [_cell(name, text, read) for name, text in zip(columns, cells, strict=False)])
            for row, *cells in first_rows[1:]]  # fmt: skip
    return {"columns": columns, "rows": rows, "most": MOST_FIRST}


def _cell(name: str, text: str, read: Reader) -> tuple[object, str]:
    try:
        return read(name, text), ""
    except Refusal as refusal:
        return text, refusal.message
