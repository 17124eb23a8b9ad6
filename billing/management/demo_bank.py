"""The demo's bank details: asked for by the manager and agreed to by finance, before the first invoice."""

from datetime import timedelta

from billing.management.demo_books import DAYS, Scenario
from companies import operations
from companies.domain.bank_details import BankDetails

ACCOUNTS = {
    "nordlicht": BankDetails(
        holder="Nordlicht Marktplatz GmbH", iban="DE89370400440532013000", bic="COBADEFFXXX", bank_name="Commerzbank"
    ),
    "hikari": BankDetails(
        holder="Hikari Exchange KK", account_number="7654321", routing_code="9900-123", bic="HIKAJPJTXXX",
        bank_name="Hikari Bank, Tokyo", instructions="Ordinary account. Please pay the transfer fees.",
    ),
    "altona": BankDetails(holder="Altona Harbour Apps GmbH", iban="DE02120300000000202051", bic="BYLADEM1001"),
}  # fmt: skip
"""By marketplace; IBANs from the examples of their standard and of a bank, and a Japanese account, which has none."""


def give_bank_details(scenario: Scenario) -> None:
    """Let the invoices of one marketplace say where to pay."""
    market, now = scenario.market, scenario.end - timedelta(days=DAYS + 1)
    asked = operations.change_bank_details(
        merchant=market.merchant, details=ACCOUNTS[market.plan.code], actor=scenario.actor("manager"), now=now
    )
    operations.approve(approval=asked, actor=scenario.actor("finance"), now=now)
