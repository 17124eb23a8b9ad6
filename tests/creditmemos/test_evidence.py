"""What is done to several documents at once is told by the activity of each, with its own amounts."""

from typing import Any

import pytest
from django.test import Client

from billing.operations.voiding import void_invoice
from core import audit
from core.models import AuditEntry
from creditmemos import operations
from creditmemos.domain.planning import Allocation
from creditmemos.models import Application, CreditMemo
from invoices.models import Invoice
from tests.factories.world import NOW, Market, charge, credit_invoice, issue_invoice, issue_memo, key
from tests.support.evidence import assert_told_from_both_sides

pytestmark = pytest.mark.django_db


@pytest.fixture
def documents(market: Market) -> tuple[list[CreditMemo], list[Invoice]]:
    """Two memos of 50.00 and two invoices of 119.00."""
    return [issue_memo(market) for _ in range(2)], [issue_invoice(market, charge("100.00")) for _ in range(2)]


def use_all(market: Market, memos: list[CreditMemo], invoices: list[Invoice]) -> list[Application]:
    """The first memo on both invoices, the second on the second, in one call."""
    amounts = [(0, 0, 10_00), (0, 1, 20_00), (1, 1, 30_00)]
    allocations = [Allocation(memos[one].pk, invoices[other].pk, amount) for one, other, amount in amounts]
    return operations.apply(allocations=allocations, actor=market.actor(), now=NOW, key=key())


def activity(client: Client, document: CreditMemo | Invoice) -> str:
    place = "credit-memos" if isinstance(document, CreditMemo) else "invoices"
    return client.get(f"/{place}/{document.pk}/activity/").content.decode()


def test_several_memos_on_several_invoices(market: Market, manager: Client, documents: Any) -> None:
    memos, invoices = documents
    use_all(market, memos, invoices)
    rows = AuditEntry.objects.filter(verb="credit_memo.applied").order_by("pk")
    assert [row.object_id for row in rows] == [memo.pk for memo in memos]
    one, other = (invoice.number for invoice in invoices)
    assert f"€10.00 on {one}; €20.00 on {other}" in activity(manager, memos[0])
    assert f"Applications: €30.00 on {other}" in activity(manager, memos[1])
    assert "€10.00" not in activity(manager, memos[1])
    assert f"Applications: €10.00 of {memos[0].number}" in activity(manager, invoices[0])
    page = activity(manager, invoices[1])
    assert f"€20.00 of {memos[0].number}" in page
    assert f"€30.00 of {memos[1].number}" in page
    assert "€10.00" not in page
    log = manager.get("/audit-log/").content.decode()
    assert f"€10.00 on {one}; €20.00 on {other}" in log


def test_the_log_finds_an_invoice_by_what_was_used_on_it(market: Market, manager: Client, documents: Any) -> None:
    memos, invoices = documents
    use_all(market, memos, invoices)
    page = manager.get("/audit-log/", {"q": invoices[1].number}).content.decode()
    assert "3 entries" in page


def test_what_an_invoice_gives_back_stands_with_each_memo_and_with_it(
    market: Market, manager: Client, documents: Any
) -> None:
    memos, invoices = documents
    use_all(market, memos, invoices)
    own = credit_invoice(market, invoices[1], 1000)
    void_invoice(invoice=invoices[1], reason="Wrong", actor=market.actor(), now=NOW)
    page = activity(manager, invoices[1])
    assert f"€20.00 back to {memos[0].number}" in page
    assert f"€30.00 back to {memos[1].number}" in page
    assert f"Voided a credit memo {own.number}" in page
    assert f"Issued a credit memo {own.number}" in page
    assert f"€30.00 back from {invoices[1].number}" in activity(manager, memos[1])


def test_rows_of_earlier_releases_are_read_from_all_sides(market: Market, manager: Client, documents: Any) -> None:
    memos, invoices = documents
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("creditmemos.operations.application_rows.record_many", lambda *_args, **_named: None)
        rows = use_all(market, memos, invoices)
        patch.setattr("creditmemos.operations.reversing.audit.record_many", lambda *_args, **_named: None)
        back = operations.reverse(application=rows[2], reason="No", actor=market.actor(), now=NOW, key=key())
    together = [{"memo_id": row.memo_id, "invoice_id": row.invoice_id, "amount": row.amount} for row in rows]
    audit.record(
        actor=market.actor(), verb="credit_memo.applied", obj=memos[0], company_id=market.acme.pk, now=NOW,
        kind="credit_memo", after={"applications": together, "automatic": False},
    )  # fmt: skip
    audit.record(
        actor=market.actor(), verb="credit_memo.reversed", obj=memos[1], company_id=market.acme.pk, now=NOW,
        kind="credit_memo", after={"applications": [{"invoice_id": back.invoice_id, "amount": back.amount}]},
    )  # fmt: skip
    assert_told_from_both_sides()
    page = activity(manager, invoices[1])
    assert f"€30.00 of {memos[1].number}" in page
    assert f"€30.00 back to {memos[1].number}" in page
    assert "Applications: €60.00 in 3 rows" in manager.get("/audit-log/").content.decode()
