"""Whoever goes around the product is stopped: an adjustment stays whole, on its invoice, untaxed; damage is named."""

import pytest
from django.db import connection, transaction

from companies.models import MarketplaceSettings
from core.actors import pipeline
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations.application_rows import Locked, return_credit
from creditmemos.verification import Breach, breaches
from tests.creditmemos.damages import TABLES, fill
from tests.creditmemos.test_guards import applying
from tests.factories.scenario import NEW, literal
from tests.factories.world import NOW, Market, issue_invoice, make_market
from tests.support.damage import run, unguarded
from tests.support.guards import refused_by
from tests.support.verbs import pay

Ids = dict[str, str]


@pytest.fixture
def settled(committed_db: object) -> Ids:
    """A small difference of 0.50 on an invoice, another invoice, and a draft that could become one; ids as SQL."""
    market: Market = make_market()
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=100)
    invoice = pay(market, issue_invoice(market), 11950)
    memo = operations.settle_difference(invoice=invoice, reason="Fee", actor=market.actor(), now=NOW)
    other = issue_invoice(market)
    assert isinstance(memo, CreditMemo)
    assert breaches() == []
    yes, no = ("1", "0") if connection.vendor == "sqlite" else ("true", "false")
    named = {"memo": memo, "invoice": invoice, "other": other}
    return {"yes": yes, "no": no, "new": literal(NEW), **{name: literal(row.pk) for name, row in named.items()}}


@pytest.fixture
def loose(settled: Ids) -> Ids:
    """The same with the memo taken off its invoice, which no verb leaves behind."""
    memo = CreditMemo.objects.get(pk=int(settled["memo"]))
    with transaction.atomic():
        [row] = memo.applications.select_related("invoice")
        locked = Locked(memo.account, {memo.pk: memo}, {row.invoice_id: row.invoice})
        return_credit(locked, [row], reason="x", actor=pipeline(memo.marketplace_id), now=NOW)
    return settled


REFUSED = {
    "a purpose that there is not": ("memo_purpose", "purpose = 'gift'"),
    "on hold": ("i10_adjustment_is_plain", "on_hold = {yes}"),
    "paid out": ("i21_moved_by_rows", "payout_pending = total"),
    "written off": ("i10_adjustment_is_plain", "written_off = total, balance = 0, status = 'closed'"),
}


@pytest.mark.damage
@pytest.mark.parametrize("what", REFUSED)
def test_it_is_nothing_else(loose: Ids, what: str) -> None:
    rule, change = REFUSED[what]
    statement = fill(f"UPDATE {{MEMO}} SET {change} WHERE id = {{memo}}", loose)
    assert refused_by(statement) in {rule, "i10_issued_is_frozen"}


@pytest.mark.damage
def test_it_is_frozen_as_what_it_is(settled: Ids) -> None:
    statement = fill("UPDATE {MEMO} SET purpose = 'uncollectible' WHERE id = {memo}", settled)
    assert refused_by(statement) == "i10_issued_is_frozen"


@pytest.mark.damage
def test_it_is_used_whole_and_on_its_invoice(loose: Ids) -> None:
    assert refused_by(fill(applying("memo", "invoice", 49), loose)) == "i2_adjustment_whole"
    assert refused_by(fill(applying("memo", "other", 50), loose)) == "i2_adjustment_whole"
    assert refused_by(fill(applying("memo", "invoice", 50), loose)) == ""


@pytest.mark.damage
def test_one_that_lies_about_is_named(loose: Ids) -> None:
    says = "a small difference or a written-off debt is not used whole"
    assert breaches() == [Breach("I2", says, "memo", (loose["memo"],))]


DAMAGE = {
    "it is called a credit memo": ("I12 I14", "UPDATE {MEMO} SET purpose = 'ordinary' WHERE id = {memo}"),
    "it is called something else": ("I14", "UPDATE {MEMO} SET purpose = 'uncollectible' WHERE id = {memo}"),
    "the journal calls it something else": (
        "I14",
        "UPDATE {ENTRY} SET detail = 'uncollectible' WHERE detail = 'small_difference'",
    ),
    "it came from nowhere": ("I2 I10", "UPDATE {MEMO} SET source_invoice_id = NULL WHERE id = {memo}"),
    "it settles another invoice": ("I2", "UPDATE {MEMO} SET source_invoice_id = {other} WHERE id = {memo}"),
    "it is on hold": ("I10", "UPDATE {MEMO} SET on_hold = {yes} WHERE id = {memo}"),
}


@pytest.mark.damage
@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_reported_as_what_it_is(settled: Ids, what: str) -> None:
    expected, statement = DAMAGE[what]
    with unguarded(*TABLES.values()):
        run(fill(statement, settled))
    assert " ".join(dict.fromkeys(breach.invariant for breach in breaches())) == expected
