"""Opening balance accounts."""

from companies.models import Company, MerchantOfRecord
from ledger.models import BalanceAccount


def account_for(*, payer: Company, merchant: MerchantOfRecord) -> BalanceAccount:
    """The balance account of this payer with this merchant in the marketplace's currency; opened when it is new."""
    account, _created = BalanceAccount.objects.get_or_create(
        payer=payer,
        merchant=merchant,
        currency=payer.marketplace.currency,
        defaults={"marketplace_id": payer.marketplace_id},
    )
    return account


def merchant_and_payer(company: Company) -> tuple[MerchantOfRecord, Company]:
    """Who sells to a company, and who owes for it.

    Direct billing: the marketplace's operator sells and the company owes. Indirect billing: the reseller owes the
    operator for its customers.
    """
    operator = MerchantOfRecord.objects.select_related("company").get(
        marketplace_id=company.marketplace_id, company__kind=Company.Kind.OPERATOR
    )
    return operator, company.reseller or company
