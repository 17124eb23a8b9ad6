"""Issued and applied in bulk is issued and applied one by one: the same rows but for ids, numbers' order and stamps."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from companies.models import MarketplaceSettings
from core.actors import pipeline
from core.models import AuditEntry, OutboxJob
from creditmemos import operations
from creditmemos.domain.drafting import DraftLine
from creditmemos.models import Application, CreditMemo
from creditmemos.operations import bulk_applying
from creditmemos.operations import bulk_issuing as memos
from creditmemos.operations.applying import SETTLE
from invoices import operations as invoice_operations
from invoices.domain.charging import Charge, TaxRate, net_of, tax_of
from invoices.domain.drafting import NewLine, NewTax
from invoices.models import Invoice
from invoices.operations import bulk_issuing as invoices
from tests.billing.running.scenario import books
from tests.factories.world import NOW, VAT, Market, charge, issue_invoice, issue_memo, key, make_market

EXAMPLES = {"sqlite": 12, "postgresql": 4}
CITY = TaxRate("City", Decimal("0.0333"))
lines = st.lists(
    st.builds(
        lambda price, quantity, taxes, discount: charge(
            f"{price / 100:.2f}", quantity=str(quantity), taxes=tuple(taxes), discount=min(discount, price * quantity)
        ),
        st.integers(0, 99999),
        st.integers(1, 40),
        st.sampled_from([[], [VAT], [VAT, CITY]]),
        st.sampled_from([0, 0, 7, 100]),
    ),
    min_size=1,
    max_size=4,
)


def new_line(each: Charge, currency: str) -> NewLine:
    net = net_of(each, currency=currency)
    taxes = [NewTax(tax.name, tax.rate, net, tax_of(net, tax.rate)) for tax in each.taxes]
    return NewLine(
        each.description, each.product_name, each.product_uuid, each.vendor_id, each.subscription_uuid, each.period_from,
        each.period_to, each.quantity, each.unit_price, each.discount, net, sum(tax.amount for tax in taxes), taxes,
    )  # fmt: skip


def whole(charges: Sequence[Charge], currency: str) -> list[Charge]:
    """The same for currencies without decimals: discounts stay below the rounded price."""
    return [
        replace(each, discount=min(each.discount, net_of(replace(each, discount=0), currency=currency)))
        for each in charges
    ]


def settings_of(market: Market) -> MarketplaceSettings:
    return MarketplaceSettings.objects.select_related("marketplace").get(marketplace=market.marketplace)


def told(market: Market) -> list[tuple[Any, ...]]:
    """Audit rows and jobs without ids; who applies by itself needs no job for it."""
    audit = AuditEntry.objects.filter(marketplace=market.marketplace, verb__endswith="issued")
    jobs = OutboxJob.objects.filter(marketplace=market.marketplace).exclude(handler="creditmemos.settle")
    return [
        *sorted((row.verb, row.kind, row.who, row.after["total"]) for row in audit),
        *sorted(jobs.values_list("topic", "handler", "kind")),
    ]


@pytest.mark.property
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@settings(max_examples=EXAMPLES[connection.vendor])
@given(bills=st.lists(lines, min_size=1, max_size=4))
def test_invoices_in_bulk_are_invoices(db: None, currency: str, bills: list[list[Charge]]) -> None:
    one, many = make_market(f"one{key()}", currency=currency), make_market(f"many{key()}", currency=currency)
    for charges in bills:
        invoice_operations.issue(
            account=one.account(), charges=whole(charges, currency), actor=pipeline(one.marketplace.pk), now=NOW,
            key=key(), source="billing",
        )  # fmt: skip
    kept, account = settings_of(many), many.account()
    account.marketplace = many.marketplace
    new = [
        invoices.NewInvoice(account, many.acme, None, [new_line(each, currency) for each in whole(charges, currency)])
        for charges in bills
    ]
    with transaction.atomic():
        drafts = invoices.draft_many(new, actor=pipeline(many.marketplace.pk), now=NOW, settings=kept, but=(SETTLE,))
        invoices.number_many(drafts, settings=kept, now=NOW)
    assert books(many) == books(one)
    assert told(many) == told(one)
    numbers = [
        list(Invoice.objects.filter(marketplace=m.marketplace).order_by("pk").values_list("number", flat=True))
        for m in (one, many)
    ]
    assert numbers[0] == numbers[1] == [draft.number for draft in drafts]


@pytest.mark.property
@pytest.mark.parametrize("order", MarketplaceSettings.ApplyOrder.values)
@settings(max_examples=EXAMPLES[connection.vendor])
@given(
    dues=st.lists(st.integers(1, 9999), min_size=1, max_size=5),
    credits_=st.lists(st.tuples(st.integers(1, 9999), st.booleans()), min_size=1, max_size=4),
    wide=st.booleans(),
)
def test_credit_in_bulk_goes_where_it_goes_one_by_one(
    db: None, order: str, dues: list[int], credits_: list[tuple[int, bool]], wide: bool
) -> None:
    found = []
    for name in ("one", "many"):
        market = make_market(f"{name}{key()}")
        MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(apply_order=order)
        for company in (market.acme, market.birch):
            type(company).objects.filter(pk=company.pk).update(company_wide_billing=wide)
            for due in dues:
                issue_invoice(market, charge(f"{due / 100:.2f}"), company=company)
            for amount, held in credits_:
                issue_memo(
                    market, f"{amount / 100:.2f}", company=company, use="hold" if held else "follow", taxes=(VAT,)
                )
        found.append(market)
    one, many = found
    for company in (one.acme, one.birch):
        operations.apply_automatically(account_id=one.account(company).pk, now=NOW)
    accounts = [many.account(company).pk for company in (many.acme, many.birch)]
    with transaction.atomic():
        applied = bulk_applying.apply_many(accounts, marketplace_id=many.marketplace.pk, now=NOW)
    assert books(many) == books(one)
    assert not applied.busy
    rows = Application.objects.filter(marketplace=many.marketplace)
    assert sum(count for count, _amount in applied.counts.values()) == rows.count()
    assert sum(amount for _count, amount in applied.counts.values()) == sum(rows.values_list("amount", flat=True))
    with transaction.atomic():
        assert not bulk_applying.apply_many(accounts, marketplace_id=many.marketplace.pk, now=NOW).counts


def test_what_a_guard_refuses_leaves_nothing_behind(market: Market) -> None:
    """Somebody credited the line meanwhile: more than there is of it can't be credited, in bulk neither."""
    invoice = issue_invoice(market)
    line = invoice.lines.get()
    kept, account = settings_of(market), market.account()
    account.marketplace = market.marketplace
    over = DraftLine(
        description="Too much", quantity=Decimal(1), unit_price=Decimal(200), net=line.net + 1, invoice_line_id=line.pk
    )
    new = [memos.NewMemo(account, market.acme, None, [over])]
    before = AuditEntry.objects.count()

    @transaction.atomic
    def issue() -> None:
        drafts = memos.draft_many(new, actor=pipeline(market.marketplace.pk), now=NOW, settings=kept)
        memos.number_many(drafts, settings=kept, now=NOW)

    with pytest.raises(IntegrityError, match="i9_line_not_over_credited"):
        issue()
    assert not CreditMemo.objects.exists()
    assert AuditEntry.objects.count() == before


def test_nothing_is_applied_where_the_marketplace_does_not(market: Market) -> None:
    MarketplaceSettings.objects.update(auto_apply=False)
    issue_invoice(market)
    issue_memo(market, use="follow")
    with transaction.atomic():
        assert not bulk_applying.apply_many([market.account().pk], marketplace_id=market.marketplace.pk, now=NOW).counts
