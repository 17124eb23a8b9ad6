"""The filters of lists: django-filter declares and cleans them, these classes keep them quick and say them in words."""

from collections.abc import Iterator, Mapping
from copy import copy
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, cast

import django_filters
from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from companies.domain.addresses import canonical
from core.formats import amount_text, day_text, reader
from web.access import member_of
from web.fields import AmountField, LookupField
from web.forms import PageForm, composed_data, dress
from web.links import changed_query
from web.widgets import (
    DayInput,
    QuickChoices,
    QuickSelect,
    QuickText,
    SharedChoice,
    SharedChoices,
    SharedDay,
    SharedSwitch,
    SharedText,
)

SEARCH, ANY = _("Search"), _("Any")
PLACE_KEYS = ("page", "after", "before")
"""Where one is in a list; every change of the filters starts again at the first page."""
LONGEST_CHIP = 40
"""Letters shown of what can't be read."""
EARLIEST, LATEST = 1900, 2900
"""Years outside can't be turned into moments everywhere, and nothing happened there."""


class Chip(NamedTuple):
    """One active filter: what it is called, what it is set to, and the query string without it.

    ``problem`` says why it can't be read.
    """

    label: str
    text: str
    url: str
    problem: str = ""


class SearchFilter(django_filters.Filter):
    """The search box of a list: asks its filter set's ``resolve_search``."""

    def __init__(self, label: str | Promise = SEARCH, *, placeholder: str | Promise = "", most: int = 100) -> None:
        super().__init__(label=label, max_length=most, widget=QuickText("search", placeholder=placeholder))

    field_class = SharedText

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Narrow by the text; nothing typed narrows nothing."""
        return cast("QuerySet[Any]", self.parent.resolve_search(qs, value)) if value else qs


class TextFilter(django_filters.Filter):
    """A column that holds, or is, the text."""

    field_class = SharedText

    def __init__(
        self, field_name: str, label: str | Promise, *, lookup_expr: str = "icontains", **options: Any
    ) -> None:
        super().__init__(field_name, lookup_expr, label=label, max_length=100, widget=QuickText("text"), **options)


class AddressFilter(TextFilter):
    """A column of e-mail addresses, in their one spelling, that hold the text."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Rows whose address holds it; nothing typed narrows nothing."""
        return qs.filter(**{f"{self.field_name}__contains": canonical(value)}) if value else qs


class OneOfFilter(django_filters.Filter):
    """One choice out of a few, as a drop-down; ``choices`` are (value, label) pairs. Override ``filter`` to derive."""

    field_class = SharedChoice

    def __init__(self, field_name: str, label: str | Promise, choices: Any, *, any_label: str | Promise = ANY) -> None:
        self.pairs = list(choices)
        super().__init__(field_name, label=label, choices=[("", any_label), *self.pairs], widget=QuickSelect())

    def chip_texts(self, value: str) -> Iterator[tuple[str, str]]:
        """The value and its label."""
        yield value, str(dict(self.pairs).get(value, value))


class AnyOfFilter(django_filters.Filter):
    """Some of a few choices, as checkboxes; an IN, never a DISTINCT."""

    field_class = SharedChoices

    def __init__(self, field_name: str, label: str | Promise, choices: Any) -> None:
        self.pairs = list(choices)
        super().__init__(field_name, label=label, choices=self.pairs, widget=QuickChoices())

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        """Rows with any of the values; no value narrows nothing."""
        if not value:
            return qs
        one = {self.field_name: value[0]} if len(value) == 1 else {f"{self.field_name}__in": value}
        return qs.filter(**one)

    def chip_texts(self, value: list[str]) -> Iterator[tuple[str, str]]:
        """A chip for each value."""
        labels = dict(self.pairs)
        for one in value:
            yield one, str(labels.get(one, one))


class DayFilter(django_filters.Filter):
    """One end of a span of days; ``edge`` is "from" or "to", both inclusive."""

    field_class = SharedDay
    shape = "in-line"

    def __init__(self, field_name: str, label: str | Promise, *, edge: str) -> None:
        lookup = "gte" if edge == "from" else "lte"
        super().__init__(field_name, lookup, label=label, widget=DayInput(), input_formats=["%Y-%m-%d"])

    def chip_texts(self, value: date) -> Iterator[tuple[str, str]]:
        """The day as the reader writes it."""
        yield value.isoformat(), day_text(value, reader())


class MomentFilter(DayFilter):
    """One end of a span of days over a moment, in the marketplace's zone; both ends inclusive."""

    def filter(self, qs: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        """From the day's first moment, or to its last."""
        if value is None:
            return qs
        is_start = self.lookup_expr == "gte"
        if not EARLIEST <= value.year <= LATEST:
            return qs if is_start == (value.year < EARLIEST) else qs.none()
        day = value if is_start else value + timedelta(days=1)
        moment = datetime.combine(day, time.min, self.parent.request.member.marketplace.zone)
        return qs.filter(**{f"{self.field_name}__{'gte' if is_start else 'lt'}": moment})


class AmountFilter(django_filters.Filter):
    """One end of a range of amounts; ``edge`` is "from" or "to", both inclusive, in the marketplace's currency."""

    field_class = AmountField
    shape = "half"

    def __init__(self, field_name: str, label: str | Promise, *, edge: str) -> None:
        super().__init__(field_name, "gte" if edge == "from" else "lte", label=label, least=0)

    def prepare(self, field: AmountField, request: HttpRequest) -> None:
        """Tell the field its currency."""
        field.currency = member_of(request).marketplace.currency

    def chip_texts(self, value: int) -> Iterator[tuple[str, str]]:
        """The amount as the reader writes it."""
        yield str(value), amount_text(value, self.parent.form.fields[self.name].currency)


class LookupFilter(django_filters.Filter):
    """A related row found by typing; override ``rows`` to say which rows the member may choose."""

    field_class = LookupField

    def __init__(self, field_name: str, label: str | Promise, *, url_name: str, rows: Any) -> None:
        self.rows = rows
        super().__init__(field_name, label=label, url_name=url_name)

    def prepare(self, field: LookupField, request: HttpRequest) -> None:
        """Limit the field to what the member sees."""
        field.queryset = lambda: self.rows(request)

    def filter(self, qs: QuerySet[Any], value: Model | None) -> QuerySet[Any]:
        """Rows that point at the chosen one."""
        return qs.filter(**{self.field_name: value.pk}) if value is not None else qs


class SwitchFilter(django_filters.Filter):
    """A checkbox; ``condition`` is the filter that it adds when ticked, ``otherwise`` the one when not."""

    field_class = SharedSwitch

    def __init__(
        self,
        label: str | Promise,
        *,
        condition: Mapping[str, Any] | None = None,
        otherwise: Mapping[str, Any] | None = None,
        exclude: Mapping[str, Any] | None = None,
    ) -> None:
        self.condition = condition or {}
        self.otherwise = otherwise or {}
        self.excluded = exclude or {}
        super().__init__(label=label)

    def filter(self, qs: QuerySet[Any], value: object) -> QuerySet[Any]:
        """``condition`` when ticked; ``otherwise``, and without the excluded, when not."""
        if value:
            return qs.filter(**self.condition) if self.condition else qs
        qs = qs.filter(**self.otherwise) if self.otherwise else qs
        return qs.exclude(**self.excluded) if self.excluded else qs

    def chip_texts(self, _value: object) -> Iterator[tuple[str, str]]:
        """Its label says it all."""
        yield "on", ""


class ListFilters(django_filters.FilterSet):
    """The filters of one list. Unknown keys are ignored; where a filter can't be read, nothing is found and it says so.

    Stock django-filter copies every filter deeply and builds a form class for every request, which costs more than
    the page's queries; here filters are copied flat, as they hold no state, and the form class is made once.
    """

    request: Any

    def __init__(self, data: QueryDict, queryset: QuerySet[Any], *, request: HttpRequest) -> None:
        self.is_bound = True
        self.data = composed_data(data)
        self.queryset = queryset
        self.request = request
        self.form_prefix = None
        self.filters = {name: copy(one) for name, one in self.base_filters.items()}
        for name, one in self.filters.items():
            one.model, one.parent, one.name = queryset.model, self, name
            if one.method is not None:
                one.method = one.method  # The setter binds the method to this very copy.

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Narrow ``queryset`` to what the search text means: a number, or rows of the companies that it names."""
        raise NotImplementedError(text)

    def get_form_class(self) -> type[forms.Form]:
        """The form of these filters, made once per class."""
        made = type(self).__dict__.get("made_form")
        if made is None:
            fields = {name: one.field for name, one in type(self).base_filters.items()}
            for name, field in fields.items():
                field.shape = getattr(type(self).base_filters[name], "shape", "")
            dress(fields)
            made = type(f"{type(self).__name__}Form", (FilterForm,), fields)
            type(self).made_form = made
        return cast("type[forms.Form]", made)

    @property
    def form(self) -> forms.Form:
        """The bound form, its fields told what only the request knows."""
        if not hasattr(self, "_form"):
            self._form = self.get_form_class()(self.data, auto_id="f_%s")
            for name, one in self.filters.items():
                if hasattr(one, "prepare"):
                    one.prepare(self._form.fields[name], self.request)
        return self._form

    def values(self) -> Iterator[tuple[str, Any, Any]]:
        """(name, filter, cleaned value) of every filter that is set and could be read."""
        self.form.is_valid()
        for name, value in self.form.cleaned_data.items():
            if value not in (None, "", [], False):
                yield name, self.filters[name], value

    @property
    def is_unreadable(self) -> bool:
        """Whether a filter can't be read; then there are no rows, figures or files."""
        return bool(self.form.errors)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrowed by all filters; nothing where one can't be read, as nobody asked for what the others leave."""
        return queryset.none() if self.is_unreadable else super().filter_queryset(queryset)

    def chips(self) -> list[Chip]:
        """Every active filter in words, each with the query string that lifts it; first those that can't be read."""
        return [*self.unreadable(), *self._readable()]

    def unreadable(self) -> list[Chip]:
        """The filters that can't be read, with what was asked for and the reason."""
        return [
            Chip(str(self.filters[name].label), self._typed(name), self._without(name, None), str(reasons[0]))
            for name, reasons in self.form.errors.items()
        ]

    def _typed(self, name: str) -> str:
        """What the address says, shortened."""
        texts = [text for key in (f"{name}_text", name) for text in self.data.getlist(key) if text]
        return Truncator(", ".join(texts).replace("\0", "")).chars(LONGEST_CHIP)

    def _readable(self) -> Iterator[Chip]:
        for name, one, value in self.values():
            for raw, text in one.chip_texts(value) if hasattr(one, "chip_texts") else [("", str(value))]:
                yield Chip(str(one.label), text, self._without(name, raw if isinstance(value, list) else None))

    def _without(self, name: str, raw: str | None) -> str:
        data = self.data.copy()
        if raw is not None:
            data.setlist(name, [one for one in data.getlist(name) if one != raw])
        gone = [name] if raw is None else []
        return changed_query(data, dict.fromkeys([*gone, f"{name}_text", f"{name}_pick", *PLACE_KEYS]))

    def canonical(self) -> str:
        """The active filters as one text, the same for every way of writing them: the key of cached counts."""
        return "&".join(f"{name}={getattr(value, 'pk', value)!r}" for name, _one, value in sorted(self.values()))


class FilterForm(PageForm):
    """The form of a filter set; its widgets were dressed when the class was made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        forms.Form.__init__(self, *args, **kwargs)
