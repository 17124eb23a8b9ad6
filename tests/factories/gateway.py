"""Accounts at a payment provider, saved methods, and charges that were made or went through."""

from typing import Any
from uuid import uuid4

from companies.models import Company, MerchantOfRecord
from invoices.models import Invoice
from payments.gateway.protocol import Outcome, State
from payments.models import GatewayAccount, Payment, PaymentMethod
from payments.operations import charge
from payments.operations.charge_states import settle_charge
from payments.operations.numbering import take_number
from tests.factories.world import NOW, TODAY, Market, key
from tests.support.outbox import drain_all
from tests.support.standin import Standin

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


def customer_with(market: Market, standin: Standin, method_ref: str = "pm_card_visa", **extra: Any) -> PaymentMethod:
    """A customer at the stand-in with one of its test methods."""
    ref = standin.gateway().create_customer(key=f"{uuid4()}", name="Acme", email="acme@example.com")
    return saved_method(market, method_ref=method_ref, customer_ref=ref, **extra)


def charged(market: Market, method: PaymentMethod, *wanted: tuple[Invoice, int], person: str = "manager") -> Payment:
    """Ask for a charge through its operation; amounts for invoices in minor units."""
    return charge(
        account=market.account(method.payer), method=method, wanted=[(invoice.pk, each) for invoice, each in wanted],
        actor=market.actor(person), now=NOW, key=key(),
    )  # fmt: skip


def paid_by_card(market: Market, standin: Standin, invoice: Invoice, method_ref: str = "pm_card_visa") -> Payment:
    """An invoice that a card paid whole, through the provider."""
    invoice.refresh_from_db()
    payment = charged(market, customer_with(market, standin, method_ref), (invoice, invoice.amount_due))
    drain_all(NOW)
    invoice.refresh_from_db()
    payment.refresh_from_db()
    return payment


def went(payment: Payment) -> Payment:
    """As if its provider had said that it moved, without asking anybody."""
    moved = Outcome(State.SUCCEEDED, f"pi_{payment.pk}", payment.asked, payment.currency, key=str(payment.key))
    return settle_charge(payment.pk, moved, now=NOW)


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
