"""One document issued by hand, or one account's credit used by itself, is written as a run writes it, in every table."""

from collections.abc import Sequence

import pytest
from django.db import transaction

from companies.models import MarketplaceSettings, Membership
from core.actors import pipeline
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo
from creditmemos.operations import bulk_applying
from creditmemos.operations import bulk_issuing as memos
from creditmemos.operations.applying import SETTLE
from creditmemos.queries.composing import compose_from_invoice
from invoices import operations as invoice_operations
from invoices.domain.charging import Charge, net_of, tax_of
from invoices.domain.drafting import NewLine, NewTax
from invoices.models import Invoice
from invoices.operations import bulk_issuing as invoices
from invoices.operations.drafts import NewInvoice
from tests.factories.scenario import CITY
from tests.factories.world import NOW, VAT, Market, charge, issue_invoice, issue_memo, key
from tests.support.written import Row, written

pytestmark = pytest.mark.django_db
CHARGES = [charge("150.00", quantity="2", taxes=(VAT, CITY), discount=1000), charge("75.00", taxes=(VAT,)), charge("3")]


def settings_of(market: Market) -> MarketplaceSettings:
    return MarketplaceSettings.objects.select_related("marketplace").get(marketplace=market.marketplace)


def new_line(each: Charge) -> NewLine:
    net = net_of(each, currency="EUR")
    taxes = [NewTax(tax.name, tax.rate, net, tax_of(net, tax.rate)) for tax in each.taxes]
    return NewLine(
        each.description, each.product_name, each.product_uuid, each.vendor_id, each.subscription_uuid, each.period_from,
        each.period_to, each.quantity, each.unit_price, each.discount, net, sum(tax.amount for tax in taxes), taxes,
    )  # fmt: skip


def as_of_a_run(found: dict[str, list[Row]], *, settled_by_caller: bool = True) -> dict[str, list[Row]]:
    """Work that a run brings goes behind what people did, and a run applies the credit itself."""
    jobs = [row | {"bulk": True} for row in found["OutboxJob"]]
    left_out = "creditmemos.settle" if settled_by_caller else None
    return found | {"OutboxJob": [row for row in jobs if row["handler"] != left_out]}


def rows_in(found: dict[str, list[Row]]) -> dict[str, int]:
    return {table: len(rows) for table, rows in found.items() if rows}


@pytest.mark.parametrize("charges", [CHARGES[2:], CHARGES, CHARGES * 3])
def test_an_invoice(market: Market, charges: Sequence[Charge]) -> None:
    issue_invoice(market)  # The series of numbers is there from now on.
    actor, account = pipeline(market.marketplace.pk), market.account()
    person = Membership.objects.filter(company=market.acme)[0].user

    def one() -> None:
        invoice_operations.issue(
            account=account, charges=charges, actor=actor, now=NOW, key=key(), source="billing", billed_user=person
        )

    def many() -> None:
        user = type(person).objects.known_in(market.marketplace.pk).get(pk=person.pk)
        new = [NewInvoice(account, market.acme, user, [new_line(each) for each in charges])]
        drafts = invoices.draft_many(new, actor=actor, now=NOW, settings=settings_of(market), but=(SETTLE,))
        invoices.number_many(drafts, settings=settings_of(market), now=NOW)

    found = written(one)
    assert as_of_a_run(found) == written(many)
    assert rows_in(found)["InvoiceLine"] == len(charges)


def test_a_memo(market: Market) -> None:
    issue_memo(market)
    invoice = issue_invoice(market, *CHARGES)
    actor, lines = pipeline(market.marketplace.pk), list(invoice.lines.order_by("position"))
    asked = [InvoiceCredit(lines[0].pk, net=12_345), InvoiceCredit(lines[1].pk, net=1)]

    def one() -> None:
        operations.issue_from_invoice(invoice=invoice, lines=asked, details=Details(), actor=actor, now=NOW, key=key())

    def many() -> None:
        source = Invoice.objects.get(pk=invoice.pk)
        new = memos.NewMemo(
            market.account(), market.acme, None, compose_from_invoice(source, asked),
            source=CreditMemo.Source.FROM_INVOICE, source_invoice_id=invoice.pk,
        )  # fmt: skip
        drafts = memos.draft_many([new], actor=actor, now=NOW, settings=settings_of(market), caller_applies=False)
        memos.number_many(drafts, settings=settings_of(market), now=NOW)

    found = written(one)
    assert as_of_a_run(found, settled_by_caller=False) == written(many)
    assert rows_in(found)["CreditMemoLine"] == 2
    assert rows_in(found)["CreditMemoLineTax"] == 3


def test_credit_that_is_used(market: Market) -> None:
    for amount in ("40.00", "75.00", "900.00"):
        issue_invoice(market, charge(amount, taxes=(VAT, CITY)))
        issue_memo(market, amount, use="follow", taxes=(VAT,))
    account = market.account()

    def many() -> None:
        with transaction.atomic():
            bulk_applying.apply_many([account.pk], marketplace_id=market.marketplace.pk, now=NOW)

    found = written(lambda: operations.apply_automatically(account_id=account.pk, now=NOW))
    assert as_of_a_run(found, settled_by_caller=False) == written(many)
    assert rows_in(found)["Application"] > 2
    assert rows_in(found)["AuditEntry"] == 3  # One for each memo.
