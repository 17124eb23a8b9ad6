"""Bank details of merchants, reached as people reach them: one asks, another agrees."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from companies import operations
from companies.domain.bank_details import BankDetails
from companies.models import MerchantBankDetails, MerchantOfRecord
from core.models import Approval
from tests.factories.world import NOW, Market

IBAN = "DE89370400440532013000"
GROUPED = "DE89 3704 0044 0532 0130 00"
DETAILS = BankDetails(holder="Operator north GmbH", iban=IBAN, bic="COBADEFFXXX", bank_name="Commerzbank")
LOCAL = BankDetails(
    holder="Operator north Inc.", account_number="0012-345678", routing_code="021000021", bic="CHASUS33",
    bank_name="Chase", instructions="Wire in EUR, charges to you.",
)  # fmt: skip
"""An account in a country without IBANs."""


def ask_for_details(
    market: Market,
    details: BankDetails = DETAILS,
    *,
    merchant: MerchantOfRecord | None = None,
    role: str = "manager",
    now: datetime = NOW,
    **changes: Any,
) -> Approval:
    """Somebody asks; the other changes are details."""
    return operations.change_bank_details(
        merchant=merchant or market.merchant, details=replace(details, **changes), actor=market.actor(role), now=now
    )


def give_details(
    market: Market, details: BankDetails = DETAILS, *, now: datetime = NOW, **more: Any
) -> MerchantBankDetails:
    """The manager asks, finance agrees."""
    asked = ask_for_details(market, details, now=now, **more)
    row: MerchantBankDetails = operations.approve(approval=asked, actor=market.actor("finance"), now=now)
    return row
