"""Accounts at a payment provider, saved methods, and charges that were made or went through."""

from typing import Any

from companies.models import Company, MerchantOfRecord
from payments.models import GatewayAccount, Payment, PaymentMethod
from payments.operations.numbering import take_number
from tests.factories.world import NOW, TODAY, Market

ACCOUNT = "standin"
"""How the environment calls the account at the stand-in."""


def gateway_account(market: Market, external_id: str = ACCOUNT, **extra: Any) -> GatewayAccount:
    """The merchant's account at the provider, which it has already where this was asked before."""
    merchant: MerchantOfRecord = extra.pop("merchant", market.merchant)
    values = {"marketplace": market.marketplace, "merchant": merchant, "mode": "test", **extra}
    return GatewayAccount.objects.get_or_create(provider="stripe", external_id=external_id, defaults=values)[0]


def saved_method(
    market: Market, *, company: Company | None = None, method_ref: str = "pm_card_visa", **extra: Any
) -> PaymentMethod:
    """A card that a company left."""
    values: dict[str, Any] = {
        "marketplace": market.marketplace, "payer": company or market.acme, "gateway_account": gateway_account(market),
        "customer_ref": "cus_1", "method_ref": method_ref, "kind": "card", "label": "Visa …4242",
        "consent_by": market.user("company_admin"), "consent_at": NOW, "consent_text": "1", **extra,
    }  # fmt: skip
    return PaymentMethod.objects.create(**values)


def asked_charge(market: Market, amount: int, method: PaymentMethod, **extra: Any) -> Payment:
    """A row as charging writes it, for nothing in particular; minor units."""
    account = market.account(method.payer)
    values: dict[str, Any] = {
        "number": take_number(market.marketplace.pk), "marketplace": market.marketplace, "account": account,
        "merchant": account.merchant, "payer": account.payer, "currency": account.currency, "channel": "gateway",
        "means": "card", "source": "staff", "asked": amount, "value_date": TODAY, "requested_at": NOW,
        "gateway_account": method.gateway_account, "method": method, "look_at": NOW, **extra,
    }  # fmt: skip
    return Payment.objects.create(**values)
