"""Discard: a draft that nobody wants any more is given up for good, and nothing that has a number ever is."""

import pytest
from django.db import connection

from billing.operations.voiding import void_invoice
from companies.domain.refusals import NotWaiting
from core.errors import Missing
from core.models import Approval, OutboxJob
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.refusals import NotADraft
from creditmemos.models import CreditMemo
from creditmemos.operations.discarding import NotDiscardable, StillAsked
from creditmemos.queries.competing_drafts import drafts_on
from creditmemos.queries.invoice_credits import memos_from
from invoices.models import Invoice
from ledger.models import JournalTransaction
from tests.factories.world import NOW, Market, apply, charge, issue_invoice, issue_memo, key
from tests.support.drafts import closed_memo, request_of, waiting_memo
from tests.support.guards import refused_by
from tests.support.verbs import noted, refused, set_threshold

MEMO = CreditMemo._meta.db_table


def rejected(market: Market) -> CreditMemo:
    memo, approval = waiting_memo(market)
    operations.reject(approval=approval, reason="Too much", actor=market.actor("finance"), now=NOW)
    memo.refresh_from_db()
    return memo


def withdrawn(market: Market) -> CreditMemo:
    memo, approval = waiting_memo(market)
    operations.withdraw(approval=approval, actor=market.actor(), now=NOW)
    memo.refresh_from_db()
    return memo


def drafted(market: Market, invoice: Invoice) -> CreditMemo:
    """A withdrawn draft that would credit an invoice."""
    set_threshold(market, 1)
    memo = operations.issue_from_invoice(
        invoice=invoice, lines=[InvoiceCredit(invoice.lines.get().pk, net=5000)],
        details=Details(reason_id=market.reason().pk), actor=market.actor(), now=NOW, key=key(),
    )  # fmt: skip
    operations.withdraw(approval=request_of(memo, "issue"), actor=market.actor(), now=NOW)
    return memo


def discard(market: Market, memo: CreditMemo, *, person: str = "finance") -> CreditMemo:
    return operations.discard(memo=memo, actor=market.actor(person), now=NOW)


@pytest.mark.parametrize(("make", "before"), [(rejected, "rejected"), (withdrawn, "draft")])
def test_a_draft_is_given_up(market: Market, make: object, before: str) -> None:
    memo: CreditMemo = make(market)  # type: ignore[operator]
    rows = memo.lines.count()
    discard(market, memo)
    memo.refresh_from_db()
    assert (memo.status, memo.number, memo.balance, memo.voided_at) == ("discarded", None, 0, None)
    assert memo.lines.count() == rows
    entry = noted("credit_memo.discarded")
    assert (entry.who, entry.object_id, entry.company) == ("Finance North", memo.pk, market.acme)
    assert entry.before == {"status": before}
    assert entry.after == {
        "status": "discarded", "total": memo.total, "currency": "EUR", "made_by": "Manager North",
    }  # fmt: skip
    assert not JournalTransaction.objects.exists()
    assert set(OutboxJob.objects.values_list("topic", flat=True)) == {"approval.requested", "approval.decided"}


def test_not_while_it_waits(market: Market) -> None:
    memo, approval = waiting_memo(market)
    with refused(StillAsked) as said:
        discard(market, memo)
    assert said.value.message == f"draft memo {memo.pk} is awaiting approval. Withdraw the request first."
    operations.withdraw(approval=approval, actor=market.actor(), now=NOW)
    assert discard(market, memo).status == "discarded"


def test_nothing_with_a_number(market: Market) -> None:
    unapplied, used, voided, closed = issue_memo(market), issue_memo(market), issue_memo(market), closed_memo(market)
    apply(market, used, issue_invoice(market), 1000)
    operations.void(memo=voided, reason="Twice", actor=market.actor(), now=NOW)
    for memo in (unapplied, used, voided, closed):
        with refused(NotDiscardable):
            discard(market, memo)


def test_once_is_for_good(market: Market) -> None:
    memo = rejected(market)
    asked = Approval.objects.get(object_id=memo.pk)
    discard(market, memo)
    with refused(NotDiscardable) as said:
        discard(market, memo)
    assert said.value.message == f"draft memo {memo.pk} is discarded, so it can't be discarded."
    with refused(NotADraft):
        operations.resubmit(
            memo=memo, lines=(charge("0.80"),), details=Details(reason_id=market.reason().pk),
            actor=market.actor(), now=NOW, key=key(),
        )  # fmt: skip
    with refused(NotWaiting):
        operations.approve(approval=asked, actor=market.actor("second_manager"), now=NOW)


def test_a_stranger_finds_nothing(market: Market, south: Market) -> None:
    memo = rejected(market)
    with refused(Missing):
        discard(south, memo)


def test_it_is_no_rival_any_more(market: Market) -> None:
    invoice = issue_invoice(market)
    memo = drafted(market, invoice)
    assert [draft.memo for draft in drafts_on(invoice)] == [memo]
    assert memos_from(invoice, market.people["manager"]) == [memo]
    discard(market, memo)
    assert drafts_on(invoice) == []
    assert memos_from(invoice, market.people["manager"]) == []


def test_the_invoice_is_voided_in_spite_of_it(market: Market) -> None:
    invoice = issue_invoice(market)
    memo = drafted(market, invoice)
    discard(market, memo)
    set_threshold(market, None)
    void_invoice(invoice=invoice, reason="Wrong", actor=market.actor(), now=NOW)
    memo.refresh_from_db()
    assert memo.status == "discarded"


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE {MEMO} SET status = 'draft' WHERE id = {{id}}",
        f"UPDATE {MEMO} SET internal_note = 'x' WHERE id = {{id}}",
        f"UPDATE {MEMO} SET status = 'awaiting_approval' WHERE id = {{id}}",
    ],
)
def test_the_database_keeps_it_discarded(market: Market, change: str) -> None:
    memo = discard(market, rejected(market))
    assert refused_by(change.replace("{id}", str(memo.pk))) == "i5_discarded_is_final"


def test_the_database_discards_and_deletes_nothing_with_a_number(market: Market) -> None:
    memo = issue_memo(market)
    rules = {"i5_number_with_status", "i5_status"}
    assert refused_by(f"UPDATE {MEMO} SET status = 'discarded' WHERE id = {memo.pk}") in rules
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number FROM {MEMO} WHERE id = {memo.pk}")
        assert cursor.fetchone() == ("CM-2026-00001",)
    assert refused_by(f"DELETE FROM {MEMO} WHERE id = {memo.pk}") == "i10_issued_is_frozen"
