"""What a search text means for a list of memos: a number, companies, or people; never a condition across tables."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from companies.models import Company, MerchantOfRecord, User

Row = TypeVar("Row", bound=Model)
FEW = 200
"""Up to so many matches go into the query as ids; more stay a sub-select, which the database walks better."""
MOST_DIGITS = 15


def documents_matching(rows: QuerySet[Row], text: str, *, marketplace_id: int) -> QuerySet[Row]:
    """Narrow memos or invoices to what ``text`` names; at most three short questions are asked before.

    A text with a digit is tried as a number first: the whole number, its beginning, or its counter alone. Otherwise,
    or when no number fits, it is the payer's name or the billed person's name or e-mail address.
    """
    text = text.strip()
    if not text or "\x00" in text:
        return rows.none() if text else rows
    if any(letter.isdigit() for letter in text):
        numbered = _by_number(rows, text, marketplace_id)
        if numbered.exists():
            return numbered
    companies = Company.objects.filter(marketplace_id=marketplace_id, name__icontains=text)
    found = _pointing(rows, "payer_id", companies)
    return found if found is not None else _by_person(rows, text, marketplace_id)


def _by_number(rows: QuerySet[Row], text: str, marketplace_id: int) -> QuerySet[Row]:
    if text.isascii() and text.isdigit():
        return rows.filter(sequence=int(text)) if len(text) <= MOST_DIGITS else rows.none()
    merchants = list(MerchantOfRecord.objects.filter(marketplace_id=marketplace_id).values_list("pk", flat=True))
    exact = rows.filter(merchant_id__in=merchants, number=text.upper())
    return exact if exact.exists() else rows.filter(number__startswith=text.upper())


def _by_person(rows: QuerySet[Row], text: str, marketplace_id: int) -> QuerySet[Row]:
    people = User.objects.filter(memberships__company__marketplace_id=marketplace_id)
    people = people.filter(email__iexact=text) if "@" in text else people.filter(name__icontains=text)
    found = _pointing(rows, "billed_user_id", people)
    return found if found is not None else rows.none()


def _pointing(rows: QuerySet[Row], column: str, targets: QuerySet[Model]) -> QuerySet[Row] | None:
    """Rows whose ``column`` is one of ``targets``; None when there are no targets."""
    ids = list(targets.order_by().values_list("pk", flat=True)[: FEW + 1])
    if not ids:
        return None
    if len(ids) == 1:
        return rows.filter(**{column: ids[0]})
    return rows.filter(**{f"{column}__in": ids if len(ids) <= FEW else targets.order_by().values("pk")})
