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
from web.tables import AmountColumn, Column


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
    css = f' class="{column.classes}"' if column.classes else ""
    if not column.orderable:
        return f'<th scope="col"{css}>{label}</th>'
    falls = not is_descending if is_sorted else column.initial_sort_descending
    sort = f"-{column.name}" if falls else column.name
    url = escaped(changed_query(data, {"sort": sort, **dict.fromkeys(PLACE_KEYS)}))
    mark = (FALLING if is_descending else RISING) if is_sorted else None
    aria, icon = (f' aria-sort="{mark.aria}"', icon_html(mark.icon)) if mark else ("", "")
    return f'<th scope="col"{css}{aria}><a href="{url}" data-part>{label}{icon}</a></th>'


def foot_row(columns: Sequence[Column], known: Totals, currency: str, *, selectable: bool) -> SafeString:
    """The sums under their columns; ``currency`` is the marketplace's."""
    first = next((at for at, column in enumerate(columns) if column.name in known.sums), len(columns))
    label = _("Total of the first %(n)s rows") % {"n": f"{known.count:,}"} if known.is_capped else _("Total")
    cells = [_lead(columns[:first], label, selectable=selectable)] if first else []
    for column in columns[first:]:
        css = f' class="{column.classes}"' if column.classes else ""
        cells.append(f"<td{css}>{_sum(column, known, currency)}</td>")
    return mark_safe(f"<tr>{''.join(cells)}</tr>")  # noqa: S308 - cells escape


def _lead(columns: Sequence[Column], label: str, *, selectable: bool) -> str:
    """The words before the first sum. Columns that phones hide keep cells of their own, so that sums stay in line."""
    span = f' colspan="{int(selectable) + 1}"' if selectable else ""
    rest = "".join(f'<td class="{column.classes}"></td>' for column in columns[1:])
    return f'<th scope="row"{span}>{escaped(label)}</th>{rest}'


def _sum(column: Column, known: Totals, currency: str) -> str:
    if column.name not in known.sums:
        return ""
    minor = known.sums[column.name]
    accounting = isinstance(column, AmountColumn) and column.accounting
    return escaped(amount_text(minor, currency, accounting=accounting)) if minor else DASH
