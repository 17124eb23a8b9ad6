"""Whose a document is: what every draft of an invoice or a memo keeps of its parties, and what is frozen of them."""

import json
from collections.abc import Mapping
from typing import Any, TypedDict

from companies.domain.bank_details import BankDetails, as_dict
from companies.models import Company, Marketplace, User
from core.rows import Json
from ledger.models import BalanceAccount


class Parties(TypedDict):
    """Columns of a ``BillingDocument``."""

    marketplace_id: int
    account_id: int
    merchant_id: int
    payer_id: int
    beneficiary_id: int
    billed_user_id: int | None
    currency: str
    payer_name: str
    billed_user_name: str
    language: str


def parties_of(account: BalanceAccount, beneficiary: Company, user: User | None, marketplace: Marketplace) -> Parties:
    """What a document of this account keeps; ``user`` is ``known_as`` the marketplace knows them."""
    payer = account.payer
    return Parties(
        marketplace_id=account.marketplace_id,
        account_id=account.pk,
        merchant_id=account.merchant_id,
        payer_id=payer.pk,
        beneficiary_id=beneficiary.pk,
        billed_user_id=user.pk if user else None,
        currency=account.currency,
        payer_name=payer.name,
        billed_user_name=user.known_as if user else "",
        language=payer.language or marketplace.default_language,
    )


def snapshot_of(account: BalanceAccount, beneficiary: Company) -> dict[str, Any]:
    """What a document freezes of payer, beneficiary and merchant."""
    return {
        "payer": account.payer.snapshot(),
        "beneficiary": beneficiary.snapshot(),
        "merchant": account.merchant.company.snapshot() | {"code": account.merchant.code},
    }


class Snapshots:
    """The snapshots of many documents as JSON text, made once for each set of parties."""

    def __init__(self, pay_to: Mapping[int, BankDetails] | None = None) -> None:
        """``pay_to``: where a merchant, by its id, is paid to, for documents that ask for payment."""
        self._pay_to = {pk: {"pay_to": as_dict(details)} for pk, details in (pay_to or {}).items()}
        self._texts: dict[tuple[int, int], Json] = {}

    def of(self, account: BalanceAccount, beneficiary: Company) -> Json:
        """The parties' snapshot, and where the merchant is paid to, as far as that is known."""
        key = (account.pk, beneficiary.pk)
        if key not in self._texts:
            pay_to = self._pay_to.get(account.merchant_id, {})
            self._texts[key] = Json(json.dumps(snapshot_of(account, beneficiary) | pay_to))
        return self._texts[key]
