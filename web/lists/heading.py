"""The head and the foot of a list's table: sortable headers, and the sums of the filtered set."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.formats import DASH, amount_text
from web.badges import icon_html
from web.filters import PLACE_KEYS
from web.links import changed_query
from web.lists.state import State
from web.lists.totals import Totals
from web.markup import escaped
from web.tables import AmountColumn, Aside, Column


class Sorted(NamedTuple):
    """How a column's header is marked while the list is sorted by it."""

    aria: str
    icon: str


RISING, FALLING = Sorted("ascending", "arrow-up-short"), Sorted("descending", "arrow-down-short")


def head_row(columns: Sequence[Column], state: State, data: QueryDict, *, selectable: bool) -> SafeString:
    """The header cells; a sortable one is a link that sorts by it, and turns the order when it already is."""
    return _head(tuple(columns), state.column, state.is_descending, data.urlencode(), selectable, get_language() or "")


@lru_cache(maxsize=512)
def _head(
    columns: tuple[Column, ...],
    sorted_by: Column | None,
    is_descending: bool,
    query: str,
    selectable: bool,
    _language: str,
) -> SafeString:
    data = QueryDict(query)
    pick = f'<th class="pick"><input type="checkbox" class="form-check-input" data-pick-all aria-label="{_all()}"></th>'
    cells = [_header(column, data, is_sorted=column is sorted_by, is_descending=is_descending) for column in columns]
    return mark_safe(f"<tr>{pick if selectable else ''}{''.join(cells)}</tr>")  # noqa: S308 - cells escape


def _all() -> str:
    return escaped(_("Select all rows of this page"))


def _header(column: Column, data: QueryDict, *, is_sorted: bool, is_descending: bool) -> str:
    label = escaped(column.header or column.name)
    css = column.attributes()
    if not column.orderable:
        return f'<th scope="col"{css}>{label}</th>'
    falls = not is_descending if is_sorted else column.initial_sort_descending
    sort = f"-{column.name}" if falls else column.name
    url = escaped(changed_query(data, {"sort": sort, **dict.fromkeys(PLACE_KEYS)}))
    mark = (FALLING if is_descending else RISING) if is_sorted else None
    aria, icon = (f' aria-sort="{mark.aria}"', icon_html(mark.icon)) if mark else ("", "")
    return f'<th scope="col"{css}{aria}><a href="{url}" data-part>{label}{icon}</a></th>'


def foot_rows(
    columns: Sequence[Column], asides: Sequence[Aside], known: Totals, currency: str, *, selectable: bool
) -> SafeString:
    """The sums under their columns, then those of each aside that has rows; ``currency`` is the marketplace's."""
    label = _("Total of the first %(n)s rows") % {"n": f"{known.count:,}"} if known.is_capped else _("Total")
    rows = [_foot_row(columns, label, known.sums, currency, selectable=selectable)]
    for aside, (count, sums) in zip(asides, known.asides, strict=False):
        if count:
            rows.append(_foot_row(columns, str(aside.label), sums, currency, selectable=selectable, css="aside"))
    return mark_safe("".join(rows))  # noqa: S308 - cells escape


def _foot_row(
    columns: Sequence[Column], label: str, sums: dict[str, int], currency: str, *, selectable: bool, css: str = ""
) -> str:
    first = next((at for at, column in enumerate(columns) if column.name in sums), len(columns))
    cells = [_lead(columns[:first], label, selectable=selectable)] if first else []
    cells += [f"<td{column.attributes()}>{_sum(column, sums, currency)}</td>" for column in columns[first:]]
    return f'<tr class="{css}">{"".join(cells)}</tr>' if css else f"<tr>{''.join(cells)}</tr>"


def _lead(columns: Sequence[Column], label: str, *, selectable: bool) -> str:
    """The words before the first sum. Columns that phones hide keep cells of their own, so that sums stay in line."""
    span = f' colspan="{int(selectable) + 1}"' if selectable else ""
    rest = "".join(f'<td class="{column.classes}"></td>' for column in columns[1:])
    return f'<th scope="row"{span}>{escaped(label)}</th>{rest}'


def _sum(column: Column, sums: dict[str, int], currency: str) -> str:
    if column.name not in sums:
        return ""
    minor = sums[column.name]
    accounting = isinstance(column, AmountColumn) and column.accounting
    return escaped(amount_text(minor, currency, accounting=accounting)) if minor else DASH
