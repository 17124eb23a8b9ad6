"""What a template can print: the dictionary of ``printing.present``, described for authors.

Version ``printing.SCHEMA``. Every value is a text unless its words say otherwise; one that does not apply is empty,
never absent. A path with ``[]`` is inside a list: its snippet is the loop. ``documents.templates.samples`` has
documents to try them on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from documents.domain.kinds import kind_called


@dataclass(frozen=True, slots=True)
class Variable:
    """One thing to print: its ``path``, what it is, and what to write into a template for it."""

    path: str
    about: str | Promise
    snippet: str = ""

    @property
    def inserted(self) -> str:
        """What the editor inserts."""
        return self.snippet or f"{{{{ {self.path} }}}}"


@dataclass(frozen=True, slots=True)
class Group:
    """Variables that belong together."""

    label: str | Promise
    variables: tuple[Variable, ...]


def each(plural: str, singular: str, *names: tuple[str, str | Promise]) -> tuple[Variable, ...]:
    """Variables of a list's items; each snippet is a loop over it."""
    return tuple(
        Variable(
            f"{plural}[].{name}",
            about,
            f"{{% for {singular} in {plural} %}}{{{{ {singular}.{name} }}}}{{% endfor %}}",
        )
        for name, about in names
    )


def if_any(path: str, about: str | Promise) -> Variable:
    """A variable that may be empty; its snippet asks that first."""
    return Variable(path, about, f'{{% if {path} != "" %}}{{{{ {path} }}}}{{% endif %}}')


def _party(name: str, label: str | Promise) -> Group:
    return Group(
        label,
        (
            Variable(f"{name}.name", _("Name")),
            Variable(
                f"{name}.address[]",
                _("Lines of the address: street, postal code and city, country"),
                f"{{% for row in {name}.address %}}{{{{ row }}}}<br>{{% endfor %}}",
            ),
            if_any(f"{name}.tax_number", _("Tax number")),
            Variable(f"{name}.line", _("Name and address in one line, as for a footer")),
        ),
    )


_DOCUMENT = (
    Variable("number", _("Number; the page must show it")),
    Variable("issue_date", _("Date of issue")),
    if_any("effective_date", _("Effective date, when it is another day than that of issue")),
    if_any("voided_on", _("Day on which it was voided, on the copy that says so")),
    Variable("currency", _("Currency code")),
    if_any("billed_user", _("Person the document is for")),
    Variable("note", _("Note for the customer, with its line breaks"), "{{ note | newline_to_br }}"),
    Variable("kind", _("Kind: invoice or credit_memo")),
    Variable("language", _("Language code")),
    Variable("schema", _("Version of this dictionary, a number")),
)
_PAGE = Group(
    _("Page"),
    (
        Variable("page.size", _("Paper: A4 or Letter"), "@page { size: {{ page.size }}; }"),
        Variable(
            "images.logo",
            _("Logo, when one is uploaded; other images go by their names"),
            '{% if images.logo != "" %}<img src="{{ images.logo }}" height="40">{% endif %}',
        ),
    ),
)
_LINES = Group(
    _("Lines"),
    each(
        "lines",
        "line",
        ("description", _("Description")),
        ("period", _("Period: first and last day, or empty")),
        ("quantity", _("Quantity")),
        ("unit_price", _("Unit price")),
        ("discount", _("Discount, or empty")),
        ("tax_rate", _("Tax rates")),
        ("net", _("Net amount")),
    ),
)
_TAXES = Group(
    _("Tax summary"),
    each(
        "taxes",
        "tax",
        ("name", _("Name of the tax")),
        ("rate", _("Rate")),
        ("base", _("Net amount that is taxed")),
        ("amount", _("Tax")),
    ),
)
_SUMS = (
    Variable("net", _("Net total")),
    Variable("tax", _("Total of the taxes")),
    Variable("total", _("Total")),
)


def groups(kind: str) -> tuple[Group, ...]:
    """Everything that a template of the kind can print, in the order of a page."""
    own = kind_called(kind)
    document = Group(_("Document"), _DOCUMENT + own.variables)
    sums = Group(_("Totals"), _SUMS + own.sum_variables)
    merchant, payer = _party("merchant", _("Merchant")), _party("payer", _("Payer"))
    return (document, merchant, payer, _LINES, sums, _TAXES, *own.variable_groups, _PAGE)


def paths(kind: str) -> set[str]:
    """The documented paths of a kind."""
    return {variable.path for group in groups(kind) for variable in group.variables}


def values_in(data: Any) -> dict[str, str]:
    """The first value of each path of a dictionary that a template sees, as a text."""
    found: dict[str, str] = {}
    for path, value in _values(data):
        found.setdefault(path, str(value))
    return found


def _values(data: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _values(value, f"{above}.{name}" if above else name)
    elif isinstance(data, list):
        for value in data:
            yield from _values(value, f"{above}[]")
    else:
        yield above, data
