"""The columns of every list: django-tables2 declares them, this module writes their cells.

A stock django-tables2 cell costs more than the query behind it, so each column here gives a *writer*: a function made
once a page that turns a record into a finished ``<td>``. The same column answers for sorting, totals and exports.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar

import django_tables2
from babel import Locale
from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.members import Member
from core.formats import DASH, amount_writer, day_text, moment_text
from core.labels import badge_text
from core.money import to_major
from web.badges import badge_html
from web.markup import escaped

Writer = Callable[[Any], str]


def getter(path: str) -> Callable[[Any], Any]:
    """A function that follows ``payer__name`` from a record and stops with None at an empty relation."""
    steps = path.split("__")
    if len(steps) == 1:
        return attrgetter(path)

    def follow(record: Any) -> Any:
        for step in steps:
            if record is None:
                return None
            record = getattr(record, step)
        return record

    return follow


class Column(django_tables2.Column):
    """A column of text. ``order_by`` makes it sortable (by these fields, then by id), ``wide_only`` hides it on phones,
    ``extra`` already where the table has little room, ``spare`` already at 1280 pixels, ``below`` puts it under the
    others on phones, with its name; ``wraps`` lets it take several lines, ``permission`` shows and exports it only to
    those who hold it, ``in_files_only`` only exports it.
    """

    css: ClassVar[str] = ""
    is_numeric: ClassVar[bool] = False

    def __init__(
        self,
        verbose_name: object = None,
        *,
        accessor: str | None = None,
        order_by: str | Sequence[str] | None = None,
        wide_only: bool = False,
        extra: bool = False,
        spare: bool = False,
        below: bool = False,
        wraps: bool = False,
        in_files_only: bool = False,
        permission: str = "",
        **options: Any,
    ) -> None:
        options.setdefault("orderable", order_by is not None)
        super().__init__(verbose_name, accessor=accessor, order_by=order_by, **options)
        rooms = {"spare": spare, "extra": extra, "wide": wide_only, "below": below}
        self.room = next((name for name, is_asked in rooms.items() if is_asked), "")
        self.in_files_only = in_files_only
        self.wrap = "wrap" if wraps else ""
        self.permission = permission
        self.name = ""

    @property
    def path(self) -> str:
        """The attribute path that it reads, also its path in the database."""
        return str(self.accessor or self.name)

    @property
    def classes(self) -> str:
        """The CSS classes of its cells."""
        return " ".join(filter(None, (self.css, self.room, self.wrap)))

    def attributes(self, more: str = "") -> str:
        """What stands in the start tag of a cell, with a blank before it; ``more`` is a class of that cell."""
        css = " ".join(filter(None, (self.classes, more)))
        named = f' data-label="{escaped(self.header)}"' if self.room == "below" else ""
        return f' class="{css}"{named}' if css else ""

    @property
    def opening(self) -> str:
        """The start tag of its cells."""
        return f"<td{self.attributes()}>"

    @property
    def empty(self) -> str:
        """The whole cell where there is nothing to say: a dash, hidden wherever the column is."""
        return f"<td{self.attributes('nil')}>{DASH}</td>"

    def writer(self, _locale: Locale) -> Writer:
        """A function from a record to its finished cell."""
        get, opening, empty = getter(self.path), self.opening, self.empty

        def write(record: Any) -> str:
            text = _text(get(record))
            return f"{opening}{escaped(text)}</td>" if text else empty

        return write

    def exported(self, record: Any) -> object:
        """The value for CSV and XLSX: text, number, Decimal or date."""
        return _text(getter(self.path)(record))


def _text(value: object) -> str:
    return "" if value is None else str(value)


class KeyColumn(Column):
    """The column that names the row and links to its page; ``otherwise`` is what a row without a name is called."""

    css = "key"

    def __init__(self, verbose_name: object = None, *, url_name: str, otherwise: object = "", **options: Any) -> None:
        super().__init__(verbose_name, **options)
        self.url_name = url_name
        self.otherwise = otherwise

    def writer(self, _locale: Locale) -> Writer:
        """A link that the row's click and Enter follow."""
        get, opening = getter(self.path), self.opening
        before, after = address_around_id(self.url_name, settings.ROOT_URLCONF)
        otherwise = str(self.otherwise)
        return lambda record: (
            f'{opening}<a href="{before}{record.pk}{after}" data-row-link>{escaped(get(record) or otherwise)}</a></td>'
        )


@lru_cache(maxsize=64)
def address_around_id(url_name: str, _urlconf: str) -> tuple[str, str]:
    """What stands before and after the id in an address with one number, so that no row pays for ``reverse``."""
    stand_in = 9_007_199_254_740_993
    before, after = reverse(url_name, args=[stand_in]).split(str(stand_in))
    return before, after


class LinkColumn(Column):
    """A related thing's name, linked to its page: ``LinkColumn(accessor="payer", url_name="companies:detail")``."""

    def __init__(self, verbose_name: object = None, *, url_name: str, text: str = "", **options: Any) -> None:
        super().__init__(verbose_name, **options)
        self.url_name = url_name
        self.text = text

    def writer(self, _locale: Locale) -> Writer:
        """A link, or a dash where nothing is related. Reads only the foreign key when ``text`` names a local column."""
        get_id, get_text = getter(f"{self.path}_id"), getter(self.text or self.path)
        before, after = address_around_id(self.url_name, settings.ROOT_URLCONF)
        opening, empty = self.opening, self.empty

        def write(record: Any) -> str:
            pk = get_id(record)
            return f'{opening}<a href="{before}{pk}{after}">{escaped(get_text(record))}</a></td>' if pk else empty

        return write

    def exported(self, record: Any) -> object:
        """The related thing's name."""
        return _text(getter(self.text or self.path)(record))


class AmountColumn(Column):
    """Minor units in the record's own currency, right-aligned, zero as a dash; ``total`` adds it up in the footer.

    ``adds`` is what the database adds up for it, where the record works it out.
    """

    css = "num"
    is_numeric = True

    def __init__(
        self,
        verbose_name: object = None,
        *,
        currency: str = "currency",
        total: bool = False,
        adds: Any = None,
        accounting: bool = False,
        **options: Any,
    ) -> None:
        options.setdefault("initial_sort_descending", True)
        super().__init__(verbose_name, **options)
        self.currency = currency
        self.total = total
        self.adds = adds
        self.accounting = accounting

    def writer(self, locale: Locale) -> Writer:
        """The amount as the reader's locale writes it."""
        get, get_currency, accounting = getter(self.path), getter(self.currency), self.accounting
        opening, nil = self.opening, self.empty
        writers: dict[str, Callable[[int], str]] = {}

        def write(record: Any) -> str:
            minor = get(record)
            if not minor:
                return nil
            currency = get_currency(record)
            if currency not in writers:
                writers[currency] = amount_writer(currency, locale, accounting=accounting)
            return f"{opening}{writers[currency](minor)}</td>"

        return write

    def exported(self, record: Any) -> object:
        """An exact Decimal in major units."""
        minor = getter(self.path)(record)
        return None if minor is None else to_major(minor, currency=getter(self.currency)(record))


def totalled(columns: Sequence[Column]) -> list[AmountColumn]:
    """The columns that are added up."""
    return [column for column in columns if isinstance(column, AmountColumn) and column.total]


class NumberColumn(Column):
    """A plain number, such as days or a count."""

    css = "num"
    is_numeric = True

    def exported(self, record: Any) -> object:
        """The number itself."""
        return getter(self.path)(record)


class DayColumn(Column):
    """A calendar day, with ISO on hover."""

    css = "day"

    def __init__(self, verbose_name: object = None, **options: Any) -> None:
        options.setdefault("initial_sort_descending", True)
        super().__init__(verbose_name, **options)

    def writer(self, locale: Locale) -> Writer:
        """The day as the reader's locale writes it."""
        get, opening, empty = getter(self.path), self.opening, self.empty

        def write(record: Any) -> str:
            day: date | None = get(record)
            if day is None:
                return empty
            return f'{opening}<time datetime="{day}" title="{day}">{day_text(day, locale)}</time></td>'

        return write

    def exported(self, record: Any) -> object:
        """The date."""
        return getter(self.path)(record)


class MomentColumn(DayColumn):
    """A day and time in the active time zone (the marketplace's)."""

    def writer(self, locale: Locale) -> Writer:
        """The moment as the reader's locale writes it."""
        get, opening, empty = getter(self.path), self.opening, self.empty

        def write(record: Any) -> str:
            moment: datetime | None = get(record)
            if moment is None:
                return empty
            iso = timezone.localtime(moment).isoformat(timespec="seconds")
            return f'{opening}<time datetime="{iso}" title="{iso}">{escaped(moment_text(moment, locale))}</time></td>'

        return write

    def exported(self, record: Any) -> object:
        """The local date and time without its zone, as spreadsheets want it."""
        moment = getter(self.path)(record)
        return None if moment is None else timezone.make_naive(moment)


class StatusColumn(Column):
    """A status badge of `web.badges`; ``state`` may name a property that tells more than the stored status."""

    css = "status"

    def __init__(self, verbose_name: object = None, *, kind: str, **options: Any) -> None:
        super().__init__(verbose_name, **options)
        self.kind = kind

    def writer(self, _locale: Locale) -> Writer:
        """Icon and word."""
        get, opening, kind = getter(self.path), self.opening, self.kind
        return lambda record: f"{opening}{badge_html(kind, get(record))}</td>"

    def exported(self, record: Any) -> object:
        """The word."""
        return badge_text(self.kind, getter(self.path)(record))


class FlagColumn(Column):
    """Yes or no."""

    def writer(self, _locale: Locale) -> Writer:
        """The word for yes; nothing for no."""
        get, empty, yes = getter(self.path), self.empty, f"{self.opening}{escaped(_('Yes'))}</td>"
        return lambda record: yes if get(record) else empty

    def exported(self, record: Any) -> object:
        """The word."""
        return _("Yes") if getter(self.path)(record) else _("No")


@dataclass(frozen=True, slots=True)
class Aside:
    """Rows whose amounts are told under a list's totals in a line of their own: in words, in SQL, and of a record.

    The totals hold them when they are ``counted`` ("Of which voided"), else not ("Not issued").
    """

    label: str | Promise
    condition: Q
    holds: Callable[[Any], bool]
    counted: bool = False


NOT_ISSUED = Aside(
    gettext_lazy("Not issued (not in total)"), Q(number__isnull=True), lambda record: record.number is None
)
"""What has no number yet, and so is in no total."""


class Table(django_tables2.Table):
    """The declaration of a list's columns; never instantiated for a page, its columns are read from the class.

    ``asides`` are the rows that its totals tell apart.
    """

    asides: ClassVar[tuple[Aside, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, column in cls.base_columns.items():
            column.name = name

    @classmethod
    def columns_for(cls, member: Member) -> list[Column]:
        """The columns that this member may see, in order."""
        return [c for c in cls.base_columns.values() if not c.permission or member.may(c.permission)]


def every_row(_record: Any) -> bool:
    """All of them can be selected."""
    return True


def row_writer(
    columns: Sequence[Column], locale: Locale, *, selectable: bool, may_pick: Callable[[Any], bool] = every_row
) -> Writer:
    """The compiled row: one function from a record to its finished ``<tr>``.

    ``may_pick`` says of a record of a ``selectable`` table whether it gets a box.
    """
    writers = [column.writer(locale) for column in columns]
    key = next((column for column in columns if isinstance(column, KeyColumn)), None)
    name = getter(key.path) if key else str
    label, without = escaped(_("Select")), '<td class="pick"></td>' if selectable else ""

    def write(record: Any) -> str:
        box = (
            f'<td class="pick"><input type="checkbox" class="form-check-input" name="pk" value="{record.pk}"'
            f' form="bulk" aria-label="{label} {escaped(name(record))}"></td>'
            if selectable and may_pick(record)
            else without
        )
        return f"<tr>{box}{''.join([cell(record) for cell in writers])}</tr>"

    return write
