"""Reads of merchants' bank details: what is printed now, and what held before."""

from collections.abc import Iterable

from django.db.models import OuterRef, QuerySet, Subquery

from companies.domain.bank_details import BankDetails
from companies.models import MerchantBankDetails, MerchantOfRecord
from companies.queries.people import name_at


def current_details(merchant_ids: Iterable[int]) -> dict[int, MerchantBankDetails]:
    """The last version of each merchant that has any, by the merchant's id; one query."""
    last = MerchantBankDetails.objects.filter(merchant=OuterRef("merchant")).order_by("-version").values("pk")[:1]
    rows = MerchantBankDetails.objects.filter(merchant_id__in=set(merchant_ids), pk=Subquery(last))
    return {row.merchant_id: row for row in rows}


def with_account(merchants: QuerySet[MerchantOfRecord]) -> QuerySet[MerchantOfRecord]:
    """Merchants with ``holder``, ``iban`` and ``account_number`` of what holds now; None before they have any."""
    last = MerchantBankDetails.objects.filter(merchant=OuterRef("pk")).order_by("-version")
    names = ("holder", "iban", "account_number")
    return merchants.annotate(**{name: Subquery(last.values(name)[:1]) for name in names})


def bank_details_now(merchant_id: int) -> BankDetails | None:
    """What a merchant's invoices print now; None before it has any."""
    row = current_details([merchant_id]).get(merchant_id)
    return row.details if row else None


def history_of(merchant_id: int) -> QuerySet[MerchantBankDetails]:
    """Every version, newest first, with ``asked_by`` and ``agreed_by``, as they were called then."""
    rows = MerchantBankDetails.objects.filter(merchant_id=merchant_id).select_related("approval")
    return rows.annotate(
        asked_by=name_at("approval__requested_by_id", "approval__requested_at"),
        agreed_by=name_at("approval__decided_by_id", "approval__decided_at"),
    ).order_by("-version")
