"""What people say of a company, cleaned and checked, whether it was typed or stands in a file (pure)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from companies.domain.addresses import canonical
from companies.domain.countries import COUNTRIES
from companies.domain.refusals import TaxNumberMistyped
from companies.domain.tax_numbers import is_mistyped
from core.checks import check_number, check_text
from core.errors import InvalidInput
from core.printable import one_line

LONGEST_TERMS = 365
LONGEST = {
    "name": 200, "external_key": 80, "street": 200, "postal_code": 20, "city": 100, "tax_number": 40,
    "billing_email": 254,
}  # fmt: skip
"""Letters that fit into each text."""
OWN = ("tax_exempt", "payment_terms_days", "country", "parent_id", "reseller_id")
"""What nobody changes for a company of their own (I18): its tax, its terms, and who pays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyValues:
    """What can be said of a company: named like its columns, ``parent_id`` and ``reseller_id`` being companies' ids."""

    name: str
    kind: str
    external_key: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    tax_number: str = ""
    tax_exempt: bool = False
    billing_email: str = ""
    language: str = ""
    payment_terms_days: int | None = None
    parent_id: int | None = None
    reseller_id: int | None = None


NAMES = tuple(CompanyValues.__dataclass_fields__)


def values_of(company: object) -> CompanyValues:
    """What a company's row says."""
    return CompanyValues(**{name: getattr(company, name) for name in NAMES})


def differing(one: CompanyValues, other: CompanyValues) -> list[str]:
    """The names of what is not the same in both."""
    return [name for name in NAMES if getattr(one, name) != getattr(other, name)]


def as_dict(values: CompanyValues) -> dict[str, Any]:
    """The values by their names; ``dataclasses.asdict`` copies deeply, which ten thousand rows feel."""
    return {name: getattr(values, name) for name in NAMES}


def field_of(name: str) -> str:
    """What a form calls it: a parent, not its id."""
    return name.removesuffix("_id")


def checked(values: CompanyValues, *, kinds: Collection[str], languages: Collection[str]) -> CompanyValues:
    """The values in their one spelling. Raises InvalidInput or TaxNumberMistyped beside the field that is wrong."""
    texts: dict[str, Any] = {
        name: _text(getattr(values, name), longest, name) if getattr(values, name) or name == "name" else ""
        for name, longest in LONGEST.items()
    }
    texts |= {"country": values.country.strip().upper(), "billing_email": canonical(texts["billing_email"])}
    cleaned = replace(values, **texts)
    if cleaned.kind not in kinds:
        raise InvalidInput(_("Choose one of the kinds: %(kinds)s.") % {"kinds": ", ".join(kinds)}, field="kind")
    if cleaned.country and cleaned.country not in COUNTRIES:
        raise InvalidInput(_("Enter the country's code of two letters, such as DE (ISO 3166-1)."), field="country")
    if is_mistyped(cleaned.tax_number, cleaned.country):
        raise TaxNumberMistyped(field="tax_number")
    if cleaned.billing_email:
        _check_email(cleaned.billing_email)
    if cleaned.language and cleaned.language not in languages:
        text = _("Choose a language of the marketplace (%(languages)s), or none.")
        raise InvalidInput(text % {"languages": ", ".join(languages)}, field="language")
    if cleaned.payment_terms_days is not None:
        check_number(cleaned.payment_terms_days, least=0, most=LONGEST_TERMS, field="payment_terms_days")
    return cleaned


def _text(text: str, longest: int, field: str) -> str:
    return check_text(one_line(text), longest=longest, field=field, required=field == "name")


def _check_email(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], field="billing_email") from None
