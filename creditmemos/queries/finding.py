"""What a search text means for a list of memos: a number, companies, or people; never a condition across tables."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from companies.domain.addresses import canonical
from companies.models import Company, Membership, User

Row = TypeVar("Row", bound=Model)
FEW = 200
"""Up to so many matches go into the query as ids; more stay a sub-select, which the database walks better."""
MOST_DIGITS = 15


def documents_matching(rows: QuerySet[Row], text: str, *, marketplace_id: int) -> QuerySet[Row]:
    """Narrow memos or invoices to what ``text`` names; one or two short questions are asked before, rarely a third.

    A text with a digit is tried as a number first: the whole number, its beginning, or its counter alone. Otherwise,
    or when no number fits, it is the payer's name or the billed person's name or e-mail address.
    """
    text = text.strip()
    if not text or "\x00" in text:
        return rows.none() if text else rows
    if any(letter.isdigit() for letter in text):
        numbered = _by_number(rows, text)
        if numbered is not None:
            return numbered
    companies = Company.objects.filter(marketplace_id=marketplace_id, name__icontains=text)
    found = _pointing(rows, "payer_id", companies)
    return found if found is not None else _by_person(rows, text, marketplace_id)


def _by_number(rows: QuerySet[Row], text: str) -> QuerySet[Row] | None:
    """Rows whose number it is, else those whose number begins with it; None when it is no number of theirs."""
    if text.isascii() and text.isdigit():
        counted = rows.filter(sequence=int(text)) if len(text) <= MOST_DIGITS else rows.none()
        return counted if counted.exists() else None
    number = text.upper()
    beginning = rows.filter(number__startswith=number)
    found = list(beginning.order_by().values_list("pk", "number")[: FEW + 1])
    exact = [pk for pk, each in found if each == number]
    if len(found) > FEW and not exact:
        exact = list(rows.filter(number=number).order_by().values_list("pk", flat=True))
    if exact or not found:
        return rows.filter(pk__in=exact) if exact else None
    return rows.filter(pk__in=[pk for pk, _number in found]) if len(found) <= FEW else beginning


def _by_person(rows: QuerySet[Row], text: str, marketplace_id: int) -> QuerySet[Row]:
    inside = Membership.objects.filter(company__marketplace_id=marketplace_id)
    named = inside.filter(user__email=canonical(text)) if "@" in text else inside.filter(name__icontains=text)
    found = _pointing(rows, "billed_user_id", User.objects.filter(pk__in=named.values("user_id")))
    return found if found is not None else rows.none()


def _pointing(rows: QuerySet[Row], column: str, targets: QuerySet[Model]) -> QuerySet[Row] | None:
    """Rows whose ``column`` is one of ``targets``; None when there are no targets."""
    ids = list(targets.order_by().values_list("pk", flat=True)[: FEW + 1])
    if not ids:
        return None
    if len(ids) == 1:
        return rows.filter(**{column: ids[0]})
    return rows.filter(**{f"{column}__in": ids if len(ids) <= FEW else targets.order_by().values("pk")})
