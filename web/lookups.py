"""A related row found by typing: one box, options as one types, and a look-up on submit without JavaScript."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms.renderers import BaseRenderer
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.ids import read_id
from core.search_keys import folded, key_holds
from web.markup import escaped
from web.widgets import Shared, written

MOST_MATCHES = 20
MOST_LETTERS = 200
"""More are no name, and a database gives up on a pattern of some ten thousand."""
TOO_LONG = gettext_lazy("Type at most %(most)s letters.")


class LookupInput(forms.Widget):
    """A box that finds rows as one types; without JavaScript the server looks the typed text up on submit."""

    def __init__(self, url_name: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.url_name = url_name
        self.choices: list[tuple[int, str]] = []
        self.shown: Callable[[Any], str] = str

    def value_from_datadict(
        self, data: Mapping[str, Any], _files: MultiValueDict[str, Any], name: str
    ) -> tuple[str, str]:
        """The id that was picked and the text that was typed; a pick among several matches counts first."""
        picked = data.get(f"{name}_pick") or ""
        return (picked, "") if picked else (data.get(name) or "", (data.get(f"{name}_text") or "").strip())

    def value_omitted_from_data(self, data: Mapping[str, Any], _files: MultiValueDict[str, Any], name: str) -> bool:
        """Whether the form came without this box."""
        return name not in data and f"{name}_text" not in data

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - no template is rendered
    ) -> SafeString:
        """The text, the id, the options; and the matches to pick from after a typed text that fits several rows."""
        pk, typed = value if isinstance(value, tuple) else (value or "", "")
        given = {**self.attrs, **(attrs or {})}
        box = str(given.get("id") or name)
        shown = typed or (self.shown(pk) if pk else "")
        matches = escaped(_("Matches"))
        picks = self._picks(name, box, matches)
        return mark_safe(  # noqa: S308 - parts are escaped
            f'<div class="lookup" data-lookup><input type="text" name="{name}_text" value="{escaped(shown)}"'
            f' class="form-control" role="combobox" aria-expanded="false" aria-autocomplete="list"'
            f' aria-controls="{box}_list" autocomplete="off" spellcheck="false" hx-get="{reverse(self.url_name)}"'
            f' hx-trigger="input changed delay:150ms, early" hx-target="#{box}_list" hx-swap="innerHTML"'
            f' hx-push-url="false"{written(given)}><input type="hidden" name="{name}" value="{escaped(pk)}">'
            f'<ul id="{box}_list" class="lookup-list" role="listbox" aria-label="{matches}" hidden></ul>{picks}</div>'
        )

    def _picks(self, name: str, box: str, label: str) -> str:
        radios = [
            f'<div class="form-check"><input class="form-check-input" type="radio" name="{name}_pick" value="{pk}"'
            f' id="{box}_{pk}"><label class="form-check-label" for="{box}_{pk}">{escaped(text)}</label></div>'
            for pk, text in self.choices
        ]
        return (
            f'<div class="lookup-choices" role="group" aria-label="{label}">{"".join(radios)}</div>' if radios else ""
        )


class LookupField(Shared):
    """A row found by its search key, cleaned to the row or None.

    Set ``queryset`` (``visible_to`` the member) before use; ``key`` is the column that is searched.
    """

    widget: LookupInput

    def __init__(self, *, url_name: str, key: str = "search_key", what: str | Promise = "", **options: Any) -> None:
        super().__init__(widget=LookupInput(url_name), **options)
        self.key = key
        self.what = what or gettext_lazy("entry")
        self._rows: QuerySet[Any] | Callable[[], QuerySet[Any]] | None = None

    @property
    def queryset(self) -> QuerySet[Any]:
        """The rows that may be chosen; may be set as a function, which is called when a row is looked up."""
        if self._rows is None:
            raise RuntimeError("set the lookup field's queryset, already limited to what the member may see")
        if not isinstance(self._rows, QuerySet):
            self._rows = self._rows()
        return self._rows

    @queryset.setter
    def queryset(self, rows: QuerySet[Any] | Callable[[], QuerySet[Any]]) -> None:
        self._rows = rows
        self._found: dict[str, Model | None] = {}
        self.widget.shown = lambda pk: str(self._by_id(pk) or "")

    def _by_id(self, pk: object) -> Model | None:
        text = str(pk)
        if text not in self._found:
            wanted = read_id(text)
            self._found[text] = self.queryset.filter(pk=wanted).first() if wanted else None
        return self._found[text]

    def clean(self, value: tuple[str, str] | Any) -> Model | None:
        """The row for a picked id, else the one row whose name is, or holds, the typed text."""
        pk, text = value if isinstance(value, tuple) else (str(value or ""), "")
        row = self._by_id(pk) if pk else None
        if row is not None and text in ("", str(row)):
            return row
        if not text and not pk:
            super().validate(None)
            return None
        return self._named(text)

    def _named(self, text: str) -> Model:
        if len(text) > MOST_LETTERS:
            raise ValidationError(TOO_LONG % {"most": MOST_LETTERS}, code="long")
        found: list[Model] = []
        if folded(text):
            matches = self.queryset.filter(key_holds(text, key=self.key)).order_by(self.key)
            found = list(matches[: MOST_MATCHES + 1])
        same = [row for row in found if folded(str(row)) == folded(text)]
        if len(same) == 1 or len(found) == 1:
            return (same or found)[0]
        if not found:
            raise ValidationError(_("No %(what)s matches.") % {"what": self.what}, code="none")
        self.widget.choices = [(row.pk, str(row)) for row in found[:MOST_MATCHES]]
        raise ValidationError(
            ngettext("%(n)s matches. Choose it.", "%(n)s match. Choose one.", len(found)) % {"n": len(found)}
            if len(found) <= MOST_MATCHES
            else _("More than %(n)s match. Type more of the name.") % {"n": MOST_MATCHES},
            code="several",
        )

    def prepare_value(self, value: Any) -> Any:
        """A row becomes its id."""
        return value.pk if isinstance(value, Model) else value
