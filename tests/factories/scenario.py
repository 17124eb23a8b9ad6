"""A few documents in every state that damage and guards are tried on, all made by the verbs."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection, models

from billing.operations.voiding import void_invoice
from core.models import Approval
from creditmemos import operations
from creditmemos.models import Application, CreditMemo
from invoices.domain.charging import TaxRate
from invoices.models import Invoice
from tests.factories.world import (
    NOW,
    Market,
    apply,
    charge,
    credit_invoice,
    issue_invoice,
    issue_memo,
    key,
    make_market,
)

NEW = UUID("0197f000-0000-7000-8000-00000000000a")
CITY = TaxRate("City", Decimal("0.05"))


@dataclass
class Scenario:
    """What happened at Acme, and a little at Birch and in another marketplace."""

    market: Market
    other_market: Market
    invoice: Invoice
    """375.00 in two lines of two taxes, 57.50 of it credited by items (on hold), 30.00 paid with goodwill."""
    credit: CreditMemo
    """57.50 from the invoice, unapplied."""
    goodwill: CreditMemo
    """50.00 ad hoc, 30.00 of it used on the invoice."""
    used: Application
    undone: Application
    """20.00 of the goodwill, reversed."""
    reversal: Application
    closed: CreditMemo
    voided: CreditMemo
    void_invoice: Invoice
    free_invoice: Invoice
    """For nothing, so paid at once."""
    waiting: CreditMemo
    """A draft that waits for a second person."""
    approval: Approval
    birch_invoice: Invoice
    birch_memo: CreditMemo
    far_invoice: Invoice
    far_memo: CreditMemo

    def names(self) -> dict[str, str]:
        """The ids of all documents as SQL literals, by attribute; and of something new."""
        yes, no = ("1", "0") if connection.vendor == "sqlite" else ("true", "false")
        found = {"new": literal(NEW), "yes": yes, "no": no}
        for name, value in vars(self).items():
            if isinstance(value, models.Model):
                found[name] = literal(value.pk)
        return found


def literal(value: UUID | int) -> str:
    """An id as a statement holds it: SQLite keeps a UUID as 32 hex digits."""
    if isinstance(value, int):
        return str(value)
    return f"'{value.hex if connection.vendor == 'sqlite' else value}'"


def tell(code: str = "north") -> Scenario:
    """Make it all; two marketplaces, three companies."""
    market, other = make_market(code), make_market(f"{code}-far", currency="JPY")
    vat = charge().taxes[0]
    invoice = issue_invoice(
        market, charge("100.00", taxes=(vat, CITY)), charge("200.00", taxes=(vat, CITY), discount=0)
    )
    credit = credit_invoice(market, invoice, 4600)
    goodwill = issue_memo(market, "50.00")
    used = apply(market, goodwill, invoice, 3000)
    undone = apply(market, goodwill, invoice, 2000)
    reversal = operations.reverse(application=undone, reason="Wrong invoice", actor=market.actor(), now=NOW, key=key())
    closed = issue_memo(market, "10.00")
    operations.close(memo=closed, reason="Too small", actor=market.actor(), now=NOW)
    voided = credit_invoice(market, invoice, 1000)
    operations.void(memo=voided, reason="Twice", actor=market.actor(), now=NOW)
    mistaken = issue_invoice(market)
    void_invoice(invoice=mistaken, reason="Wrong", actor=market.actor(), now=NOW)
    waiting, approval = _ask(market)
    return Scenario(
        market=market,
        other_market=other,
        invoice=invoice,
        credit=credit,
        goodwill=goodwill,
        used=used,
        undone=undone,
        reversal=reversal,
        closed=closed,
        voided=voided,
        void_invoice=mistaken,
        free_invoice=issue_invoice(market, charge("0.00", taxes=())),
        waiting=waiting,
        approval=approval,
        birch_invoice=issue_invoice(market, company=market.birch),
        birch_memo=issue_memo(market, company=market.birch),
        far_invoice=issue_invoice(other, charge("1000")),
        far_memo=issue_memo(other, "500"),
    )


def _ask(market: Market) -> tuple[CreditMemo, Approval]:
    settings = market.marketplace.settings
    settings.approval_threshold = 0
    settings.save()
    memo = issue_memo(market, "75.00", company=market.birch)
    settings.approval_threshold = None
    settings.save()
    return memo, Approval.objects.get(object_id=memo.pk, verb="issue")
