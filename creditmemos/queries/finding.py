"""What a search text means for memos or invoices: a number, companies, people; never a condition across tables."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from companies.domain.addresses import canonical
from companies.models import Company, Membership
from core.search_keys import NONE, folded, key_begins, key_holds

Row = TypeVar("Row", bound=Model)
FEW = 200
"""Up to so many matches go into the query as ids; more stay a sub-select, which the database walks better."""
MOST_DIGITS = 15


def documents_matching(rows: QuerySet[Row], text: str, *, marketplace_id: int) -> QuerySet[Row]:
    """Narrow memos or invoices to what ``text`` names; two short questions are asked before.

    It is tried as everything that it can be: the whole number, which then counts alone, its beginning or its counter,
    a part of the payer's name or of the billed person's, a person's e-mail address.
    """
    text = text.strip()
    if not text:
        return rows
    if any(letter.isdigit() for letter in text):
        whole = list(rows.filter(whole_number(text)).order_by().values_list("pk", flat=True)[:FEW])
        if whole:
            return rows.filter(pk__in=whole)
    return rows.filter(numbered_so(text) | _of_company(text, marketplace_id) | _of_person(text, marketplace_id))


def whole_number(text: str) -> Q:
    """Documents with exactly this number."""
    return Q(search_key=folded(text)) if folded(text) else NONE


def numbered_so(text: str) -> Q:
    """By the beginning of the number, or by its counter alone."""
    if text.isascii() and text.isdigit():
        counted = Q(sequence=int(text)) if len(text) <= MOST_DIGITS else NONE
        return counted | key_begins(text)
    return key_begins(text)


def _of_company(text: str, marketplace_id: int) -> Q:
    return _pointing("payer_id", Company.objects.filter(key_holds(text), marketplace_id=marketplace_id), "pk")


def _of_person(text: str, marketplace_id: int) -> Q:
    inside = Membership.objects.filter(company__marketplace_id=marketplace_id)
    named = inside.filter(user__email=canonical(text)) if "@" in text else inside.filter(key_holds(text))
    return _pointing("billed_user_id", named, "user_id")


def _pointing(column: str, targets: QuerySet[Model], key: str) -> Q:
    """Rows whose ``column`` is the ``key`` of one of the targets."""
    ids = list(dict.fromkeys(targets.order_by().values_list(key, flat=True)[: FEW + 1]))
    if len(ids) > FEW:
        return Q((f"{column}__in", targets.order_by().values(key)))
    return Q((f"{column}__in", ids)) if ids else NONE
