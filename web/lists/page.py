"""The list page: filters at the side, rows by compiled writers, count and totals as a part of their own."""

from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from core.formats import reader
from web.access import MemberView, is_partial, require
from web.context import runs_script
from web.exports import BATCH, EXPORTS, MOST_XLSX_ROWS, Frame
from web.filters import PLACE_KEYS, ListFilters
from web.links import changed_query, tidy
from web.lists import totals as figures
from web.lists.heading import foot_rows, head_row
from web.lists.pager import Pager, next_url, previous_url
from web.lists.paging import Window, window
from web.lists.panel import panel
from web.lists.saved import saveable, saved_by
from web.lists.state import PER_PAGE, State, read_state
from web.tables import Aside, Column, Table, row_writer, totalled

RESULTS = "results"
TOTALS = "totals"
DEFAULTS = {"per_page": str(PER_PAGE[0])}


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button of the selection bar: the selected ids are posted as ``pk`` to its address."""

    label: str | Promise
    url_name: str
    permission: str
    icon: str = ""
    args: tuple[str, ...] = ()
    whole_label: str | Promise = ""
    """Words for the same about everything that the filters leave: the address's query is posted as ``query``."""

    @property
    def url(self) -> str:
        """Where the selection is sent."""
        return reverse(self.url_name, args=self.args)


class ListPage(MemberView):
    """A list: say what it lists (``queryset``), with which columns and filters, and in which words."""

    table_class: ClassVar[type[Table]]
    filters_class: ClassVar[type[ListFilters]]
    title: ClassVar[str | Promise]
    counted: ClassVar[Any] = ngettext_lazy("%(shown)s row", "%(shown)s rows", "n")
    """In the form of ``ngettext_lazy("%(shown)s credit memo", "%(shown)s credit memos", "n")``."""
    none_match: ClassVar[str | Promise]
    none_yet: ClassVar[str | Promise]
    default_sort: ClassVar[str]
    create_url_name: ClassVar[str] = ""
    create_label: ClassVar[str | Promise] = ""
    create_permission: ClassVar[str] = ""
    export_permission: ClassVar[str] = "reports.export"
    bulk_actions: ClassVar[tuple[BulkAction, ...]] = ()
    template_name: ClassVar[str] = "web/list.html"

    def queryset(self) -> QuerySet[Any]:
        """The rows that this member may see, unfiltered; narrow, as ids, counts and totals are read from it."""
        raise NotImplementedError

    @classmethod
    def asked(cls, request: HttpRequest, query: str) -> Self:
        """The list with an address's query, for the request's member."""
        asked = copy(request)
        asked.GET = QueryDict(query)
        page = cls()
        page.setup(asked)
        return page

    def matching(self) -> QuerySet[Any]:
        """What the filters leave of what the member sees, in the list's order."""
        found: QuerySet[Any] = self.filters.qs.order_by(*self.state.order)
        return found

    def rows(self, found: QuerySet[Any]) -> QuerySet[Any]:
        """``found`` with whatever the columns read, usually ``found.select_related(...)``; asked for one page's ids."""
        return found

    def may_pick(self, _record: Any, /) -> bool:
        """Whether a row can be selected for a bulk action."""
        return True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The page, its results alone, its totals alone, or a file, as the address asks."""
        if request.GET.get("export") in EXPORTS:
            return self._export(request.GET["export"])
        if request.GET.get("part") == TOTALS and not self.filters.is_unreadable:
            return self._answer("web/_totals.html", self._totals_context(self._exact_totals()))
        shown = self._window
        known = None if self.filters.is_unreadable else self._known_totals(shown)
        context = {**self._results_context(shown), **self._totals_context(known)}
        if is_partial(request, RESULTS):
            response = self._answer("web/_results.html", context)
            response["HX-Push-Url"] = f"{request.path}{tidy(request.GET, {'sort': self.default_sort, **DEFAULTS})}"
            return response
        return self._answer(self.template_name, {**context, "title": self.title, "fields": panel(self.filters.form)})

    def _answer(self, template: str, context: dict[str, Any]) -> HttpResponse:
        response = render(self.request, template, context)
        response["Vary"] = "HX-Request, HX-Target, Cookie"
        return response

    # --- what the address asks for ---------------------------------------------------------------------------------

    @cached_property
    def file_columns(self) -> list[Column]:
        """The columns that this member may have, also those that stand in files only."""
        return self.table_class.columns_for(self.member)

    @cached_property
    def columns(self) -> list[Column]:
        """The columns that this member sees."""
        return [column for column in self.file_columns if not column.in_files_only]

    @cached_property
    def state(self) -> State:
        """Sort and place."""
        return read_state(self.request.GET, self.columns, self.default_sort)

    @cached_property
    def filters(self) -> ListFilters:
        """The bound filters."""
        return self.filters_class(self.request.GET, self.queryset(), request=self.request)

    @cached_property
    def _window(self) -> Window:
        found = self.filters.qs
        return window(found, self.rows(found.model.objects.all()), self.state)

    # --- totals ----------------------------------------------------------------------------------------------------

    @cached_property
    def _totals_key(self) -> str:
        member = self.member
        who = (member.marketplace.pk, member.company.pk, member.user.pk)
        names = tuple(column.name for column in totalled(self.columns))
        return figures.cache_key(self.page_name, who, names, self.filters.canonical())

    def _known_totals(self, shown: Window) -> figures.Totals | None:
        """The figures, where they are at hand; None lets the page fetch them after it has been shown."""
        if shown.is_whole:
            return figures.of_rows(shown.rows, self.columns, self.asides)
        if found := figures.cached(self._totals_key):
            return found
        if runs_script(self.request):
            return None
        return figures.capped(self.filters.qs, self.state.order, self.columns, self.asides)

    def _exact_totals(self) -> figures.Totals:
        key = self._totals_key
        return figures.cached(key) or figures.keep(key, figures.of_query(self.filters.qs, self.columns, self.asides))

    @property
    def asides(self) -> tuple[Aside, ...]:
        """The rows that the totals tell apart."""
        return self.table_class.asides

    def _totals_context(self, known: figures.Totals | None) -> dict[str, Any]:
        pager = Pager(self.request.GET, self.state, known.count if known and not known.is_capped else None)
        return {
            "totals": known,
            "counted": self._counted(known) if known else "",
            "foot": self._foot(known) if known else None,
            "pager": pager,
            "has_totals": bool(totalled(self.columns)),
            "totals_url": changed_query(self.request.GET, {"part": TOTALS}),
        }

    def _counted(self, known: figures.Totals) -> str:
        shown = f"{known.count:,}".replace(",", reader().number_symbols.get("latn", {}).get("group", ","))
        return str(self.counted % {"n": known.count, "shown": f"{shown}+" if known.is_capped else shown})

    def _foot(self, known: figures.Totals) -> SafeString:
        currency = self.member.marketplace.currency
        return foot_rows(self.columns, self.asides, known, currency, selectable=bool(self.bulk))

    # --- what the templates show -------------------------------------------------------------------------------------

    @property
    def page_name(self) -> str:
        """The list's address name: what saved filters and cached counts are kept under."""
        match = self.request.resolver_match
        return match.view_name if match else type(self).__name__

    @cached_property
    def bulk(self) -> list[BulkAction]:
        """The bulk actions that this member may take."""
        return [action for action in self.bulk_actions if self.member.may(action.permission)]

    def _results_context(self, shown: Window) -> dict[str, Any]:
        write = row_writer(self.columns, reader(), selectable=bool(self.bulk), may_pick=self.may_pick)
        return {
            "page": self,
            "window": shown,
            "head": head_row(self.columns, self.state, self.request.GET, selectable=bool(self.bulk)),
            "body": mark_safe("".join([write(record) for record in shown.rows])),  # noqa: S308 - cells escape
            "chips": self.filters.chips(),
            "is_unreadable": self.filters.is_unreadable,
            "state": self.state,
            "page_sizes": PER_PAGE,
            "next_url": next_url(self.request.GET, shown),
            "previous_url": previous_url(self.request.GET, shown),
            "clear_url": self._clear_url(),
            "create_url": self._create_url(),
            "whole_actions": [action for action in self.bulk if action.whole_label],
            "exports": self._export_links() if self.member.may(self.export_permission) else [],
            "saved_filters": saved_by(self.member, self.page_name),
            "saveable": saveable(self.request.GET),
        }

    def _clear_url(self) -> str:
        """The list without filters, in the same order."""
        kept = {"sort": self.request.GET.get("sort"), "per_page": self.request.GET.get("per_page")}
        return changed_query(QueryDict(""), kept)

    def _create_url(self) -> str:
        may_create = bool(self.create_url_name) and self.member.may(self.create_permission)
        return reverse(self.create_url_name) if may_create else ""

    def _export_links(self) -> list[tuple[str, str]]:
        start = dict.fromkeys(PLACE_KEYS)
        return [(kind.upper(), changed_query(self.request.GET, {**start, "export": kind})) for kind in EXPORTS]

    # --- files -------------------------------------------------------------------------------------------------------

    def _export(self, kind: str) -> HttpResponseBase:
        require(self.request, self.export_permission)
        if said := self.unreadable():
            return self._without_file(said)
        found = self.filters.qs.order_by(*self.state.order)
        if kind == "xlsx" and len(found.values_list("pk")[: MOST_XLSX_ROWS + 1]) > MOST_XLSX_ROWS:
            text = _("A spreadsheet can have at most %(n)s rows here. Export a CSV file, or narrow the filters.")
            return self._without_file(text % {"n": MOST_XLSX_ROWS})
        columns = [column for column in self.file_columns if not column.exclude_from_export]
        name = slugify(str(self.title)) or "export"
        return EXPORTS[kind](self.rows(found).iterator(chunk_size=BATCH), columns, name, Frame(asides=self.asides))

    def _without_file(self, reason: str) -> HttpResponseBase:
        messages.warning(self.request, reason)
        return redirect(f"{self.request.path}{changed_query(self.request.GET, {'export': None})}")

    def unreadable(self) -> str:
        """Why nothing is found and no file is made: the filters that can't be read; empty when all can be."""
        said = [f"{chip.label}: {chip.problem}" for chip in self.filters.unreadable()]
        return _("No file: %(why)s") % {"why": " ".join(said)} if said else ""
