"""A file of companies: its columns, the values in a row, and in which order rows that name each other are taken."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from companies.domain.company_values import CompanyValues
from core.csvfile import Record
from core.errors import InvalidInput
from core.printable import one_line

RELATIVES = ("parent", "reseller")
PEOPLE = ("admin_email", "admin_name")
PLAIN = (
    "external_key", "name", "kind", "street", "postal_code", "city", "country", "tax_number", "billing_email",
    "language",
)  # fmt: skip
COLUMNS = (*PLAIN, "tax_exempt", "payment_terms_days", *RELATIVES, *PEOPLE)
REQUIRED = ("external_key",)
ALIASES = {
    "external key": "external_key", "billing e-mail": "billing_email", "payment terms, days": "payment_terms_days"
}  # fmt: skip
"""What the list of companies calls its columns when it is exported in English."""
SAMPLE = (
    {"external_key": "C-1001", "name": "Acme Ltd", "kind": "customer", "street": "1 High Street",
     "postal_code": "BN1 1AA", "city": "Brighton", "country": "GB", "billing_email": "billing@acme.example",
     "tax_exempt": "no", "payment_terms_days": "30", "reseller": "R-7"},
    {"external_key": "R-7", "name": "Northern Resale", "kind": "reseller", "country": "GB"},
)  # fmt: skip
"""Rows to begin a file with."""
MOST_WAVES = 20
"""How many companies may hang on each other in a row: a reseller's parent, that one's reseller, and so on."""
_SWITCH = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """One row: its number in a spreadsheet, its text, the texts of its columns, and what is wrong with its bytes."""

    row: int
    text: str
    texts: Mapping[str, str]
    problem: str

    @property
    def key(self) -> str:
        """The external key that names its company."""
        return self.texts.get("external_key", "")

    @property
    def relatives(self) -> set[str]:
        """The external keys of the companies that it names."""
        return {self.texts[column] for column in RELATIVES if self.texts.get(column)}


def row_of(record: Record, columns: Sequence[str]) -> CompanyRow:
    """A record under the file's columns."""
    texts = {name: one_line(text).strip() for name, text in zip(columns, record.fields, strict=False) if name}
    return CompanyRow(record.row, record.text, texts, record.problem_under(columns))


def values_of_row(row: CompanyRow, base: CompanyValues, relatives: Mapping[str, int | None]) -> CompanyValues:
    """What a row makes of a company, unchecked: a column that the file leaves out stays, an empty field empties.

    ``relatives`` are the ids of what the row names by key. Raises InvalidInput beside the column.
    """
    texts = row.texts
    said: dict[str, Any] = {name: texts[name] for name in PLAIN if name in texts}
    if "kind" in said:
        said["kind"] = said["kind"].lower() or base.kind
    if "tax_exempt" in texts:
        said["tax_exempt"] = _switch(texts["tax_exempt"])
    if "payment_terms_days" in texts:
        said["payment_terms_days"] = _days(texts["payment_terms_days"])
    said |= {f"{name}_id": relatives.get(texts[name]) for name in RELATIVES if name in texts}
    return replace(base, **said)


def _switch(text: str) -> bool:
    try:
        return _SWITCH[text.lower()]
    except KeyError:
        raise InvalidInput(_("Enter yes or no."), field="tax_exempt") from None


def _days(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 3):  # noqa: PLR2004 - up to 365
        raise InvalidInput(_("Enter a number of days from 0 to 365."), field="payment_terms_days")
    return int(text)


def in_waves(names: Mapping[str, Set[str]], known: Collection[str]) -> Iterator[list[str]]:
    """The keys, those that others name before them; ``names`` tells which keys each of them names.

    Where companies name each other in a circle, those go on whose relatives are ``known`` already; what still hangs
    on itself, or on more than ``MOST_WAVES`` others, never comes.
    """
    left = {key: {each for each in others if each in names and each != key} for key, others in names.items()}
    for _wave in range(MOST_WAVES):
        ready = [key for key, others in left.items() if not any(each in left for each in others)]
        ready = ready or [
            key for key, others in left.items() if all(each in known or each not in left for each in others)
        ]
        if not ready:
            return
        yield ready
        for key in ready:
            del left[key]
